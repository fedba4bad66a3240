import Foundation
import Reporting
import TemporaryFolders
import Testing

@testable import Laboratory

@Suite("A report in a real browser", .enabled(if: Browser.here != nil, "No Chromium is here."))
struct BrowserTests {
  private let temporary = TemporaryFolder()

  /// What the page looks like from inside, as a script measures it.
  private struct Findings: Decodable {
    let figures: [String]
    let brokenImages: Int
    let emptyPictures: Int
    let unlabeledPictures: Int
    let overflow: Double
    let tip: String
    let tipByKey: String
    let contrast: Double
    let isDark: Bool
    let outsideReferences: [String]
  }

  /// Looks at the page once it is there, and tells the page around it what it found.
  private static let probe = """
    <script>addEventListener('load',()=>{
    const $=s=>[...document.querySelectorAll(s)],tip=document.getElementById('tip');
    const color=c=>{const m=c.match(/[\\d.]+/g).map(Number);return m};
    const light=c=>{const f=v=>{v/=255;return v<=.03928?v/12.92:((v+.055)/1.055)**2.4};
    return .2126*f(c[0])+.7152*f(c[1])+.0722*f(c[2])};
    const back=e=>{while(e){const c=color(getComputedStyle(e).backgroundColor);
    if(c.length<4||c[3]>0)return c;e=e.parentElement}return [255,255,255]};
    const ratio=e=>{const a=light(color(getComputedStyle(e).color)),b=light(back(e));
    return (Math.max(a,b)+.05)/(Math.min(a,b)+.05)};
    const point=$('svg [data-tip]')[5],box=point.getBoundingClientRect();
    point.dispatchEvent(new PointerEvent('pointermove',
    {bubbles:true,clientX:box.x+1,clientY:box.y+1}));
    const seen=getComputedStyle(tip).display!=='none'?tip.textContent:'';
    const svg=point.closest('svg');svg.focus();
    for(let i=0;i<3;i++)svg.dispatchEvent(new KeyboardEvent('keydown',
    {key:'ArrowRight',bubbles:true}));
    const byKey=getComputedStyle(tip).display!=='none'?tip.textContent:'';svg.blur();
    $('details').forEach(d=>d.open=true);
    const texts=$('p,li,td,th,summary,figcaption,h1,h2,a,.badge,button,code').filter(e=>
    e.textContent.trim()&&e.offsetParent);
    const found={figures:$('figure[id]').map(f=>f.id),
    brokenImages:[...document.images].filter(i=>!i.complete||!i.naturalWidth).length,
    emptyPictures:$('figure svg,figure img').filter(p=>p.getBoundingClientRect().height<4).length,
    unlabeledPictures:$('img:not([alt]),img[alt=""],svg[role=img]:not([aria-label])').length,
    overflow:document.documentElement.scrollWidth-innerWidth,tip:seen,tipByKey:byKey,
    contrast:Math.min(...texts.map(ratio)),
    isDark:light(color(getComputedStyle(document.body).backgroundColor))<.2,
    outsideReferences:performance.getEntriesByType('resource').map(r=>r.name)
    .filter(n=>!n.startsWith('data:'))};
    parent.postMessage(JSON.stringify(found),'*')})</script></body>
    """

  /// A page around another, in a frame as narrow as a phone or as wide as a desk; a browser's own
  /// window is never as narrow.
  private static func frame(width: Int) -> String {
    """
    <!doctype html><meta charset="utf-8"><pre id="found"></pre>
    <script>addEventListener('message',e=>document.getElementById('found').textContent=e.data)
    </script><iframe src="probed.html" width="\(width)" height="900"></iframe>
    """
  }

  @Test(
    "Shows every figure, fits the window, answers to pointer and keys, and can be read",
    arguments: [(1280, false), (1280, true), (390, false), (390, true)])
  func looks(width: Int, isDark: Bool) async throws {
    let browser = try #require(Browser.here)
    let folder = temporary.url.appending(path: "report")
    let report = try await ReportTests.sample(runner: .sample(in: temporary))
    try report.write(to: folder)
    let probed = folder.appending(path: "probed.html")
    let page = try String(contentsOf: folder.appending(path: "index.html"), encoding: .utf8)
    try page.replacing("</body>", with: Self.probe).write(
      to: probed, atomically: true, encoding: .utf8)

    let framed = folder.appending(path: "framed.html")
    try Self.frame(width: width).write(to: framed, atomically: true, encoding: .utf8)

    let visit = try browser.visit(framed, width: 1400, isDark: isDark)
    #expect(visit.complaints.isEmpty)
    let text = try #require(
      visit.document.firstMatch(of: /<pre id="found">(.+?)<\/pre>/.dotMatchesNewlines())?.1)
    let json = text.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&amp;", with: "&")
    let found = try JSONDecoder().decode(Findings.self, from: Data(json.utf8))
    #expect(found.figures == ["sample-curve", "sample-picture"])
    #expect(found.brokenImages == 0)
    #expect(found.emptyPictures == 0)
    #expect(found.unlabeledPictures == 0)
    #expect(found.overflow <= 0)
    #expect(found.tip == "squares\nstep: 5\nvalue: 25")
    #expect(found.tipByKey == "squares\nstep: 2\nvalue: 4")
    // The least contrast that WCAG 2.2 level AA asks of text.
    #expect(found.contrast >= 4.5)
    #expect(found.isDark == isDark)
    #expect(found.outsideReferences.isEmpty)
  }
}

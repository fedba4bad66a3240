/// How pages look, and the little they do by themselves.
enum PageStyle {
  /// Series colors are readable on both backgrounds and apart for the color-blind (after Okabe and
  /// Ito).
  static let css = """
    :root{color-scheme:light dark;--paper:#fcfcfa;--ink:#1d2126;--soft:#5d6670;--line:#dfe1e0;
    --panel:#f3f3ef;--hot:#d55e00;--cold:#0072b2;--good:#00795c;--bad:#b3380f;--unsure:#8a6a00;
    --s0:#0072b2;--s1:#d55e00;--s2:#00795c;--s3:#a5457f;--s4:#8a6a00;--s5:#3a8fb7;--s6:#5d6670;
    --s7:#7b5ea7}
    @media(prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e6e7e4;--soft:#9aa3ab;
    --line:#33393f;--panel:#1d2126;--hot:#f08a3c;--cold:#56b4e9;--good:#3fc49f;--bad:#ff8a65;
    --unsure:#e0b93f;--s0:#56b4e9;--s1:#f08a3c;--s2:#3fc49f;--s3:#e08abf;--s4:#e0b93f;--s5:#8fd0f0;
    --s6:#9aa3ab;--s7:#b9a3e3}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:60rem;padding:1.5rem 1.25rem 4rem;background:var(--paper);
    color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
    h1{font-size:1.75rem;line-height:1.2;margin:.5rem 0 1rem}
    h2{font-size:1.2rem;margin:2.5rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--line)}
    h3{font-size:1rem;margin:1.5rem 0 .25rem}
    a{color:var(--cold)}
    .lead{background:var(--panel);border-left:4px solid var(--cold);padding:.5rem 1.25rem;
    border-radius:0 6px 6px 0}
    nav{margin:1rem 0;display:flex;flex-wrap:wrap;gap:.25rem 1rem;font-size:.875rem}
    .badge{display:inline-block;font-size:.75rem;font-weight:500;padding:.05rem .55rem;
    border-radius:1rem;border:1px solid currentColor;vertical-align:middle;color:var(--soft)}
    .badge.good{color:var(--good)}.badge.bad{color:var(--bad)}.badge.unsure{color:var(--unsure)}
    .soft,figcaption,footer{color:var(--soft);font-size:.875rem}
    figure{margin:1rem 0}
    figure svg{width:100%;height:auto;display:block;overflow:visible}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;font-size:.9rem;margin:.5rem 0 1rem}
    th{text-align:left;font-weight:600;border-bottom:2px solid var(--line);vertical-align:bottom}
    td{border-bottom:1px solid var(--line);vertical-align:top}
    th,td{padding:.25rem .75rem .25rem 0}
    .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
    th.n{white-space:normal}
    .tokens{font:.875rem/1.75 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
    white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0}
    .tokens span{border-radius:2px;box-shadow:inset -1px 0 var(--line)}
    code,pre{font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
    pre{overflow-x:auto;background:var(--panel);padding:.75rem 1rem;border-radius:6px}
    .pair{display:grid;grid-template-columns:1fr 1fr;gap:.5rem 1.5rem}
    @media(max-width:40rem){.pair{grid-template-columns:1fr}.n{white-space:normal}}
    .text{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel);padding:.4rem .75rem;
    border-radius:6px;margin:0;font-size:.9rem}
    details{margin:.5rem 0}summary{cursor:pointer}
    svg text{fill:var(--soft);font-size:12px}
    svg .label{fill:var(--ink)}
    svg .grid{stroke:var(--line)}svg .axis{stroke:var(--soft)}
    svg [data-tip]:hover{filter:brightness(1.25);stroke-width:3}
    #tip{position:fixed;display:none;max-width:24rem;background:var(--ink);color:var(--paper);
    padding:.25rem .6rem;border-radius:4px;font-size:.8125rem;pointer-events:none;z-index:9;
    white-space:pre-wrap}
    .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;z-index:10;
    background:var(--ink);color:var(--paper);padding:.5rem 1rem;border-radius:6px}
    :focus-visible{outline:3px solid var(--cold);outline-offset:2px}
    @media print{nav,#tip,.skip{display:none}body{max-width:none}}

    """

  /// Shows the tip of what the pointer is on; in charts the arrow keys go from tip to tip.
  static let script = """
    (()=>{const tip=document.getElementById('tip');
    const hide=()=>tip.style.display='none';
    const show=(t,x,y)=>{tip.textContent=t.dataset.tip;tip.style.display='block';
    const w=tip.offsetWidth,h=tip.offsetHeight;
    tip.style.left=Math.max(4,Math.min(x+12,innerWidth-w-4))+'px';
    tip.style.top=(y+16+h>innerHeight?y-h-8:y+16)+'px'};
    document.addEventListener('pointermove',e=>{
    const t=e.target.closest&&e.target.closest('[data-tip]');
    if(!t||!t.dataset.tip)hide();else show(t,e.clientX,e.clientY)});
    document.querySelectorAll('svg').forEach(s=>{
    const all=[...s.querySelectorAll('[data-tip]')];if(!all.length)return;
    let at=-1;s.setAttribute('tabindex','0');
    s.addEventListener('keydown',e=>{
    const d={ArrowRight:1,ArrowDown:1,ArrowLeft:-1,ArrowUp:-1}[e.key];
    if(e.key==='Escape')hide();if(!d)return;e.preventDefault();
    at=Math.max(0,Math.min(all.length-1,at+d));const r=all[at].getBoundingClientRect();
    show(all[at],r.x+r.width/2,r.y+r.height/2)});
    s.addEventListener('blur',hide)})})();
    """
}

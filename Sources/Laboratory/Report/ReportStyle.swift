/// What reports look like beyond what all pages share.
enum ReportStyle {
  static let css = """
    body{max-width:64rem}
    header h1{font-size:clamp(1.9rem,5vw,2.75rem);letter-spacing:-.02em;margin-top:1.5rem}
    .lead{background:none;border:0;padding:0;font-size:1.0625rem}
    .lead>p{max-width:44rem}
    header nav{display:none}
    h2{font-size:1.45rem;letter-spacing:-.01em;margin-top:3.5rem}
    h2.quiet{font-size:.8125rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);
    border:0;margin:2rem 0 .5rem;padding:0}
    section>p,section>ul,section>ol{max-width:44rem}
    .finding{font-size:1.125rem;line-height:1.5;border-left:4px solid var(--hot);
    padding:.1rem 0 .1rem 1rem;margin:.75rem 0 1.25rem}
    .glance{list-style:none;margin:0;padding:0;display:grid;gap:1rem;
    grid-template-columns:repeat(auto-fill,minmax(14rem,1fr))}
    .glance li{background:var(--panel);border:1px solid var(--line);border-radius:10px;
    padding:.9rem 1rem;display:flex;flex-direction:column;gap:.35rem;align-items:flex-start}
    .glance li.failed{border-color:var(--bad)}
    .glance a{color:inherit;text-decoration:none;display:block;width:100%}
    .glance a:hover strong{text-decoration:underline}
    .glance p{margin:0;font-size:.875rem;line-height:1.45;color:var(--soft)}
    .glance .thumb{height:7rem;margin-bottom:.6rem;display:flex;gap:.5rem;overflow:hidden;
    border-radius:6px}
    .glance .thumb img{height:100%;width:auto;flex:1 1 0;min-width:0;object-fit:cover;
    border-radius:6px}
    .glance .thumb svg{height:100%;width:100%}
    .glance .thumb pre{margin:0;padding:0;font-size:.75rem;line-height:1.4;overflow:hidden;
    background:none}
    figure{margin:1.75rem 0;padding:0}
    figure img{max-width:100%;height:auto;border-radius:6px;display:block}
    figcaption{margin-top:.6rem;max-width:44rem}
    .mind{max-width:44rem;margin:.6rem 0;font-size:.875rem;color:var(--soft)}
    .mind p{margin:0;font-weight:600}.mind ul{margin:.15rem 0;padding-left:1.2rem}
    .receipt{border:1px solid var(--line);border-radius:6px;padding:.35rem .75rem;font-size:.875rem;
    max-width:44rem}
    .receipt[open]{max-width:none}
    .receipt p{margin:.5rem 0 .25rem}
    .receipt pre{max-height:22rem;overflow:auto;margin:.25rem 0}
    .command{display:flex;gap:.5rem;align-items:flex-start}
    .command pre{flex:1;min-width:0;white-space:pre-wrap;overflow-wrap:anywhere}
    button{font:inherit;font-size:.8125rem;padding:.5rem .8rem;border-radius:6px;cursor:pointer;
    border:1px solid var(--line);background:var(--panel);color:var(--ink)}
    .side{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,15rem),1fr))}
    .side>*{min-width:0}
    .side h3{margin-top:0}
    .side img{width:100%}
    .gallery{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr))}
    .gallery figure{margin:0}.gallery figcaption{font-size:.75rem;margin-top:.2rem}
    .gallery img{width:100%}
    .unit{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1.25rem;padding:1rem 0;
    border-bottom:1px solid var(--line)}
    .unit h3,.unit .words{grid-column:1/-1;margin:0}
    .unit .pictures{display:flex;gap:.5rem}
    .unit figure{margin:0;width:8rem}
    .unit img{width:100%;height:auto;display:block}
    .unit figcaption{margin:.1rem 0 0;font-size:.75rem}
    .unit .examples{display:grid;gap:.35rem;align-content:start;
    grid-template-columns:repeat(auto-fill,minmax(4.25rem,1fr))}
    .unit .examples img{width:100%;aspect-ratio:1;object-fit:cover}
    .unit .words{font-size:.8125rem;color:var(--soft)}
    .attempt{margin:0 0 1rem;border:1px solid var(--line);border-radius:6px;overflow:hidden}
    .attempt>p{margin:0;padding:.4rem .75rem;font-size:.875rem;border-bottom:1px solid var(--line);
    display:flex;flex-wrap:wrap;gap:.25rem .6rem;align-items:center}
    .attempt pre{margin:0;border-radius:0;max-height:16rem}
    .attempt.known{border-color:var(--hot)}
    .then{list-style:none;margin:0;padding:0;display:grid;gap:.5rem}
    .run{margin-top:1.5rem}
    @media(max-width:40rem){.unit{grid-template-columns:1fr}}
    @media print{.receipt,button{display:none}section,figure,.attempt{break-inside:avoid-page}
    section{break-inside:auto}h2{break-after:avoid}pre{max-height:none!important;
    white-space:pre-wrap}body{font-size:11pt}}

    """

  /// Copies commands.
  static let script = """
    document.addEventListener('click',e=>{
    const b=e.target.closest&&e.target.closest('[data-copy]');if(!b)return;
    const code=b.parentNode.querySelector('code'),done=()=>{b.textContent='Copied';
    setTimeout(()=>b.textContent='Copy',1500)},select=()=>{const r=document.createRange();
    r.selectNodeContents(code);const s=getSelection();s.removeAllRanges();s.addRange(r)};
    if(navigator.clipboard)navigator.clipboard.writeText(code.textContent).then(done,select);
    else select()});
    """
}

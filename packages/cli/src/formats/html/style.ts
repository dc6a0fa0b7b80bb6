/** Style sheet of the HTML report; light and dark by the reader's own setting. */
export const STYLE = `
:root{--page:#f7f7f5;--paper:#fff;--ink:#1d1f23;--soft:#6a6f78;--line:#e3e4e0;--good:#2b7a4b;--bad:#b3261e;--bad-paper:#fdecea;--warn:#946200;--accent:#3b5b92}
@media (prefers-color-scheme:dark){:root{--page:#15171a;--paper:#1e2125;--ink:#e6e7e9;--soft:#9aa0a9;--line:#32363c;--good:#6cc493;--bad:#ff8a80;--bad-paper:#43201e;--warn:#e0b04a;--accent:#8fb0ea}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:2rem 1.25rem 4rem;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.9rem;margin:0 0 .25rem;letter-spacing:-.02em}h2{font-size:1.35rem;margin:2.5rem 0 0}h3{font-size:1rem;margin:1.6rem 0 .5rem;color:var(--soft);font-weight:600}
p{margin:.2rem 0}.note{color:var(--soft);font-size:.86em}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1.1rem 0}.tile{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:.6rem 1rem;min-width:7.5rem}
.tile b{display:block;font-size:1.45rem;font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:.82em}
.tile.good b{color:var(--good)}.tile.bad b{color:var(--bad)}.tile.warn b{color:var(--warn)}
nav{display:flex;flex-wrap:wrap;gap:.4rem}nav a{text-decoration:none;color:inherit;border:1px solid var(--line);background:var(--paper);border-radius:99px;padding:.1rem .7rem;font-size:.9em}
nav i{font-style:normal;font-weight:600}nav .bad i{color:var(--bad)}nav .good i{color:var(--good)}
.broken{background:var(--bad-paper);border-radius:8px;padding:.6rem .9rem}
.anomaly{background:var(--paper);border:1px solid var(--line);border-left:3px solid var(--bad);border-radius:8px;margin:.45rem 0;padding:.5rem .9rem}
.anomaly summary{cursor:pointer}.chip{background:var(--bad-paper);color:var(--bad);border-radius:99px;padding:0 .55rem;font-size:.85em;white-space:nowrap}
.reasons{margin:.4rem 0;padding-left:1.2rem;color:var(--soft)}
.scroll{overflow-x:auto;margin:.5rem 0}table{border-collapse:collapse;font-size:.88em}
.records th,.records td{padding:.2rem .6rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap;max-width:22rem;overflow:hidden;text-overflow:ellipsis;font-variant-numeric:tabular-nums}
.records thead th{color:var(--soft);font-weight:500}.records .bad{background:var(--bad-paper);color:var(--bad);font-weight:600}.records .null{font-style:italic;opacity:.7}
.checks{width:100%;background:var(--paper);border:1px solid var(--line);border-radius:8px}.checks td{padding:.3rem .7rem;border-bottom:1px solid var(--line);vertical-align:top}
.checks .num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}.checks summary,.sources summary{cursor:pointer}
.status{font-size:.82em;font-weight:600}.status.passed{color:var(--good)}.status.failed{color:var(--bad)}.status.unasserted{color:var(--warn)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(255px,1fr));gap:.7rem}
.card{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:.7rem .9rem;min-width:0}.card.fault{border-top:3px solid var(--bad)}
.card header{display:flex;justify-content:space-between;gap:.5rem;margin-bottom:.3rem}.card header b{overflow:hidden;text-overflow:ellipsis}.type{color:var(--accent);font-size:.82em}
.line,.top li{display:grid;grid-template-columns:minmax(3rem,7rem) 1fr 3.4rem;gap:.5rem;align-items:center;font-size:.85em}.line>:last-child,.top li>:last-child{text-align:right;color:var(--soft)}
.top{list-style:none;margin:.4rem 0;padding:0}.top li>:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.meter{height:6px;border-radius:3px;background:var(--line);overflow:hidden}.meter i{display:block;height:100%;background:var(--accent)}.meter.good i{background:var(--good)}.meter.warn i{background:var(--warn)}
.bars{width:100%;height:44px;fill:var(--accent);margin:.35rem 0 .1rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:0 .7rem;margin:.3rem 0;font-size:.85em}dt{color:var(--soft)}dd{margin:0;text-align:right;overflow:hidden;text-overflow:ellipsis;font-variant-numeric:tabular-nums}
.masks code{background:var(--page);border-radius:4px;padding:0 .35rem;font-size:.82em}
@media print{body{max-width:none}.anomaly{break-inside:avoid}}
`;

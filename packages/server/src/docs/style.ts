/** The style sheet of the documentation: the fonts of the system, light or dark as the system is. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dbe0, #3a3f47); --quiet: light-dark(#5b6470, #9aa4b1); --ground: light-dark(#f6f7f9, #1b1e23); }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); font: 15px/1.5 system-ui, sans-serif; color: light-dark(#14181d, #e6e9ee); background: light-dark(#fff, #121417); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.2rem; border-right: 1px solid var(--line); background: var(--ground); }
nav ul { list-style: none; margin: 1rem 0 0; padding: 0; }
nav a { display: inline-block; padding: .1rem 0; color: inherit; text-decoration: none; }
nav a:hover, nav a[aria-current] { text-decoration: underline; }
main { padding: 1.2rem 2rem 4rem; max-width: 70rem; }
a { color: light-dark(#1a56b8, #7fb2ff); }
h2 { margin: 2.2rem 0 .4rem; font-size: 1.1rem; }
h4 { margin: 1rem 0 .3rem; }
section { border-top: 1px solid var(--line); margin-top: 1.6rem; scroll-margin-top: 1rem; }
section:target h2 { text-decoration: underline; }
small, em { color: var(--quiet); font-style: normal; }
code, pre { font: .9em/1.45 ui-monospace, monospace; }
pre { padding: .8rem; overflow-x: auto; background: var(--ground); border: 1px solid var(--line); border-radius: .3rem; }
table { border-collapse: collapse; width: 100%; }
td table { margin: .2rem 0; }
th, td { padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: normal; width: 14rem; }
td th { width: 10rem; }
.routes th { width: 5rem; }
.routes td:first-of-type { width: 45%; }
.method { display: inline-block; min-width: 4.2rem; font: 600 .78rem/1.6 ui-monospace, monospace; text-align: center; border: 1px solid currentColor; border-radius: .25rem; color: var(--quiet); }
.GET { color: light-dark(#17693c, #6fce98); } .POST { color: light-dark(#1a56b8, #7fb2ff); } .PUT, .PATCH { color: light-dark(#8a5a00, #e5b45a); } .DELETE { color: light-dark(#a8231c, #ff8d84); }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; } main { padding: 1rem; } }
`;

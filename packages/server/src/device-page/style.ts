/** The style sheet of the page: the fonts of the system, light or dark as the system is. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#c8cdd4, #3a3f47); --quiet: light-dark(#5b6470, #9aa4b1); --ground: light-dark(#f6f7f9, #1b1e23); }
* { box-sizing: border-box; }
body { margin: 0; padding: 3rem 1rem; font: 16px/1.5 system-ui, sans-serif; color: light-dark(#14181d, #e6e9ee); background: light-dark(#fff, #121417); }
main { max-width: 34rem; margin: auto; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
label { display: block; margin: .8rem 0 .2rem; }
input, button, .provider { font: inherit; padding: .5rem .8rem; border: 1px solid var(--line); border-radius: .3rem; }
input { width: 100%; background: var(--ground); color: inherit; }
button, .provider { display: inline-block; margin: 1rem .6rem 0 0; background: var(--ground); color: inherit; text-decoration: none; cursor: pointer; }
button[value=approve], .main { background: light-dark(#1a56b8, #2f6fd6); border-color: transparent; color: #fff; }
.code { font: 600 1.5rem/1.4 ui-monospace, monospace; letter-spacing: .08em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; padding: 1rem; background: var(--ground); border: 1px solid var(--line); border-radius: .3rem; }
.account { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; margin-top: 1.5rem; font-size: .9rem; }
dt, small { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.error { padding: .6rem .9rem; border: 1px solid light-dark(#a8231c, #ff8d84); border-radius: .3rem; }
`;

/** The report's style sheet. Light and dark differ in the variables alone. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fbfbf9; --ink: #1c1c1a; --quiet: #63625d; --line: #dddcd6; --fill: #f1f0ec;
  --smoothed: #c4510c; --smoothed-fill: #f0b48c; --hard: #1f66b8; --hard-fill: #8fb8e6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #181816; --ink: #ecebe6; --quiet: #a3a29b; --line: #3a3935; --fill: #232320;
    --smoothed: #f08a4b; --smoothed-fill: #7d4523; --hard: #7ab2ee; --hard-fill: #3a679a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 62rem; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 0.75rem; letter-spacing: -0.01em; }
h2 { font-size: 1.2rem; margin: 3rem 0 0.4rem; }
p { max-width: 46rem; margin: 0.4rem 0 1rem; }
.quiet, footer { color: var(--quiet); }
.figures { display: flex; flex-wrap: wrap; gap: 0.75rem 2.75rem; margin: 1.5rem 0 0; padding: 0; }
.figures div { display: flex; flex-direction: column-reverse; }
.figures dd { margin: 0; font-size: 1.7rem; font-variant-numeric: tabular-nums; line-height: 1.2; }
.figures dt { color: var(--quiet); font-size: 0.875rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
th, td { padding: 0.45rem 0.9rem 0.45rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; font-size: 0.8125rem; color: var(--quiet); white-space: nowrap; vertical-align: bottom; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.name { font-weight: 600; white-space: nowrap; }
.sample { white-space: pre; }
td.why { min-width: 18rem; }
.meter { width: 16%; min-width: 6rem; }
.meter i { display: block; height: 0.6rem; margin-top: 0.45rem; min-width: 2px; background: var(--hard-fill); border-radius: 1px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.5rem 2.5rem; }
svg { display: block; width: 100%; height: auto; font-size: 12px; }
text { fill: var(--quiet); font-family: inherit; paint-order: stroke; stroke: var(--page); stroke-width: 4px; }
text.strong { fill: var(--smoothed); font-weight: 600; }
.axis { stroke: var(--quiet); stroke-width: 1; }
.grid { stroke: var(--line); stroke-width: 1; }
.bar { fill: var(--hard-fill); }
.bar:hover { fill: var(--hard); }
.optimum { stroke: var(--smoothed); stroke-width: 1.5; stroke-dasharray: 4 3; }
path { fill: none; stroke-width: 2; stroke-linejoin: round; }
.hard { stroke: var(--hard); }
.smoothed { stroke: var(--smoothed); }
.smoothed-bar { fill: var(--smoothed-fill); }
.hard-bar { fill: var(--hard); }
.key { display: inline-block; width: 0.9rem; height: 0.7rem; margin-right: 0.35rem; }
.key + span { margin-right: 1.25rem; }
.key.line { height: 3px; vertical-align: middle; }
code { font-size: 0.9em; background: var(--fill); padding: 0.1em 0.35em; border-radius: 3px; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 0.875rem; }
`;

/** How reports look: readable in light and dark, on paper, and on a narrow screen. */
export const reportStyle = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #60646c; --page: #fff; --line: #d9dce1; --good: #17713c; --bad: #b3261e; --accent: #2457c5; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --quiet: #9ba1a8; --page: #15171a; --line: #33373d; --good: #5bc27f; --bad: #ff8a80; --accent: #8ab0ff; } }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; } h3 { font-size: 1rem; }
.lead { font-size: 1.1rem; margin: 0; } .meta, .quiet { color: var(--quiet); } .warning { color: var(--bad); }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--quiet); font-weight: 500; white-space: nowrap; } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:first-child { min-width: 8rem; } .text { display: block; min-width: 16rem; max-width: 44rem; overflow-wrap: anywhere; } .rate { white-space: nowrap; }
.passed { color: var(--good); } .failed, .error { color: var(--bad); } .skipped { color: var(--quiet); }
figure { margin: 0; overflow-x: auto; } figure svg { width: 100%; min-width: 600px; max-width: 760px; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; } svg .label { paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; } svg .tick, svg .axis { fill: var(--quiet); }
svg .grid { stroke: var(--line); } svg .frontier { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg .interval { stroke: var(--quiet); stroke-width: 1.5; } svg .best { fill: var(--accent); } svg .beaten { fill: var(--quiet); }
svg.bar { width: 120px; height: 12px; vertical-align: middle; } svg .track { fill: var(--line); } svg .fill { fill: var(--good); opacity: .8; }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--line); padding-left: .75rem; }
`;

#include "trials/html_style.h"

namespace yoke {

// Both halves of the light and dark pairs keep a contrast of at least 4.5 to 1.
const char* const kReportStyle = R"css(
:root { color-scheme: light dark; --page: #fff; --ink: #1c2024; --soft: #5b6570; --line: #d9dee3;
  --panel: #f6f8fa; --good: #116329; --bad: #a40e26; --mark: #0550ae; }
@media (prefers-color-scheme: dark) {
  :root { --page: #15181c; --ink: #e6e9ec; --soft: #9aa5b1; --line: #333a42; --panel: #1e2329;
    --good: #56d364; --bad: #ff8b86; --mark: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 110rem; padding: 1.5rem; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0; } h1, h2, h3, p { overflow-wrap: anywhere; }
p.soft, .soft { color: var(--soft); } p { max-width: 60rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: top; }
th:first-child, td:first-child, .words { text-align: left; }
th, td { white-space: nowrap; } .words { white-space: normal; min-width: 14rem; }
thead th { border-bottom-width: 2px; }
p.bad { margin: .25rem 0; }
.good { color: var(--good); } .bad { color: var(--bad); } .mark { color: var(--mark); }
section.case { border-top: 1px solid var(--line); padding: 1rem 0; }
.side { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(20rem, 1fr); gap: 1rem;
  overflow-x: auto; margin-top: .75rem; }
article { background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: .75rem; min-width: 0; }
pre { margin: .5rem 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30rem;
  overflow-y: auto; font: 13px/1.5 ui-monospace, monospace; }
ul { margin: .5rem 0; padding: 0; list-style: none; } li { overflow-wrap: anywhere; }
article p:last-child { margin-bottom: 0; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); }
@media (max-width: 72rem) { th, td { white-space: normal; } .words { min-width: 9rem; } }
@media (max-width: 48rem) {
  body { padding: .75rem; }
  th, td { padding: .3rem .25rem; } .words { min-width: 0; }
  td:first-child { overflow-wrap: anywhere; min-width: 5rem; }
  .side { grid-auto-flow: row; grid-auto-columns: auto; } }
@media print { pre { max-height: none; } .side { grid-auto-columns: 1fr; } }
)css";

}  // namespace yoke

#include <array>
#include <cstdio>

#include "hosts/cli/run_report.h"
#include "hosts/terminal/run_view.h"
#include "trials/html_report.h"
#include "trials/html_style.h"

// A report as one HTML page.
namespace yoke {
namespace {

using Mark = ReportLine::Mark;

// What a run's page has beside the style of all reports.
constexpr const char* kRunStyle = R"css(
body { max-width: 72rem; }
.status { font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.lines { list-style: none; padding: 0; margin: 0; }
.lines > li { border-left: 2px solid var(--line); padding: .1rem 0 .1rem .75rem; }
.lines > li.step { border-color: var(--mark); } .lines > li.bad { border-color: var(--bad); }
.lines > li.person { border-color: var(--good); }
.lines .seq { color: var(--soft); font-variant-numeric: tabular-nums; margin-right: .5rem; }
.lines pre { margin: .25rem 0 .5rem; background: var(--panel); border: 1px solid var(--line);
  border-radius: 6px; padding: .5rem .75rem; }
.thought { color: var(--soft); font-style: italic; }
.bars { font-size: 13px; }
.row { display: grid; grid-template: "name track time" / minmax(6rem, 14rem) 1fr 5rem;
  gap: 0 .75rem; align-items: center; padding: 1px 0; }
.name { grid-area: name; } .track { grid-area: track; } .time { grid-area: time; }
.bars .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.track { position: relative; height: .8rem; background: var(--panel); border-radius: 3px; }
.bar { position: absolute; top: 0; bottom: 0; min-width: 2px; border-radius: 3px;
  background: var(--soft); }
.bar.step { background: var(--mark); } .bar.bad { background: var(--bad); }
.bar.person { background: var(--good); opacity: .6; }
figure { margin: .5rem 0; } figcaption { color: var(--soft); overflow-wrap: anywhere; }
figure img { display: block; max-width: 100%; max-height: 20rem; }
.d1 { margin-left: 1.25rem; } .d2 { margin-left: 2.5rem; } .d3 { margin-left: 3.75rem; }
.d4 { margin-left: 5rem; } .d5 { margin-left: 6.25rem; }
table.left th, table.left td { text-align: left; }
table.left td { white-space: normal; overflow-wrap: break-word; }
table.left td:nth-child(-n+2) { overflow-wrap: anywhere; min-width: 5rem; }
@media (max-width: 48rem) {
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  .row { grid-template: "name time" "track track" / 1fr max-content; padding: .2rem 0; }
  .d1 { margin-left: .5rem; } .d2 { margin-left: 1rem; } .d3 { margin-left: 1.5rem; }
  .d4 { margin-left: 2rem; } .d5 { margin-left: 2.5rem; } }
@media print { details::details-content { content-visibility: visible; } }
)css";

constexpr int kDepthsShown = 5;

std::string tag(const std::string& name, const std::string& classes, const std::string& html) {
  const std::string attribute = classes.empty() ? "" : " class=\"" + classes + "\"";
  return "<" + name + attribute + ">" + html + "</" + name + ">";
}

std::string pre(const std::string& text, const std::string& classes = {}) {
  return tag("pre", classes, escaped(text));
}

const char* class_of(Mark mark) {
  switch (mark) {
    case Mark::step:
      return "step";
    case Mark::call:
      return "call";
    case Mark::good:
      return "good";
    case Mark::bad:
      return "bad";
    case Mark::person:
      return "person";
    case Mark::plain:
    case Mark::note:
      return "note";
  }
  return "note";
}

const char* color_of_mark(Mark mark) {
  switch (mark) {
    case Mark::good:
      return "good";
    case Mark::bad:
      return "bad";
    case Mark::step:
      return "mark";
    case Mark::note:
      return "soft";
    default:
      return "";
  }
}

std::string indented(const char* classes, int depth) {
  const int shown = std::min(depth, kDepthsShown);
  return shown == 0 ? std::string(classes) : std::string(classes) + " d" + std::to_string(shown);
}

std::string section_html(const std::string& title, const std::string& html) {
  return html.empty() ? "" : "<section>" + tag("h2", "", title) + html + "</section>\n";
}

// An image's address was made of checked base64 and one of four types, and is escaped all the same.
std::string contents_html(const std::vector<ReportContent>& contents) {
  std::string html;
  for (const ReportContent& each : contents) {
    std::string words = each.name + " · " + each.words;
    std::string shown;
    if (!each.url.empty()) {
      shown = "<img alt=\"" + escaped(words) + "\" src=\"" + escaped(each.url) + "\">";
    } else if (!each.command.empty()) {
      words += " · to have it: " + each.command;
    }
    html += tag("figure", "", shown + tag("figcaption", "", escaped(words)));
  }
  return html;
}

std::string line_html(const ReportLine& line) {
  std::string html = tag("span", "seq", line.seq == 0 ? "" : std::to_string(line.seq));
  const char* sign = line.mark == Mark::good ? "✓ " : line.mark == Mark::bad ? "✗ " : "";
  html += tag("span", color_of_mark(line.mark), sign + escaped(line.title));
  if (!line.thought.empty()) {
    html += "<details><summary>thought</summary>" + pre(line.thought, "thought") + "</details>";
  }
  if (!line.text.empty() && line.folded) {
    html += "<details><summary>" + std::string(line.mark == Mark::call ? "arguments" : "result") +
            "</summary>" + pre(line.text) + "</details>";
  } else if (!line.text.empty()) {
    html += pre(line.text);
  }
  html += contents_html(line.contents);
  return tag("li", indented(class_of(line.mark), line.depth), html) + "\n";
}

std::string percent(Micros part, Micros whole) {
  std::array<char, 32> text{};
  const double share =
      whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  std::snprintf(text.data(), text.size(), "%.3f%%", share);
  return text.data();
}

std::string bars_html(const RunReport& report) {
  std::string html;
  for (const ReportBar& bar : report.bars) {
    html +=
        "<div class=\"row\">" + tag("span", indented("name", bar.depth), escaped(bar.title)) +
        "<span class=\"track\"><span class=\"bar " + class_of(bar.mark) +
        "\" style=\"left:" + percent(bar.from, report.length) +
        ";width:" + percent(bar.until - bar.from, report.length) + "\"></span></span>" +
        tag("span", "time soft", to_short_text(std::chrono::microseconds(bar.until - bar.from))) +
        "</div>\n";
  }
  return html.empty() ? "" : "<div class=\"bars\">" + html + "</div>";
}

std::string table_html(const std::vector<std::string>& head, const std::string& body,
                       const char* classes) {
  std::string cells;
  for (const std::string& each : head) cells += tag("th", "", each);
  return "<div class=\"scroll\"><table class=\"" + std::string(classes) + "\"><thead><tr>" + cells +
         "</tr></thead><tbody>" + body + "</tbody></table></div>";
}

std::string costs_html(const RunReport& report) {
  if (report.costs.empty()) return {};
  std::string body;
  for (const ReportCost& cost : report.costs) {
    body += "<tr>" + tag("td", "", escaped(cost.target)) +
            tag("td", "", std::to_string(cost.calls)) + tag("td", "", std::to_string(cost.input)) +
            tag("td", "", std::to_string(cost.output)) +
            tag("td", "", escaped(cost_text(cost.cost, cost.priced))) + "</tr>\n";
  }
  return table_html({"model", "calls", "tokens in", "tokens out", "cost"}, body, "");
}

std::string approvals_html(const RunReport& report) {
  if (report.approvals.empty()) return {};
  std::string body;
  for (const ReportApproval& each : report.approvals) {
    const std::string waited =
        each.waited == 0 ? "" : to_short_text(std::chrono::microseconds(each.waited));
    body += "<tr>" + tag("td", "", escaped(each.title)) + tag("td", "", escaped(each.answer)) +
            tag("td", "", each.by.empty() ? "open" : escaped(each.by)) +
            tag("td", "", escaped(each.reach)) + tag("td", "", waited) + "</tr>\n";
  }
  return table_html({"asked", "answer", "by", "for", "after"}, body, "left");
}

}  // namespace

std::string report_page(const RunReport& report, const std::string& made) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
      "form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escaped(report.title) + "</title>\n<style>";
  html += kReportStyle;
  html += kRunStyle;
  html += "</style></head><body>\n" + tag("h1", "", escaped(report.title)) + "\n" +
          tag("p",
              report.good  ? "status good"
              : report.bad ? "status bad"
                           : "status",
              escaped(report.status)) +
          "\n<dl>";
  for (const auto& [name, value] : report.facts) {
    html += tag("dt", "", name) + tag("dd", "", escaped(value));
  }
  html += "</dl>\n";
  html += section_html(
      "Task", (report.task.empty() ? "" : pre(report.task)) + contents_html(report.contents));
  if (!report.answer.empty()) {
    html += section_html(report.good ? "Answer" : "How it ended", pre(report.answer));
  }
  if (!report.plan.empty()) html += section_html("Plan", pre(report.plan));
  html += section_html("Time", bars_html(report));
  html += section_html("Approvals", approvals_html(report));
  html += section_html("Cost", costs_html(report));
  std::string lines;
  for (const ReportLine& line : report.lines) lines += line_html(line);
  html += section_html("What happened",
                       lines.empty() ? "" : "<ol class=\"lines\">\n" + lines + "</ol>");
  return html + tag("p", "soft", "Made " + escaped(made)) + "\n</body></html>\n";
}

}  // namespace yoke

#include <algorithm>

#include "hosts/cli/run_report.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"

// A report in Markdown. What was said stands in code, or with its marks escaped: it cannot become
// headings, links or HTML.
namespace yoke {
namespace {

std::string escaped_words(std::string_view text) {
  static constexpr std::string_view kMarks = "\\`*_[]<>|~&";
  std::string out;
  for (const char c : printable(text)) {
    if (kMarks.find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// A fence that is longer than any inside.
std::string fenced(std::string_view text, const std::string& indent = {}) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  std::string out = indent + fence + "\n";
  for (const std::string& line : split(printable(to_valid_utf8(text)), '\n')) {
    out += indent + line + "\n";
  }
  return out + indent + fence + "\n";
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += "|";
    for (const std::string& cell : rows[i]) out += " " + escaped_words(cell) + " |";
    out += "\n";
    if (i > 0) continue;
    out += "|";
    for (std::size_t column = 0; column < rows[i].size(); ++column) out += "---|";
    out += "\n";
  }
  return out + "\n";
}

std::string section(const std::string& title, const std::string& body) {
  return body.empty() ? "" : "## " + title + "\n\n" + body + "\n";
}

const char* mark_words(ReportLine::Mark mark) {
  switch (mark) {
    case ReportLine::Mark::good:
      return "✓ ";
    case ReportLine::Mark::bad:
      return "✗ ";
    case ReportLine::Mark::person:
      return "☞ ";
    default:
      return "";
  }
}

std::string contents_text(const std::vector<ReportContent>& contents, const std::string& indent) {
  std::string out;
  for (const ReportContent& each : contents) {
    out += indent + "- ▣ " + escaped_words(each.name + ": " + each.words);
    if (!each.command.empty()) out += "; `" + each.command + "` writes it";
    out += "\n";
  }
  return out;
}

std::string story_text(const RunReport& report) {
  std::string out;
  for (const ReportLine& line : report.lines) {
    const std::string indent(2 * static_cast<std::size_t>(line.depth), ' ');
    out += indent + "- " + (line.seq == 0 ? "" : std::to_string(line.seq) + "\\. ") +
           mark_words(line.mark) + escaped_words(line.title) + "\n";
    if (!line.thought.empty()) {
      out += "\n" + indent + "  thought:\n\n" + fenced(line.thought, indent + "  ") + "\n";
    }
    if (!line.text.empty()) out += "\n" + fenced(line.text, indent + "  ") + "\n";
    out += contents_text(line.contents, indent + "  ");
  }
  return out;
}

std::vector<std::vector<std::string>> cost_rows(const RunReport& report) {
  std::vector<std::vector<std::string>> rows = {{"model", "calls", "tokens in", "out", "cost"}};
  for (const ReportCost& cost : report.costs) {
    rows.push_back({cost.target, std::to_string(cost.calls), std::to_string(cost.input),
                    std::to_string(cost.output), cost_text(cost.cost, cost.priced)});
  }
  return rows;
}

std::vector<std::vector<std::string>> approval_rows(const RunReport& report) {
  std::vector<std::vector<std::string>> rows = {{"asked", "answer", "by", "for", "after"}};
  for (const ReportApproval& each : report.approvals) {
    rows.push_back({each.title, each.answer, each.by.empty() ? "open" : each.by, each.reach,
                    each.waited == 0 ? "" : to_short_text(std::chrono::microseconds(each.waited))});
  }
  return rows;
}

}  // namespace

std::string report_markdown(const RunReport& report, const std::string& made) {
  std::string out =
      "# " + escaped_words(report.title) + "\n\n**" + escaped_words(report.status) + "**\n\n";
  std::vector<std::vector<std::string>> facts = {{"what", ""}};
  for (const auto& [name, value] : report.facts) facts.push_back({name, value});
  out += table(facts);
  out += section("Task", (report.task.empty() ? "" : fenced(report.task) + "\n") +
                             contents_text(report.contents, ""));
  out += section(report.good ? "Answer" : "How it ended",
                 report.answer.empty() ? "" : fenced(report.answer));
  out += section("Plan", report.plan.empty() ? "" : fenced(report.plan));
  if (!report.approvals.empty()) out += section("Approvals", table(approval_rows(report)));
  if (!report.costs.empty()) out += section("Cost", table(cost_rows(report)));
  out += section("What happened", story_text(report));
  return out + "Made " + escaped_words(made) + ".\n";
}

}  // namespace yoke

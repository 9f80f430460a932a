#include "trials/html_report.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/counted.h"
#include "runtime/base/text.h"
#include "trials/html_style.h"
#include "trials/words.h"

namespace yoke {
namespace {

constexpr std::size_t kTextBytesMax = 256 * 1024;  // of one answer; the journal has it all

// Whether more of it is good; 0 where that is not for a report to say.
int good_side(Measure measure) {
  switch (measure) {
    case Measure::pass:
    case Measure::score:
    case Measure::preferred:
      return 1;
    case Measure::input_tokens:
    case Measure::output_tokens:
      return 0;
    default:
      return -1;
  }
}

const char* color_of(Measure measure, const Difference& difference) {
  const int side = shown(difference);
  if (side == 0) return "soft";
  const int good = good_side(measure);
  if (good == 0) return "mark";
  return side == good ? "good" : "bad";
}

std::string element(const std::string& name, const std::string& classes, const std::string& html) {
  const std::string attribute = classes.empty() ? "" : " class=\"" + classes + "\"";
  return "<" + name + attribute + ">" + html + "</" + name + ">";
}

bool is_measured(const Comparison& comparison, std::size_t measure) {
  return std::any_of(
      comparison.routes.begin(), comparison.routes.end(),
      [measure](const RouteSummary& route) { return route.means[measure].cases > 0; });
}

std::string check_row(const std::string& check, const Comparison& all) {
  std::string row = "<tr>" + element("td", "soft", escaped(check));
  for (const RouteSummary& route : all.routes) {
    const auto found =
        std::find_if(route.checks.begin(), route.checks.end(),
                     [&check](const CheckCount& each) { return each.check == check; });
    row += element("td", "", found == route.checks.end() ? "–" : count_text(*found));
  }
  return row + "</tr>\n";
}

std::string means_table(const Comparison& all) {
  std::string head = "<tr><th></th>";
  for (const RouteSummary& route : all.routes) head += element("th", "", escaped(route.route));
  std::string body;
  const auto counts = [&](const char* title, int RouteSummary::*member) {
    body += "<tr>" + element("td", "", title);
    for (const RouteSummary& route : all.routes) {
      body += element("td", "", std::to_string(route.*member));
    }
    body += "</tr>\n";
  };
  counts("asked", &RouteSummary::asked);
  counts("answered", &RouteSummary::answered);
  for (std::size_t m = 0; m < kMeasures; ++m) {
    if (!is_measured(all, m)) continue;
    const auto measure = static_cast<Measure>(m);
    body += "<tr>" + element("td", "", title_of(measure));
    for (const RouteSummary& route : all.routes) {
      const Mean& mean = route.means[m];
      std::string cell = mean.cases == 0 ? "–" : figure(measure, mean.value);
      if (measure == Measure::pass && mean.cases > 0) {
        cell += element("span", "soft", " (" + share_interval_text(mean) + ")");
      }
      body += element("td", "", cell);
    }
    body += "</tr>\n";
  }
  for (const std::string& check : checks_of(all)) body += check_row(check, all);
  body += "<tr>" + element("td", "", "cost in all");
  for (const RouteSummary& route : all.routes) {
    body += element("td", "", route.priced ? to_dollars(route.cost) : "unknown");
  }
  body += "</tr>\n";
  for (const auto& [title, member] : {std::pair{"errored", &RouteSummary::errored},
                                      {"degraded", &RouteSummary::degraded},
                                      {"from the cache", &RouteSummary::from_cache},
                                      {"not judged", &RouteSummary::not_judged}}) {
    const bool any = std::any_of(all.routes.begin(), all.routes.end(),
                                 [&](const RouteSummary& route) { return route.*member > 0; });
    if (any) counts(title, member);
  }
  return "<div class=\"scroll\"><table><thead>" + head + "</tr></thead><tbody>" + body +
         "</tbody></table></div>\n";
}

std::string differences_table(const RouteSummary& route, const RouteSummary& base,
                              const std::string& unit) {
  std::string body;
  for (std::size_t m = 0; m < kMeasures; ++m) {
    const Difference& difference = route.differences[m];
    if (difference.pairs == 0) continue;
    const auto measure = static_cast<Measure>(m);
    const char* color = color_of(measure, difference);
    std::string said = verdict_of(measure, difference, base.means[m], unit);
    if (measure == Measure::pass) said += " (" + split_text(difference) + ")";
    body += "<tr>" + element("td", "", title_of(measure)) +
            element("td", color, interval_text(measure, difference)) +
            element("td", "words", said) + "</tr>\n";
  }
  if (body.empty()) return element("p", "soft", "No " + unit + " was answered on both.") + "\n";
  return "<div class=\"scroll\"><table><thead><tr><th></th><th>difference</th>"
         "<th class=\"words\">what it says</th></tr></thead><tbody>" +
         body + "</tbody></table></div>\n";
}

std::string block(const std::string& title, const std::string& text, bool open) {
  if (text.empty()) return {};
  const std::string pre = "<pre>" + escaped(shorten(text, kTextBytesMax)) + "</pre>";
  if (open) return pre;
  return "<details><summary>" + title + "</summary>" + pre + "</details>";
}

std::string finding_item(const Finding& finding) {
  const char* color = "soft";
  std::string mark = "?";
  if (finding.pairwise && finding.judged) {
    mark = finding.score > 0.5 ? "better" : finding.score < 0.5 ? "worse" : "tie";
    color = finding.score > 0.5 ? "good" : finding.score < 0.5 ? "bad" : "soft";
  } else if (finding.judged) {
    mark = finding.passed ? "✓" : "✗";
    color = finding.passed ? "good" : "bad";
    const bool graded = finding.score > 0 && finding.score < 1;
    if (graded) mark += " " + figure(Measure::score, finding.score);
  }
  std::string html = element("span", color, mark) + " " + escaped(finding.check);
  if (!finding.why.empty()) html += element("span", "soft", ": " + escaped(finding.why));
  return element("li", "", html);
}

std::string calls_text(const Json& calls) {
  std::string text;
  for (const Json& call : calls) {
    text += string_at(call, "tool") + " " + to_text(member_at(call, "args")) + "\n";
  }
  return text;
}

std::string facts_of(const Cell& cell) {
  std::string facts = escaped(cell.target);
  facts += " · " + (cell.priced ? to_dollars(cell.cost) : std::string("cost unknown"));
  if (cell.priced && cell.lost != 0) {
    facts += " (and " + to_dollars(cell.lost) + " for a call that was cut off)";
  }
  facts += " · " + counted(cell.usage.input, "token") + " in, " +
           std::to_string(cell.usage.output) + " out" +
           (cell.usage.estimated ? " (estimated)" : "");
  if (cell.first_ms) facts += " · first token " + figure(Measure::first_token, *cell.first_ms);
  if (cell.total_ms) facts += " · " + figure(Measure::total_time, *cell.total_ms);
  if (cell.answer.steps) facts += " · " + counted(std::llround(*cell.answer.steps), "step");
  if (cell.tries > 1) facts += " · " + std::to_string(cell.tries) + " tries";
  if (cell.degraded) facts += " · degraded";
  if (cell.from_cache) facts += " · from the cache";
  if (cell.answer.finish == "length") facts += " · cut at its token limit";
  return element("p", "soft", facts + " · run " + escaped(cell.run_id));
}

std::string answer_article(const Trial& trial, const Cell& cell) {
  std::string title = escaped(trial.routes[cell.route_at]);
  if (trial.repeats > 1) title += " · " + std::to_string(cell.repeat + 1);
  std::string html = element("h3", "", title);
  if (!cell.asked) return element("article", "", html + element("p", "soft", "not asked"));
  if (!cell.failure.empty()) {
    html += element("p", "bad", escaped((cell.errored ? "errored: " : "") + cell.failure));
  }
  html += block("", cell.answer.text, true);
  html += block("", calls_text(cell.answer.calls), true);
  html += block("reasoning", cell.answer.reasoning, false);
  std::string findings;
  for (const Finding& finding : cell.findings) findings += finding_item(finding);
  if (!findings.empty()) html += element("ul", "", findings);
  return element("article", "", html + facts_of(cell));
}

std::string case_section(const Trial& trial, std::size_t at) {
  const TrialCase& one = trial.cases[at];
  std::string html = element("h3", "", escaped(one.id));
  html += block("", one.prompt, true);
  html += block("system", one.request.instructions, false);
  if (!one.expected.is_null()) {
    const Json& expected = one.expected;
    html += block("expected",
                  expected.is_string() ? expected.get<std::string>() : to_text(expected), false);
  }
  std::vector<const Cell*> cells;
  for (const Cell& cell : trial.cells) {
    if (cell.case_at == at) cells.push_back(&cell);
  }
  std::sort(cells.begin(), cells.end(), [](const Cell* a, const Cell* b) {
    return std::pair(a->repeat, a->route_at) < std::pair(b->repeat, b->route_at);
  });
  int row = -1;
  for (const Cell* cell : cells) {
    if (cell->repeat != row) {
      html += row < 0 ? "<div class=\"side\">" : "</div>\n<div class=\"side\">";
    }
    row = cell->repeat;
    html += answer_article(trial, *cell);
  }
  if (row >= 0) html += "</div>";
  return "<section class=\"case\">" + html + "</section>\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string html;
  for (const char each : printable(to_valid_utf8(text))) {
    switch (each) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += each;
    }
  }
  return html;
}

std::string html_report(const Trial& trial, const Comparison& comparison, const std::string& made) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
      "form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>";
  html += trial.title.empty() ? "Comparison of models" : escaped(trial.title);
  html += "</title>\n<style>";
  html += kReportStyle;
  html += "</style></head><body>\n<h1>";
  html += escaped(trial.title.empty() ? join(trial.routes, " · ") : trial.title) + "</h1>\n";
  std::string facts = counted(std::ssize(trial.cases), trial.unit);
  if (trial.repeats > 1) facts += ", each asked " + std::to_string(trial.repeats) + " times";
  facts += " · " + escaped(made) + " · trial " + escaped(trial.id);
  if (comparison.judging > 0) facts += " · judging cost " + to_dollars(comparison.judging);
  html += element("p", "soft", facts) + "\n";
  if (comparison.unasked > 0) {
    html += element("p", "bad",
                    counted(comparison.unasked, "answer is", "answers are") +
                        " missing: the trial is not whole.");
  }
  html += means_table(comparison);
  for (std::size_t i = 0; i < trial.routes.size(); ++i) {
    for (const std::string& each : complaints(trial, i)) {
      html += element("p", "bad", escaped(trial.routes[i] + ": " + each)) + "\n";
    }
  }
  for (std::size_t i = 1; i < comparison.routes.size(); ++i) {
    const RouteSummary& route = comparison.routes[i];
    const RouteSummary& base = comparison.routes.front();
    html += "<h2>" + escaped(route.route) + " against " + escaped(base.route) + "</h2>\n" +
            differences_table(route, base, trial.unit);
  }
  html += element("p", "soft", method_note(trial)) + "\n<h2>Answers</h2>\n";
  for (std::size_t i = 0; i < trial.cases.size(); ++i) html += case_section(trial, i);
  return html + "</body></html>\n";
}

}  // namespace yoke

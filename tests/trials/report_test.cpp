#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "runtime/base/text.h"
#include "trials/html_report.h"

// The page with the answers side by side: it shows what models say and runs none of it.
namespace yoke {
namespace {

const std::vector<std::string> kHostile = {
    "</pre><script>alert(1)</script>",
    "<img src=x onerror='x()'>",
    "\"><svg onload=x>",
    "</style><style>*{display:none}</style>",
    "<a href='javascript:x()'>y</a>",
    "<iframe src=\"http://evil.example\"></iframe>",
    "<!-- ",
    "&lt;script&gt;",
    "\x1b[31mred\xff\xe2\x80\xae",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>",
};

// Every field that comes from outside holds the text.
Trial trial_saying(const std::string& text) {
  Trial trial;
  trial.id = text;
  trial.routes = {"first" + text, "other" + text};
  trial.repeats = 2;
  TrialCase one;
  one.id = one.prompt = one.request.instructions = text;
  one.expected = Json{{text, text}};
  trial.cases.push_back(one);
  for (std::size_t route = 0; route < 2; ++route) {
    for (int repeat = 0; repeat < 2; ++repeat) {
      Cell& cell = trial.cells.emplace_back();
      cell.route_at = route;
      cell.repeat = repeat;
      cell.asked = true;
      cell.answered = repeat == 0;
      cell.failure = cell.answered ? "" : text;
      cell.target = cell.run_id = text;
      cell.answer.text = cell.answer.reasoning = cell.answer.finish = text;
      cell.answer.calls = Json::array({Json{{"tool", text}, {"args", {{text, text}}}}});
      Finding finding;
      finding.check = finding.why = text;
      cell.findings.push_back(finding);
    }
  }
  return trial;
}

std::string body_of(const std::string& page) { return page.substr(page.find("<body>")); }

std::set<std::string> tags_of(const std::string& html) {
  std::set<std::string> tags;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    tags.insert(html.substr(at, html.find('>', at) - at + 1));
  }
  return tags;
}

}  // namespace

TEST_CASE("whatever a model says, a page holds the tags of a harmless one and no other") {
  const auto page_of = [](const std::string& text) {
    const Trial trial = trial_saying(text);
    return html_report(trial, compare(trial), text);
  };
  const std::string harmless = page_of("plain");
  const std::set<std::string> tags = tags_of(body_of(harmless));
  CHECK(tags.count("<pre>") == 1);
  for (const std::string& text : kHostile) {
    INFO(text);
    const std::string page = page_of(text);
    CHECK(tags_of(body_of(page)) == tags);
    CHECK(page.substr(0, page.find("<h1>")) == harmless.substr(0, harmless.find("<h1>")));
    CHECK(page.find('\x1b') == std::string::npos);
    CHECK(page.find("\xe2\x80\xae") == std::string::npos);
    CHECK(is_valid_utf8(page));
  }
}

TEST_CASE("a page fetches nothing, runs nothing and fits a phone and the dark") {
  const Trial trial = trial_saying("plain");
  const std::string page = html_report(trial, compare(trial), "2026-11-21");
  for (const char* never :
       {"<script", "<link", "<img", "src=", "href=", "url(", "@import", " on"}) {
    INFO(never);
    CHECK(tags_of(page).size() > 0);
    for (const std::string& tag : tags_of(page)) CHECK(tag.find(never) == std::string::npos);
  }
  CHECK(page.find("default-src 'none'") != std::string::npos);
  CHECK(page.find("width=device-width") != std::string::npos);
  CHECK(page.find("(prefers-color-scheme: dark)") != std::string::npos);
  CHECK(page.find("(max-width: 48rem)") != std::string::npos);
}

TEST_CASE("a page shows the answers of a case side by side, with what they took") {
  Trial trial = trial_saying("plain");
  trial.cells[0].cost = 2'000'000;
  trial.cells[0].total_ms = 1200;
  trial.cells[0].usage.output = 321;
  const std::string page = html_report(trial, compare(trial), "2026-11-21");
  for (const char* shown : {"$0.002", "1.2 s", "321 out", "<summary>reasoning</summary>",
                            "otherplain against firstplain", "<summary>expected</summary>"}) {
    INFO(shown);
    CHECK(page.find(shown) != std::string::npos);
  }
}

}  // namespace yoke

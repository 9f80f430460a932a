#include "hosts/eval/eval_set.h"

#include <catch2/catch.hpp>

#include "hosts/cli/eval_report.h"

// Data sets as they are written, what is wrong with them, and how an evaluation is told.
namespace yoke {
namespace {

EvalSet set_from(const std::string& text) {
  Result<EvalSet> set = parse_eval_set(text, "sets/capitals.toml");
  INFO((set ? "" : set.error().message()));
  REQUIRE(set.has_value());
  return std::move(*set);
}

std::string complaint_about(const std::string& text) {
  const Result<EvalSet> set = parse_eval_set(text, "s.toml");
  return set ? "" : set.error().message();
}

std::vector<std::string> titles(const std::string& text) {
  std::vector<std::string> names;
  for (const EvalSubject& subject : subjects_of(set_from(text))) names.push_back(title_of(subject));
  return names;
}

Trial trial_of_two() {
  Trial trial;
  trial.routes = {"careful", "hasty"};
  trial.cases.resize(8);
  for (std::size_t at = 0; at < trial.cases.size(); ++at) {
    trial.cases[at].id = "c" + std::to_string(at);
    for (std::size_t route = 0; route < 2; ++route) {
      Cell& cell = trial.cells.emplace_back();
      cell.case_at = at;
      cell.route_at = route;
      cell.asked = cell.answered = true;
      cell.run_id = "r" + std::to_string(at) + std::to_string(route);
      Finding finding;
      finding.check = "names it";
      finding.passed = route == 0 || at == 0;
      finding.score = finding.passed ? 1 : 0;
      finding.why = "\"Oslo\" is not in the answer";
      cell.findings.push_back(finding);
    }
  }
  return trial;
}

}  // namespace

TEST_CASE("a set in TOML has settings, cases, checks of all and checks of one") {
  const EvalSet set = set_from(
      "agents = [\"a\"]\nroutes = [\"x\", \"y\"]\nrepeat = 2\nat_once = 8\nlimit = \"usd=0.5\"\n"
      "limits = \"steps=3\"\nmin_pass = 0.9\n\n"
      "[[case]]\nid = \"norway\"\nprompt = \"Capital?\"\nexpected = \"Oslo\"\ngroup = \"north\"\n"
      "checks = [{ contains = \"Oslo\" }]\n\n"
      "[[case]]\ninput = { city = \"Paris\" }\nagent = \"b\"\n\n"
      "[[check]]\ncontains = \"{expected}\"\nonly = [\"norway\"]\n");
  CHECK(set.name == "capitals");
  CHECK(set.repeat == 2);
  CHECK(set.at_once == 8);
  CHECK(set.min_pass == 0.9);
  REQUIRE(set.cases.size() == 2);
  CHECK(set.cases[0].one.place == "sets/capitals.toml:9");
  CHECK(set.cases[0].task == "Capital?");
  CHECK(set.cases[0].one.group == "north");
  CHECK(set.cases[1].one.id == "2");
  CHECK(set.cases[1].task.empty());  // an input without words
  CHECK(set.cases[1].one.prompt == R"({"city":"Paris"})");
  REQUIRE(set.checks.size() == 2);
  CHECK(set.checks[0].of_case == "norway");
  CHECK(set.checks[1].of_case.empty());
  CHECK(set.checks[1].text.places.at("contains") == "sets/capitals.toml:21");
}

TEST_CASE("a set in JSON lines has a case a line, called by its line unless it has an id") {
  const EvalSet set = set_from(
      "{\"prompt\":\"a\"}\n\n{\"id\":\"b\",\"prompt\":\"c\",\"schema\":{\"type\":\"object\"}}\n");
  REQUIRE(set.cases.size() == 2);
  CHECK(set.cases[0].one.id == "1");
  CHECK(set.cases[1].one.place == "sets/capitals.toml:3");
  REQUIRE(set.checks.size() == 1);  // what it is to fit
  CHECK(set.checks[0].of_case == "b");
}

TEST_CASE("the subjects of a set are its agents on its routes") {
  const std::string one = "[[case]]\nprompt = \"a\"\n";
  CHECK(titles("agents = [\"a\", \"b\"]\nroutes = [\"x\"]\n" + one) ==
        std::vector<std::string>{"a on x", "b on x"});
  CHECK(titles("agents = [\"a\"]\n" + one) == std::vector<std::string>{"a"});
  CHECK(titles("routes = [\"x\", \"y\"]\n" + one) == std::vector<std::string>{"x", "y"});
  CHECK(titles(one) == std::vector<std::string>{"default"});
  CHECK(titles(one + "agent = \"b\"\n") == std::vector<std::string>{"each case's agent"});
  CHECK(titles("routes = [\"x\"]\n" + one + "agent = \"b\"\n") ==
        std::vector<std::string>{"each case's agent on x"});
}

TEST_CASE("what is wrong with a set is told with its file, its line and the mend") {
  CHECK(complaint_about("agent = [\"a\"]\n") ==
        "s.toml:1: 'agent' is not known (did you mean 'agents'?)");
  CHECK(complaint_about("\nrepeat = 0\n") ==
        "s.toml:2: 'repeat' must be a whole number from 1 to 100");
  CHECK(complaint_about("min_pass = 90\n") == "s.toml:1: 'min_pass' must be a share from 0 to 1");
  CHECK(complaint_about("agents = \"a\"\n") == "s.toml:1: 'agents' must be a list of names");
  CHECK(complaint_about("[[case]]\nprompt = \"a\"\nexpect = \"b\"\n") ==
        "s.toml:1: 'expect' is no field of a case (did you mean 'expected'?)");
  CHECK(complaint_about("[[case]]\nid = \"a\"\n") == "s.toml:1: 'prompt' is missing");
  CHECK(complaint_about("[[case]]\nprompt = \"a\"\nid = \"x\"\n[[case]]\nprompt = \"b\"\n"
                        "id = \"x\"\n") ==
        "s.toml:4: the id 'x' is there twice; give each case an id of its own");
  CHECK(complaint_about("[[case]]\nprompt = \"a\"\nchecks = [{ alike = {} }]\n") ==
        "s.toml:1: 'checks' of a case are its own: write 'alike' and 'only' as a [[check]]");
  CHECK(complaint_about("{\"prompt\":\"a\"}\n{\"prompt\":\"b\",\"recorded\":[{}]}\n") ==
        "s.toml:2: 'recorded': a recorded call names its 'tool'");
  CHECK(complaint_about("{\"prompt\":1}\n") == "s.toml:1: 'prompt' must be a string");
  CHECK_FALSE(complaint_about("{\"prompt\":\n").empty());
  CHECK_FALSE(complaint_about("[[case]\n").empty());
  CHECK_FALSE(complaint_about("cases = \"none-such.jsonl\"\n").empty());
}

TEST_CASE("cases are written as lines that are read again") {
  EvalSet set = set_from(
      "{\"id\":\"a\",\"prompt\":\"p\",\"agent\":\"clerk\",\"expected\":{\"n\":1},"
      "\"input\":{\"x\":1},\"recorded\":[{\"tool\":\"t\",\"args\":{},\"value\":2}]}\n");
  const Result<std::string> lines = lines_of(set.cases);
  REQUIRE(lines.has_value());
  const EvalSet again = set_from(*lines);
  REQUIRE(again.cases.size() == 1);
  CHECK(again.cases[0].agent == "clerk");
  CHECK(again.cases[0].task == "p");
  CHECK(again.cases[0].input == Json{{"x", 1}});
  CHECK(again.cases[0].recorded == set.cases[0].recorded);
  CHECK(again.cases[0].one.expected == set.cases[0].one.expected);
}

TEST_CASE("a bar of progress fits the columns that there are") {
  CHECK(progress_bar(6, 24, "$0.01", 80) == "[######..................] 6 of 24 · $0.01");
  CHECK(progress_bar(1, 2, "$0.01", 25) == "[####....] 1 of 2 · $0.01");
  CHECK(progress_bar(1, 2, "", 8) == "1 of 2");
  CHECK(progress_bar(0, 0, "", 40) == "[........................] 0 of 0");
}

TEST_CASE("what did not pass is told with the first check that says why") {
  const std::vector<std::string> lines = failing_lines(trial_of_two(), 2);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "c1 · hasty: names it: \"Oslo\" is not in the answer (r11)");
  CHECK(lines[2] == "… and 5 more");
}

TEST_CASE("bounds are broken by too low a share, and by being shown to be worse than the first") {
  const Trial trial = trial_of_two();
  const Comparison comparison = compare(trial);
  CHECK(broken_bounds(trial, comparison, EvalBounds{}).empty());
  const std::vector<std::string> share = broken_bounds(trial, comparison, EvalBounds{0.9, false});
  REQUIRE(share.size() == 1);
  CHECK(share[0] == "hasty passes 12 %, wanted are 90 %");
  const std::vector<std::string> worse = broken_bounds(trial, comparison, EvalBounds{{}, true});
  REQUIRE(worse.size() == 2);
  CHECK(worse[0].starts_with("hasty is worse than careful in pass rate: −87.5 points (95 %: "));
  Trial same = trial;
  same.routes = {"careful"};
  std::erase_if(same.cells, [](const Cell& cell) { return cell.route_at == 1; });
  CHECK(broken_bounds(same, compare(same), EvalBounds{1.0, true}).empty());
  same.cells[3].findings[0].judged = false;
  CHECK(broken_bounds(same, compare(same), EvalBounds{0.5, false}).size() == 1);
}

}  // namespace yoke

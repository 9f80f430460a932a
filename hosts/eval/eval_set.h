#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/journal/run_parts.h"
#include "trials/checks.h"

// A data set of inputs and checks, and over which agents and routes it is run. Plain data.
namespace yoke {

struct EvalCase {
  TrialCase one;
  std::string agent = {};              // where the set names none
  std::string task = {};               // what the agent is told; empty: its input alone
  Json input = Json::object();         // the agent's
  std::vector<Message> messages = {};  // what was said before
  Json recorded = nullptr;             // a list of recorded calls; null: none were kept
};

// A check, and the one case that it stands in; empty: it is of all.
struct EvalCheck {
  CheckText text;
  std::string of_case;
};

// What is tried: an agent on a route, an agent on its own model, a route by itself.
struct EvalSubject {
  std::string agent;      // empty: each case's own, where it has one
  std::string route;      // empty: the agent's own model; the route "default" without an agent
  bool of_cases = false;  // there are cases with an agent of their own
};
std::string title_of(const EvalSubject& subject);

struct EvalSet {
  std::string name;
  std::vector<std::string> agents;
  std::vector<std::string> routes;
  std::vector<EvalCase> cases;
  std::vector<EvalCheck> checks;
  std::optional<int> repeat = {};
  std::optional<int> at_once = {};
  std::string limit = {};   // "usd=0.50": of all together
  std::string limits = {};  // of each run: "steps=10,usd=0.02"
  std::optional<double> min_pass = {};
};

// A set from its file: JSON lines, a case a line, where its text begins with "{"; else TOML with
// [[case]] and [[check]], settings, and `cases`, files of such lines beside it.
// Errors: invalid, with file:line and the mend.
Result<EvalSet> read_eval_file(const std::string& file);
Result<EvalSet> parse_eval_set(const std::string& text, const std::string& file);

// Every agent on every route; agents alone where no route is named, routes alone where no agent is.
// With neither: each case's own agent where cases name one, else the route "default".
std::vector<EvalSubject> subjects_of(const EvalSet& set);

// The cases as lines that read_eval_file() reads. Errors: invalid, a case has images, which lines
// cannot hold.
Result<std::string> lines_of(const std::vector<EvalCase>& cases);

}  // namespace yoke

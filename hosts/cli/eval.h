#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hosts/cli/options.h"

// `yoke eval`: a data set of inputs and checks, over agents and routes.
namespace yoke {

struct EvalVerb {
  std::string file;
  std::vector<std::string> agents;
  std::vector<std::string> routes;
  std::vector<std::string> runs;  // whose recordings become cases
  std::string checks;             // a file, besides those of the set
  std::vector<std::string> only;  // globs of case ids
  std::string save;               // a file: the cases of `runs`, and nothing is run
  int repeat = 0;                 // 0: as the set says, else 1
  int at_once = 0;                // 0: as the set says, else 4
  std::uint64_t seed = 1;
  std::string limit;   // of all
  std::string limits;  // of each run
  bool replay_tools = false;
  bool again = false;
  bool fresh = false;
  WhenAsked when_asked = WhenAsked::deny;
  std::optional<double> min_pass = {};
  bool no_worse = false;
  std::string html;  // a file
};

int evaluate_set(const CommonOptions& common, const EvalVerb& verb);

// Adds it to the command line; when it is chosen, that is put into `chosen`.
void add_eval(CLI::App& root, CommonOptions& common, EvalVerb& verb, std::function<int()>& chosen);

}  // namespace yoke

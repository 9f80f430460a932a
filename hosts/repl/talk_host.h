#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hosts/app/options.h"
#include "hosts/screen/styled.h"

namespace yoke {

// What is to be said how, which commands change.
struct TalkState {
  std::string agent = {};  // a name or a path; empty: a plain agent
  std::string session = {};
  std::string model = {};  // empty: the agent's own
  std::string limits = {};
  WhenAsked when_asked = WhenAsked::ask;
};

// What the prompt knows of whoever drives its runs.
struct TalkHost {
  bool is_here = true;                  // in this process; else attached
  std::string where = {};               // attached: to what, for the person
  std::string project = {};             // the project's folder; empty: none of this machine
  std::string policy_file = {};         // the yoke.toml that "always" writes to; empty: none
  std::vector<std::string> verbs = {};  // `yoke` and the options by which its verbs see this store
  std::string no_verbs = {};            // why there are none
  bool can_export = false;              // whether `yoke runs export` is one of them
  StyledLines greeting = {};
  std::vector<std::string> starters = {};  // "/1" says the first
  std::vector<std::string> routes = {};    // and models, for Tab
  // How many tokens the model's window holds; 0: not known.
  std::function<std::int64_t(const TalkState& state)> window = {};
};

}  // namespace yoke

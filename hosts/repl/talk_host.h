#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hosts/app/grants_wanted.h"
#include "hosts/app/options.h"
#include "hosts/screen/styled.h"
#include "runtime/base/result.h"
#include "runtime/journal/event.h"
#include "runtime/loop/asio.h"

namespace yoke {

// What is to be said how, which commands change.
struct TalkState {
  std::string agent = {};  // a name or a path; empty: a plain agent
  std::string session = {};
  std::string model = {};  // empty: the agent's own
  std::string limits = {};
  WhenAsked when_asked = WhenAsked::ask;
  // The run that sums up what was said: once it has, a new conversation begins with that. Empty:
  // there is none.
  std::string summing_up = {};
};

// What the prompt knows of whoever drives its runs.
struct TalkHost {
  bool is_here = true;           // in this process; else attached
  std::string where = {};        // attached: to what, for the person
  std::string project = {};      // the project's folder; empty: none of this machine
  std::string policy_file = {};  // the yoke.toml that "always" writes to; empty: none
  // What the verbs would say of a host elsewhere, made of its runs' events by their ids; of a run:
  // as "markdown" or "html".
  using Journals = std::map<std::string, std::vector<Event>>;
  std::function<Result<std::string>(const Journals&, const std::string& run,
                                    const std::string& form)>
      report = {};
  std::function<Result<std::string>(const Journals&, const std::string& left,
                                    const std::string& right)>
      diff = {};
  std::vector<std::string> verbs = {};  // `yoke` and the options by which its verbs see this store
  std::string no_verbs = {};            // why there are none
  StyledLines greeting = {};
  std::vector<std::string> starters = {};  // "/1" says the first
  std::vector<std::string> routes = {};    // and models, for Tab
  // How many tokens the model's window holds, as learn_window() has it from the host; 0: that is
  // not known.
  std::int64_t window = 0;
  std::string window_of = {};            // which agent's and model's it is
  std::vector<GrantWanted> wanted = {};  // what a person is asked to agree to first
  // The same for another agent (empty: the plain one). Empty: that is not known here.
  std::function<awaitable<std::vector<GrantWanted>>(std::string agent)> wanted_of = {};
  // Whether its settings can be read anew, before it goes for that. Empty: that is not known here.
  std::function<Result<void>()> check = {};
};

}  // namespace yoke

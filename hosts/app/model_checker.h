#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hosts/app/app.h"
#include "hosts/app/model_check.h"

namespace yoke {

// A target, and what came of each kind of asking; in the order of kProbeKinds.
struct CheckedTarget {
  std::string target;
  std::vector<ProbeResult> results;
};

struct Checked {
  std::vector<CheckedTarget> targets;
  bool stopped = false;  // by a signal: what was not asked is there, and was not told
};

struct CheckOptions {
  NanoUsd limit = 0;    // of all askings together
  bool strict = false;  // asks no model whose price is not known; else tokens alone bound those
  std::string by;
  std::function<void(const std::string& target, const ProbeResult& result)> told = {};
};

// Asks each target in every way, each asking a run of its own in the store. A server that Yoke
// starts is brought up first. What fails at the first, plain asking is asked no more. SIGINT and
// SIGTERM cancel the runs that are asked in; nothing is asked, started or told after that.
awaitable<Checked> check_models(App& app, std::vector<std::string> targets, CheckOptions options);

// What the checks have cost together; `priced`: whether all of it is known.
NanoUsd cost_of(const std::vector<CheckedTarget>& checked, bool& priced);

}  // namespace yoke

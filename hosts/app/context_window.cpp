#include "hosts/app/context_window.h"

#include <algorithm>

#include "models/catalogue.h"

namespace yoke {
namespace {

std::int64_t window_of_one(const Config& config, const std::string& target) {
  const std::size_t slash = target.find('/');
  if (slash == std::string::npos) return 0;
  const std::string name = target.substr(0, slash);
  const auto backend = config.backends.find(name);
  FactsMap own;
  std::string preset = name;  // what is found without configuration is named by its preset
  if (backend != config.backends.end()) {
    preset = backend->second.preset;
    for (const auto& [glob, facts] : backend->second.models) {
      const Result<ModelFacts> read = facts_from_json(facts.facts, glob);
      if (read) own[glob] = *read;
    }
  }
  return facts_of(preset, target.substr(slash + 1), own).context_tokens.value_or(0);
}

}  // namespace

std::int64_t window_of(const Config& config, const Router& models, const std::string& target) {
  const Result<std::vector<std::string>> targets = models.targets_of(target);
  if (!targets) return 0;
  std::int64_t least = 0;
  for (const std::string& each : *targets) {
    const std::int64_t window = window_of_one(config, each);
    if (window > 0) least = least == 0 ? window : std::min(least, window);
  }
  return least;
}

std::map<std::string, std::int64_t> windows_of(const Config& config, const Router& models,
                                               const std::string& model) {
  std::map<std::string, std::int64_t> windows;
  std::vector<std::string> names = models.route_names();
  names.push_back(model);
  for (const std::string& name : names) {
    const std::int64_t window = window_of(config, models, name);
    if (window > 0) windows[name] = window;
  }
  return windows;
}

}  // namespace yoke

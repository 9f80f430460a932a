#include "hosts/app/route_settings.h"

#include <map>

#include "models/routes/checks.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

using Kind = RouteCheck::Kind;

const std::map<std::string, CommitPoint::Kind> kCommits{{"probe", CommitPoint::Kind::probe},
                                                        {"whole", CommitPoint::Kind::whole}};
const std::map<std::string, AfterCommit> kAfters{{"error", AfterCommit::error},
                                                 {"continue", AfterCommit::go_on}};
const std::map<std::string, Kind> kKinds{{"schema", Kind::schema}, {"tools", Kind::tools},
                                         {"text", Kind::text},     {"pattern", Kind::pattern},
                                         {"field", Kind::field},   {"lua", Kind::lua}};

Result<RouteCheck> check_of(const Config& config, const std::string& path,
                            const RouteCheckConfig& wanted) {
  RouteCheck check;
  if (wanted.kind == "pattern") {
    Result<RouteCheck> pattern = pattern_check(wanted.words);
    if (pattern) return pattern;
    return Error{Errc::invalid, path + ".escalate: " + pattern.error().detail,
                 place_in(config, wanted.line)};
  }
  check.kind = kKinds.at(wanted.kind);
  check.words = wanted.words;
  check.least = wanted.least;
  if (check.kind != Kind::lua) return check;
  Result<ScriptSource> source = read_script(config.project_dir, wanted.words);
  if (!source) {
    return Error{source.error().code, path + ".escalate: " + source.error().message(),
                 place_in(config, wanted.line)};
  }
  check.script = std::make_shared<const ScriptSource>(std::move(*source));
  return check;
}

CommitPoint commit_of(const RouteConfig& route) {
  CommitPoint point;
  const auto kind = kCommits.find(route.commit);
  if (kind != kCommits.end()) point.kind = kind->second;
  if (route.probe_chars) point.chars = static_cast<std::size_t>(*route.probe_chars);
  if (route.probe_after) point.after = *route.probe_after;
  return point;
}

ReplyCacheSettings cache_of(const RouteCacheConfig& wanted) {
  ReplyCacheSettings cache;
  if (wanted.age) cache.bounds.age_max = std::chrono::ceil<std::chrono::seconds>(*wanted.age);
  if (wanted.entries) cache.bounds.entries_max = *wanted.entries;
  if (wanted.bytes) cache.bounds.bytes_max = *wanted.bytes;
  cache.sampled = wanted.sampled;
  return cache;
}

}  // namespace

Result<RouteSettings> route_settings_of(const Config& config, const std::string& name,
                                        const RouteConfig& route) {
  RouteSettings settings;
  settings.strategy = route.strategy;
  settings.targets = route.targets;
  settings.weights = route.weights;
  for (const RouteCheckConfig& wanted : route.checks) {
    Result<RouteCheck> check = check_of(config, "routes." + name, wanted);
    if (!check) return check.error();
    settings.checks.push_back(std::move(*check));
  }
  settings.share = route.share;
  settings.commit = commit_of(route);
  const auto after = kAfters.find(route.after);
  if (after != kAfters.end()) settings.after = after->second;
  if (route.wait) settings.wait = *route.wait;
  settings.spill_after = route.spill_after;
  if (route.structured_attempts) {
    settings.structured_attempts = static_cast<int>(*route.structured_attempts);
  }
  if (route.cache) settings.cache = cache_of(*route.cache);
  return settings;
}

}  // namespace yoke

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/json.h"

// Webhooks and schedules in yoke.toml.
namespace yoke {

// [hooks.NAME]: a webhook that comes in. What its words mean is checked where they are used.
struct HookConfig {
  std::string scheme;                // "standard", "github", "slack", "teams"
  std::vector<std::string> secrets;  // references; several while one is exchanged for another
  std::string agent;
  std::string session;  // with {payload.paths}; empty: each delivery has its own
  std::string tenant = "local";
  std::string map;                  // a Lua file; empty: as the scheme has it
  std::vector<std::string> events;  // globs; empty: all
  std::optional<std::chrono::milliseconds> tolerance;
  int line = 0;
};

// [webhooks.NAME]: where events are told.
struct WebhookConfig {
  std::string url;                   // empty: for the runs that name one themselves
  std::vector<std::string> secrets;  // references; each of them signs
  std::vector<std::string> events;   // globs over kinds
  std::vector<std::string> agents;   // globs; empty: all
  std::string tenant = "local";
  bool for_runs = false;
  bool contents = true;        // false: what was said and done is left out
  bool allow_private = false;  // addresses that are not public, and http
  int line = 0;
};

// [schedules.NAME]; the same is made by API.
struct ScheduleConfig {
  std::string cron;
  std::string zone = "UTC";
  std::string agent;
  std::string task;
  Json input = Json::object();
  std::string session;
  std::string tenant = "local";
  Json limits = Json::object();  // as of a run
  std::string missed = "once";   // "skip", "once", "all"
  bool enabled = true;
  int line = 0;
};

// A section such as [bundled.http]: what one group of the bundled tools may do.
struct BundledConfig {
  bool enabled = true;
  Json settings = Json::object();  // for the tools' script, less `enabled`
  int line = 0;
};

}  // namespace yoke

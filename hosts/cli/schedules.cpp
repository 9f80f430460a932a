#include <filesystem>

#include "hosts/app/command.h"
#include "hosts/app/open_store.h"
#include "hosts/app/segment.h"
#include "hosts/app/spend_report.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/control/client.h"
#include "hosts/hook/schedules/read_schedules.h"
#include "hosts/hook/schedules/schedules.h"
#include "runtime/base/text.h"

// `yoke schedules …`: looking needs nobody; what acts is asked of the `yoke serve` that starts
// them.
namespace yoke {
namespace {

constexpr const char* kNoEndpoint = "/openapi.json";  // what an address that is not served is told

// Those of yoke.toml and those that the store keeps. Nothing is started by it.
Result<std::unique_ptr<Scheduler>> scheduler_of(OpenStore& open) {
  Result<std::vector<Schedule>> from_file = schedules_of(open.config);
  if (!from_file) return from_file.error();
  return std::make_unique<Scheduler>(Scheduler::Parts{*open.store, open.wall, {}, {}},
                                     std::move(*from_file));
}

std::string next_of(const Json& schedule) {
  if (!bool_at(schedule, "enabled", true)) return "paused";
  const Json& next = member_at(schedule, "next");
  return next.is_array() && !next.empty() ? string_at(next.front(), "local") : "never";
}

std::string last_of(const Json& schedule) {
  const Json& last = member_at(schedule, "last");
  if (!last.is_object()) return "-";
  const std::string at = string_at(last, "at").substr(0, 16);
  const std::string error = string_at(last, "error");
  return at + "Z " + (error.empty() ? string_at(last, "run") : "failed: " + shorten(error, 60));
}

awaitable<int> list(OpenStore& open, Terminal& terminal, CommonOptions common,
                    SchedulesOptions options) {
  const Result<std::unique_ptr<Scheduler>> scheduler = scheduler_of(open);
  if (!scheduler) co_return fail(terminal, scheduler.error());
  co_await (*scheduler)->load();
  std::vector<std::vector<std::string>> rows;
  for (const Scheduler::Entry& entry : (*scheduler)->list(options.tenant)) {
    const Json shown = schedule_view(entry, open.wall.now());
    if (common.json) {
      terminal.out(to_text(shown) + "\n");
      continue;
    }
    rows.push_back({string_at(shown, "name"), string_at(shown, "cron"),
                    string_at(shown, "zone", "UTC"), string_at(shown, "agent"),
                    string_at(shown, "from"), next_of(shown), last_of(shown)});
  }
  if (common.json) co_return kExitCompleted;
  if (rows.empty()) {
    terminal.line("no schedules of tenant '" + printable(options.tenant) + "'");
    co_return kExitCompleted;
  }
  rows.insert(rows.begin(), {"name", "cron", "zone", "agent", "from", "next", "last start"});
  terminal.out(printable(aligned(rows)));
  co_return kExitCompleted;
}

std::string path_of(const std::string& name, const char* what) {
  return "/v1/schedules/" + to_segment(name) + what;
}

Error nobody_serves() {
  return Error{Errc::unavailable,
               "no 'yoke serve' holds this store, and that is what starts schedules"};
}

int ask_which(Terminal& terminal) {
  terminal.line("yoke: which schedule? give its name; see 'yoke schedules list'");
  return kExitUsage;
}

// Of the `yoke serve` that holds the store.
Result<Json> ask(const CommonOptions& common, const Order& order) {
  const Result<Config> config = load_config(config_place(common));
  if (!config) return config.error();
  std::optional<Result<Json>> done = ask_over_socket(*config, order);
  if (!done) return nobody_serves();
  const bool other = !*done && done->error().code == Errc::not_found &&
                     done->error().detail.find(kNoEndpoint) != std::string::npos;
  if (other) return nobody_serves();  // a command that drives a run holds it
  return std::move(*done);
}

}  // namespace

int schedules_list(const CommonOptions& common, const SchedulesOptions& options) {
  CommonOptions place = common;
  const Result<Config> config = load_config(config_place(common));
  if (config && config->store_url.starts_with("sqlite:")) {
    std::error_code unknown;
    const bool missing = !std::filesystem::exists(config->store_url.substr(7), unknown);
    if (missing && !unknown) place.store = "memory:";  // those of yoke.toml are known all the same
  }
  const bool read_only = place.store != "memory:";
  return with_store(place, read_only, [&](OpenStore& open, Terminal& terminal) {
    return list(open, terminal, common, options);
  });
}

int schedules_run(const CommonOptions& common, const SchedulesOptions& options) {
  Terminal terminal(common.color);
  if (trim(options.name).empty()) return ask_which(terminal);
  const Result<Json> started = ask(common, Order{"POST", path_of(options.name, "/run")});
  if (!started) return fail(terminal, started.error());
  terminal.out(string_at(*started, "run") + "\n");
  if (!common.quiet) terminal.line("started out of turn");
  return kExitCompleted;
}

int schedules_pause(const CommonOptions& common, const SchedulesOptions& options, bool paused) {
  Terminal terminal(common.color);
  if (trim(options.name).empty()) return ask_which(terminal);
  Result<Json> schedule = ask(common, Order{"GET", path_of(options.name, "")});
  if (!schedule) return fail(terminal, schedule.error());
  for (const char* shown : {"name", "from", "next", "last"}) schedule->erase(shown);
  (*schedule)["enabled"] = !paused;
  const Result<Json> put = ask(common, Order{"PUT", path_of(options.name, ""), *schedule});
  if (!put) return fail(terminal, put.error());
  if (common.json) terminal.out(to_text(*put) + "\n");
  terminal.line((paused ? "paused '" : "goes on: '") + printable(options.name) + "'");
  return kExitCompleted;
}

}  // namespace yoke

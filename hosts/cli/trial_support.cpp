#include "hosts/cli/trial_support.h"

#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "agents/definition.h"
#include "hosts/config/read_file.h"
#include "models/router.h"
#include "runtime/base/text.h"
#include "runtime/loop/task_group.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

constexpr const char* kSpace = "local/trials";

awaitable<void> run_into(TrialRunner& runner, TrialRunner::Progress progress, RanTrial& ran) {
  try {
    ran.end = co_await runner.run(std::move(progress));
  } catch (...) {
    ran.failure = std::current_exception();
  }
  ran.done.notify();
}

awaitable<void> watch_signals(TaskGroup& work, RanTrial& ran) {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  ran.interrupted = true;
  work.cancel();
}

}  // namespace

Result<NanoUsd> trial_limit(const std::string& text) {
  if (text.empty()) return NanoUsd{0};
  const Result<RunLimits> limits = parse_limits(text, RunLimits{});
  if (!limits) return limits.error();
  if (!text.starts_with("usd=") || text.find(',') != std::string::npos || limits->usd == 0) {
    return Error{Errc::invalid, "--limit: all together is bounded by money: usd=0.50"};
  }
  return limits->usd;
}

CheckFiles check_files_beside(App& app, const std::string& file) {
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  CheckFiles files;
  files.scripts = &app.scripts();
  files.json = [folder](const std::string& name) -> Result<Json> {
    const Result<std::string> text = read_file((folder / name).string());
    if (!text) return text.error();
    Result<Json> value = parse_json(*text);
    if (!value) return Error{Errc::invalid, value.error().detail, name};
    return value;
  };
  files.script = [folder, &app](const std::string& name) {
    return read_script(app.config().project_dir, (folder / name).lexically_normal().string());
  };
  return files;
}

Result<void> require_judges(App& app, const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    if (check.kind != CheckKind::judge) continue;
    const auto targets = app.models().targets_of(check.judge.route);
    if (!targets) return Error{Errc::invalid, targets.error().message(), check.place};
  }
  return {};
}

void lay_out(Trial& trial) {
  for (int repeat = 0; repeat < trial.repeats; ++repeat) {
    for (std::size_t one = 0; one < trial.cases.size(); ++one) {
      for (std::size_t route = 0; route < trial.routes.size(); ++route) {
        Cell& cell = trial.cells.emplace_back();
        cell.case_at = one;
        cell.route_at = route;
        cell.repeat = repeat;
      }
    }
  }
  SeededRandom random(trial.seed);
  for (std::size_t i = trial.cells.size(); i > 1; --i) {
    std::swap(trial.cells[i - 1], trial.cells[random.next() % i]);
  }
}

awaitable<Result<void>> name_trial(App& app, Terminal& terminal, TrialName name) {
  const Result<Json> known = co_await app.store().kv_get(kSpace, name.hash);
  const bool usable = known && (name.again || !bool_at(*known, "whole"));
  if (usable) {
    name.trial.id = string_at(*known, "id");
    terminal.line("going on with " + std::string(name.called) + " " + name.trial.id +
                  ": what was asked in it is not asked again");
    co_return Result<void>();
  }
  if (name.again) {
    co_return Error{Errc::not_found, std::string("--again: ") + name.never};
  }
  SystemRandom random;
  name.trial.id = make_ulid(SystemWallClock().now(), random);
  Json record{{"id", name.trial.id}, {"whole", false}};
  std::string hash = name.hash;
  co_return co_await app.store().kv_set(kSpace, std::move(hash), std::move(record));
}

awaitable<Result<void>> mark_whole(App& app, std::string id, std::string hash) {
  Json record{{"id", id}, {"whole", true}};
  co_return co_await app.store().kv_set(kSpace, std::move(hash), std::move(record));
}

awaitable<void> run_heeding_signals(TrialRunner& runner, TrialRunner::Progress progress,
                                    RanTrial& ran) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup work(executor);
  TaskGroup watching(executor);
  work.spawn(run_into(runner, std::move(progress), ran));
  watching.spawn(watch_signals(work, ran));
  co_await ran.done.wait();
  co_await work.join();
  watching.cancel();
  co_await watching.join();
}

Result<void> write_text_file(const std::string& file, const std::string& text) {
  errno = 0;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) return {};
  return Error{Errc::unavailable, "cannot write " + file + ": " +
                                      std::generic_category().message(errno == 0 ? EIO : errno)};
}

std::string made_now() {
  std::string text = to_iso8601(SystemWallClock().now()).substr(0, 16);
  text[10] = ' ';
  return text + " UTC";
}

}  // namespace yoke

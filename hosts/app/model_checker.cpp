#include "hosts/app/model_checker.h"

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <memory>

#include "hosts/app/asker.h"
#include "models/local/local_servers.h"
#include "models/router.h"
#include "runtime/base/saturating.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::chrono::minutes kBringUpWithin{15};
constexpr std::int64_t kSecondsMax = 120;  // of one asking

// What a signal ends, besides the runs that are asked in.
struct Stop {
  bool requested = false;
  std::vector<std::shared_ptr<TaskGroup>> bringing;  // servers up, a group each
};

// What all targets share; outlives their tasks.
struct Round {
  App& app;
  const CheckOptions& options;
  Asker& limited;
  Asker& unlimited;  // of dollars: the price is not known
  Stop& stop;
  std::string stamp;
};

ProbeResult not_asked(ProbeKind kind, std::string why) {
  ProbeResult result;
  result.kind = kind;
  result.note = std::move(why);
  return result;
}

void take(const CheckOptions& options, CheckedTarget& target, ProbeResult result) {
  if (options.told) options.told(target.target, result);
  target.results.push_back(std::move(result));
}

awaitable<void> ask_one(const Round& round, ProbeKind kind, CheckedTarget& target) {
  Asker::Asking asking;
  asking.call.name = "check";
  asking.call.request = check_request(kind, target.target);
  asking.call.limits.seconds = kSecondsMax;
  asking.task = "check of " + target.target + ": " + std::string(name_of(kind));
  asking.key = "check:" + round.stamp + ":" + target.target + ":" + std::string(name_of(kind));
  const Result<ModelEstimate> estimate = round.app.models().estimate(asking.call.request);
  const bool known = estimate && estimate->priced;
  Asker& asker = known || round.options.strict ? round.limited : round.unlimited;
  auto asked = asker.ask(std::move(asking));
  const Result<std::vector<Event>> events = co_await std::move(asked);
  if (!events && round.stop.requested) {
    target.results.push_back(not_asked(kind, "stopped"));
    co_return;
  }
  if (!events) {
    const bool over = events.error().code == Errc::exhausted;
    ProbeResult result = not_asked(kind, events.error().message());
    if (!over && events.error().code != Errc::invalid) result.state = ProbeResult::State::failed;
    take(round.options, target, std::move(result));
    co_return;
  }
  std::optional<double> first_ms;
  if (!events->empty()) {
    const auto piece = asker.first_piece(events->front().run_id);
    if (piece) first_ms = static_cast<double>(piece->count()) / 1000;
  }
  take(round.options, target, check_result(kind, *events, first_ms));
}

std::string backend_of(const std::string& target) { return target.substr(0, target.find('/')); }

awaitable<void> bring_up_into(App& app, std::string backend, std::optional<Result<void>>& up) {
  const Deadline deadline = LoopClock::now() + kBringUpWithin;
  auto bringing = app.local().bring_up(std::move(backend), deadline);
  up = co_await std::move(bringing);
}

// None: it was stopped.
awaitable<std::optional<Result<void>>> bring_up(const Round& round, std::string backend) {
  std::optional<Result<void>> up;
  if (round.stop.requested) co_return up;
  const auto executor = co_await asio::this_coro::executor;
  const auto group = std::make_shared<TaskGroup>(executor);
  round.stop.bringing.push_back(group);
  group->spawn(bring_up_into(round.app, std::move(backend), up));
  co_await group->join();
  co_return up;
}

// A server that cannot be started fails every asking, in its own words.
awaitable<void> ask_first(const Round& round, CheckedTarget& target) {
  const std::string backend = backend_of(target.target);
  if (round.app.local().gate(backend) != nullptr) {
    auto bringing = bring_up(round, backend);
    const std::optional<Result<void>> up = co_await std::move(bringing);
    if (!up) {
      target.results.push_back(not_asked(ProbeKind::plain, "stopped"));
      co_return;
    }
    if (!*up) {
      ProbeResult result = not_asked(ProbeKind::plain, up->error().message());
      result.state = ProbeResult::State::failed;
      take(round.options, target, std::move(result));
      co_return;
    }
  }
  auto asking = ask_one(round, ProbeKind::plain, target);
  co_await std::move(asking);
}

awaitable<void> ask_the_rest(const Round& round, CheckedTarget& target) {
  const bool answers = target.results.front().state != ProbeResult::State::failed;
  for (const ProbeKind kind : kProbeKinds) {
    if (kind == ProbeKind::plain) continue;
    if (round.stop.requested) {
      target.results.push_back(not_asked(kind, "stopped"));
      continue;
    }
    if (!answers) {
      take(round.options, target, not_asked(kind, "it did not answer the plain asking"));
      continue;
    }
    auto asking = ask_one(round, kind, target);
    co_await std::move(asking);
  }
}

Asker::Options asker_options(const CheckOptions& options, NanoUsd limit, bool listens) {
  Asker::Options out;
  out.limit = limit;
  out.by = options.by;
  out.listens = listens;
  return out;
}

using TargetQuestion = awaitable<void> (*)(const Round&, CheckedTarget&);

awaitable<void> ask_all(const Round& round, TargetQuestion asking,
                        std::vector<CheckedTarget>& targets) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  for (CheckedTarget& target : targets) group.spawn(asking(round, target));
  co_await group.join();
}

awaitable<void> watch_signals(const Round& round, asio::signal_set& signals) {
  co_await signals.async_wait(asio::use_awaitable);
  round.stop.requested = true;
  for (const auto& group : round.stop.bringing) group->cancel();
  co_await round.limited.stop();
  co_await round.unlimited.stop();
}

awaitable<void> ask_heeding_signals(const Round& round, TargetQuestion asking,
                                    std::vector<CheckedTarget>& targets,
                                    asio::signal_set& signals) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup watching(executor);
  watching.spawn(watch_signals(round, signals));
  std::exception_ptr failure;
  try {
    co_await ask_all(round, asking, targets);
  } catch (...) {
    failure = std::current_exception();
  }
  watching.cancel();
  co_await watching.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

awaitable<Checked> check_models(App& app, std::vector<std::string> targets, CheckOptions options) {
  Checked checked;
  for (std::string& target : targets) checked.targets.push_back({std::move(target), {}});
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);  // keeps one that comes between the rounds
  Stop stop;
  const std::string stamp = std::to_string(SystemWallClock().now());
  NanoUsd left = options.limit;
  {
    // Nobody listens while the plain ones are asked: then models are asked for whole answers.
    Asker limited(app, asker_options(options, left, false));
    Asker unlimited(app, asker_options(options, 0, false));
    const Round round{app, options, limited, unlimited, stop, stamp};
    auto asking = ask_heeding_signals(round, &ask_first, checked.targets, signals);
    co_await std::move(asking);
    left = std::max<NanoUsd>(1, left - limited.spent());  // 0 would be no limit
  }
  Asker limited(app, asker_options(options, left, true));
  Asker unlimited(app, asker_options(options, 0, true));
  const Round round{app, options, limited, unlimited, stop, stamp};
  auto asking = ask_heeding_signals(round, &ask_the_rest, checked.targets, signals);
  co_await std::move(asking);
  checked.stopped = stop.requested;
  co_return checked;
}

NanoUsd cost_of(const std::vector<CheckedTarget>& checked, bool& priced) {
  NanoUsd cost = 0;
  priced = true;
  for (const CheckedTarget& target : checked) {
    for (const ProbeResult& result : target.results) {
      cost = saturating_add(cost, result.cost);
      priced = priced && result.priced;
    }
  }
  return cost;
}

}  // namespace yoke

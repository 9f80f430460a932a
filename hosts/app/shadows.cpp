#include "hosts/app/shadows.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "hosts/app/command.h"
#include "hosts/app/journal_cases.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr const char* kNote = "shadow_of";
constexpr std::size_t kTitleBytes = 100;
constexpr std::size_t kProblemsTold = 5;
constexpr std::size_t kNamesBytes = 200;

// What asks only to compare has no shadows itself.
bool is_trial(const std::string& agent) {
  return agent == kShadowAgent || agent == "compare" || agent == "judge";
}

}  // namespace

Json to_json(const ShadowOf& shadow) {
  return Json{{kNote,
               {{"run", shadow.run},
                {"call", shadow.call},
                {"route", shadow.route},
                {"target", shadow.target}}}};
}

ShadowOf shadow_of(const Json& input) {
  const Json& note = member_at(input, kNote);
  return ShadowOf{string_at(note, "run"), string_at(note, "call"), string_at(note, "route"),
                  string_at(note, "target")};
}

Shadows::Shadows(App& app)
    : app_(app), asker_(app, Asker::Options{0, user_name()}), tasks_(app.executor()) {
  app_.engine().subscribe(*this);
}

Shadows::~Shadows() { app_.engine().unsubscribe(*this); }

void Shadows::on_event(const Event& event) {
  if (event.kind != EventKind::route_chosen) return;
  Chosen chosen;
  for (const Json& each : member_at(event.fields, "shadows")) {
    if (each.is_string()) chosen.targets.push_back(each.get<std::string>());
  }
  if (chosen.targets.empty()) return;
  chosen.run_id = event.run_id;
  chosen.call_id = event.call_id;
  chosen.route = string_at(event.fields, "route");
  tasks_.spawn(follow(std::move(chosen)));
}

awaitable<void> Shadows::follow(Chosen chosen) {
  const Result<RunRow> row = co_await app_.store().get(chosen.run_id);
  if (!row || is_trial(row->agent)) co_return;
  const Result<std::vector<TrialCase>> cases =
      co_await cases_of_run(app_.store(), app_.engine(), chosen.run_id, chosen.call_id);
  if (!cases || cases->empty()) {
    problems_.push_back("of run " + chosen.run_id + ": " +
                        (cases ? std::string("its call is gone") : cases.error().message()));
    co_return;
  }
  chosen.tenant = row->tenant;
  for (const std::string& target : chosen.targets) {
    tasks_.spawn(ask(chosen, target, cases->back()));
  }
}

awaitable<void> Shadows::ask(Chosen chosen, std::string target, TrialCase one) {
  Asker::Asking asking;
  asking.call.name = kShadowAgent;
  asking.call.request = std::move(one.request);
  asking.call.request.target = target;
  asking.key = "shadow/" + chosen.run_id + "/" + chosen.call_id + "/" + target;
  asking.task = shorten(one.prompt, kTitleBytes);
  asking.tenant = chosen.tenant;
  asking.parent_run = chosen.run_id;
  asking.parent_call = chosen.call_id;
  asking.input = to_json(ShadowOf{chosen.run_id, chosen.call_id, chosen.route, target});
  awaited_.insert(target);
  const Result<std::vector<Event>> events = co_await asker_.ask(std::move(asking));
  const bool left = !events && events.error().code == Errc::cancelled;
  if (left) co_return;  // finish() says so
  awaited_.erase(awaited_.find(target));
  if (!events) problems_.push_back(target + ": " + events.error().message());
}

awaitable<void> Shadows::stop_on_signal() {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  stopped_ = true;
  tasks_.cancel();
}

awaitable<void> Shadows::finish(std::chrono::seconds patience, Terminal& terminal) {
  const bool waits = tasks_.running() > 0 && patience.count() > 0;
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup watching(executor);
  if (waits) {
    terminal.live("the answer is whole; its rivals have " + std::to_string(patience.count()) +
                  " s more to give theirs");
    watching.spawn(stop_on_signal());
  }
  try {
    const Deadline deadline = LoopClock::now() + patience;
    auto joined = tasks_.join();
    co_await with_deadline(deadline, std::move(joined));
  } catch (const DeadlineExceeded&) {
    stopped_ = true;
  } catch (const Fault& fault) {
    problems_.emplace_back(fault.what());
  }
  watching.cancel();
  co_await watching.join();
  if (waits) terminal.end_live();
  tell(terminal);
}

void Shadows::tell(Terminal& terminal) {
  if (stopped_ && !awaited_.empty()) {
    const std::vector<std::string> names(awaited_.begin(), awaited_.end());
    terminal.line(
        "shadow: not answered yet: " + printable(shorten(join(names, ", "), kNamesBytes)) +
        "; see 'yoke runs list --agent shadow', and go on with 'yoke runs resume ID'");
  }
  for (std::size_t i = 0; i < problems_.size() && i < kProblemsTold && !stopped_; ++i) {
    terminal.line("shadow: " + printable(problems_[i]));
  }
  problems_.clear();
}

}  // namespace yoke

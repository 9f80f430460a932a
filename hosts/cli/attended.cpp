#include "hosts/cli/attended.h"

#include <optional>

#include "hosts/app/command.h"
#include "hosts/app/drive.h"
#include "hosts/terminal/json_view.h"
#include "hosts/terminal/one_run.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

RunView::Detail detail_of(const CommonOptions& common) {
  if (common.quiet) return RunView::Detail::quiet;
  return common.verbose ? RunView::Detail::verbose : RunView::Detail::normal;
}

// A listener for as long as it lives.
class Subscription {
 public:
  Subscription(Engine& engine, Listener& listener) : engine_(engine), listener_(listener) {
    engine_.subscribe(listener_);
  }
  ~Subscription() { engine_.unsubscribe(listener_); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  Engine& engine_;
  Listener& listener_;
};

// Keeps what goes on now moving on the screen.
awaitable<void> animate(RunView& view) {
  while (true) {
    const Deadline next = LoopClock::now() + std::chrono::milliseconds(120);
    co_await sleep_until(next);
    view.tick();
  }
}

int report(Terminal& terminal, const RunEnd& end, const CommonOptions& common) {
  const RunState& state = end.state;
  if (end.kind == RunEnd::Kind::fenced) {
    const std::string why = end.why.empty() ? "" : ": " + end.why;
    return fail(terminal, Error{Errc::conflict, "another process may drive the run now" + why});
  }
  if (end.kind == RunEnd::Kind::stopped) {
    terminal.line("stopped; go on with: yoke runs resume " + state.run_id);
    return kExitFailed;
  }
  if (end.kind == RunEnd::Kind::waiting) return kExitWaiting;
  if (state.status == RunStatus::cancelled) {
    terminal.line("cancelled");
  } else if (state.status != RunStatus::completed) {
    terminal.line("yoke: the run failed (" + state.reason + "): " + printable(state.text));
    if (!common.quiet) terminal.line("  see: yoke runs show " + state.run_id);
  }
  return exit_of(state.status, state.reason);
}

awaitable<int> attend(App& app, Terminal& terminal, std::string run_id, RunView& view,
                      AttendedOptions options) {
  const Attendance attendance{terminal,           app.reader(), app.store(),         app.attended(),
                              options.when_asked, user_name(),  !options.common.json};
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  const bool moving = terminal.err_is_terminal() && !options.common.json;
  if (moving) group.spawn(animate(view));
  std::optional<Result<RunEnd>> driven;
  std::exception_ptr failure;
  try {
    driven = co_await drive_attended(app.engine(), std::move(run_id), attendance);
  } catch (...) {
    failure = std::current_exception();
  }
  group.cancel();
  co_await group.join();  // before the view goes
  if (failure) std::rethrow_exception(failure);
  const Result<RunEnd>& end = *driven;
  if (!end) co_return fail(terminal, end.error());
  if (end->kind == RunEnd::Kind::stopped) app.stop();
  const bool tells = options.with_totals && !options.common.json;
  if (tells && end->kind != RunEnd::Kind::stopped) view.totals(end->state);
  co_return report(terminal, *end, options.common);
}

}  // namespace

awaitable<int> run_attended(App& app, Terminal& terminal, StartRun start, AttendedOptions options) {
  RunView view(terminal, detail_of(options.common));
  JsonView lines(terminal);
  OneRun followed(options.common.json ? static_cast<Listener&>(lines) : view);
  const Subscription subscription(app.engine(), followed);
  const Result<Created> created = co_await app.engine().create(std::move(start));
  if (!created) co_return fail(terminal, created.error());
  std::string run_id = created->claim.run_id;
  followed.follow(run_id);
  co_return co_await attend(app, terminal, std::move(run_id), view, std::move(options));
}

awaitable<int> resume_attended(App& app, Terminal& terminal, std::string run_id,
                               AttendedOptions options) {
  RunView view(terminal, detail_of(options.common));
  JsonView lines(terminal);
  OneRun followed(options.common.json ? static_cast<Listener&>(lines) : view);
  followed.follow(run_id);
  const Subscription subscription(app.engine(), followed);
  co_return co_await attend(app, terminal, std::move(run_id), view, std::move(options));
}

}  // namespace yoke

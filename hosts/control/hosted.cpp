#include "hosts/control/hosted.h"

#include "hosts/app/command.h"
#include "hosts/app/shadows.h"
#include "hosts/control/server.h"
#include "hosts/keys/api_keys.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kShadowPatience{10};  // for rivals, once the answer is there

// When the lease is lost, each run that is driven ends as fenced and says why: there is nobody else
// to tell.
awaitable<void> hold_lease(Engine& engine) {
  try {
    co_await engine.keep_lease();
  } catch (const Fault&) {
    // What drives a run is told by the engine, which starts nothing more.
  }
}

}  // namespace

awaitable<int> hosted(App& app, Terminal& terminal, awaitable<int> work, Control control) {
  // The budgets of keys hold for whatever is driven here.
  const Result<void> keys = co_await app.keys().load();
  if (!keys) co_return fail(terminal, keys.error());
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup background(executor);
  background.spawn(hold_lease(app.engine()));
  Shadows shadows(app);
  std::unique_ptr<ControlServer> server;
  if (control == Control::here) server = co_await ControlServer::open(app, terminal);
  int status = kExitFailed;
  std::exception_ptr failure;
  try {
    status = co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  const bool broken = failure || app.is_stopping();
  if (server && broken) server->stop();
  if (server) co_await server->leave();
  const std::chrono::seconds patience = broken ? std::chrono::seconds(0) : kShadowPatience;
  co_await shadows.finish(patience, terminal);
  co_await app.engine().let_go();
  background.cancel();
  co_await background.join();
  if (failure) std::rethrow_exception(failure);
  co_return status;
}

}  // namespace yoke

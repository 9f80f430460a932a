#include "hosts/control/server.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "hosts/app/command.h"
#include "hosts/app/version.h"
#include "hosts/config/socket_path.h"
#include "hosts/hook/api/api_socket.h"
#include "hosts/hook/mcp/mcp.h"
#include "hosts/hook/owner_gate.h"
#include "runtime/base/text.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kServerPatience{
    2};  // with requests under way while the process leaves

// How a run ended is in its journal; what the journal does not hold is told here.
Drivers::Options drivers_of(Terminal& terminal) {
  Drivers::Options options;
  // What falls due by itself is the verb's own, or the next `yoke serve`'s.
  options.own_only = true;
  options.on_lost = [&terminal](const std::string& run_id, const std::string& why) {
    terminal.line(lost_text(run_id, why));
  };
  return options;
}

}  // namespace

struct ControlServer::Parts {
  Parts(App& app_, Terminal& terminal_)
      : app(app_),
        terminal(terminal_),
        gate(user_name()),
        feed(app.engine(), app.store()),
        drivers(app, wall, drivers_of(terminal)),
        socket(HookServices{app, drivers, feed, gate, wall}, beside()) {}

  ApiSocket::Beside beside();
  awaitable<void> heed_signals();
  awaitable<void> leave();

  App& app;
  Terminal& terminal;
  SystemWallClock wall;
  OwnerGate gate;
  RunFeed feed;
  Drivers drivers;
  std::unique_ptr<McpEndpoint> mcp;  // null: what the settings say of it is wrong
  ApiSocket socket;
};

ApiSocket::Beside ControlServer::Parts::beside() {
  ApiSocket::Beside beside;
  Result<std::unique_ptr<McpEndpoint>> made =
      McpEndpoint::make(HookServices{app, drivers, feed, gate, wall}, YOKE_VERSION);
  if (!made) return beside;
  mcp = std::move(*made);
  mcp->add_for_own_user(beside.endpoints);
  return beside;
}

awaitable<void> ControlServer::Parts::heed_signals() {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  drivers.cut();
}

awaitable<void> ControlServer::Parts::leave() {
  TaskGroup watching(app.executor());
  watching.spawn(heed_signals());
  const std::vector<std::string> ids = drivers.active();
  if (!ids.empty() && !drivers.is_stopping()) {
    terminal.line("driving what was handed over to its end: " + join(ids, ", ") +
                  " (Ctrl+C leaves it for 'yoke runs resume')");
  }
  co_await drivers.rested();
  const Deadline now = LoopClock::now();
  co_await drivers.stop(now);
  feed.close();
  if (mcp) co_await mcp->stop();
  co_await socket.stop(now + kServerPatience);
  watching.cancel();
  co_await watching.join();
}

ControlServer::ControlServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ControlServer::~ControlServer() = default;

awaitable<std::unique_ptr<ControlServer>> ControlServer::open(App& app, Terminal& terminal) {
  std::string path = control_socket_of(app.config());
  if (path.empty()) co_return nullptr;
  co_return co_await open_at(app, terminal, std::move(path));
}

awaitable<std::unique_ptr<ControlServer>> ControlServer::open_at(App& app, Terminal& terminal,
                                                                 std::string path) {
  auto parts = std::make_unique<Parts>(app, terminal);
  const Result<void> listening = parts->socket.listen(path);
  if (listening) co_return std::make_unique<ControlServer>(std::move(parts));
  const Deadline now = LoopClock::now();
  co_await parts->drivers.stop(now);
  co_return nullptr;
}

awaitable<void> ControlServer::leave() { co_await parts_->leave(); }

void ControlServer::stop() { parts_->drivers.cut(); }

}  // namespace yoke

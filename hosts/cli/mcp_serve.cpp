#include "hosts/cli/mcp_serve.h"

#include "hosts/app/open_store.h"
#include "hosts/app/version.h"
#include "hosts/cli/support.h"
#include "hosts/config/socket_path.h"
#include "hosts/hook/api/api_socket.h"
#include "hosts/hook/mcp/pipe.h"
#include "hosts/hook/owner_gate.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kStorePatience{3};
constexpr std::chrono::milliseconds kStoreLook{50};
constexpr std::chrono::seconds kPatience{2};  // with runs and with commands, once the client left

Drivers::Options pipe_drivers(Terminal& terminal) {
  Drivers::Options options;
  options.on_lost = [&terminal](const std::string& run_id, const std::string& why) {
    terminal.line(lost_text(run_id, why));
  };
  return options;
}

// What serves the client at this process's ends, and its user's own commands.
class PipeServing {
 public:
  PipeServing(App& app, Terminal& terminal)
      : terminal_(terminal),
        gate_(user_name()),
        feed_(app.engine(), app.store()),
        drivers_(app, wall_, pipe_drivers(terminal)),
        services_{app, drivers_, feed_, gate_, wall_},
        socket_(services_) {}

  awaitable<int> run(McpServeConfig config) {
    const std::string path = control_socket_of(services_.app.config());
    const Result<void> listening = path.empty() ? Result<void>() : socket_.listen(path);
    if (!listening) terminal_.line("yoke: " + listening.error().message());
    co_await drivers_.take_up();
    std::exception_ptr failure;
    try {
      auto server = std::make_shared<mcp_hook::Server>(services_, std::move(config), YOKE_VERSION);
      const mcp_hook::PipeEnds ends;
      auto serving = mcp_hook::serve_pipe(std::move(server), local_principal(user_name()), ends);
      co_await std::move(serving);
    } catch (...) {
      failure = std::current_exception();
    }
    co_await drivers_.stop(LoopClock::now() + kPatience);
    feed_.close();
    co_await socket_.stop(LoopClock::now() + kPatience);
    if (failure) std::rethrow_exception(failure);
    co_return kExitCompleted;
  }

 private:
  Terminal& terminal_;
  SystemWallClock wall_;
  OwnerGate gate_;
  RunFeed feed_;
  Drivers drivers_;
  HookServices services_;
  ApiSocket socket_;
};

awaitable<int> serve_here(App& app, Terminal& terminal) {
  if (const int refused = refuse_settings(terminal, app); refused != kExitCompleted) {
    co_return refused;
  }
  Result<McpServeConfig> config = mcp_serve_config_of(app.config());
  if (!config) co_return fail(terminal, config.error());
  if (terminal.in_is_terminal()) {
    terminal.line(
        "waiting for an MCP client on standard input; name 'yoke mcp serve' in its "
        "settings");
  }
  PipeServing serving(app, terminal);
  const int status = co_await serving.run(std::move(*config));
  app.stop();
  co_return status;
}

// Clients that first look what we speak start us twice in a row: the one before is just leaving.
void await_store(const CommonOptions& common) {
  asio::io_context io{1};
  const Deadline until = LoopClock::now() + kStorePatience;
  while (LoopClock::now() < until) {
    const Result<std::unique_ptr<OpenStore>> open = open_store_of(common, io.get_executor(), false);
    if (open || open.error().code != Errc::conflict) return;
    Timer timer(io.get_executor(), LoopClock::now() + kStoreLook);
    timer.async_wait([](const auto&) {});
    io.restart();
    io.run();
  }
}

}  // namespace

int mcp_serve(const CommonOptions& common) {
  await_store(common);
  return with_app(common, "", StoreUse::write, serve_here, Control::in_work);
}

}  // namespace yoke

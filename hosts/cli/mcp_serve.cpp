#include "hosts/cli/mcp_serve.h"

#include "hosts/app/open_store.h"
#include "hosts/app/version.h"
#include "hosts/cli/mcp_bridge.h"
#include "hosts/cli/support.h"
#include "hosts/config/socket_path.h"
#include "hosts/hook/api/api_socket.h"
#include "hosts/hook/mcp/mcp.h"
#include "hosts/hook/mcp/pipe.h"
#include "hosts/hook/owner_gate.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

// With whoever holds the store and answers nobody: clients that first look what we speak start us
// twice in a row, and the one before is just leaving.
constexpr std::chrono::seconds kStorePatience{3};
constexpr std::chrono::seconds kGoOnPatience{15};  // when whoever answered has ended
constexpr std::chrono::milliseconds kStoreLook{100};
constexpr std::chrono::seconds kPatience{2};  // with runs and with commands, once the client left

Drivers::Options pipe_drivers(Terminal& terminal) {
  Drivers::Options options;
  options.on_lost = [&terminal](const std::string& run_id, const std::string& why) {
    terminal.line(lost_text(run_id, why));
  };
  return options;
}

// What serves the client at this process's ends, its user's own commands, and the clients of other
// processes that would serve theirs.
class PipeServing {
 public:
  PipeServing(App& app, Terminal& terminal)
      : terminal_(terminal),
        gate_(user_name()),
        feed_(app.engine(), app.store()),
        drivers_(app, wall_, pipe_drivers(terminal)),
        services_{app, drivers_, feed_, gate_, wall_} {}

  awaitable<int> run(mcp_hook::PipeFront& front) {
    Result<std::unique_ptr<McpEndpoint>> endpoint = McpEndpoint::make(services_, YOKE_VERSION);
    if (!endpoint) co_return fail(terminal_, endpoint.error());
    ApiSocket::Beside beside;
    (*endpoint)->add_for_own_user(beside.endpoints);
    ApiSocket socket(services_, std::move(beside));
    const std::string path = control_socket_of(services_.app.config());
    const Result<void> listening = path.empty() ? Result<void>() : socket.listen(path);
    if (!listening) terminal_.line("yoke: " + listening.error().message());
    co_await drivers_.take_up();
    const auto executor = co_await asio::this_coro::executor;
    const mcp_hook::WayRef way(&front, [](mcp_hook::Way*) {});  // it outlives the session
    mcp_hook::PipeSession session((*endpoint)->server(), local_principal(user_name()), way,
                                  executor);
    std::exception_ptr failure;
    try {
      co_await front.attend(session);
    } catch (...) {
      failure = std::current_exception();
    }
    co_await session.close();
    co_await drivers_.stop(LoopClock::now() + kPatience);
    feed_.close();
    co_await (*endpoint)->stop();
    co_await socket.stop(LoopClock::now() + kPatience);
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
};

awaitable<int> serve_at(App& app, Terminal& terminal, mcp_hook::PipeFront& front) {
  PipeServing serving(app, terminal);
  const int status = co_await serving.run(front);
  app.stop();
  co_return status;
}

// One client, answered by whoever holds the store: this process, or the one that does.
class PipeClient {
 public:
  PipeClient(asio::io_context& io, const CommonOptions& common, Terminal& terminal, Config config)
      : io_(io),
        common_(common),
        terminal_(terminal),
        config_(std::move(config)),
        front_(io.get_executor(), mcp_hook::PipeEnds()) {}

  awaitable<int> run() {
    int status = kExitFailed;
    std::exception_ptr failure;
    try {
      status = co_await answer();
    } catch (...) {
      failure = std::current_exception();
    }
    co_await front_.close();
    if (failure) std::rethrow_exception(failure);
    co_return status;
  }

 private:
  awaitable<int> answer();
  awaitable<int> answer_here();
  int give_up(const Error& error);

  asio::io_context& io_;
  const CommonOptions& common_;
  Terminal& terminal_;
  const Config config_;
  std::unique_ptr<App> app_;  // lives until the loop has ended
  mcp_hook::PipeFront front_;
};

int PipeClient::give_up(const Error& error) {
  front_.give_up(printable(error.message()));
  return fail(terminal_, error);
}

awaitable<int> PipeClient::answer() {
  using End = McpBridge::End;
  Deadline until = LoopClock::now() + kStorePatience;
  while (true) {
    Result<std::unique_ptr<App>> app = App::open(io_, common_, "", StoreUse::write);
    if (app) {
      app_ = std::move(*app);
      co_return co_await answer_here();
    }
    if (app.error().code != Errc::conflict) co_return give_up(app.error());
    McpBridge bridge(io_.get_executor(), config_, front_);
    const End end = co_await bridge.serve();
    if (end == End::left) co_return kExitCompleted;
    if (end == End::refused) co_return give_up(bridge.why());
    if (end == End::lost) {
      front_.lose(bridge.unseen());
      terminal_.line("yoke: the yoke that held the store has ended; going on");
      until = LoopClock::now() + kGoOnPatience;
    }
    if (LoopClock::now() > until) co_return give_up(app.error());
    const Deadline again = LoopClock::now() + kStoreLook;
    co_await sleep_until(again);
  }
}

awaitable<int> PipeClient::answer_here() {
  if (const int refused = refuse_settings(terminal_, *app_); refused != kExitCompleted) {
    front_.give_up("the settings of this project are wrong: 'yoke doctor' tells");
    co_return refused;
  }
  const AppWork work = [this](App& app, Terminal& terminal) -> awaitable<int> {
    return serve_at(app, terminal, front_);
  };
  const int status =
      co_await run_app(*app_, terminal_, common_, StoreUse::write, work, Control::in_work);
  co_return status;
}

}  // namespace

int mcp_serve(const CommonOptions& common) {
  Terminal terminal(common.color);
  Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  const Result<McpServeConfig> settings = mcp_serve_config_of(*config);
  if (!settings) return fail(terminal, settings.error());
  if (terminal.in_is_terminal()) {
    terminal.line(
        "waiting for an MCP client on standard input; name 'yoke mcp serve' in its settings");
  }
  asio::io_context io{1};
  PipeClient client(io, common, terminal, std::move(*config));
  return run_to_end(io, terminal, client.run());
}

}  // namespace yoke

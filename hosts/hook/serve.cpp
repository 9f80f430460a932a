#include "hosts/hook/serve.h"

#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>

#include "hosts/app/command.h"
#include "hosts/config/socket_path.h"
#include "hosts/hook/anthropic/anthropic.h"
#include "hosts/hook/api/api.h"
#include "hosts/hook/api/api_socket.h"
#include "hosts/hook/dispatcher.h"
#include "hosts/hook/keeping.h"
#include "hosts/hook/keys/keys.h"
#include "hosts/hook/mcp/mcp.h"
#include "hosts/hook/openai/openai.h"
#include "hosts/hook/services.h"
#include "hosts/hook/telemetry/telemetry.h"
#include "hosts/hook/triggers.h"
#include "hosts/hook/turned_away.h"
#include "runtime/base/text.h"
#include "runtime/http/server.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kDrain{30};      // patience with runs
constexpr std::chrono::seconds kLastTraces{2};  // and with the collector of traces
constexpr std::chrono::seconds kLastWords{2};   // and with replies, once the runs have ended
// With those replies after a second signal: what is ready to go still goes.
constexpr std::chrono::milliseconds kHurriedWords{500};

HttpServerOptions options_of(const ServeConfig& config) {
  HttpServerOptions options;
  const auto size = [](std::int64_t count) { return static_cast<std::size_t>(count); };
  if (config.connections) options.connections_max = size(*config.connections);
  if (config.connections_per_client) {
    options.connections_per_peer_max = size(*config.connections_per_client);
  }
  if (config.body_bytes) options.body_bytes_max = size(*config.body_bytes);
  return options;
}

Drivers::Options drivers_of(const ServeConfig& config, Terminal& terminal) {
  Drivers::Options options;
  if (config.runs_at_once) options.at_once = static_cast<std::size_t>(*config.runs_at_once);
  options.on_lost = [&terminal](const std::string& run_id, const std::string& why) {
    terminal.line(lost_text(run_id, why));
  };
  return options;
}

std::string bracketed(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

// The hook of one process, from its listeners down to its runs.
class Hook {
 public:
  Hook(App& app, Terminal& terminal, Gatekeeper& gate, Telemetry& telemetry, ServeOptions options)
      : app_(app),
        terminal_(terminal),
        gate_(gate),
        service_(std::move(options.service)),
        manager_(service_, ::getpid()),
        config_(app.config().serve),
        feed_(app.engine(), app.store()),
        drivers_(app, wall_, drivers_of(config_, terminal)),
        services_{app, drivers_, feed_, gate_, wall_},
        dispatcher_(
            endpoints_of(telemetry, std::move(options.version)), {gate_, wall_, random_},
            [&telemetry](const Dispatcher::Done& done) { telemetry.on_done(done); },
            [&app](const std::string& path, Refusal& refusal, const HttpRequest& request) {
              McpEndpoint::tell_refused(app.config(), path, refusal, request);
            }),
        server_(
            app.executor(),
            [this](HttpRequest request) { return dispatcher_.answer(std::move(request)); },
            with_refuser(options_of(config_))),
        socket_(services_,
                {std::move(for_socket_),
                 [&telemetry](const Dispatcher::Done& done) { telemetry.on_done(done); }}),
        serving_(app.executor()) {}

  // At the places typed; else at the sockets that were passed in; else where the settings say.
  Result<void> listen(const std::vector<ListenAt>& typed);
  // For the user's own commands; without it the hook goes on.
  void listen_for_commands();
  awaitable<void> run();

 private:
  Endpoints endpoints_of(Telemetry& telemetry, std::string version);
  HttpServerOptions with_refuser(HttpServerOptions options);
  Result<void> listen_at(const ListenAt& place);
  Result<void> adopt(const std::vector<PassedSocket>& passed);
  void tell(const Result<void>& told);
  awaitable<void> heed_signals(TaskGroup& group);
  void reload();
  awaitable<void> stop(TaskGroup& group);
  awaitable<void> leave(Deadline patience);
  awaitable<void> stop_serving(Deadline until);
  awaitable<void> stop_commands(Deadline until);
  void hurry();

  App& app_;
  Terminal& terminal_;
  Gatekeeper& gate_;
  Variable service_;
  ServiceManager manager_;
  const ServeConfig& config_;
  SystemWallClock wall_;
  SystemRandom random_;
  RunFeed feed_;
  Drivers drivers_;
  HookServices services_;
  std::optional<Error> problem_;  // why it cannot serve
  std::unique_ptr<Triggers> triggers_;
  std::unique_ptr<RecordKeeping> keeping_;
  std::unique_ptr<McpEndpoint> mcp_;
  Endpoints for_socket_;  // of triggers_ and mcp_; until socket_ has them
  Dispatcher dispatcher_;
  HttpServer server_;
  ApiSocket socket_;
  std::vector<std::string> places_;
  bool hurried_ = false;  // a second signal came
  TaskGroup serving_;     // what ends the listeners and their connections
};

Endpoints Hook::endpoints_of(Telemetry& telemetry, std::string version) {
  Endpoints endpoints;
  add_api(endpoints, services_);
  add_openai(endpoints, services_);
  add_anthropic(endpoints, services_);
  telemetry.add_endpoints(endpoints, services_, [this] { return server_.stats(); });
  Endpoints of_triggers;
  Result<std::unique_ptr<Triggers>> triggers =
      Triggers::make(services_, telemetry.log(), of_triggers);
  if (triggers) {
    triggers_ = std::move(*triggers);
  } else {
    problem_ = triggers.error();
  }
  Result<std::unique_ptr<RecordKeeping>> keeping = RecordKeeping::make(services_, telemetry.log());
  if (keeping) {
    keeping_ = std::move(*keeping);
  } else if (!problem_) {
    problem_ = keeping.error();
  }
  Result<std::unique_ptr<McpEndpoint>> mcp = McpEndpoint::make(services_, std::move(version));
  if (mcp) {
    mcp_ = std::move(*mcp);
    mcp_->add(endpoints);
    mcp_->add_for_own_user(for_socket_);
  } else if (!problem_) {
    problem_ = mcp.error();
  }
  for (Endpoint& each : of_triggers) {
    const bool of_strangers = !each.scope;  // what webhooks come in by
    if (!of_strangers) for_socket_.push_back(each);
    endpoints.push_back(std::move(each));
  }
  add_description(endpoints);  // of all that is above
  return endpoints;
}

HttpServerOptions Hook::with_refuser(HttpServerOptions options) {
  options.refuser = [this, limits = options](const HttpRefused& refused) {
    return dispatcher_.refuse_unread(refused.seen,
                                     turned_away(refused, limits, LimitsOf::settings));
  };
  return options;
}

Result<void> Hook::listen(const std::vector<ListenAt>& typed) {
  if (problem_) return *problem_;
  if (!config_.certificate.empty()) {
    const Result<void> read = server_.use_certificate({config_.certificate, config_.key});
    if (!read) return read.error();
  }
  const Result<std::vector<PassedSocket>> passed = passed_sockets(service_, ::getpid());
  if (!passed) return passed.error();
  if (typed.empty() && !passed->empty()) return adopt(*passed);
  for (const ListenAt& place : typed.empty() ? config_.listen : typed) {
    const Result<void> listening = listen_at(place);
    if (!listening) return listening.error();
  }
  return {};
}

void Hook::listen_for_commands() {
  const std::string path = control_socket_of(app_.config());
  if (path.empty()) return;
  tell(socket_.listen(path));
}

Result<void> Hook::adopt(const std::vector<PassedSocket>& passed) {
  HttpListen how;
  how.tls = !config_.certificate.empty();
  for (const PassedSocket& socket : passed) {
    const Result<HttpPlace> place = server_.adopt(socket.descriptor, how);
    if (!place) return place.error();
    places_.push_back(place->text());
  }
  return {};
}

Result<void> Hook::listen_at(const ListenAt& place) {
  if (place.address.empty()) {
    const std::filesystem::path path =
        std::filesystem::path(app_.config().project_dir) / place.path;
    const Result<void> listening = server_.listen_unix(path.string());
    if (!listening) return listening.error();
    places_.push_back("unix:" + path.string());
    return {};
  }
  const bool tls = !config_.certificate.empty();
  const Result<std::uint16_t> port = server_.listen(place.address, place.port, HttpListen{tls});
  if (!port) return port.error();
  places_.push_back((tls ? "https://" : "http://") + bracketed(place.address) + ":" +
                    std::to_string(*port));
  return {};
}

awaitable<void> Hook::run() {
  co_await drivers_.take_up();
  TaskGroup group(app_.executor());
  co_await triggers_->begin(group);
  for (const std::string& place : places_) terminal_.line("ready on " + place);
  tell(manager_.ready("ready on " + join(places_, ", ")));
  group.spawn(heed_signals(group));
  group.spawn(manager_.keep_alive());
  keeping_->begin(group);
  std::exception_ptr failure;
  try {
    co_await group.join();
  } catch (...) {
    failure = std::current_exception();
  }
  if (!drivers_.is_stopping()) co_await leave(LoopClock::now());  // a fault of the store, say
  if (failure) std::rethrow_exception(failure);
}

void Hook::tell(const Result<void>& told) {
  if (!told) terminal_.line("yoke: " + told.error().message());
}

void Hook::reload() {
  tell(manager_.reloading());
  const Result<void> read = server_.reload_certificate();
  tell(manager_.ready(read ? "the certificate was read again" : "the certificate is the old one"));
  terminal_.line(read ? "the certificate was read again"
                      : "yoke: the certificate stays as it was: " + read.error().message());
}

awaitable<void> Hook::heed_signals(TaskGroup& group) {
  asio::signal_set signals(app_.executor(), SIGINT, SIGTERM, SIGHUP);
  bool leaving = false;
  while (true) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    if (signal == SIGHUP) {
      if (!config_.certificate.empty()) reload();
      continue;
    }
    if (leaving) {
      hurry();
      continue;
    }
    leaving = true;
    terminal_.line("stopping; a second signal ends the wait for runs");
    tell(manager_.stopping());
    group.spawn(stop(group));
  }
}

awaitable<void> Hook::stop_serving(Deadline until) { co_await server_.stop(until); }

awaitable<void> Hook::stop_commands(Deadline until) { co_await socket_.stop(until); }

// No more patience: with runs, nor with connections once there is no run to wait for.
void Hook::hurry() {
  hurried_ = true;
  drivers_.cut();
  if (feed_.is_closed()) serving_.cancel();
}

// No more requests from here on, save of the user's own commands, which may hasten the end; those
// under way see their runs end, within the patience.
awaitable<void> Hook::leave(Deadline patience) {
  serving_.spawn(stop_serving(patience + kLastWords));
  co_await drivers_.stop(patience);
  feed_.close();
  if (mcp_) co_await mcp_->stop();
  const Deadline last_words =
      hurried_ ? LoopClock::now() + kHurriedWords : LoopClock::now() + kLastWords;
  serving_.spawn(stop_commands(last_words));
  try {
    auto ended = serving_.join();
    co_await with_deadline(last_words, std::move(ended));
  } catch (const DeadlineExceeded&) {
    // The connections were cancelled then, and have ended.
  }
}

awaitable<void> Hook::stop(TaskGroup& group) {
  const Deadline patience = LoopClock::now() + config_.drain.value_or(kDrain);
  co_await leave(patience);
  group.cancel();
}

// Where it will listen: who may reach it depends on that.
Result<std::vector<std::string>> addresses_of(const std::vector<ListenAt>& typed,
                                              const Variable& service, const ServeConfig& config) {
  std::vector<std::string> addresses;
  const Result<std::vector<PassedSocket>> passed = passed_sockets(service, ::getpid());
  if (!passed) return passed.error();
  if (typed.empty() && !passed->empty()) {
    for (const PassedSocket& socket : *passed) addresses.push_back(address_of(socket));
    return addresses;
  }
  for (const ListenAt& place : typed.empty() ? config.listen : typed) {
    addresses.push_back(place.address);
  }
  return addresses;
}

}  // namespace

awaitable<int> serve(App& app, Terminal& terminal, ServeOptions options) {
  std::vector<ListenAt> places;
  for (const std::string& text : options.listen) {
    const std::optional<ListenAt> place = listen_at(text);
    if (!place) co_return fail(terminal, Error{Errc::invalid, "--listen: " + wrong_listen(text)});
    places.push_back(*place);
  }
  Result<std::vector<std::string>> addresses =
      addresses_of(places, options.service, app.config().serve);
  if (!addresses) co_return fail(terminal, addresses.error());
  const Result<std::unique_ptr<AccessControl>> access =
      co_await AccessControl::open(app, std::move(*addresses));
  if (!access) co_return fail(terminal, access.error());
  SystemWallClock wall;
  Result<std::unique_ptr<Telemetry>> telemetry = Telemetry::open(app, wall, options.version);
  if (!telemetry) co_return fail(terminal, telemetry.error());
  Hook hook(app, terminal, (*access)->gate(), **telemetry, std::move(options));
  const Result<void> listening = hook.listen(places);
  if (!listening) {
    co_await (*telemetry)->stop(LoopClock::now());
    co_return fail(terminal, listening.error());
  }
  hook.listen_for_commands();
  co_await hook.run();
  co_await (*telemetry)->stop(LoopClock::now() + kLastTraces);
  co_return kExitCompleted;
}

}  // namespace yoke

#include "models/local/local_servers.h"

#include <filesystem>

#include "models/config.h"
#include "models/local/fleet.h"
#include "models/presets.h"
#include "models/queue_length.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// Stands in a base_url for the port that the server will have; nobody is ever sent there.
constexpr int kPlaceholderPort = 1;
constexpr int kServerSlotsMax = 4'096;

Error wrong(const std::string& place, const std::string& detail) {
  return Error{Errc::invalid, place + ": " + detail};
}

std::string gibibytes(std::int64_t bytes) {
  const std::int64_t tenths = bytes / ((std::int64_t{1} << 30) / 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

// "http://127.0.0.1:8080/v1" with "{port}" for its port.
std::string with_open_port(const std::string& base_url) {
  const std::string root = local::root_of(base_url);
  const std::size_t colon = root.rfind(':');
  const bool has_port = colon != std::string::npos && colon > root.find("://");
  return (has_port ? root.substr(0, colon) : root) + ":{port}" + base_url.substr(root.size());
}

bool launch_names_port(const LaunchSettings& launch) {
  for (const std::string& word : launch.command) {
    if (local::names_port(word)) return true;
  }
  for (const auto& [name, value] : launch.env) {
    if (local::names_port(value)) return true;
  }
  return false;
}

// Where the API is: as configured, else where the preset has it.
Result<std::string> base_of(const LocalBackend& backend, const std::string& place) {
  const Preset* const preset = find_preset(backend.preset);
  std::string base = backend.base_url;
  const bool given = !base.empty();
  if (!given && preset != nullptr) base = std::string(preset->base_url);
  if (!backend.settings.launch) return base;
  const bool open = launch_names_port(*backend.settings.launch);
  if (base.empty()) base = open ? "http://127.0.0.1:{port}/v1" : "";
  if (base.empty()) {
    return wrong(place + ".launch",
                 "no word of it is {port}, so base_url has to say where the "
                 "server listens");
  }
  if (local::names_port(base) && !open) {
    return wrong(place + ".base_url", "it names {port}, but no word of 'launch' does");
  }
  if (open && !local::names_port(base)) {
    if (given) {
      return wrong(place + ".base_url",
                   "'launch' is given a free {port}: write {port} here too, or leave base_url out");
    }
    base = with_open_port(base);
  }
  return base;
}

Result<void> check(const std::string& place, const LocalBackend& backend,
                   const LocalLimits& limits) {
  const LocalSettings& settings = backend.settings;
  if (settings.launch && settings.launch->command.empty()) {
    return wrong(place + ".launch", "it names no program");
  }
  if (settings.slots && (*settings.slots < 1 || *settings.slots > kServerSlotsMax)) {
    return wrong(place + ".slots", "a whole number from 1 to " + std::to_string(kServerSlotsMax));
  }
  const bool ours = settings.launch || local::server_kind(backend.preset).keeps_alive;
  if (settings.idle_unload && !ours) {
    return wrong(place + ".idle_unload",
                 "only a server with 'launch', or Ollama, can be unloaded by Yoke");
  }
  if (settings.memory_bytes && !ours) {
    return wrong(place + ".memory",
                 "only a server with 'launch', or Ollama, is loaded and unloaded by Yoke");
  }
  if (!limits.memory_bytes || !ours) return {};
  if (!settings.memory_bytes) {
    return wrong(place + ".memory",
                 "it is missing: [local] memory is set, so each server that "
                 "Yoke loads says how much it takes, such as \"6GiB\"");
  }
  if (*settings.memory_bytes > *limits.memory_bytes) {
    return wrong(place + ".memory", gibibytes(*settings.memory_bytes) + " is more than the " +
                                        gibibytes(*limits.memory_bytes) +
                                        " of [local] memory: it could never be loaded");
  }
  return {};
}

local::ServerRules rules_of(const std::string& name, const LocalBackend& backend) {
  const local::ServerKind& kind = local::server_kind(backend.preset);
  local::ServerRules rules;
  rules.name = name;
  rules.slots = backend.settings.slots.value_or(kind.slots);
  rules.memory_bytes = backend.settings.memory_bytes.value_or(0);
  rules.idle_unload = backend.settings.idle_unload;
  rules.always_in = !backend.settings.launch && !kind.keeps_alive;
  return rules;
}

std::string log_file(const LocalLimits& limits, const std::string& name) {
  if (limits.log_dir.empty()) return {};
  std::string file;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && !file.empty());
    file += plain ? c : '_';
  }
  return limits.log_dir + "/" + file + ".log";
}

// Who is told that the server has yet to be loaded may go elsewhere; it is loaded all the same when
// there is room, so that it is there for the next.
class LocalGate final : public Gate, public QueueLength {
 public:
  LocalGate(std::shared_ptr<LocalServers::State> state, std::string backend)
      : state_(std::move(state)), backend_(std::move(backend)) {}

  awaitable<Result<Permit>> enter(GateRequest request, Deadline deadline) override {
    const std::shared_ptr<LocalServers::State> state = state_.lock();
    if (!state || state->closed) {
      co_return Error{Errc::unavailable, "the local server '" + backend_ + "' is being stopped"};
    }
    auto entered = LocalServers::State::enter(state, backend_, std::move(request), deadline);
    co_return co_await std::move(entered);
  }

  std::optional<std::chrono::milliseconds> expected_wait(
      const GateRequest& request) const override {
    const std::shared_ptr<LocalServers::State> state = state_.lock();
    if (!state || state->closed) return std::nullopt;
    const auto wait = state->schedule.expected_wait(backend_, request.tenant, LoopClock::now());
    const bool out = state->schedule.look(backend_).residence == local::Schedule::Residence::out;
    if (out && wait) state->schedule.wish(backend_);
    if (out && wait) LocalServers::State::turn(state);
    return wait;
  }

  std::size_t waiting() const override {
    const std::shared_ptr<LocalServers::State> state = state_.lock();
    return state ? state->schedule.look(backend_).waiting : 0;
  }

 private:
  const std::weak_ptr<LocalServers::State> state_;
  const std::string backend_;
};

// Puts the address that the server has now in the place of the one that requests are written with.
class LocalSender final : public HttpSender {
 public:
  LocalSender(std::shared_ptr<LocalServers::State> state, std::string backend)
      : state_(std::move(state)), backend_(std::move(backend)) {}

  awaitable<HttpOutcome> send(HttpRequest request, Deadline deadline, HttpSinks sinks) override {
    const std::shared_ptr<LocalServers::State> state = state_.lock();
    if (!state || state->closed || state->at(backend_).server->pid() == 0) {
      HttpFailure failure;
      failure.kind = HttpFailure::Kind::connect;
      failure.message = "the local server '" + backend_ + "' is not running";
      co_return failure;
    }
    const LocalServers::State::One& one = state->at(backend_);
    const std::string stand_in = local::root_of(one.placeholder);
    if (request.url.starts_with(stand_in)) {
      request.url.replace(0, stand_in.size(), one.server->root());
    }
    auto sent = state->http.send(std::move(request), deadline, std::move(sinks));
    co_return co_await std::move(sent);
  }

 private:
  const std::weak_ptr<LocalServers::State> state_;
  const std::string backend_;
};

using State = LocalServers::State;

void add(const std::shared_ptr<State>& state, const std::string& name, LocalBackend backend,
         const LocalLimits& limits) {
  State::One& one = state->backends[name];
  one.name = name;
  one.kind = &local::server_kind(backend.preset);
  one.placeholder = local::with_port(backend.base_url, kPlaceholderPort);
  one.gate = std::make_unique<LocalGate>(state, name);
  if (backend.settings.launch) {
    local::Server::Events events;
    std::weak_ptr<State> held = state;
    events.changed = [held] {
      if (const auto still = held.lock()) State::turn(still);
    };
    events.line = [held, name](const std::string& line) {
      const auto still = held.lock();
      if (still && still->hooks.log) still->hooks.log(name, line);
    };
    one.server = std::make_unique<local::Server>(state->executor, *backend.settings.launch,
                                                 *one.kind, backend.base_url,
                                                 log_file(limits, name), std::move(events));
    one.sender = std::make_unique<LocalSender>(state, name);
  }
  one.backend = std::move(backend);
}

}  // namespace

Result<std::unique_ptr<LocalServers>> LocalServers::make(
    const asio::any_io_executor& executor, HttpSender& http,
    std::map<std::string, LocalBackend> backends, LocalLimits limits) {
  std::vector<local::ServerRules> rules;
  for (auto& [name, backend] : backends) {
    const std::string place = "backends." + name;
    const Result<void> checked = check(place, backend, limits);
    if (!checked) return checked.error();
    Result<std::string> base = base_of(backend, place);
    if (!base) return base.error();
    backend.base_url = std::move(*base);
    rules.push_back(rules_of(name, backend));
  }
  local::ScheduleRules together;
  together.memory_bytes = limits.memory_bytes;
  auto state = std::make_shared<State>(executor, http, local::Schedule(std::move(rules), together));
  for (auto& [name, backend] : backends) add(state, name, std::move(backend), limits);
  return std::make_unique<LocalServers>(std::move(state));
}

Result<std::unique_ptr<LocalServers>> LocalServers::make(const asio::any_io_executor& executor,
                                                         HttpSender& http,
                                                         const ModelsConfig& config) {
  std::map<std::string, LocalBackend> backends;
  for (const auto& [name, settings] : config.backends) {
    if (!settings.local.is_used()) continue;
    backends[name] = LocalBackend{settings.preset, settings.base_url, settings.local};
  }
  return make(executor, http, std::move(backends), config.local);
}

LocalServers::LocalServers(std::shared_ptr<State> state) : state_(std::move(state)) {}

LocalServers::~LocalServers() { state_->close(); }

Result<std::string> launch_program(const LaunchSettings& launch) {
  process::Command command;
  command.words = launch.command;
  command.env = launch.env;
  command.dir = launch.dir;
  return process::find_program(command);
}

void LocalServers::set_hooks(Hooks hooks) { state_->hooks = std::move(hooks); }

Gate* LocalServers::gate(const std::string& backend) const {
  const auto found = state_->backends.find(backend);
  return found == state_->backends.end() ? nullptr : found->second.gate.get();
}

HttpSender* LocalServers::sender(const std::string& backend) const {
  const auto found = state_->backends.find(backend);
  return found == state_->backends.end() ? nullptr : found->second.sender.get();
}

std::string LocalServers::base_url(const std::string& backend) const {
  const auto found = state_->backends.find(backend);
  return found == state_->backends.end() ? "" : found->second.placeholder;
}

awaitable<Result<void>> LocalServers::bring_up(std::string backend, Deadline deadline) {
  GateRequest request;
  request.tokens = 1;
  auto entered = State::enter(state_, std::move(backend), std::move(request), deadline);
  const Result<Permit> permit = co_await std::move(entered);
  if (!permit) co_return permit.error();
  co_return Result<void>();
}

std::optional<LocalLook> LocalServers::look(const std::string& backend) const {
  const auto found = state_->backends.find(backend);
  if (found == state_->backends.end()) return std::nullopt;
  const State::One& one = found->second;
  const local::Schedule::Look planned = state_->schedule.look(backend);
  LocalLook look;
  look.busy = planned.busy;
  look.slots = planned.slots;
  look.waiting = planned.waiting;
  look.state = name_of(planned.residence);
  look.address = local::root_of(one.backend.base_url);
  if (!one.server) return look;
  look.state = name_of(one.server->supervisor().state());
  look.restarts = one.server->supervisor().restarts();
  look.pid = one.server->pid();
  look.why = one.server->supervisor().why();
  if (look.pid != 0) look.address = one.server->root();
  return look;
}

}  // namespace yoke

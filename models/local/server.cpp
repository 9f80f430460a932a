#include "models/local/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "models/local/load_progress.h"
#include "runtime/base/handle.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke::local {
namespace {

constexpr std::size_t kLastLines = 5;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bind_to(const Handle& socket, int port) {
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

bool any_names_port(const LaunchSettings& settings) {
  const auto names = [](const std::string& text) { return names_port(text); };
  return std::any_of(settings.command.begin(), settings.command.end(), names) ||
         std::any_of(settings.env.begin(), settings.env.end(),
                     [](const auto& entry) { return names_port(entry.second); });
}

}  // namespace

Result<int> free_port() {
  const Handle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  if (socket.get() < 0 || bind_to(socket, 0) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return Error{Errc::unavailable, "there is no free port on the loopback: " +
                                        std::generic_category().message(errno)};
  }
  return static_cast<int>(ntohs(bound.sin_port));
}

bool port_is_taken(int port) {
  const Handle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return socket.get() >= 0 && bind_to(socket, port) != 0 && errno == EADDRINUSE;
}

Server::Server(const asio::any_io_executor& executor, LaunchSettings settings,
               const ServerKind& kind, std::string base_url, const std::string& log_file,
               Events events)
    : executor_(executor),
      settings_(std::move(settings)),
      kind_(kind),
      base_url_(std::move(base_url)),
      own_port_(any_names_port(settings_)),
      events_(std::move(events)),
      supervisor_([this] {
        SupervisorRules rules;
        rules.load_timeout = settings_.load_timeout;
        rules.backoff_first = settings_.backoff_first;
        return rules;
      }()),
      log_(log_file, settings_.secrets, [this](const std::string& line) { take_line(line); }) {}

void Server::take_line(const std::string& line) {
  if (supervisor_.state() == Supervisor::State::starting) {
    if (const auto percent = load_percent(line)) percent_ = percent;
  }
  if (events_.line) events_.line(line);
}

std::string Server::root() const { return root_of(with_port(base_url_, port_)); }

std::string Server::health_url() const {
  const std::string path = settings_.health.empty() ? std::string(kind_.health) : settings_.health;
  return root() + path;
}

pid_t Server::pid() const { return process_ ? process_->pid() : 0; }

std::string Server::last_words() const {
  std::string words = supervisor_.why();
  const std::string tail = log_.tail(kLastLines);
  if (!tail.empty()) words += "; its log ends: " + tail;
  if (!log_.file().empty()) words += "; all of it is in " + log_.file();
  return words;
}

// Each start has a port of its own: whoever took the last one may still have it.
Result<void> Server::choose_port() {
  if (own_port_) {
    const Result<int> port = free_port();
    if (!port) return port.error();
    port_ = *port;
    return {};
  }
  const Result<Url> url = parse_url(base_url_);
  if (!url) return url.error();
  port_ = url->port;
  if (!port_is_taken(port_)) return {};
  return Error{Errc::invalid, "something listens on port " + std::to_string(port_) +
                                  " already: write {port} in 'launch' for a free one, or leave "
                                  "'launch' out to use the server that is there"};
}

process::Command Server::command() const {
  process::Command command;
  for (const std::string& word : settings_.command) {
    command.words.push_back(with_port(word, port_));
  }
  for (const auto& [name, value] : settings_.env) command.env[name] = with_port(value, port_);
  command.dir = settings_.dir;
  return command;
}

void Server::spawn(Supervisor::Time now) {
  percent_.reset();
  process_.reset();
  const Result<void> port = choose_port();
  if (!port) return supervisor_.not_spawned(port.error().detail, now);
  const process::Command made = command();
  process::GuardedProcess::Events told;
  told.output = [this](std::string_view bytes) { log_.feed(bytes); };
  told.ended = [this](const std::string& how) {
    log_.end();
    log_.note("yoke: " + how);
    supervisor_.exited(how, LoopClock::now());
    events_.changed();
  };
  log_.note("yoke: starting " + join(made.words, " "));
  const SupervisorRules rules;
  auto started = process::GuardedProcess::start(executor_, made, rules.grace, std::move(told));
  if (!started) return supervisor_.not_spawned(started.error().detail, now);
  process_ = std::move(*started);
}

bool Server::step(Supervisor::Time now) {
  bool probe = false;
  for (const Supervisor::Act& act : supervisor_.next(now)) {
    if (std::holds_alternative<Supervisor::Spawn>(act)) spawn(now);
    if (std::holds_alternative<Supervisor::Probe>(act)) probe = true;
    if (std::holds_alternative<Supervisor::Terminate>(act) && process_) process_->terminate();
    if (std::holds_alternative<Supervisor::Kill>(act) && process_) process_->kill();
  }
  return probe;
}

void Server::let_go() {
  if (process_) process_->let_go();
}

}  // namespace yoke::local

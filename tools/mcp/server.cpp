#include "tools/mcp/server.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "runtime/base/handle.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "tools/broker/secrets.h"
#include "tools/mcp/stdio_link.h"

namespace yoke::mcp {
namespace {

constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{30'000};
constexpr std::chrono::seconds kStable{60};  // lived so long, its end is no sign of more to come
constexpr std::chrono::milliseconds kPatience{2'000};
constexpr std::chrono::milliseconds kGrace{2'000};
constexpr std::chrono::milliseconds kGoodbye{5'000};
constexpr std::chrono::hours kHttpProbe{1};  // the handshake's own deadline bounds it
constexpr std::size_t kLastLinesMax = 20;
constexpr std::size_t kLogBytesMax = 4u << 20;

}  // namespace

std::string identity_of(const ServerSettings& settings) {
  Hasher hasher;
  for (const std::string& word : settings.command) hasher.field(word);
  hasher.field(settings.url).field(settings.dir);
  return to_hex(hasher.finish());
}

// The one who connects, while the others wait.
class McpServer::Connecting {
 public:
  explicit Connecting(Line& line) : line_(line) { line_.connecting = true; }
  ~Connecting() {
    line_.connecting = false;
    for (Signal* signal : line_.waiting) signal->notify();
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

 private:
  Line& line_;
};

// One who waits for whoever connects.
class McpServer::InLine {
 public:
  explicit InLine(Line& line) : line_(line) { line_.waiting.push_back(&signal); }
  ~InLine() { std::erase(line_.waiting, &signal); }
  InLine(const InLine&) = delete;
  InLine& operator=(const InLine&) = delete;

  Signal signal;

 private:
  Line& line_;
};

McpServer::McpServer(Services services, ServerSettings settings, std::optional<ServerMemory> memory)
    : services_(std::move(services)),
      settings_(std::move(settings)),
      background_(services_.executor) {
  main_.tenant = settings_.tenant;
  if (!memory || memory->identity != identity_of(settings_)) return;
  memory_ = std::move(memory);
  listing_ = read_tools(memory_->tools, is_over_http(), settings_.tools);
}

McpServer::~McpServer() = default;

void McpServer::log(std::string_view raw) {
  SecretCutter cutter;
  for (const Secret& secret : settings_.secrets) cutter.add(settings_.name, secret.reveal());
  const std::string line = cutter.cut(printable(to_valid_utf8(raw)));
  last_lines_.push_back(line);
  if (last_lines_.size() > kLastLinesMax) last_lines_.erase(last_lines_.begin());
  logged_bytes_ += line.size() + 1;
  if (settings_.log_file.empty() || logged_bytes_ > kLogBytesMax) return;
  const Handle file(::open(settings_.log_file.c_str(),
                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  const std::string text = line + "\n";
  if (file.get() >= 0) (void)!::write(file.get(), text.data(), text.size());
}

std::string McpServer::last_words() const {
  const std::size_t from = last_lines_.size() - std::min<std::size_t>(3, last_lines_.size());
  std::vector<std::string> last;
  for (std::size_t at = from; at < last_lines_.size(); ++at) {
    last.push_back(shorten(last_lines_[at], 300));
  }
  return join(last, " | ");
}

Result<std::unique_ptr<Link>> McpServer::make_link(const std::string& tenant) {
  if (is_over_http()) {
    HttpLinkSettings made;
    made.url = settings_.url;
    made.headers = settings_.headers;
    made.secrets = settings_.secrets;
    made.permit_address = services_.permit_address;
    made.tenant = tenant;
    return std::unique_ptr<Link>(std::make_unique<HttpLink>(
        services_.executor, *services_.http, *services_.credentials, std::move(made)));
  }
  process::Command command;
  command.words = settings_.command;
  command.env = settings_.env;
  command.dir = settings_.dir;
  command.patience = kPatience;
  last_lines_.clear();
  std::error_code ignored;
  if (!settings_.log_file.empty()) {
    const std::filesystem::path file = settings_.log_file;
    std::filesystem::create_directories(file.parent_path(), ignored);
    std::filesystem::remove(file, ignored);  // one run of it a file
  }
  logged_bytes_ = 0;
  auto started = StdioLink::start(
      services_.executor, std::move(command), kGrace, [this](std::string_view line) { log(line); },
      settings_.secrets);
  if (!started) return started.error();
  return std::unique_ptr<Link>(std::move(*started));
}

SessionSettings McpServer::session_settings(const std::string& version,
                                            const std::string& tenant) const {
  SessionSettings made;
  made.client = services_.client;
  made.wants.server = settings_.name;
  made.wants.sampling = settings_.sampling;
  made.wants.roots = settings_.roots;
  made.tenant = tenant;
  if (!version.empty()) made.version = version;
  if (is_over_http()) made.probe_timeout = kHttpProbe;
  return made;
}

awaitable<Result<McpServer::Shared>> McpServer::open(std::string version, std::string tenant,
                                                     Deadline deadline) {
  Result<std::unique_ptr<Link>> link = make_link(tenant);
  if (!link) co_return link.error();
  auto made = std::make_shared<Connection>();
  made->link = std::move(*link);
  made->session =
      std::make_unique<Session>(services_.executor, *made->link, session_settings(version, tenant));
  auto work = made->session->open(deadline);
  const Result<void> opened = co_await std::move(work);
  if (opened) co_return made;
  // Some servers end when they are asked for what came after them.
  const bool may_be_old = version.empty() && !is_over_http() && !made->link->is_open();
  if (!may_be_old) {
    const std::string words = last_words();
    Error error = opened.error();
    error.detail = "the MCP server '" + settings_.name + "': " + error.detail +
                   (words.empty() ? "" : "; it said: " + words);
    co_return error;
  }
  made.reset();
  auto again = open(std::string(kLegacyVersion), std::move(tenant), deadline);
  co_return co_await std::move(again);
}

awaitable<Result<McpServer::Shared>> McpServer::connect(Line& line, Deadline deadline) {
  const Connecting guard(line);
  const auto failed = [&line] {
    const auto pause = std::min(kFirstPause * (1 << std::min(line.failures, 7)), kLongestPause);
    ++line.failures;
    line.not_before = LoopClock::now() + pause;
  };
  if (line.connection) {  // it has ended
    const bool lived = LoopClock::now() - line.met_at > kStable;
    if (lived) line.failures = 0;
    if (!lived) failed();
    line.connection.reset();
  }
  if (LoopClock::now() < line.not_before) co_await sleep_until(std::min(line.not_before, deadline));
  const Deadline end = std::min(deadline, LoopClock::now() + settings_.handshake);
  const std::string version = memory_ ? memory_->version : "";
  auto work = open(version, line.tenant, end);
  Result<Shared> made = co_await std::move(work);
  const bool is_first = &line == &main_;
  const bool unsure = !made && is_first && made.error().code != Errc::denied;
  if (unsure && memory_) memory_->version.clear();
  if (made) {
    (*made)->session->on_change([this](const std::string& what) {
      if (what == "tools") is_stale_ = true;
    });
  }
  if (made && is_first) {
    auto learning = learn(*made, end);
    const Result<void> learned = co_await std::move(learning);
    if (!learned) made = learned.error();
  }
  if (!made) {
    failed();
    co_return made;
  }
  line.met_at = LoopClock::now();
  line.connection = *made;
  line.connection->session->listen();
  co_return line.connection;
}

awaitable<Result<McpServer::Shared>> McpServer::connection(Line& line, Deadline deadline) {
  line.used_at = LoopClock::now();
  while (!line.is_open() && line.connecting) {
    InLine place(line);
    const bool in_time = co_await place.signal.wait_until(deadline);
    if (!in_time) {
      co_return Error{Errc::timed_out, "the MCP server '" + settings_.name + "' is not ready"};
    }
  }
  if (line.is_open()) co_return line.connection;
  auto work = connect(line, deadline);
  co_return co_await std::move(work);
}

// The first meeting tells whether the server keeps sessions.
awaitable<Result<McpServer::Shared>> McpServer::connection_for(std::string tenant,
                                                               Deadline deadline) {
  auto work = connection(main_, deadline);
  Result<Shared> met = co_await std::move(work);
  close_idle(kTenantsMax);
  if (!met || tenant.empty() || tenant == main_.tenant) co_return met;
  const auto* http = dynamic_cast<const HttpLink*>((*met)->link.get());
  if (http == nullptr || !http->has_session()) co_return met;
  if (!lines_.contains(tenant) && !close_idle(kTenantsMax - 1)) {
    co_return Error{Errc::unavailable, "the MCP server '" + settings_.name + "' is used by " +
                                           std::to_string(kTenantsMax) + " tenants already"};
  }
  Line& line = lines_[tenant];
  line.tenant = tenant;
  auto own = connection(line, deadline);
  co_return co_await std::move(own);
}

bool McpServer::Line::is_idle() const {
  return !connecting && waiting.empty() && connection.use_count() <= 1;
}

// The server has ended its session.
void McpServer::forget(const Shared& connection) {
  if (main_.connection == connection) main_.connection.reset();
  for (auto& [tenant, line] : lines_) {
    if (line.connection == connection) line.connection.reset();
  }
}

bool McpServer::close_idle(std::size_t lines_max) {
  const auto close = [this](const Line& line) {
    if (line.is_open()) background_.spawn(say_goodbye(line.connection));
  };
  std::erase_if(lines_, [&](const auto& one) {
    const bool is_old = LoopClock::now() - one.second.used_at >= kTenantIdle;
    const bool goes = is_old && one.second.is_idle();
    if (goes) close(one.second);
    return goes;
  });
  while (lines_.size() > lines_max) {
    auto oldest = lines_.end();
    for (auto one = lines_.begin(); one != lines_.end(); ++one) {
      if (!one->second.is_idle()) continue;
      if (oldest == lines_.end() || one->second.used_at < oldest->second.used_at) oldest = one;
    }
    if (oldest == lines_.end()) return false;
    close(oldest->second);
    lines_.erase(oldest);
  }
  return true;
}

awaitable<void> McpServer::say_goodbye(Shared connection) {
  try {
    auto work = connection->link->close(LoopClock::now() + kGoodbye);
    co_await std::move(work);
  } catch (const std::exception&) {
    // task root: a server ends its sessions by itself, too
  }
}

awaitable<Result<void>> McpServer::learn(Shared connection, Deadline deadline) {
  const ServerSelf& self = connection->session->server();
  ServerMemory met;
  met.identity = identity_of(settings_);
  met.version = self.version;
  met.self = self;
  is_stale_ = false;  // a change that is told from here on may come after this list
  if (self.capabilities.tools) {
    auto work = connection->session->list("tools/list", "tools", deadline);
    Result<Json> tools = co_await std::move(work);
    if (!tools) {
      is_stale_ = true;
      co_return Error{tools.error().code,
                      "the MCP server '" + settings_.name + "': " + tools.error().detail};
    }
    met.tools = std::move(*tools);
  }
  listing_ = read_tools(met.tools, is_over_http(), settings_.tools);
  memory_ = std::move(met);
  if (told_) told_(*memory_);
  co_return Result<void>();
}

awaitable<Result<void>> McpServer::meet(Deadline deadline) {
  auto work = connection(main_, deadline);
  const Result<Shared> met = co_await std::move(work);
  if (!met) co_return met.error();
  if (!is_stale_) co_return Result<void>();
  auto learning = learn(*met, deadline);
  co_return co_await std::move(learning);
}

awaitable<Result<void>> McpServer::relist(Deadline deadline) {
  is_stale_ = true;
  auto work = meet(deadline);
  co_return co_await std::move(work);
}

awaitable<ServerReply> McpServer::ask(ServerAsk ask) {
  if (!ask.time) ask.time = std::make_shared<CallTime>();
  for (int attempt = 0;; ++attempt) {
    auto work = connection_for(ask.tenant, ask.time->until);
    const Result<Shared> met = co_await std::move(work);
    if (!met) {
      ServerReply lost;
      const bool denied = met.error().code == Errc::denied;
      lost.failure = {denied ? LinkFailure::Kind::unauthorized : LinkFailure::Kind::unavailable,
                      met.error().message(), 0};
      co_return lost;
    }
    const Shared used = *met;  // lives as long as the call, though the server may end
    auto call = used->session->ask(ask);
    ServerReply reply = co_await std::move(call);
    const bool gone = reply.kind == ServerReply::Kind::lost &&
                      reply.failure.kind == LinkFailure::Kind::session_gone;
    if (gone) forget(used);
    if (!gone || attempt > 0) co_return reply;
  }
}

awaitable<Result<Json>> McpServer::list(std::string method, std::string member, Deadline deadline,
                                        std::string tenant) {
  auto work = connection_for(tenant, deadline);
  const Result<Shared> met = co_await std::move(work);
  if (!met) co_return met.error();
  const Shared used = *met;
  auto listing =
      used->session->list(std::move(method), std::move(member), deadline, std::move(tenant));
  co_return co_await std::move(listing);
}

awaitable<void> McpServer::stop(Deadline deadline) {
  std::vector<Shared> all{std::exchange(main_.connection, nullptr)};
  for (auto& [tenant, line] : lines_) all.push_back(std::exchange(line.connection, nullptr));
  for (const Shared& last : all) {
    if (!last) continue;
    auto work = last->link->close(deadline);
    co_await std::move(work);
  }
}

void McpServer::let_go() {
  if (!main_.connection) return;
  if (auto* process = dynamic_cast<StdioLink*>(main_.connection->link.get())) process->let_go();
}

long McpServer::pid() const {
  if (!main_.connection) return 0;
  const auto* process = dynamic_cast<const StdioLink*>(main_.connection->link.get());
  return process == nullptr ? 0 : process->pid();
}

}  // namespace yoke::mcp

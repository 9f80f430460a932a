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
  explicit Connecting(McpServer& server) : server_(server) { server_.connecting_ = true; }
  ~Connecting() {
    server_.connecting_ = false;
    for (Signal* signal : server_.waiting_) signal->notify();
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

 private:
  McpServer& server_;
};

// One who waits for whoever connects.
class McpServer::InLine {
 public:
  explicit InLine(McpServer& server) : server_(server) { server_.waiting_.push_back(&signal); }
  ~InLine() { std::erase(server_.waiting_, &signal); }
  InLine(const InLine&) = delete;
  InLine& operator=(const InLine&) = delete;

  Signal signal;

 private:
  McpServer& server_;
};

McpServer::McpServer(Services services, ServerSettings settings, std::optional<ServerMemory> memory)
    : services_(std::move(services)), settings_(std::move(settings)) {
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

Result<std::unique_ptr<Link>> McpServer::make_link() {
  if (is_over_http()) {
    HttpLinkSettings made;
    made.url = settings_.url;
    made.headers = settings_.headers;
    made.secrets = settings_.secrets;
    made.permit_address = services_.permit_address;
    made.tenant = settings_.tenant;
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

SessionSettings McpServer::session_settings(const std::string& version) const {
  SessionSettings made;
  made.client = services_.client;
  made.wants.server = settings_.name;
  made.wants.sampling = settings_.sampling;
  made.wants.roots = settings_.roots;
  made.tenant = settings_.tenant;
  if (!version.empty()) made.version = version;
  if (is_over_http()) made.probe_timeout = kHttpProbe;
  return made;
}

void McpServer::failed() {
  const auto pause = std::min(kFirstPause * (1 << std::min(failures_, 7)), kLongestPause);
  ++failures_;
  not_before_ = LoopClock::now() + pause;
}

awaitable<Result<McpServer::Shared>> McpServer::open(std::string version, Deadline deadline) {
  Result<std::unique_ptr<Link>> link = make_link();
  if (!link) co_return link.error();
  auto made = std::make_shared<Connection>();
  made->link = std::move(*link);
  made->session =
      std::make_unique<Session>(services_.executor, *made->link, session_settings(version));
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
  auto again = open(std::string(kLegacyVersion), deadline);
  co_return co_await std::move(again);
}

awaitable<Result<McpServer::Shared>> McpServer::connect(Deadline deadline) {
  const Connecting guard(*this);
  if (connection_) {  // it has ended
    const bool lived = LoopClock::now() - met_at_ > kStable;
    if (lived) failures_ = 0;
    if (!lived) failed();
    connection_.reset();
  }
  if (LoopClock::now() < not_before_) co_await sleep_until(std::min(not_before_, deadline));
  const Deadline end = std::min(deadline, LoopClock::now() + settings_.handshake);
  const std::string version = memory_ ? memory_->version : "";
  auto work = open(version, end);
  Result<Shared> made = co_await std::move(work);
  if (!made && memory_ && made.error().code != Errc::denied) memory_->version.clear();
  if (made) {
    (*made)->session->on_change([this](const std::string& what) {
      if (what == "tools") is_stale_ = true;
    });
    auto learning = learn(*made, end);
    const Result<void> learned = co_await std::move(learning);
    if (!learned) made = learned.error();
  }
  if (!made) {
    failed();
    co_return made;
  }
  met_at_ = LoopClock::now();
  connection_ = *made;
  connection_->session->listen();
  co_return connection_;
}

awaitable<Result<McpServer::Shared>> McpServer::connection(Deadline deadline) {
  while (!is_met() && connecting_) {
    InLine place(*this);
    const bool in_time = co_await place.signal.wait_until(deadline);
    if (!in_time) {
      co_return Error{Errc::timed_out, "the MCP server '" + settings_.name + "' is not ready"};
    }
  }
  if (is_met()) co_return connection_;
  auto work = connect(deadline);
  co_return co_await std::move(work);
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
  auto work = connection(deadline);
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
    auto work = connection(ask.time->until);
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
    if (gone && connection_ == used) connection_.reset();
    if (!gone || attempt > 0) co_return reply;
  }
}

awaitable<Result<Json>> McpServer::list(std::string method, std::string member, Deadline deadline,
                                        std::string tenant) {
  auto work = connection(deadline);
  const Result<Shared> met = co_await std::move(work);
  if (!met) co_return met.error();
  const Shared used = *met;
  auto listing =
      used->session->list(std::move(method), std::move(member), deadline, std::move(tenant));
  co_return co_await std::move(listing);
}

awaitable<void> McpServer::stop(Deadline deadline) {
  const Shared last = std::move(connection_);
  connection_.reset();
  if (!last) co_return;
  auto work = last->link->close(deadline);
  co_await std::move(work);
}

void McpServer::let_go() {
  if (!connection_) return;
  if (auto* process = dynamic_cast<StdioLink*>(connection_->link.get())) process->let_go();
}

long McpServer::pid() const {
  if (!connection_) return 0;
  const auto* process = dynamic_cast<const StdioLink*>(connection_->link.get());
  return process == nullptr ? 0 : process->pid();
}

}  // namespace yoke::mcp

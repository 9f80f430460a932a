#include "hosts/hook/mcp/mcp.h"

#include <algorithm>

#include "hosts/hook/mcp/event_log.h"
#include "hosts/hook/mcp/far_pipe.h"
#include "hosts/hook/mcp/modern_call.h"
#include "hosts/hook/mcp/modern_rules.h"
#include "hosts/hook/while_there.h"
#include "runtime/base/hash.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "tools/mcp/wire/capabilities.h"
#include "tools/mcp/wire/names.h"

namespace yoke {
namespace mcp_hook {

// A legacy client over HTTP.
struct HttpSession {
  SessionRef session;
  std::shared_ptr<EventLog> standing;  // shared with the session and whoever writes it out
  std::map<std::int64_t, std::shared_ptr<EventLog>> logs = {};  // of its requests, likewise
  std::int64_t count = 0;
  LoopClock::time_point used{};
};
using HttpSessionRef = std::shared_ptr<HttpSession>;  // shared with the replies under way

namespace {

constexpr const char* kPath = "/mcp";
constexpr const char* kStanding = "0";  // the stream of what belongs to no request
constexpr std::chrono::seconds kFirstWait{1};
constexpr std::chrono::hours kIdle{1};
constexpr std::size_t kSessionsMax = 4096;
constexpr std::size_t kSessionsEachMax = 256;    // of one caller
constexpr std::size_t kLogsMax = 512;            // of one session
constexpr std::size_t kKeptBytesMax = 4u << 20;  // of its ended ones

}  // namespace
}  // namespace mcp_hook

struct McpEndpoint::Parts {
  Parts(HookServices services, McpServeConfig config, std::string version)
      : server(std::make_shared<mcp_hook::Server>(services, std::move(config), std::move(version))),
        pipes(std::make_shared<mcp_hook::FarPipes>(server)) {}

  mcp_hook::ServerRef server;
  std::shared_ptr<mcp_hook::FarPipes> pipes;  // shared with the endpoints
  std::map<std::string, mcp_hook::HttpSessionRef> sessions = {};
  bool stopping = false;
};

namespace mcp_hook {
namespace {

using PartsRef = std::shared_ptr<McpEndpoint::Parts>;

HttpReply refused(int status, const Json& id, mcp::RpcError error) {
  return message_reply(status, mcp::error_message(id, std::move(error)));
}

mcp::RpcError invalid_request(std::string why) {
  return mcp::RpcError{mcp::code::kInvalidRequest, std::move(why)};
}

std::string new_session_id() {
  SystemRandom random;
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t bits = random.next();
    for (int byte = 0; byte < 8; ++byte) bytes += static_cast<char>((bits >> (8 * byte)) & 0xff);
  }
  return to_hex(sha256(bytes));
}

bool takes(const HttpRequest& request, std::string_view type) {
  const std::string_view accept = request.headers.get("Accept");
  return accept.empty() || accept.find(type) != std::string_view::npos ||
         accept.find("*/*") != std::string_view::npos;
}

bool same_caller(const Principal& a, const Principal& b) {
  return a.tenant == b.tenant && a.name == b.name;
}

// Another's session is none.
HttpSessionRef find_session(const PartsRef& parts, const HookCall& call) {
  const std::string id(call.request.headers.get(mcp::header::kSession));
  const auto found = parts->sessions.find(id);
  if (found == parts->sessions.end()) return nullptr;
  if (!same_caller(found->second->session->who(), call.who)) return nullptr;
  found->second->used = LoopClock::now();
  found->second->session->renew(call.who);  // what its key or token allows now
  return found->second;
}

HttpReply no_session(const HookCall& call, const Json& id) {
  const bool named = call.request.headers.has(mcp::header::kSession);
  if (named) return refused(404, id, invalid_request("there is no such session: begin anew"));
  return refused(400, id, invalid_request("send 'initialize' first, then Mcp-Session-Id"));
}

void drop_idle(const PartsRef& parts) {
  const auto now = LoopClock::now();
  std::erase_if(parts->sessions, [now](const auto& each) {
    const HttpSession& one = *each.second;
    const bool idle = one.session->running() == 0 && now > one.used + kIdle;
    if (idle) one.session->abandon();
    return idle;
  });
}

bool is_full(const PartsRef& parts, const Principal& who) {
  drop_idle(parts);
  const auto theirs = std::count_if(
      parts->sessions.begin(), parts->sessions.end(),
      [&](const auto& each) { return same_caller(each.second->session->who(), who); });
  return parts->sessions.size() >= kSessionsMax ||
         theirs >= static_cast<std::ptrdiff_t>(kSessionsEachMax);
}

awaitable<HttpReply> open_session(PartsRef parts, HookCall call, mcp::RpcMessage message) {
  if (is_full(parts, call.who) || parts->stopping) {
    co_return refused(503, message.id, invalid_request("there are too many sessions: end one"));
  }
  const auto executor = co_await asio::this_coro::executor;
  auto session = std::make_shared<HttpSession>();
  session->standing = std::make_shared<EventLog>(kStanding);
  session->session =
      std::make_shared<Session>(parts->server, call.who, session->standing, executor);
  session->used = LoopClock::now();
  Answer answer = session->session->initialize(message.params);
  if (const auto* error = std::get_if<mcp::RpcError>(&answer)) {
    co_return refused(200, message.id, *error);
  }
  const std::string id = new_session_id();
  parts->sessions[id] = session;
  HttpReply reply =
      message_reply(200, mcp::result_message(message.id, std::move(std::get<Json>(answer))));
  reply.headers.add(std::string(mcp::header::kSession), id);
  co_return reply;
}

bool comes_back(const HttpSession& session) {
  return session.session->version() >= mcp::kLegacyVersion;
}

awaitable<void> write_log(PartsRef parts, HttpSessionRef session, std::shared_ptr<EventLog> log,
                          std::int64_t after, HttpWriter& writer) {
  EventLog::Reading reading;
  reading.after = after;
  reading.primed = comes_back(*session) && log->id() != kStanding;
  reading.silence = parts->server->config().reconnect_after;
  // What was written may not have arrived: an ended stream is kept until there is no room for it.
  co_await EventLog::write(std::move(log), reading, writer);
}

// The oldest go, of those that have ended; where there are too many at once, of all.
void make_room(HttpSession& session) {
  std::size_t bytes = 0;
  for (const auto& [number, log] : session.logs) bytes += log->has_ended() ? log->bytes() : 0;
  const bool keeps = comes_back(session);
  std::erase_if(session.logs, [&](const auto& each) {
    if (!each.second->has_ended()) return false;
    if (keeps && bytes <= kKeptBytesMax && session.logs.size() < kLogsMax / 2) return false;
    bytes -= each.second->bytes();
    return true;
  });
  if (session.logs.size() >= kLogsMax) session.logs.erase(session.logs.begin());
}

HttpReply stream_log(const PartsRef& parts, const HttpSessionRef& session,
                     const std::shared_ptr<EventLog>& log, std::int64_t after) {
  HttpReply reply;
  reply.headers.add("Content-Type", "text/event-stream");
  reply.headers.add("X-Accel-Buffering", "no");
  reply.stream = [parts, session, log, after](HttpWriter& writer) {
    return write_log(parts, session, log, after, writer);
  };
  return reply;
}

// Whoever hangs up may come back: the call goes on, and its stream is kept.
awaitable<HttpReply> answer_legacy(PartsRef parts, HookCall call, HttpSessionRef session,
                                   mcp::RpcMessage message) {
  make_room(*session);
  const std::int64_t number = ++session->count;
  const auto log = std::make_shared<EventLog>(std::to_string(number));
  session->logs[number] = log;
  const bool streams = takes(call.request, "text/event-stream");
  std::optional<Client> deaf;
  if (!streams) {
    deaf = session->session->client();
    deaf->capabilities = Json::object();  // what it were asked could not reach it
  }
  Session::begin(session->session, std::move(message), log, std::move(deaf),
                 std::string(call.request.headers.get("traceparent")));
  auto waiting = streams ? log->first(LoopClock::now() + kFirstWait) : log->ended();
  co_await while_there(call.request.caller, std::move(waiting));
  const std::string* answer = streams ? log->only() : log->last();
  if (answer == nullptr && streams) co_return stream_log(parts, session, log, 0);
  HttpReply reply;
  reply.status = answer == nullptr ? 202 : 200;
  reply.headers.add("Content-Type", "application/json");
  if (answer != nullptr) reply.body = *answer;
  session->logs.erase(number);
  co_return reply;
}

HttpReply accepted() {
  HttpReply reply;
  reply.status = 202;
  return reply;
}

std::optional<HttpReply> wrong_version(const HookCall& call, const Json& id) {
  const std::string version(call.request.headers.get(mcp::header::kProtocolVersion));
  if (version.empty() || mcp::era_of(version)) return std::nullopt;
  return refused(400, id, mcp::unsupported_version(version, true));
}

awaitable<HttpReply> post_legacy(PartsRef parts, HookCall call, mcp::RpcMessage message) {
  if (std::optional<HttpReply> wrong = wrong_version(call, message.id)) co_return *wrong;
  const bool is_request = message.kind == mcp::RpcMessage::Kind::request;
  if (is_request && message.method == "initialize") {
    co_return co_await open_session(std::move(parts), std::move(call), std::move(message));
  }
  const HttpSessionRef session = find_session(parts, call);
  if (!session) co_return no_session(call, message.id);
  if (message.is_answer()) {
    session->session->take_answer(std::move(message));
    co_return accepted();
  }
  if (!is_request) {
    session->session->take_notification(message);
    co_return accepted();
  }
  co_return co_await answer_legacy(std::move(parts), std::move(call), session, std::move(message));
}

awaitable<HttpReply> post_modern(PartsRef parts, HookCall call, mcp::RpcMessage message) {
  if (message.kind == mcp::RpcMessage::Kind::notification) co_return accepted();
  if (message.is_answer()) {
    co_return refused(400, message.id, invalid_request("nothing was asked in this way"));
  }
  Request request;
  request.id = message.id;
  request.method = std::move(message.method);
  request.params = std::move(message.params);
  request.client.who = call.who;
  request.traceparent = std::string(call.request.headers.get("traceparent"));
  std::optional<mcp::RpcError> wrong = read_modern(request, call.request.headers);
  if (!wrong) wrong = parts->server->check_param_headers(request, call.request.headers);
  if (wrong) {
    const int status = wrong->code == mcp::code::kMethodNotFound ? 404 : 400;
    co_return refused(status, request.id, std::move(*wrong));
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto modern = std::make_shared<ModernCall>(executor);
  ModernCall::begin(modern, parts->server, std::move(request));
  const bool streams = takes(call.request, "text/event-stream");
  co_return co_await ModernCall::reply(modern, call.request.caller, streams);
}

awaitable<HttpReply> post(PartsRef parts, HookCall call) {
  const std::string_view type = call.request.headers.get("Content-Type");
  if (!equal_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json")) {
    co_return refused(415, nullptr, invalid_request("the body must be application/json"));
  }
  mcp::ReadMessage read = mcp::read_message(call.request.body);
  if (auto* bad = std::get_if<mcp::BadMessage>(&read)) {
    co_return refused(400, bad->id, std::move(bad->error));
  }
  auto& message = std::get<mcp::RpcMessage>(read);
  const std::string_view version = call.request.headers.get(mcp::header::kProtocolVersion);
  const bool modern = version == mcp::kModernVersion || mcp::is_modern(message.params);
  if (modern) co_return co_await post_modern(std::move(parts), std::move(call), std::move(message));
  co_return co_await post_legacy(std::move(parts), std::move(call), std::move(message));
}

HttpReply posts_only() {
  HttpReply reply = problem({405, "method not allowed", "this is asked by POST"});
  reply.headers.add("Allow", "POST");
  return reply;
}

bool is_stateless(const HookCall& call) {
  return call.request.headers.get(mcp::header::kProtocolVersion) == mcp::kModernVersion ||
         !call.request.headers.has(mcp::header::kSession);
}

std::shared_ptr<EventLog> log_of(const HttpSession& session, const std::string& stream) {
  if (stream == kStanding) return session.standing;
  for (const auto& [number, log] : session.logs) {
    if (log->id() == stream) return log;
  }
  return nullptr;
}

awaitable<HttpReply> get(PartsRef parts, HookCall call) {
  if (is_stateless(call)) co_return posts_only();
  const HttpSessionRef session = find_session(parts, call);
  if (!session) co_return no_session(call, nullptr);
  if (!takes(call.request, "text/event-stream")) {
    co_return problem({406, "not acceptable", "this is a stream of events: text/event-stream"});
  }
  const std::string_view last = call.request.headers.get(mcp::header::kLastEvent);
  if (last.empty()) co_return stream_log(parts, session, session->standing, 0);
  const std::optional<EventPlace> place = event_place(last);
  const std::shared_ptr<EventLog> log = place ? log_of(*session, place->stream) : nullptr;
  if (!log) {
    co_return refused(400, nullptr, invalid_request("the stream of this Last-Event-ID is gone"));
  }
  co_return stream_log(parts, session, log, place->number);
}

awaitable<HttpReply> remove(PartsRef parts, HookCall call) {
  if (is_stateless(call)) co_return posts_only();
  const HttpSessionRef session = find_session(parts, call);
  if (!session) co_return no_session(call, nullptr);
  parts->sessions.erase(std::string(call.request.headers.get(mcp::header::kSession)));
  session->standing->end();
  session->session->abandon();
  HttpReply reply;
  reply.status = 204;
  co_return reply;
}

using Handle = awaitable<HttpReply> (*)(PartsRef parts, HookCall call);

Endpoint mcp_endpoint(const PartsRef& parts, const char* method, Handle handle) {
  Endpoint one;
  one.method = method;
  one.path = kPath;
  one.scope = Scope::run;
  one.or_scope = Scope::read;  // which it takes depends on what is asked
  one.answer = [parts, handle](HookCall call) { return handle(parts, std::move(call)); };
  return one;
}

awaitable<HttpReply> show_metadata(PartsRef parts, HookCall call) {
  co_return resource_metadata(parts->server->services().app.config(), call.request);
}

}  // namespace
}  // namespace mcp_hook

McpEndpoint::McpEndpoint(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}
McpEndpoint::~McpEndpoint() = default;

Result<std::unique_ptr<McpEndpoint>> McpEndpoint::make(HookServices services, std::string version) {
  Result<McpServeConfig> config = mcp_serve_config_of(services.app.config());
  if (!config) return config.error();
  return std::make_unique<McpEndpoint>(
      std::make_shared<Parts>(services, std::move(*config), std::move(version)));
}

namespace {

void add_ways_in(const std::shared_ptr<McpEndpoint::Parts>& parts, Endpoints& endpoints) {
  endpoints.push_back(mcp_hook::mcp_endpoint(parts, "POST", mcp_hook::post));
  endpoints.push_back(mcp_hook::mcp_endpoint(parts, "GET", mcp_hook::get));
  endpoints.push_back(mcp_hook::mcp_endpoint(parts, "DELETE", mcp_hook::remove));
}

}  // namespace

const mcp_hook::ServerRef& McpEndpoint::server() const { return parts_->server; }

void McpEndpoint::add_for_own_user(Endpoints& endpoints) {
  add_ways_in(parts_, endpoints);
  mcp_hook::FarPipes::add(parts_->pipes, endpoints);
}

void McpEndpoint::add(Endpoints& endpoints) {
  add_ways_in(parts_, endpoints);
  for (const char* path :
       {"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"}) {
    Endpoint one;
    one.method = "GET";
    one.path = path;
    one.answer = [parts = parts_](HookCall call) {
      return mcp_hook::show_metadata(parts, std::move(call));
    };
    endpoints.push_back(std::move(one));
  }
}

void McpEndpoint::tell_refused(const Config& config, const std::string& path, Refusal& refusal,
                               const HttpRequest& request) {
  if (path == mcp_hook::kPath) mcp_hook::tell_how_to_sign_in(config, refusal, request);
}

awaitable<void> McpEndpoint::stop() {
  parts_->stopping = true;
  const auto sessions = std::exchange(parts_->sessions, {});
  for (const auto& [id, session] : sessions) {
    session->standing->end();
    co_await session->session->close();
  }
  co_await parts_->pipes->stop();
}

}  // namespace yoke

#include "tools/mcp/session.h"

#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "tools/mcp/session_call.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp {
namespace {

constexpr std::size_t kInstructionsBytesMax = 20'000;
constexpr int kListenFailuresMax = 8;

// "notifications/tools/list_changed" -> "tools".
std::string changed_list(const std::string& method) {
  const std::vector<std::string> parts = split(method, '/');
  const bool is_one =
      parts.size() == 3 && parts[0] == "notifications" && parts[2] == "list_changed";
  return is_one ? parts[1] : "";
}

Error error_of(const LinkFailure& failure) {
  switch (failure.kind) {
    case LinkFailure::Kind::unauthorized:
      return Error{Errc::denied, failure.message};
    case LinkFailure::Kind::timed_out:
      return Error{Errc::timed_out, failure.message};
    default:
      return Error{Errc::unavailable, failure.message};
  }
}

std::string server_says(const RpcError& error) {
  return "the server says: " + printable(shorten(error.message, 1'000)) + " (" +
         std::to_string(error.code) + ")";
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> out;
  if (!list.is_array()) return out;
  for (const Json& one : list) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

std::string_view common_with(const std::vector<std::string>& offered) {
  const std::vector<std::string_view> views(offered.begin(), offered.end());
  return common_version(views);
}

Error no_common(const std::vector<std::string>& offered) {
  return Error{Errc::unsupported,
               "the server speaks only revisions of MCP that are not known here: " +
                   shorten(printable(join(offered, ", ")), 200)};
}

std::shared_ptr<CallTime> time_until(Deadline deadline) {
  auto time = std::make_shared<CallTime>();
  time->until = deadline;
  return time;
}

}  // namespace

std::string describe(const ServerReply& reply) {
  if (reply.kind == ServerReply::Kind::result) return {};
  return reply.kind == ServerReply::Kind::error ? server_says(reply.error) : reply.failure.message;
}

Session::Session(asio::any_io_executor executor, Link& link, SessionSettings settings)
    : executor_(executor), link_(link), settings_(std::move(settings)), background_(executor) {
  link_.set_listener(this);
}

Session::~Session() { link_.set_listener(nullptr); }

// With what every modern request says of itself.
LinkRequest Session::request_for(const ServerAsk& ask, Json params) {
  LinkRequest request;
  request.era = server_.era;
  request.version = server_.version;
  request.mirrored = ask.mirrored;
  request.tenant = ask.tenant.empty() ? settings_.tenant : ask.tenant;
  request.time = ask.time;
  const Json id = ++last_id_;
  if (server_.era == Era::modern) {
    RequestMeta own;
    own.version = server_.version;
    own.capabilities = capabilities_for(settings_.wants);
    own.capabilities.extensions[std::string(extension::kTasks)] = Json::object();
    own.client = settings_.client;
    if (ask.context != nullptr) own.log_level = settings_.log_level;
    params["_meta"].update(to_json(own));
  }
  if (ask.context != nullptr) params["_meta"][std::string(meta::kProgressToken)] = id;
  request.message = request_message(id, ask.method, std::move(params));
  return request;
}

awaitable<LinkAnswer> Session::send(std::string method, Json params, Deadline deadline) {
  ServerAsk ask;
  ask.method = std::move(method);
  ask.time = time_until(deadline);
  LinkRequest request = request_for(ask, std::move(params));
  request.cancels = false;
  auto work = link_.request(std::move(request), nullptr);
  LinkAnswer answer = co_await std::move(work);
  co_return answer;
}

awaitable<Result<void>> Session::open(Deadline deadline) {
  const bool known_legacy = settings_.version && era_of(*settings_.version) == Era::legacy;
  Result<void> opened = Error{Errc::unsupported, ""};
  if (!known_legacy) {
    auto work = discover(deadline, 0);
    opened = co_await std::move(work);
  }
  // An empty text: the server is there, and knows nothing of the modern era.
  if (!opened && opened.error().code == Errc::unsupported && opened.error().detail.empty()) {
    auto work = initialize(deadline);
    opened = co_await std::move(work);
  }
  open_ = opened.has_value();
  co_return opened;
}

awaitable<Result<void>> Session::discover(Deadline deadline, int attempt) {
  const Error is_legacy{Errc::unsupported, ""};
  server_.era = Era::modern;
  server_.version = kModernVersion;
  const Deadline probe = std::min(deadline, LoopClock::now() + settings_.probe_timeout);
  auto work = send("server/discover", Json::object(), probe);
  const LinkAnswer answer = co_await std::move(work);
  if (!answer.message) {
    const LinkFailure::Kind kind = answer.failure.kind;
    const bool of_status = kind == LinkFailure::Kind::refused && answer.status < 500;
    if (of_status || kind == LinkFailure::Kind::timed_out) co_return is_legacy;
    co_return error_of(answer.failure);
  }
  if (answer.message->kind == RpcMessage::Kind::result) {
    co_return take_discovery(answer.message->result);
  }
  const RpcError& error = answer.message->error;
  if (error.code == code::kUnsupportedVersion) {
    const std::vector<std::string> offered = texts_of(member_at(error.data, "supported"));
    const auto era = era_of(common_with(offered));
    if (era == Era::legacy) co_return is_legacy;
    if (era != Era::modern || attempt > 0) co_return no_common(offered);
    auto again = discover(deadline, attempt + 1);
    co_return co_await std::move(again);
  }
  if (is_modern_code(error.code)) co_return Error{Errc::unavailable, server_says(error)};
  if (settings_.version && error.code == code::kMethodNotFound) {
    server_.capabilities.tools = true;  // it has to say so, and does not
    co_return Result<void>();
  }
  co_return is_legacy;
}

Result<void> Session::take_discovery(const Json& result) {
  const std::vector<std::string> offered = texts_of(member_at(result, "supportedVersions"));
  const std::string_view version = common_with(offered);
  if (version.empty()) return no_common(offered);
  if (era_of(version) == Era::legacy) return Error{Errc::unsupported, ""};
  server_.version = version;
  server_.capabilities = server_capabilities_from_json(member_at(result, "capabilities"));
  server_.server =
      implementation_from_json(member_at(member_at(result, "_meta"), meta::kServerInfo));
  server_.instructions = shorten(string_at(result, "instructions"), kInstructionsBytesMax);
  return {};
}

awaitable<Result<void>> Session::initialize(Deadline deadline) {
  server_.era = Era::legacy;
  server_.version = settings_.version.value_or(std::string(kLegacyVersion));
  Json params = {{"protocolVersion", server_.version},
                 {"capabilities", to_json(capabilities_for(settings_.wants), Era::legacy)},
                 {"clientInfo", to_json(settings_.client)}};
  auto work = send("initialize", std::move(params), deadline);
  const LinkAnswer answer = co_await std::move(work);
  if (!answer.message) {
    if (answer.status == 404 || answer.status == 405) {
      co_return Error{Errc::unsupported,
                      "there is no MCP endpoint at this address, or it has the HTTP+SSE transport "
                      "of 2024, which is not spoken here"};
    }
    co_return error_of(answer.failure);
  }
  if (answer.message->kind == RpcMessage::Kind::error) {
    co_return Error{Errc::unavailable, server_says(answer.message->error)};
  }
  const Result<void> taken = take_initialization(answer.message->result);
  if (!taken) co_return taken;
  link_.begin(server_.version);
  auto said = link_.say(notification_message("notifications/initialized"));
  co_await std::move(said);
  if (server_.capabilities.logging && !settings_.log_level.empty()) {
    auto levelled = send("logging/setLevel", Json{{"level", settings_.log_level}}, deadline);
    const LinkAnswer ignored = co_await std::move(levelled);  // a courtesy
  }
  co_return Result<void>();
}

Result<void> Session::take_initialization(const Json& result) {
  const std::string version = string_at(result, "protocolVersion");
  if (era_of(version) != Era::legacy) return no_common({version});
  server_.version = version;
  server_.capabilities = server_capabilities_from_json(member_at(result, "capabilities"));
  server_.server = implementation_from_json(member_at(result, "serverInfo"));
  server_.instructions = shorten(string_at(result, "instructions"), kInstructionsBytesMax);
  return {};
}

awaitable<Result<Json>> Session::list(std::string method, std::string member, Deadline deadline,
                                      std::string tenant) {
  Json all = Json::array();
  std::string cursor;
  for (int page = 0; page < kPagesMax; ++page) {
    ServerAsk ask;
    ask.method = method;
    ask.tenant = tenant;
    ask.time = time_until(deadline);
    if (!cursor.empty()) ask.params["cursor"] = cursor;
    auto work = this->ask(std::move(ask));
    const ServerReply reply = co_await std::move(work);
    if (reply.kind != ServerReply::Kind::result) {
      co_return Error{Errc::unavailable, method + ": " + describe(reply)};
    }
    const Json& items = member_at(reply.result, member);
    if (!items.is_array()) co_return Error{Errc::invalid, method + " has no list '" + member + "'"};
    for (const Json& item : items) {
      if (all.size() >= kItemsMax) {
        co_return Error{Errc::too_large,
                        method + " has more than " + std::to_string(kItemsMax) + " entries"};
      }
      all.push_back(item);
    }
    const std::string next = string_at(reply.result, "nextCursor");
    if (next.empty()) co_return all;
    if (next == cursor) co_return Error{Errc::invalid, method + " goes round in a circle"};
    cursor = next;
  }
  co_return Error{Errc::too_large,
                  method + " has more than " + std::to_string(kPagesMax) + " pages"};
}

void Session::notified(const RpcMessage& notification) {
  const std::string what = changed_list(notification.method);
  if (!what.empty() && changed_) changed_(what);
}

// Outside any call nobody can be asked.
void Session::asked(const RpcMessage& request) {
  background_.spawn(answer(request, nullptr, time_until(kNoDeadline)));
}

void Session::listen() {
  if (server_.era == Era::modern && server_.capabilities.tools_list_changed) {
    background_.spawn(keep_listening());
  }
}

awaitable<void> Session::keep_listening() {
  for (int failures = 0; failures < kListenFailuresMax && link_.is_open(); ++failures) {
    ServerAsk ask;
    ask.method = "subscriptions/listen";
    ask.params["notifications"] = {{"toolsListChanged", true}};
    const auto began = LoopClock::now();
    auto work = this->ask(std::move(ask));
    const ServerReply reply = co_await std::move(work);
    if (reply.kind == ServerReply::Kind::error) co_return;
    if (LoopClock::now() - began > std::chrono::minutes(1)) failures = 0;
    const auto pause = std::chrono::milliseconds(500) * (1 << failures);
    co_await sleep_until(LoopClock::now() + pause);
  }
}

}  // namespace yoke::mcp

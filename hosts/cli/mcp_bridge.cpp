#include "hosts/cli/mcp_bridge.h"

#include "hosts/config/socket_path.h"
#include "hosts/hook/mcp/far_pipe.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kOpenWithin{10};
constexpr std::chrono::seconds kSayWithin{30};

bool is_gone(const HttpOutcome& outcome) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  return response == nullptr || response->status == 404;
}

bool saw_nothing(const HttpOutcome& outcome) {
  const auto* failure = std::get_if<HttpFailure>(&outcome);
  return failure == nullptr || failure->kind == HttpFailure::Kind::connect ||
         failure->sent_bytes == 0;
}

// What the client hears where its message was not taken.
std::optional<mcp::RpcMessage> refusal_for(const Json& id, const HttpResponse& response) {
  if (response.status == 202 || id.is_null()) return std::nullopt;
  const Result<Json> body = parse_json(response.body);
  const std::string detail = body ? string_at(*body, "detail") : std::string();
  const std::string why = "the yoke that holds the store did not take this (status " +
                          std::to_string(response.status) + ")";
  return mcp::error_message(
      id, mcp::RpcError{mcp::code::kInternal, detail.empty() ? why : why + ": " + detail});
}

}  // namespace

McpBridge::McpBridge(asio::any_io_executor executor, const Config& config,
                     mcp_hook::PipeFront& front)
    : socket_(control_socket_of(config)),
      project_(config.project_dir),
      front_(front),
      http_(std::move(executor)) {}

HttpRequest McpBridge::request_to(const std::string& path, std::string body) const {
  HttpRequest request;
  request.method = "POST";
  request.url = "http://localhost" + path;
  request.unix_socket = socket_;
  request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

awaitable<McpBridge::End> McpBridge::serve() {
  if (socket_.empty()) co_return End::nobody;
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup all(executor);
  all.spawn(hear(all));
  all.spawn(attend(all));
  co_await all.join();
  co_return end_.value_or(End::lost);
}

// For as long as the stream lasts.
awaitable<void> McpBridge::hear(TaskGroup& all) {
  HttpRequest request = request_to(mcp_hook::kFarPipePath, to_text(Json{{"project", project_}}));
  request.limits.body_bytes_max = std::numeric_limits<std::size_t>::max();
  HttpSinks sinks;
  sinks.on_head = [](const HttpResponseHead& head) { return head.status == 200; };
  sinks.on_data = [this](std::string_view bytes) { return take_bytes(bytes); };
  const HttpOutcome outcome =
      co_await http_.send(std::move(request), kNoDeadline, std::move(sinks));
  if (!end_) take_outcome(outcome);
  all.cancel();
}

void McpBridge::take_outcome(const HttpOutcome& outcome) {
  if (!name_.empty()) {
    end_ = End::lost;
    return;
  }
  const auto* response = std::get_if<HttpResponse>(&outcome);
  const bool leaving = response == nullptr || response->status == 503 || response->status == 200;
  end_ = leaving ? End::nobody : End::refused;
  if (leaving) return;
  const Result<Json> body = parse_json(response->body);
  const std::string detail = body ? string_at(*body, "detail") : std::string();
  const bool knows_pipes = body && string_at(*body, "code") == "mcp.pipe";
  why_ = Error{Errc::unavailable, knows_pipes ? detail
                                              : "the yoke that holds the store answers no MCP "
                                                "clients (an older one, or [serve.mcp] of its "
                                                "settings is wrong): " +
                                                    detail};
}

bool McpBridge::take_bytes(std::string_view bytes) {
  unread_ += bytes;
  std::size_t from = 0;
  for (std::size_t end = 0; (end = unread_.find('\n', from)) != std::string::npos; from = end + 1) {
    const std::string line = unread_.substr(from, end - from);
    if (line.empty()) continue;
    if (name_.empty()) {
      name_ = line;
      opened_.notify();
      continue;
    }
    const mcp::ReadMessage read = mcp::read_message(line);
    if (const auto* message = std::get_if<mcp::RpcMessage>(&read)) front_.push(*message);
  }
  unread_.erase(0, from);
  return true;
}

void McpBridge::take(mcp::RpcMessage message) { to_send_.push(std::move(message)); }

std::vector<mcp::RpcMessage> McpBridge::unseen() {
  std::vector<mcp::RpcMessage> all = std::exchange(failed_, {});
  mcp::RpcMessage message;
  while (to_send_.try_pop(message)) all.push_back(std::move(message));
  return all;
}

awaitable<void> McpBridge::send(TaskGroup& all) {
  const std::string path = std::string(mcp_hook::kFarPipePath) + "/" + name_;
  while (true) {
    const mcp::RpcMessage message = co_await to_send_.pop();
    sending_ = true;
    HttpRequest request = request_to(path, mcp::to_text(message));
    const Deadline until = LoopClock::now() + kSayWithin;
    const HttpOutcome outcome = co_await http_.send(std::move(request), until);
    sending_ = false;
    if (is_gone(outcome)) {
      if (saw_nothing(outcome)) failed_.push_back(message);
      break;
    }
    const Json id = message.kind == mcp::RpcMessage::Kind::request ? message.id : Json();
    const std::optional<mcp::RpcMessage> refused = refusal_for(id, std::get<HttpResponse>(outcome));
    if (refused) front_.push(*refused);
  }
  if (!end_) end_ = End::lost;
  all.cancel();
}

awaitable<void> McpBridge::attend(TaskGroup& all) {
  const bool there = co_await opened_.wait_until(LoopClock::now() + kOpenWithin);
  if (!there) {
    end_ = End::nobody;
    all.cancel();
    co_return;
  }
  all.spawn(send(all));
  co_await front_.attend(*this);
  end_ = End::left;
  all.cancel();
}

}  // namespace yoke

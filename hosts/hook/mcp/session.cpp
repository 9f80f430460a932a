#include "hosts/hook/mcp/session.h"

#include "hosts/hook/while_there.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::size_t kRunningMax = 256;  // requests of one client at once
constexpr std::size_t kUrisMax = 1000;    // that one client follows

mcp::RpcMessage message_of(const Json& id, Answer answer) {
  if (auto* error = std::get_if<mcp::RpcError>(&answer)) {
    return mcp::error_message(id, std::move(*error));
  }
  return mcp::result_message(id, std::move(std::get<Json>(answer)));
}

mcp::RpcError not_taken(std::string why) {
  return mcp::RpcError{mcp::code::kInvalidRequest, std::move(why)};
}

// A client that another session asked something may answer late.
std::string new_ask_prefix() {
  SystemRandom random;
  return "yoke-" + std::to_string(random.next() % 1'000'000'000) + "-";
}

}  // namespace

awaitable<void> Withdrawal::gone() { co_await set_.wait(); }

struct Session::Asked {
  Signal came;
  mcp::RpcMessage answer = {};
};

class Session::SessionExchange final : public Exchange {
 public:
  SessionExchange(Session& session, WayRef way) : session_(session), way_(std::move(way)) {}

  void tell(std::string method, Json params) override {
    way_->push(mcp::notification_message(std::move(method), std::move(params)));
  }

  awaitable<mcp::RpcMessage> ask(std::string method, Json params) override {
    const std::string id = session_.ask_prefix_ + std::to_string(++session_.asked_count_);
    Asked asked;
    const Entry entry(session_, id, asked);
    way_->push(mcp::request_message(id, std::move(method), std::move(params)));
    try {
      co_await asked.came.wait();
    } catch (...) {
      way_->push(mcp::notification_message("notifications/cancelled", Json{{"requestId", id}}));
      throw;
    }
    co_return std::move(asked.answer);
  }

 private:
  struct Entry {
    Entry(Session& session, std::string id, Asked& asked) : session(session), id(std::move(id)) {
      session.asked_[mcp::id_text(this->id)] = &asked;
    }
    ~Entry() { session.asked_.erase(mcp::id_text(id)); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    Session& session;
    const std::string id;
  };

  Session& session_;
  const WayRef way_;
};

Session::Session(ServerRef server, Principal who, WayRef standing, asio::any_io_executor executor)
    : server_(std::move(server)),
      who_(std::move(who)),
      standing_(std::move(standing)),
      ask_prefix_(new_ask_prefix()),
      group_(std::move(executor)) {}

Answer Session::initialize(const Json& params) {
  if (client_) return not_taken("the handshake was done before");
  const Json& version = member_at(params, "protocolVersion");
  if (!version.is_string()) return wrong_params("'protocolVersion' must be a text");
  Client client;
  client.who = who_;
  client.era = mcp::Era::legacy;
  client.version = mcp::legacy_answer(version.get<std::string>());
  const Json& capabilities = member_at(params, "capabilities");
  if (capabilities.is_object()) client.capabilities = capabilities;
  client.info = member_at(params, "clientInfo");
  client.log_level = "debug";  // until it says what it wants
  interests_.tools = interests_.prompts = interests_.resources = true;
  watch_.emplace(server_->changes(), who_, interests_,
                 [way = standing_](std::string method, Json about) {
                   way->push(mcp::notification_message(std::move(method), std::move(about)));
                 });
  Json result{{"protocolVersion", client.version},
              {"capabilities", server_->capabilities(mcp::Era::legacy)},
              {"serverInfo", server_->server_info()}};
  const std::string& words = server_->config().instructions;
  if (!words.empty()) result["instructions"] = words;
  client_ = std::move(client);
  return result;
}

void Session::renew(Principal who) {
  who_ = std::move(who);
  if (client_) client_->who = who_;
}

void Session::begin(const std::shared_ptr<Session>& self, mcp::RpcMessage request, WayRef way,
                    std::optional<Client> client, std::string traceparent) {
  const Json id = request.id;
  std::optional<mcp::RpcError> refused;
  if (!client && !self->client_) refused = not_taken("send 'initialize' first");
  if (self->running_.size() >= kRunningMax) refused = not_taken("too many requests at once");
  if (self->running_.contains(mcp::id_text(id))) {
    refused = not_taken("a request of this id is being answered");
  }
  if (refused) {
    way->push(mcp::error_message(id, std::move(*refused)));
    way->end();
    return;
  }
  Request asked;
  asked.id = id;
  asked.method = std::move(request.method);
  asked.params = std::move(request.params);
  asked.client = client ? std::move(*client) : *self->client_;
  asked.traceparent = std::move(traceparent);
  self->group_.spawn(run(self, std::move(asked), std::move(way)));
}

awaitable<void> Session::run(std::shared_ptr<Session> self, Request request, WayRef way) {
  const Json id = request.id;
  const std::string key = mcp::id_text(id);
  std::optional<Answer> here = self->answer_here(request);
  if (here) {
    way->push(message_of(id, std::move(*here)));
    way->end();
    co_return;
  }
  const auto withdrawal = std::make_shared<Withdrawal>();
  self->running_[key] = withdrawal;
  SessionExchange exchange(*self, way);
  request.exchange = &exchange;
  std::optional<Answer> answer;
  std::exception_ptr failure;
  try {
    auto answering = self->server_->answer(std::move(request));
    answer = co_await while_there(withdrawal.get(), std::move(answering));
  } catch (...) {
    failure = std::current_exception();
  }
  self->running_.erase(key);
  if (answer) way->push(message_of(id, std::move(*answer)));
  way->end();
  if (failure) std::rethrow_exception(failure);
}

// What belongs to a client that stays.
std::optional<Answer> Session::answer_here(const Request& request) {
  if (request.client.era != mcp::Era::legacy) return std::nullopt;
  const std::string uri = string_at(request.params, "uri");
  if (request.method == "ping") return Json::object();
  if (request.method == "logging/setLevel") {
    const std::string level = string_at(request.params, "level");
    if (!is_log_level(level)) return wrong_params("there is no such level");
    client_->log_level = level;
    return Json::object();
  }
  if (request.method == "resources/subscribe") {
    if (uri.empty()) return wrong_params("'uri' must be a text");
    if (interests_.uris.size() >= kUrisMax) return wrong_params("too many subscriptions");
    interests_.uris.insert(uri);
    return Json::object();
  }
  if (request.method == "resources/unsubscribe") {
    interests_.uris.erase(uri);
    return Json::object();
  }
  return std::nullopt;
}

void Session::take_answer(mcp::RpcMessage answer) {
  const auto asked = asked_.find(mcp::id_text(answer.id));
  if (asked == asked_.end()) return;
  asked->second->answer = std::move(answer);
  asked->second->came.notify();
}

void Session::take_notification(const mcp::RpcMessage& notification) {
  if (notification.method != "notifications/cancelled") return;
  const auto running = running_.find(mcp::id_text(member_at(notification.params, "requestId")));
  if (running != running_.end()) running->second->set();
}

void Session::abandon() {
  watch_.reset();
  group_.cancel();
}

awaitable<void> Session::close() {
  abandon();
  co_await group_.join();
}

}  // namespace yoke::mcp_hook

#include "tools/mcp/http_link.h"

#include <deque>

#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"
#include "tools/mcp/http_exchange.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp {
namespace {

constexpr int kRefusalsMax = 4;  // a token that is renewed, then wider scopes step by step
constexpr int kStreamFailuresMax = 5;
constexpr std::size_t kLingeringMax = 16;
constexpr std::chrono::milliseconds kTellTimeout = std::chrono::seconds(30);
constexpr std::chrono::hours kSilenceMax{24};  // the deadline bounds a call

bool is_cut_stream(const HttpExchange& exchange, Era era) {
  return !exchange.answer() && era == Era::legacy && exchange.is_stream() &&
         !exchange.last_event().empty();
}

}  // namespace

// What a legacy server says on its own stream, beside all requests: when one call alone waits, it
// is of that call.
class OwnStream final : public LinkListener {
 public:
  void notified(const RpcMessage& notification) override {
    const std::vector<LinkListener*> now = waiting;
    for (LinkListener* one : now) one->notified(notification);
    if (now.empty() && otherwise != nullptr) otherwise->notified(notification);
  }
  void asked(const RpcMessage& request) override {
    LinkListener* const hears = waiting.size() == 1 ? waiting.front() : otherwise;
    if (hears != nullptr) hears->asked(request);
  }

  std::vector<LinkListener*> waiting;
  LinkListener* otherwise = nullptr;
};

struct HttpLink::State {
  using Self = std::shared_ptr<State>;
  using Shared = std::shared_ptr<HttpExchange>;

  State(asio::any_io_executor on, HttpClient& client, Credentials& proofs, HttpLinkSettings made)
      : executor(std::move(on)),
        http(client),
        credentials(proofs),
        settings(std::move(made)),
        background(executor) {}

  HttpRequest base(const std::string& method) const;
  HttpRequest post_of(const LinkRequest& request) const;
  HttpRequest get_of(const std::string& last_event) const;
  void linger(std::unique_ptr<TaskGroup> group);

  static awaitable<void> send(Self self, Shared exchange, HttpRequest http, std::string tenant,
                              Deadline deadline);
  static awaitable<void> exchange_all(Self self, Shared exchange, LinkRequest request);
  static awaitable<void> run(Self self, Shared exchange, LinkRequest request);
  static awaitable<void> tell(Self self, RpcMessage message);
  static awaitable<void> listen(Self self);

  asio::any_io_executor executor;
  HttpClient& http;
  Credentials& credentials;
  const HttpLinkSettings settings;
  OwnStream own;
  std::string version;  // once a legacy handshake is done
  std::string session;
  std::string closed;
  std::deque<std::unique_ptr<TaskGroup>> lingering;  // answered, and their connection not yet free
  TaskGroup background;
};

HttpRequest HttpLink::State::base(const std::string& method) const {
  HttpRequest request;
  request.method = method;
  request.url = settings.url;
  request.headers = settings.headers;
  request.headers.set("Accept", "application/json, text/event-stream");
  if (!version.empty()) {
    request.headers.set(std::string(header::kProtocolVersion), version);
  }
  if (!session.empty()) request.headers.set(std::string(header::kSession), session);
  request.permit_address = settings.permit_address;
  request.limits.idle_timeout = kSilenceMax;
  request.limits.body_bytes_max = std::size_t{1} << 40;  // what takes it in has a bound
  return request;
}

HttpRequest HttpLink::State::post_of(const LinkRequest& request) const {
  HttpRequest http = base("POST");
  http.headers.set("Content-Type", "application/json");
  http.body = to_text(request.message);
  if (request.era == Era::legacy) return http;
  http.headers.remove(header::kSession);
  http.headers.set(std::string(header::kProtocolVersion), request.version);
  http.headers.set(std::string(header::kMethod), request.message.method);
  const auto name = name_header_of(request.message.method, request.message.params);
  if (name) http.headers.set(std::string(header::kName), to_header_value(*name));
  const Json& args = member_at(request.message.params, "arguments");
  for (const ParamHeader& mirrored : request.mirrored) {
    const auto value = param_header_value(mirrored, args);
    if (value) http.headers.set(mirrored.name, *value);
  }
  return http;
}

HttpRequest HttpLink::State::get_of(const std::string& last_event) const {
  HttpRequest http = base("GET");
  http.headers.set("Accept", "text/event-stream");
  if (!last_event.empty()) http.headers.set(std::string(header::kLastEvent), last_event);
  return http;
}

// Their connection is kept for the next call when the server ends the stream in good time.
void HttpLink::State::linger(std::unique_ptr<TaskGroup> group) {
  while (!lingering.empty() && lingering.front()->running() == 0) lingering.pop_front();
  if (group->running() > 0) lingering.push_back(std::move(group));
  if (lingering.size() > kLingeringMax) lingering.pop_front();
}

awaitable<void> HttpLink::State::send(Self self, Shared exchange, HttpRequest http,
                                      std::string tenant, Deadline deadline) {
  const bool had_session = http.headers.has(header::kSession);
  HttpSinks sinks;
  sinks.on_head = [exchange](const HttpResponseHead& head) { return exchange->on_head(head); };
  sinks.on_data = [exchange](std::string_view bytes) { return exchange->on_data(bytes); };
  for (int refusals = 0;; ++refusals) {
    Result<AuthorizedRequest> authorized =
        co_await self->credentials.authorize(http, tenant, deadline);
    if (!authorized) {
      exchange->fail(no_answer(LinkFailure::Kind::unauthorized, authorized.error().message()));
      co_return;
    }
    std::vector<Secret> secrets = std::move(authorized->secrets);
    secrets.insert(secrets.end(), self->settings.secrets.begin(), self->settings.secrets.end());
    exchange->set_secrets(std::move(secrets));
    HttpOutcome outcome = co_await self->http.send(std::move(authorized->request), deadline, sinks);
    const auto* response = std::get_if<HttpResponse>(&outcome);
    const bool refused =
        response != nullptr && (response->status == 401 || response->status == 403);
    if (refused && refusals < kRefusalsMax) {
      AuthorizationRefusal refusal;
      refusal.status = response->status;
      refusal.headers = response->headers;
      refusal.url = http.url;
      refusal.edition = authorized->edition;
      refusal.tenant = tenant;
      const Result<bool> changed = co_await self->credentials.refused(std::move(refusal), deadline);
      if (!changed) {
        exchange->fail(no_answer(LinkFailure::Kind::unauthorized, changed.error().message()));
        co_return;
      }
      if (*changed) continue;
    }
    exchange->on_end(outcome, had_session);
    co_return;
  }
}

awaitable<void> HttpLink::State::exchange_all(Self self, Shared exchange, LinkRequest request) {
  HttpRequest http = self->post_of(request);
  co_await send(self, exchange, std::move(http), request.tenant, kNoDeadline);
  for (int resumes = 0; resumes < kResumesMax; ++resumes) {
    if (!is_cut_stream(*exchange, request.era)) break;
    co_await sleep_until(LoopClock::now() + exchange->retry());
    HttpRequest again = self->get_of(exchange->last_event());
    co_await send(self, exchange, std::move(again), request.tenant, kNoDeadline);
  }
  exchange->fail(no_answer(LinkFailure::Kind::cut, "the server's stream ended before its answer"));
}

awaitable<void> HttpLink::State::run(Self self, Shared exchange, LinkRequest request) {
  std::string broken;
  try {
    co_await exchange_all(self, exchange, std::move(request));
  } catch (const std::exception& failure) {
    broken = failure.what();
  }
  if (!broken.empty()) exchange->fail(no_answer(LinkFailure::Kind::cut, broken));
}

// Whether it arrives is not known to whoever told it: the next request will tell.
awaitable<void> HttpLink::State::tell(Self self, RpcMessage message) {
  auto exchange = std::make_shared<HttpExchange>(nullptr, nullptr);
  LinkRequest request;
  request.message = std::move(message);
  request.era = Era::legacy;
  HttpRequest http = self->post_of(request);
  const Deadline deadline = LoopClock::now() + kTellTimeout;
  try {
    co_await send(self, exchange, std::move(http), self->settings.tenant, deadline);
  } catch (const std::exception&) {
    // task root: cancelled with the link, or not sent
  }
}

awaitable<void> HttpLink::State::listen(Self self) {
  const Shared exchange = std::make_shared<HttpExchange>(nullptr, &self->own);
  int failures = 0;
  try {
    while (failures < kStreamFailuresMax && self->closed.empty()) {
      HttpRequest http = self->get_of(exchange->last_event());
      co_await send(self, exchange, std::move(http), self->settings.tenant, kNoDeadline);
      if (!exchange->is_stream()) break;  // it has none: 405
      failures = exchange->answer() ? failures + 1 : 0;
      exchange->clear_answer();
      co_await sleep_until(LoopClock::now() + exchange->retry());
    }
  } catch (const std::exception&) {
    // task root: cancelled with the link
  }
}

// Hears what comes for a request as long as somebody waits for it.
class HttpLink::Hearing {
 public:
  Hearing(std::shared_ptr<State> state, std::shared_ptr<HttpExchange> exchange,
          LinkListener* listener)
      : state_(std::move(state)), exchange_(std::move(exchange)), listener_(listener) {
    if (listener_ != nullptr) state_->own.waiting.push_back(listener_);
  }
  ~Hearing() {
    std::erase(state_->own.waiting, listener_);
    exchange_->forget_listener();
  }
  Hearing(const Hearing&) = delete;
  Hearing& operator=(const Hearing&) = delete;

 private:
  const std::shared_ptr<State> state_;
  const std::shared_ptr<HttpExchange> exchange_;
  LinkListener* const listener_;
};

HttpLink::HttpLink(asio::any_io_executor executor, HttpClient& http, Credentials& credentials,
                   HttpLinkSettings settings)
    : state_(std::make_shared<State>(std::move(executor), http, credentials, std::move(settings))) {
}

HttpLink::~HttpLink() {
  set_listener(nullptr);
  state_->closed = "it was stopped";
  state_->lingering.clear();
  state_->background.cancel();
}

awaitable<LinkAnswer> HttpLink::request(LinkRequest request, LinkListener* listener) {
  const std::shared_ptr<State> state = state_;
  const auto exchange = std::make_shared<HttpExchange>(request.message.id, listener);
  const Hearing hearing(state, exchange, listener);
  const std::shared_ptr<CallTime> time = request.time;
  const bool tells = request.era == Era::legacy && request.cancels;
  const bool opens = request.message.method == "initialize";
  const Json id = request.message.id;
  auto group = std::make_unique<TaskGroup>(state->executor);
  group->spawn(State::run(state, exchange, std::move(request)));
  bool in_time = false;
  std::exception_ptr failure;
  try {
    auto wait = wait_in_time(exchange->done, time);
    in_time = co_await std::move(wait);
  } catch (...) {
    failure = std::current_exception();
  }
  if (tells && !exchange->answer() && state->closed.empty()) {
    const Json params = {{"requestId", id}, {"reason", "the call was given up"}};
    RpcMessage given_up = notification_message("notifications/cancelled", params);
    state->background.spawn(State::tell(state, std::move(given_up)));
  }
  if (failure) std::rethrow_exception(failure);
  if (!in_time && !exchange->answer()) {
    co_return no_answer(LinkFailure::Kind::timed_out, "the server did not answer in time");
  }
  LinkAnswer answer = exchange->answer_copy();
  state->linger(std::move(group));
  if (opens && answer.message && answer.message->kind == RpcMessage::Kind::result) {
    state->session = exchange->session();
  }
  co_return answer;
}

awaitable<void> HttpLink::say(RpcMessage message) {
  const std::shared_ptr<State> state = state_;
  co_await State::tell(state, std::move(message));
}

void HttpLink::tell(RpcMessage message) {
  state_->background.spawn(State::tell(state_, std::move(message)));
}

void HttpLink::set_listener(LinkListener* listener) { state_->own.otherwise = listener; }

void HttpLink::begin(const std::string& version) {
  if (era_of(version) != Era::legacy) return;
  state_->version = version;
  state_->background.spawn(State::listen(state_));
}

bool HttpLink::is_open() const { return state_->closed.empty(); }
bool HttpLink::has_session() const { return !state_->session.empty(); }
std::string HttpLink::why_closed() const { return state_->closed; }

awaitable<void> HttpLink::close(Deadline deadline) {
  const std::shared_ptr<State> state = state_;
  if (!state->closed.empty()) co_return;
  state->closed = "it was stopped";
  state->background.cancel();
  if (state->session.empty()) co_return;
  const auto exchange = std::make_shared<HttpExchange>(nullptr, nullptr);
  HttpRequest http = state->base("DELETE");
  co_await State::send(state, exchange, std::move(http), state->settings.tenant, deadline);
}

}  // namespace yoke::mcp

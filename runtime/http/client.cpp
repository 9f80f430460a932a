#include "runtime/http/client.h"

#include <array>
#include <boost/asio/error.hpp>

#include "runtime/http/connection_pool.h"
#include "runtime/http/dialer.h"
#include "runtime/http/message_text.h"
#include "runtime/http/receiver.h"
#include "runtime/http/redirect.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/loop_end.h"

namespace yoke {
namespace {

using Kind = HttpFailure::Kind;
using ErrorCode = boost::system::error_code;

bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> kMethods{"GET",    "HEAD",    "PUT",
                                                     "DELETE", "OPTIONS", "TRACE"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

HttpFailure failed(Kind kind, std::string message) {
  HttpFailure failure;
  failure.kind = kind;
  failure.message = std::move(message);
  return failure;
}

}  // namespace

struct HttpClient::State {
  // One send(), over all its redirects and repeats.
  struct Call {
    HttpRequest request;
    Url url;
    Deadline deadline;
    HttpSinks sinks;
    DialPlan plan = {};
    int redirects = 0;
    std::optional<Receiver> receiver = {};  // of the last exchange
    std::size_t sent_bytes = 0;             // likewise
    std::size_t received_bytes = 0;
  };

  State(asio::any_io_executor loop, HttpClientOptions wanted)
      : options(std::move(wanted)),
        dialer(loop, options),
        pool(std::make_shared<ConnectionPool>(options)),
        loop_end(loop, [kept = pool] { kept->shut(); }) {}
  ~State() { pool->shut(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  awaitable<HttpOutcome> send(HttpRequest request, Deadline deadline, HttpSinks sinks);
  awaitable<std::optional<HttpFailure>> exchange(Call& call);
  awaitable<std::optional<HttpFailure>> converse(Call& call, ConnectionPool::Lease& lease);
  awaitable<std::optional<HttpFailure>> receive(Call& call, Connection& connection,
                                                ResponseReader& reader, ErrorCode write_error);
  void plan_route(Call& call) const;
  std::optional<HttpFailure> check_reused(const Call& call, Connection& connection) const;
  std::optional<HttpFailure> redirect(Call& call) const;
  bool may_repeat(const Call& call, const HttpFailure& failure) const;
  bool asks_for_gzip(const Call& call) const;
  HttpFailure describe(const Call& call, HttpFailure failure) const;

  const HttpClientOptions options;
  Dialer dialer;
  std::shared_ptr<ConnectionPool> pool;  // shared with the leases of calls under way
  LoopEnd loop_end;
};

HttpClient::HttpClient(asio::any_io_executor executor, HttpClientOptions options)
    : state_(std::make_unique<State>(std::move(executor), std::move(options))) {}
HttpClient::~HttpClient() = default;

awaitable<HttpOutcome> HttpClient::send(HttpRequest request, Deadline deadline) {
  return state_->send(std::move(request), deadline, HttpSinks());
}

awaitable<HttpOutcome> HttpClient::send(HttpRequest request, Deadline deadline, HttpSinks sinks) {
  return state_->send(std::move(request), deadline, std::move(sinks));
}

void HttpClient::close_idle() { state_->pool->close_idle(); }
HttpClientStats HttpClient::stats() const { return state_->pool->stats(); }

// The message gets what was tried in front; never the query, which may hold a key.
HttpFailure HttpClient::State::describe(const Call& call, HttpFailure failure) const {
  const std::string target = call.url.target.substr(0, call.url.target.find('?'));
  const std::string place = (call.url.tls ? "https://" : "http://") + call.url.authority() + target;
  failure.message = call.request.method + " " + place + ": " + failure.message;
  failure.sent_bytes = call.sent_bytes;
  failure.received_bytes = call.received_bytes;
  return failure;
}

awaitable<HttpOutcome> HttpClient::State::send(HttpRequest request, Deadline deadline,
                                               HttpSinks sinks) {
  Result<Url> url = parse_url(request.url);
  if (!url) co_return failed(Kind::bad_request, url.error().message());
  const Result<void> sound = check_request(request);
  if (!sound) co_return failed(Kind::bad_request, sound.error().message());
  Call call{std::move(request), std::move(*url), deadline, std::move(sinks)};
  while (true) {
    plan_route(call);
    std::optional<HttpFailure> failure = co_await exchange(call);
    if (!failure && !call.receiver->is_redirect()) break;
    if (!failure) failure = redirect(call);
    if (failure) co_return describe(call, std::move(*failure));
  }
  HttpResponse response = call.receiver->take();
  response.url = call.url.text();
  co_return response;
}

void HttpClient::State::plan_route(Call& call) const {
  call.plan.url = call.url;
  call.plan.unix_socket = call.request.unix_socket;
  call.plan.permit_address = call.request.permit_address;
  call.plan.header_bytes_max = call.request.limits.header_bytes_max;
  call.plan.proxy.clear();
  const bool direct = !call.plan.unix_socket.empty() || dialer.is_guarded(call.plan);
  if (!direct) call.plan.proxy = options.proxies.choose(call.url);
}

// A kept connection was made under another request's rules.
std::optional<HttpFailure> HttpClient::State::check_reused(const Call& call,
                                                           Connection& connection) const {
  if (!call.plan.unix_socket.empty() || !dialer.is_guarded(call.plan)) return std::nullopt;
  const Result<void> allowed = dialer.permit(call.plan, call.url.host, connection.peer_address());
  if (allowed) return std::nullopt;
  return failed(Kind::denied, allowed.error().message());
}

awaitable<std::optional<HttpFailure>> HttpClient::State::exchange(Call& call) {
  call.sent_bytes = 0;
  call.received_bytes = 0;
  ConnectionPool::Lease lease;
  std::string key = call.plan.key();
  bool too_late = false;
  try {
    lease = co_await ConnectionPool::acquire(pool, std::move(key), call.deadline);
  } catch (const DeadlineExceeded&) {
    too_late = true;
  }
  if (too_late) co_return failed(Kind::timeout, "no connection came free before the deadline");
  if (lease.connection() != nullptr) {
    std::optional<HttpFailure> failure = check_reused(call, *lease.connection());
    if (failure) {
      lease.keep();  // nothing is wrong with it
      co_return failure;
    }
    failure = co_await converse(call, lease);
    if (!failure || !may_repeat(call, *failure)) co_return failure;
    lease.discard();
    pool->count_repeat();
  }
  DialOutcome dialled = co_await dialer.dial(call.plan, call.deadline);
  if (auto* failure = std::get_if<HttpFailure>(&dialled)) co_return std::move(*failure);
  lease.fill(std::move(std::get<std::unique_ptr<Connection>>(dialled)));
  std::optional<HttpFailure> failure = co_await converse(call, lease);
  co_return failure;
}

// A kept connection that breaks before a byte of the answer was most likely closed by the peer
// before it saw the request.
bool HttpClient::State::may_repeat(const Call& call, const HttpFailure& failure) const {
  if (failure.kind != Kind::cut || call.received_bytes > 0) return false;
  return call.sent_bytes == 0 || call.request.repeatable || is_idempotent(call.request.method);
}

bool HttpClient::State::asks_for_gzip(const Call& call) const {
  return options.decompress && !call.request.headers.has("Accept-Encoding");
}

awaitable<std::optional<HttpFailure>> HttpClient::State::converse(Call& call,
                                                                  ConnectionPool::Lease& lease) {
  Connection& connection = *lease.connection();
  connection.reset_written_bytes();
  connection.watch(call.deadline, call.request.limits.idle_timeout);
  Receiver::Options wanted;
  wanted.decompress = asks_for_gzip(call);
  wanted.follow_redirect = call.request.limits.redirects_max > 0 && call.plan.unix_socket.empty();
  wanted.bodiless = call.request.method == "HEAD";
  call.receiver.emplace(call.request.limits, call.sinks, wanted);
  ResponseReader reader(*call.receiver, call.request.limits.header_bytes_max, wanted.bodiless);
  RequestLine line;
  line.whole_url = call.plan.through_plain_proxy();
  line.accepts_gzip = wanted.decompress;
  if (line.whole_url) {
    const Result<Url> proxy = parse_url(call.plan.proxy, true);
    if (proxy && !proxy->user_info.empty()) {
      line.proxy_authorization = basic_authorization(proxy->user_info);
    }
  }
  const std::string head = request_head(call.request, call.url, line);
  const ErrorCode write_error =
      co_await connection.write(asio::buffer(head), asio::buffer(call.request.body));
  call.sent_bytes = connection.written_bytes();
  // Even after a failed write: a peer may refuse a request before it has read all of it.
  std::optional<HttpFailure> failure = co_await receive(call, connection, reader, write_error);
  const bool clean = !failure && !write_error && !connection.timed_out();
  if (clean && reader.keeps_alive() && connection.unread().empty()) lease.keep();
  co_return failure;
}

namespace {

HttpFailure broken_off(const Connection& connection, const ErrorCode& error, Deadline deadline) {
  if (connection.timed_out()) {
    const bool late = LoopClock::now() >= deadline;
    return failed(Kind::timeout, late ? "the deadline passed" : "the peer has fallen silent");
  }
  if (error == asio::error::no_buffer_space) {
    return failed(Kind::too_large, "the head of the response, or of a part of it, is too large");
  }
  return failed(Kind::cut, "the connection broke off: " + error.message());
}

std::optional<HttpFailure> reader_failure(WireState state, const ResponseReader& reader,
                                          Receiver& receiver) {
  switch (state) {
    case WireState::stopped:
      return receiver.take_failure();
    case WireState::too_large:
      return failed(Kind::too_large, "the head of the response is too large");
    case WireState::malformed:
      return failed(Kind::bad_response, "no HTTP response: " + reader.error());
    case WireState::cut:
      return failed(Kind::cut, "the response ended too early");
    default:
      return receiver.finish();
  }
}

}  // namespace

awaitable<std::optional<HttpFailure>> HttpClient::State::receive(Call& call, Connection& connection,
                                                                 ResponseReader& reader,
                                                                 ErrorCode write_error) {
  WireState state = WireState::more;
  while (state == WireState::more) {
    if (!connection.unread().empty()) {
      std::size_t used = 0;
      state = reader.feed(connection.unread(), used);
      connection.consume(used);
      if (state != WireState::more) break;
    }
    const std::size_t before = connection.unread().size();
    // A little more than the head, so that it is the reader that finds it too large.
    const std::size_t unread_max = call.request.limits.header_bytes_max + 1024;
    const ErrorCode error = co_await connection.read(unread_max);
    call.received_bytes += connection.unread().size() - before;
    if (error == asio::error::eof) {
      state = reader.finish();
      if (state == WireState::more) state = WireState::cut;
    } else if (error) {
      const ErrorCode& cause = write_error ? write_error : error;
      co_return broken_off(connection, cause, call.deadline);
    }
  }
  co_return reader_failure(state, reader, *call.receiver);
}

std::optional<HttpFailure> HttpClient::State::redirect(Call& call) const {
  const HttpResponse answer = call.receiver->take();
  if (++call.redirects > call.request.limits.redirects_max) {
    return failed(Kind::bad_response,
                  "more than " + std::to_string(call.request.limits.redirects_max) + " redirects");
  }
  const std::string location(answer.headers.get("Location"));
  const Result<void> followed = follow_redirect(answer.status, location, call.request, call.url);
  if (followed) return std::nullopt;
  const bool denied = followed.error().code == Errc::denied;
  return failed(denied ? Kind::denied : Kind::bad_response,
                "the redirect cannot be followed: " + followed.error().message());
}

}  // namespace yoke

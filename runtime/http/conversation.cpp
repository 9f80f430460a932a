#include "runtime/http/conversation.h"

#include <array>
#include <boost/asio/error.hpp>
#include <charconv>
#include <ctime>
#include <utility>

#include "runtime/http/message_text.h"
#include "runtime/http/refusal.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::chrono::nanoseconds kNoIdleLimit = std::chrono::nanoseconds::max();
constexpr std::size_t kReadBytesMax = 16 * 1024;    // at once
constexpr std::size_t kBytesATimeout = 128 * 1024;  // a larger piece of a stream has more time
constexpr std::size_t kDrainBytesMax = 1024 * 1024;
constexpr std::chrono::seconds kDrainTime{2};
// For the head of a request that is turned away before it was read.
constexpr std::chrono::seconds kGlimpseTime{1};
const asio::const_buffer kContinue = asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25);
const asio::const_buffer kLastChunk = asio::buffer("0\r\n\r\n", 5);

HttpReply failed_reply() { return problem_reply(500, "Something went wrong on this side."); }

// How long `bytes` may take beside the time that is given anyway.
std::chrono::milliseconds time_for(std::size_t bytes, const HttpServerOptions& options) {
  const std::size_t rate = std::max<std::size_t>(options.bytes_per_second_min, 1);
  return std::chrono::milliseconds(bytes * 1000 / rate);
}

bool is_sound(const HttpReply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (!is_http_token(name) || !is_http_field_value(value)) return false;
  }
  return reply.status >= 200 && reply.status <= 599;
}

// A client's caches reckon with it.
void date(HttpHeaders& headers) {
  if (!headers.has("Date")) headers.add("Date", http_date(std::time(nullptr)));
}

bool never_has_body(int status) { return status == 204 || status == 304; }

}  // namespace

HttpWriter::HttpWriter(Connection& connection, bool chunked, std::chrono::nanoseconds write_timeout)
    : connection_(connection), chunked_(chunked), write_timeout_(write_timeout) {}

awaitable<bool> HttpWriter::write(std::string bytes) {
  if (!open_ || bytes.empty()) co_return open_;
  std::array<char, 20> size{};
  asio::const_buffer front;
  if (chunked_) {
    const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
    *end = '\r';
    *(end + 1) = '\n';
    front = asio::buffer(size.data(), static_cast<std::size_t>(end - size.data()) + 2);
    bytes += "\r\n";
  }
  // Not by silence, which the client's own bytes would break.
  const auto given = write_timeout_ * (1 + bytes.size() / kBytesATimeout);
  connection_.watch(LoopClock::now() + given, kNoIdleLimit);
  const auto error = co_await connection_.write(front, asio::buffer(bytes));
  timed_out_ = error && connection_.timed_out();
  connection_.unwatch();
  if (error) open_ = false;
  co_return open_;
}

// When the parts of a request have to be there.
struct HttpConversation::Pace {
  Deadline since;  // of the head's first byte, then of the body's
  bool in_body = false;
  bool continued = false;  // "100 Continue" has been sent
};

// What one request's body takes of body_bytes_in_all_max.
class HttpConversation::BodyShare {
 public:
  explicit BodyShare(HttpServing& serving) : serving_(serving) {}
  ~BodyShare() { serving_.stats.body_bytes -= bytes_; }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;

  bool grow(std::size_t bytes) {  // false: there is no more to have
    serving_.stats.body_bytes += bytes - bytes_;
    bytes_ = bytes;
    return serving_.stats.body_bytes <= serving_.options.body_bytes_in_all_max;
  }

 private:
  HttpServing& serving_;
  std::size_t bytes_ = 0;
};

HttpConversation::HttpConversation(Connection::Socket socket, HttpServing& serving, TlsContext tls)
    : serving_(serving), connection_(std::move(socket)), tls_(std::move(tls)) {}

awaitable<void> HttpConversation::run() {
  set_idle(true);
  bool again = co_await shake_hands();
  peer_ = connection_.peer();
  while (again) again = co_await serve_one();
}

void HttpConversation::finish() {
  finishing_ = true;
  if (!idle_) return;
  connection_.close();
  set_idle(false);
}

void HttpConversation::set_idle(bool idle) {
  if (idle == idle_) return;
  idle_ = idle;
  if (idle) {
    place_ = serving_.idle.insert(serving_.idle.end(), this);
  } else {
    serving_.idle.erase(place_);
  }
}

awaitable<bool> HttpConversation::shake_hands() {
  if (!tls_) co_return true;
  const TlsContext context = std::exchange(tls_, nullptr);
  connection_.watch(LoopClock::now() + serving_.options.head_timeout, kNoIdleLimit);
  const Result<void> shaken = co_await connection_.accept_tls(*context);
  connection_.unwatch();
  if (shaken) co_return true;
  if (shaken.error().code == Errc::invalid) {
    HttpRequest unseen;
    unseen.method.clear();
    co_await refuse(HttpRefusal::malformed,
                    "This port speaks HTTP over TLS: use https://, not http://.",
                    std::move(unseen));
    co_return false;
  }
  serving_.count(HttpRefusal::failed_handshake);
  co_return false;
}

awaitable<bool> HttpConversation::serve_one() {
  const bool there = co_await wait_for_request();
  if (!there) co_return false;
  BodyShare share(serving_);
  std::optional<Taken> taken = co_await read_request(share);
  if (!taken) co_return false;
  requests_ += 1;
  serving_.stats.requests += 1;
  const bool head_only = taken->request.method == "HEAD";
  HttpReply reply = co_await ask_handler(std::move(taken->request));
  if (!is_sound(reply)) reply = failed_reply();
  share.grow(0);
  const bool more = requests_ < serving_.options.requests_per_connection_max;
  const bool stays = taken->keeps_alive && more && !finishing_;
  if (!reply.stream || head_only) {
    co_return co_await reply_whole(std::move(reply), head_only, stays);
  }
  const bool chunked = !taken->old;
  const bool stays_chunked = stays && chunked;
  taken.reset();
  co_return co_await reply_stream(std::move(reply), chunked, stays_chunked);
}

// False: none comes.
awaitable<bool> HttpConversation::wait_for_request() {
  if (!connection_.unread().empty()) co_return true;
  if (finishing_) co_return false;
  set_idle(true);
  connection_.watch(LoopClock::now() + serving_.options.idle_timeout, kNoIdleLimit);
  const auto error = co_await connection_.wait_readable();
  connection_.unwatch();
  set_idle(false);
  co_return !error;
}

awaitable<std::optional<HttpConversation::Taken>> HttpConversation::read_request(BodyShare& share) {
  RequestReader reader(serving_.options);
  Pace pace;
  pace.since = LoopClock::now();
  connection_.watch(pace.since + serving_.options.head_timeout, kNoIdleLimit);
  auto state = RequestReader::State::more;
  while (state == RequestReader::State::more) {
    if (connection_.unread().empty()) {
      const bool came = co_await read_more(reader, pace);
      if (!came) co_return std::nullopt;
    }
    std::size_t used = 0;
    state = reader.feed(connection_.unread(), used);
    connection_.consume(used);
    if (share.grow(reader.body_bytes())) continue;
    HttpRequest seen = reader.take_seen();
    co_await refuse(HttpRefusal::no_memory, "Too many large requests are under way: try again.",
                    std::move(seen));
    co_return std::nullopt;
  }
  connection_.unwatch();
  if (state == RequestReader::State::refused) {
    const RequestRefusal& refusal = reader.refusal();
    HttpRequest seen = reader.take_seen();
    co_await refuse(refusal.why, std::string(refusal.detail), std::move(seen));
    co_return std::nullopt;
  }
  connection_.release_buffer();
  Taken taken;
  taken.keeps_alive = reader.keeps_alive();
  taken.old = reader.is_http_1_0();
  taken.request = reader.take();
  taken.request.peer = peer_;
  taken.request.caller = this;
  co_return taken;
}

// False: the client has gone, or has been refused because it is too slow.
awaitable<bool> HttpConversation::read_more(RequestReader& reader, Pace& pace) {
  const HttpServerOptions& options = serving_.options;
  if (reader.has_head()) {
    if (!std::exchange(pace.in_body, true)) pace.since = LoopClock::now();
    const auto given = options.body_timeout + time_for(reader.body_bytes(), options);
    connection_.watch(pace.since + given, kNoIdleLimit);
  }
  if (reader.expects_continue() && !std::exchange(pace.continued, true)) {
    const auto failed = co_await connection_.write(kContinue);
    if (failed) co_return false;
  }
  const auto error = co_await connection_.read(kReadBytesMax);
  if (!error) co_return true;
  if (!connection_.timed_out() || !reader.has_started()) co_return false;
  const bool in_body = reader.has_head();
  HttpRequest seen = reader.take_seen();
  if (in_body) {
    co_await refuse(HttpRefusal::slow_body, "The request's body came too slowly.", std::move(seen));
  } else {
    co_await refuse(HttpRefusal::slow_head, "The request's head came too slowly.", std::move(seen));
  }
  co_return false;
}

awaitable<HttpReply> HttpConversation::ask_handler(HttpRequest request) {
  std::exception_ptr failure;
  HttpReply reply;
  try {
    auto answer = serving_.handler(std::move(request));
    reply = co_await std::move(answer);
  } catch (...) {
    failure = std::current_exception();
  }
  if (is_cancellation(failure)) std::rethrow_exception(failure);
  if (failure) reply = failed_reply();
  co_return reply;
}

// The head of a request that is turned away in any case, if it comes soon: the reply may depend on
// whose clients it is for.
awaitable<HttpRequest> HttpConversation::glimpse_head() {
  RequestReader reader(serving_.options);
  connection_.watch(LoopClock::now() + kGlimpseTime, kNoIdleLimit);
  auto state = RequestReader::State::more;
  while (state == RequestReader::State::more && !reader.has_head()) {
    if (connection_.unread().empty()) {
      const auto error = co_await connection_.read(kReadBytesMax);
      if (error) break;
    }
    std::size_t used = 0;
    state = reader.feed(connection_.unread(), used);
    connection_.consume(used);
  }
  connection_.unwatch();
  co_return reader.take_seen();
}

awaitable<void> HttpConversation::turn_away(HttpRefusal why, std::string detail) {
  if (tls_) {
    const TlsContext context = std::exchange(tls_, nullptr);
    connection_.watch(LoopClock::now() + kGlimpseTime, kNoIdleLimit);
    const Result<void> shaken = co_await connection_.accept_tls(*context);
    connection_.unwatch();
    if (!shaken) {
      serving_.count(why);
      co_return;
    }
  }
  HttpRequest seen;
  seen.method.clear();
  if (serving_.options.refuser) seen = co_await glimpse_head();
  co_await refuse(why, std::move(detail), std::move(seen));
}

HttpReply HttpConversation::reply_to(const HttpRefused& refused) const {
  if (!serving_.options.refuser) return refusal_reply(refused);
  HttpReply reply;
  try {
    reply = serving_.options.refuser(refused);
  } catch (const std::exception&) {
    return refusal_reply(refused);
  }
  return is_sound(reply) && !reply.stream ? reply : refusal_reply(refused);
}

// Answers a request that cannot be served, then ends the connection.
awaitable<void> HttpConversation::refuse(HttpRefusal why, std::string detail, HttpRequest seen) {
  set_idle(false);
  serving_.count(why);
  HttpRefused refused = refused_for(why, detail, serving_.options.retry_after);
  seen.peer = connection_.peer();
  const bool head_only = seen.method == "HEAD";
  refused.seen = std::move(seen);
  HttpReply reply = reply_to(refused);
  co_await reply_whole(std::move(reply), head_only, false);
  co_await drain();
}

// Reads on for a while, for a connection closed with bytes unread loses the reply on its way.
awaitable<void> HttpConversation::drain() {
  connection_.shut_down_sending();
  connection_.watch(LoopClock::now() + kDrainTime, kNoIdleLimit);
  std::size_t drained = 0;
  while (drained < kDrainBytesMax) {
    drained += connection_.unread().size();
    connection_.consume(connection_.unread().size());
    const auto error = co_await connection_.read(kReadBytesMax);
    if (error) break;
  }
  connection_.unwatch();
}

// False: the client has gone or does not read.
awaitable<bool> HttpConversation::write_all(asio::const_buffer head, asio::const_buffer body) {
  const HttpServerOptions& options = serving_.options;
  const auto given = options.write_timeout + time_for(head.size() + body.size(), options);
  connection_.watch(LoopClock::now() + given, options.write_timeout);
  const auto error = co_await connection_.write(head, body);
  const bool slow = error && connection_.timed_out();
  connection_.unwatch();
  if (slow) serving_.count(HttpRefusal::slow_reader);
  co_return !error;
}

awaitable<bool> HttpConversation::reply_whole(HttpReply reply, bool head_only, bool keep_alive) {
  BodyFraming framing = BodyFraming::length;
  if (never_has_body(reply.status) || (head_only && reply.stream)) framing = BodyFraming::none;
  date(reply.headers);
  const std::string head =
      response_head(reply.status, reply.headers, framing, reply.body.size(), keep_alive);
  if (head_only || framing == BodyFraming::none) reply.body.clear();
  const asio::const_buffer front = asio::buffer(head);
  const asio::const_buffer rest = asio::buffer(reply.body);
  const bool written = co_await write_all(front, rest);
  co_return written&& keep_alive;
}

awaitable<void> HttpConversation::write_stream(const HttpStream& stream, HttpWriter& writer,
                                               TaskGroup& pair, bool& finished) {
  auto writing = stream(writer);
  co_await std::move(writing);
  finished = true;
  pair.cancel();
}

// What a client sends instead of leaving is its next request: taken in, up to a bound, so that its
// leaving is seen behind it. False: the bound is reached, and nothing more will be seen.
awaitable<bool> HttpConversation::see_client_go() {
  bool gone = co_await connection_.wait_for_close();
  while (!gone) {
    if (connection_.unread().size() >= kReadBytesMax) co_return false;
    const auto error = co_await connection_.read(kReadBytesMax);
    if (error) co_return true;
    gone = co_await connection_.wait_for_close();
  }
  co_return true;
}

awaitable<void> HttpConversation::gone() {
  const bool seen = co_await see_client_go();
  Signal never;
  if (!seen) co_await never.wait();
}

awaitable<void> HttpConversation::watch_client(HttpWriter& writer, TaskGroup& pair) {
  const bool seen = co_await see_client_go();
  if (!seen) co_return;
  writer.open_ = false;
  pair.cancel();
}

awaitable<bool> HttpConversation::reply_stream(HttpReply reply, bool chunked, bool keep_alive) {
  const BodyFraming framing = chunked ? BodyFraming::chunked : BodyFraming::until_close;
  date(reply.headers);
  std::string head = response_head(reply.status, reply.headers, framing, 0, keep_alive);
  const asio::const_buffer front = asio::buffer(head);
  const asio::const_buffer none;
  const bool begun = co_await write_all(front, none);
  if (!begun) co_return false;
  std::string().swap(head);
  reply.headers = {};
  HttpWriter writer(connection_, chunked, serving_.options.write_timeout);
  bool finished = false;
  std::exception_ptr failure;
  const auto executor = co_await asio::this_coro::executor;
  {
    // The stream, and beside it whoever sees the client go; the first that ends stops the other.
    TaskGroup pair(executor);
    pair.spawn(write_stream(reply.stream, writer, pair, finished));
    pair.spawn(watch_client(writer, pair));
    try {
      co_await pair.join();
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (writer.timed_out_) serving_.count(HttpRefusal::slow_reader);
  if (is_cancellation(failure)) std::rethrow_exception(failure);
  if (failure || !finished || !writer.is_open()) co_return false;
  if (!chunked) co_return false;
  const bool ended = co_await write_all(kLastChunk, none);
  co_return ended&& keep_alive;
}

}  // namespace yoke

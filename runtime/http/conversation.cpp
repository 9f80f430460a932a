#include "runtime/http/conversation.h"

#include <array>
#include <boost/asio/error.hpp>
#include <charconv>

#include "runtime/http/message_text.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::chrono::nanoseconds kNoIdleLimit = std::chrono::nanoseconds::max();
constexpr std::size_t kDrainBytesMax = 1024 * 1024;
constexpr std::chrono::seconds kDrainTime{2};
const asio::const_buffer kContinue = asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25);
const asio::const_buffer kLastChunk = asio::buffer("0\r\n\r\n", 5);

HttpReply plain_reply(int status) {
  HttpReply reply;
  reply.status = status;
  reply.headers.add("Content-Type", "text/plain; charset=utf-8");
  reply.body = std::string(reason_phrase(status)) + "\n";
  return reply;
}

bool is_sound(const HttpReply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (!is_http_token(name) || !is_http_field_value(value)) return false;
  }
  return reply.status >= 200 && reply.status <= 599;
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
  connection_.watch(kNoDeadline, write_timeout_);
  const auto error = co_await connection_.write(front, asio::buffer(bytes));
  connection_.unwatch();
  if (error) open_ = false;
  co_return open_;
}

HttpConversation::HttpConversation(Connection::Socket socket, const HttpHandler& handler,
                                   const HttpServerOptions& options, HttpServerStats& stats)
    : connection_(std::move(socket)), handler_(handler), options_(options), stats_(stats) {}

awaitable<void> HttpConversation::run() {
  bool again = true;
  while (again) again = co_await serve_one();
}

void HttpConversation::finish() {
  finishing_ = true;
  if (idle_) connection_.close();
}

awaitable<bool> HttpConversation::serve_one() {
  idle_ = connection_.unread().empty();
  if (finishing_ && idle_) co_return false;
  RequestReader reader(options_.header_bytes_max, options_.body_bytes_max);
  const WireState state = co_await read_request(reader);
  idle_ = false;
  if (state == WireState::cut) {
    const bool slow = connection_.timed_out() && reader.has_started();
    if (!slow) co_return false;
    co_return co_await refuse(408);
  }
  if (state == WireState::stopped) co_return co_await refuse(413);
  if (state == WireState::too_large) co_return co_await refuse(431);
  if (state == WireState::malformed) co_return co_await refuse(400);
  const bool old = reader.is_http_1_0();
  const bool keep_alive = reader.keeps_alive();
  HttpRequest request = reader.take();
  const bool head_only = request.method == "HEAD";
  stats_.requests += 1;
  HttpReply reply = co_await ask_handler(std::move(request));
  if (!is_sound(reply)) reply = plain_reply(500);
  const bool stays = keep_alive && !finishing_;
  const bool streams = reply.stream && !head_only;
  if (streams) {
    const bool stays_chunked = stays && !old;
    co_return co_await reply_stream(std::move(reply), !old, stays_chunked);
  }
  co_return co_await reply_whole(std::move(reply), head_only, stays);
}

// `cut` also stands for a client that is too slow: then the connection has timed out.
awaitable<WireState> HttpConversation::read_request(RequestReader& reader) {
  bool continued = false;
  bool in_head = false;
  bool in_body = false;
  if (idle_) connection_.watch(LoopClock::now() + options_.idle_timeout, kNoIdleLimit);
  while (true) {
    if (!connection_.unread().empty()) {
      idle_ = false;
      std::size_t used = 0;
      const WireState state = reader.feed(connection_.unread(), used);
      connection_.consume(used);
      if (state != WireState::more) {
        connection_.unwatch();
        co_return state;
      }
      if (!in_head) connection_.watch(LoopClock::now() + options_.head_timeout, kNoIdleLimit);
      in_head = true;
    }
    if (!in_body && reader.has_head()) {
      in_body = true;
      connection_.watch(LoopClock::now() + options_.body_timeout, kNoIdleLimit);
    }
    if (!continued && reader.expects_continue()) {
      continued = true;
      const auto failed = co_await connection_.write(kContinue);
      if (failed) co_return WireState::cut;
    }
    const auto error = co_await connection_.read(options_.header_bytes_max + 1024);
    if (error == asio::error::no_buffer_space) co_return WireState::too_large;
    if (error) co_return WireState::cut;
  }
}

awaitable<HttpReply> HttpConversation::ask_handler(HttpRequest request) {
  std::exception_ptr failure;
  HttpReply reply;
  try {
    auto answer = handler_(std::move(request));
    reply = co_await std::move(answer);
  } catch (...) {
    failure = std::current_exception();
  }
  if (is_cancellation(failure)) std::rethrow_exception(failure);
  if (failure) reply = plain_reply(500);
  co_return reply;
}

// Answers a request that cannot be served, then ends the connection.
awaitable<bool> HttpConversation::refuse(int status) {
  HttpReply reply = plain_reply(status);
  co_await reply_whole(std::move(reply), false, false);
  co_await drain();
  co_return false;
}

// Reads on for a while, for a connection closed with bytes unread loses the reply on its way.
awaitable<void> HttpConversation::drain() {
  connection_.shut_down_sending();
  connection_.watch(LoopClock::now() + kDrainTime, kNoIdleLimit);
  std::size_t drained = 0;
  while (drained < kDrainBytesMax) {
    drained += connection_.unread().size();
    connection_.consume(connection_.unread().size());
    const auto error = co_await connection_.read(options_.header_bytes_max);
    if (error) break;
  }
  connection_.unwatch();
}

awaitable<bool> HttpConversation::reply_whole(HttpReply reply, bool head_only, bool keep_alive) {
  BodyFraming framing = BodyFraming::length;
  if (never_has_body(reply.status) || (head_only && reply.stream)) framing = BodyFraming::none;
  const std::string head =
      response_head(reply.status, reply.headers, framing, reply.body.size(), keep_alive);
  if (head_only || framing == BodyFraming::none) reply.body.clear();
  connection_.watch(kNoDeadline, options_.write_timeout);
  const auto error = co_await connection_.write(asio::buffer(head), asio::buffer(reply.body));
  connection_.unwatch();
  co_return !error && keep_alive;
}

awaitable<void> HttpConversation::write_stream(const HttpStream& stream, HttpWriter& writer,
                                               TaskGroup& pair, bool& finished) {
  auto writing = stream(writer);
  co_await std::move(writing);
  finished = true;
  pair.cancel();
}

// A client that sends more instead of leaving is watched no longer; its bytes are the next request.
awaitable<void> HttpConversation::watch_client(HttpWriter& writer, TaskGroup& pair) {
  const bool gone = co_await connection_.wait_for_close();
  if (!gone) co_return;
  writer.open_ = false;
  pair.cancel();
}

awaitable<bool> HttpConversation::reply_stream(HttpReply reply, bool chunked, bool keep_alive) {
  const BodyFraming framing = chunked ? BodyFraming::chunked : BodyFraming::until_close;
  const std::string head = response_head(reply.status, reply.headers, framing, 0, keep_alive);
  connection_.watch(kNoDeadline, options_.write_timeout);
  const auto failed = co_await connection_.write(asio::buffer(head));
  connection_.unwatch();
  if (failed) co_return false;
  HttpWriter writer(connection_, chunked, options_.write_timeout);
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
  if (is_cancellation(failure)) std::rethrow_exception(failure);
  if (failure || !finished || !writer.is_open()) co_return false;
  if (!chunked) co_return false;
  connection_.watch(kNoDeadline, options_.write_timeout);
  const auto error = co_await connection_.write(kLastChunk);
  connection_.unwatch();
  co_return !error && keep_alive;
}

}  // namespace yoke

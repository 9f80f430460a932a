#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <vector>

#include "runtime/base/ensure.h"
#include "runtime/http/conversation.h"
#include "runtime/http/request_reader.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

// A client's bytes mean the same requests wherever they are cut, to the reader alone and over a
// connection; what is taken is within its limits, and another reader (Beast's) takes it for the
// same. The first byte says where the bytes are cut.
namespace yoke::fuzz {
namespace {

HttpServerOptions limits() {
  HttpServerOptions limits;
  limits.header_bytes_max = 1024;
  limits.headers_max = 10;
  limits.target_bytes_max = 100;
  limits.body_bytes_max = 300;
  return limits;
}

struct Taken {
  std::vector<HttpRequest> requests;
  std::size_t bytes = 0;  // of these requests
  bool refused = false;

  // A request in words, for comparison.
  static std::string words(const HttpRequest& request) {
    std::string text = request.method + ' ' + request.url + '\n';
    for (const auto& [name, value] : request.headers) text += name + ':' + value + '\n';
    return text + request.body;
  }
  std::string words() const {
    std::string text = refused ? "refused\n" : "";
    for (const HttpRequest& request : requests) text += words(request) + "\n--\n";
    return text;
  }
};

void check_limits(const HttpRequest& request, const HttpServerOptions& limits) {
  ENSURE(request.body.size() <= limits.body_bytes_max);
  ENSURE(request.headers.size() <= limits.headers_max);
  ENSURE(request.url.size() <= limits.target_bytes_max && !request.url.empty());
  ENSURE(is_http_token(request.method));
  for (const auto& [name, value] : request.headers) {
    ENSURE(is_http_token(name) && is_http_field_value(value));
  }
}

Taken read_all(std::string_view bytes, std::size_t step) {
  const HttpServerOptions bounds = limits();
  Taken taken;
  while (true) {
    RequestReader reader(bounds);
    auto state = RequestReader::State::more;
    const std::size_t before = bytes.size();
    while (!bytes.empty() && state == RequestReader::State::more) {
      const std::string_view piece = bytes.substr(0, step);
      std::size_t used = 0;
      state = reader.feed(piece, used);
      ENSURE(used <= piece.size());
      ENSURE(state != RequestReader::State::more || used == piece.size());
      bytes.remove_prefix(used);
    }
    taken.refused = state == RequestReader::State::refused;
    ENSURE(!taken.refused || !reader.refusal().detail.empty());
    if (state != RequestReader::State::done) return taken;
    taken.bytes += before - bytes.size();
    const bool last = !reader.keeps_alive();
    taken.requests.push_back(reader.take());
    check_limits(taken.requests.back(), bounds);
    if (last) return taken;
  }
}

// Beast is less strict, so it takes what we take.
void check_with_beast(const Taken& taken, std::string_view bytes) {
  namespace http = boost::beast::http;
  bytes = bytes.substr(0, taken.bytes);
  for (const HttpRequest& request : taken.requests) {
    if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    boost::system::error_code error;
    // Beast holds this outdated field to a grammar that is nobody's.
    if (request.headers.has("Proxy-Connection")) return;
    const std::size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    ENSURE(!error && parser.is_done());
    const auto& other = parser.get();
    ENSURE(std::string_view(other.method_string().data(), other.method_string().size()) ==
           request.method);
    ENSURE(std::string_view(other.target().data(), other.target().size()) == request.url);
    ENSURE(other.body() == request.body);
    bytes.remove_prefix(used);
  }
  ENSURE(bytes.empty());
}

// The same bytes over a connection, in pieces.
std::string converse(std::string_view bytes, std::size_t step) {
  asio::io_context io(1);
  std::array<int, 2> ends{};
  ENSURE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
  Taken taken;
  HttpServing serving;
  serving.options = limits();
  serving.handler = [&taken](HttpRequest request) -> awaitable<HttpReply> {
    taken.requests.push_back(std::move(request));
    co_return HttpReply();
  };
  Connection::Socket socket(io, asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
  HttpConversation conversation(std::move(socket), serving, nullptr);
  bool ended = false;
  auto done = [&ended](std::exception_ptr) { ended = true; };
  asio::co_spawn(io, conversation.run(), std::move(done));
  std::array<char, 4096> replies;
  const auto turn = [&] {
    io.poll();
    io.restart();
    while (::recv(ends[1], replies.data(), replies.size(), MSG_DONTWAIT) > 0) {
    }
  };
  for (std::size_t at = 0; at < bytes.size() && !ended; at += step) {
    const std::string_view piece = bytes.substr(at, step);
    if (::send(ends[1], piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
    turn();
  }
  ::shutdown(ends[1], SHUT_WR);
  for (int i = 0; i < 1000 && !ended; ++i) turn();
  ENSURE(ended);
  ENSURE(serving.stats.body_bytes == 0 && serving.idle.empty());
  ::close(ends[1]);
  for (const std::uint64_t count : serving.stats.refusals) taken.refused |= count > 0;
  return taken.words();
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = yoke::fuzz::text_of(data, size);
  if (input.empty() || input.size() > 16 * 1024) return 0;
  const std::size_t step = 1 + (static_cast<unsigned char>(input.front()) & 63);
  const std::string_view bytes = input.substr(1);
  const auto whole = yoke::fuzz::read_all(bytes, bytes.size() + 1);
  ENSURE(yoke::fuzz::read_all(bytes, step).words() == whole.words());
  ENSURE(yoke::fuzz::read_all(bytes, 1).words() == whole.words());
  yoke::fuzz::check_with_beast(whole, bytes);
  ENSURE(yoke::fuzz::converse(bytes, 16 * step) == whole.words());
  return 0;
}

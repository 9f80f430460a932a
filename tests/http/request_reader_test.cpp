#include "runtime/http/request_reader.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

using State = RequestReader::State;

// Feeds `text` in pieces of `size` bytes; what is not used is left in it.
State feed_all(RequestReader& reader, std::string_view& text, std::size_t size) {
  State state = State::more;
  while (!text.empty() && state == State::more) {
    std::size_t used = 0;
    state = reader.feed(text.substr(0, size), used);
    text.remove_prefix(used);
  }
  return state;
}

HttpServerOptions tight() {
  HttpServerOptions limits;
  limits.header_bytes_max = 4096;
  limits.body_bytes_max = 100;
  return limits;
}

TEST_CASE("a request reads the same in pieces of any size") {
  const std::string text =
      "POST /a?b HTTP/1.1\r\nHost: h\r\nX:  two words \t\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\nGET";
  const HttpServerOptions limits = tight();
  for (std::size_t size = 1; size <= text.size(); ++size) {
    RequestReader reader(limits);
    std::string_view rest = text;
    REQUIRE(feed_all(reader, rest, size) == State::done);
    CHECK(rest == "GET");
    CHECK(reader.keeps_alive());
    const HttpRequest request = reader.take();
    CHECK(request.method == "POST");
    CHECK(request.url == "/a?b");
    CHECK(request.body == "hello");
    CHECK(request.headers.get("host") == "h");
    CHECK(request.headers.get("x") == "two words");
  }
}

TEST_CASE("a request says whether another may follow it") {
  const HttpServerOptions limits = tight();
  const auto keeps = [&limits](std::string_view version, std::string_view connection) {
    const std::string text =
        "GET / HTTP/" + std::string(version) + "\r\nHost: h\r\n" + std::string(connection) + "\r\n";
    RequestReader reader(limits);
    std::string_view rest = text;
    REQUIRE(feed_all(reader, rest, text.size()) == State::done);
    return reader.keeps_alive();
  };
  CHECK(keeps("1.1", ""));
  CHECK_FALSE(keeps("1.1", "Connection: close\r\n"));
  CHECK_FALSE(keeps("1.1", "Connection: x, Close\r\n"));
  CHECK_FALSE(keeps("1.0", ""));
  CHECK(keeps("1.0", "Connection: keep-alive\r\n"));
}

TEST_CASE("a client waits for 100 Continue only before its body") {
  const HttpServerOptions limits = tight();
  RequestReader reader(limits);
  std::string_view head =
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
  CHECK(feed_all(reader, head, 7) == State::more);
  CHECK(reader.expects_continue());
  std::string_view body = "h";
  CHECK(feed_all(reader, body, 1) == State::more);
  CHECK_FALSE(reader.expects_continue());
}

TEST_CASE("an announced body takes no memory before it comes") {
  HttpServerOptions limits;
  limits.body_bytes_max = 1ULL << 40;
  RequestReader reader(limits);
  std::string_view head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n";
  CHECK(feed_all(reader, head, head.size()) == State::more);
  CHECK(reader.take().body.capacity() <= 64 * 1024);
}

TEST_CASE("a refusal's sentence holds nothing of the request") {
  const HttpServerOptions limits = tight();
  RequestReader reader(limits);
  std::string_view text = "GET / HTTP/1.1\r\nHost: hunter2/hunter2\r\n\r\n";
  REQUIRE(feed_all(reader, text, text.size()) == State::refused);
  CHECK(reader.refusal().why == HttpRefusal::malformed);
  CHECK(reader.refusal().detail.find("hunter2") == std::string_view::npos);
  CHECK(reader.refusal().detail.find("Host") != std::string_view::npos);
}

}  // namespace
}  // namespace yoke

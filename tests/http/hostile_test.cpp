#include <catch2/catch.hpp>

#include "runtime/http/request_reader.h"
#include "tests/http/echo_server.h"
#include "tests/http/hostile_case.h"
#include "tests/http/raw_peer.h"

namespace yoke {
namespace {

HttpServerOptions limits_of_the_cases() {
  HttpServerOptions limits;
  limits.header_bytes_max = 4096;
  limits.headers_max = 20;
  limits.target_bytes_max = 200;
  limits.body_bytes_max = 1000;
  return limits;
}

std::vector<HostileCase> all_cases() {
  std::vector<HostileCase> all;
  for (const char* file : {"framing", "chunks", "heads"}) {
    for (HostileCase& one :
         read_hostile_cases("tests/http/hostile/" + std::string(file) + ".txt")) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

// The statuses of the replies in `text`; a reply that does not end there is -1.
std::vector<int> statuses_of(std::string_view text) {
  std::vector<int> statuses;
  while (text.starts_with("HTTP/1.1 ")) {
    const std::size_t end = text.find("\r\n\r\n");
    const std::size_t length = text.find("Content-Length: ");
    if (end == std::string_view::npos || length > end) return {-1};
    statuses.push_back(std::stoi(std::string(text.substr(9, 3))));
    const std::size_t body = std::stoul(std::string(text.substr(length + 16, 10)));
    text.remove_prefix(std::min(text.size(), end + 4 + body));
  }
  if (!text.empty()) statuses.push_back(-1);
  return statuses;
}

// Sends all, says that no more comes, and reads to the end.
awaitable<std::string> say_all(std::uint16_t port, std::string bytes) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::socket socket(executor);
  const asio::ip::tcp::endpoint peer(asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(peer, asio::use_awaitable);
  co_await RawPeer::write(socket, std::move(bytes));
  socket.shutdown(asio::ip::tcp::socket::shutdown_send);
  co_return co_await RawPeer::read_all(socket);
}

// What a reader makes of `bytes` in pieces of `size`.
struct Read {
  std::vector<std::string> requests;
  std::string refusal;
  bool cut = false;

  bool operator==(const Read&) const = default;
};

Read read_in_pieces(std::string_view bytes, std::size_t size, const HttpServerOptions& limits) {
  Read read;
  while (true) {
    RequestReader reader(limits);
    auto state = RequestReader::State::more;
    while (!bytes.empty() && state == RequestReader::State::more) {
      std::size_t used = 0;
      state = reader.feed(bytes.substr(0, size), used);
      bytes.remove_prefix(used);
    }
    if (state == RequestReader::State::refused) read.refusal = name_of(reader.refusal().why);
    read.cut = state == RequestReader::State::more && reader.has_started();
    if (state != RequestReader::State::done) return read;
    const bool last = !reader.keeps_alive();
    const HttpRequest request = reader.take();
    read.requests.push_back(request.method + " " + request.url + " " + request.body);
    if (last) return read;
  }
}

TEST_CASE("hostile requests get the replies that are written beside them, and no others") {
  asio::io_context io(1);
  const HttpServerOptions limits = limits_of_the_cases();
  for (const HostileCase& one : all_cases()) {
    INFO(one.name);
    LocalServer server(io, echo, limits);
    const std::string got = run(io, say_all(server.port, one.bytes));
    CHECK(statuses_of(got) == one.statuses);
    const HttpServerStats stats = server.server.stats();
    const std::size_t refused = one.refusal.empty() ? 0 : 1;
    CHECK(stats.requests == one.statuses.size() - refused);
    for (std::size_t i = 0; i < kHttpRefusals; ++i) {
      const auto why = static_cast<HttpRefusal>(i);
      CHECK(stats.refused(why) == (name_of(why) == one.refusal ? 1 : 0));
    }
    run_until(io, [&] { return server.server.stats().connections_open == 0; });
  }
}

TEST_CASE("hostile requests are the same wherever their bytes are cut") {
  const HttpServerOptions limits = limits_of_the_cases();
  for (const HostileCase& one : all_cases()) {
    INFO(one.name);
    const Read whole = read_in_pieces(one.bytes, one.bytes.size(), limits);
    CHECK(whole.refusal == one.refusal);
    CHECK(whole.cut == one.cut);
    for (std::size_t size = 1; size < std::min<std::size_t>(one.bytes.size(), 40); ++size) {
      CHECK(read_in_pieces(one.bytes, size, limits) == whole);
    }
  }
}

}  // namespace
}  // namespace yoke

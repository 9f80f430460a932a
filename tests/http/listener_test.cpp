#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "runtime/http/peer_counts.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

namespace yoke {
namespace {

using asio::ip::make_address;

TEST_CASE("a listening socket that is passed in is served, and its place is known") {
  asio::io_context io(1);
  asio::ip::tcp::acceptor passed(io, {asio::ip::address_v4::loopback(), 0});
  const std::uint16_t port = passed.local_endpoint().port();
  HttpServer server(io.get_executor(), echo);
  const Result<HttpPlace> place = server.adopt(passed.release());
  REQUIRE(place.has_value());
  CHECK(place->text() == "http://127.0.0.1:" + std::to_string(port));
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(place->text() + "/x"))).body == "/x|");
}

TEST_CASE("a socket file that is passed in is served, and left where it is") {
  asio::io_context io(1);
  std::string pattern = (std::filesystem::temp_directory_path() / "yoke-fd-XXXXXX").string();
  const std::string folder = ::mkdtemp(pattern.data());
  const std::string path = folder + "/s";
  asio::local::stream_protocol::acceptor passed(io, asio::local::stream_protocol::endpoint(path));
  {
    HttpServer server(io.get_executor(), echo);
    const Result<HttpPlace> place = server.adopt(passed.release());
    REQUIRE(place.has_value());
    CHECK(place->text() == "unix:" + path);
    HttpClient client(io.get_executor());
    HttpRequest request = get("http://yoke/x");
    request.unix_socket = path;
    CHECK(response_of(send(io, client, std::move(request))).body == "/x|");
    run(io, server.stop(in_a_minute()));
  }
  CHECK(std::filesystem::exists(path));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a descriptor that is no listening socket is refused with what it should be") {
  asio::io_context io(1);
  HttpServer server(io.get_executor(), echo);
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const int datagrams = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int deaf = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  for (const int descriptor : {pipe[0], pipe[1], datagrams, deaf, 9999}) {
    const Result<HttpPlace> place = server.adopt(descriptor);
    REQUIRE_FALSE(place.has_value());
    CHECK(place.error().detail.find("descriptor " + std::to_string(descriptor)) == 0);
    CHECK(place.error().detail.find("Accept=no") != std::string::npos);
    CHECK(::close(descriptor) != 0);  // the server has closed it
  }
}

TEST_CASE("IPv6 is listened at, and an address that is none is an error that says so") {
  asio::io_context io(1);
  HttpServer server(io.get_executor(), [](HttpRequest request) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.body = request.peer.address;
    co_return reply;
  });
  const Result<std::uint16_t> port = server.listen("::1", 0);
  REQUIRE(port.has_value());
  HttpClient client(io.get_executor());
  const std::string url = "http://[::1]:" + std::to_string(*port) + "/";
  CHECK(response_of(send(io, client, get(url))).body == "::1");
  const Result<std::uint16_t> name = server.listen("localhost", 0);
  REQUIRE_FALSE(name.has_value());
  CHECK(name.error().detail ==
        "cannot listen at 'localhost': it is no numeric address, as 127.0.0.1 or ::1 is");
}

TEST_CASE("who comes by IPv4 to an IPv6 port has an IPv4 address") {
  asio::io_context io(1);
  HttpServer server(io.get_executor(), [](HttpRequest request) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.body = request.peer.address;
    co_return reply;
  });
  const Result<std::uint16_t> port = server.listen("::", 0);
  REQUIRE(port.has_value());
  HttpClient client(io.get_executor());
  const std::string url = "http://127.0.0.1:" + std::to_string(*port) + "/";
  CHECK(response_of(send(io, client, get(url))).body == "127.0.0.1");
}

TEST_CASE("connections are counted by IPv4 address and by IPv6 network") {
  PeerCounts counts(PeerCounts::Rule{2, false});
  CHECK(counts.add(make_address("192.0.2.1")));
  CHECK(counts.add(make_address("192.0.2.1")));
  CHECK_FALSE(counts.add(make_address("192.0.2.1")));
  CHECK(counts.add(make_address("192.0.2.2")));
  CHECK(counts.add(make_address("2001:db8::1")));
  CHECK(counts.add(make_address("2001:db8::2")));
  CHECK_FALSE(counts.add(make_address("2001:db8::3")));
  CHECK(counts.add(make_address("2001:db8:0:1::3")));
  for (int i = 0; i < 5; ++i) {
    CHECK(counts.add(make_address("127.0.0.1")));
    CHECK(counts.add(asio::ip::address()));  // a socket file
  }
  CHECK(counts.peers() == 4);
  counts.remove(make_address("192.0.2.1"));
  CHECK(counts.add(make_address("192.0.2.1")));
}

TEST_CASE("who was refused takes no place in the counts") {
  PeerCounts counts(PeerCounts::Rule{0, true});
  CHECK_FALSE(counts.add(make_address("127.0.0.1")));
  CHECK(counts.peers() == 0);
}

}  // namespace
}  // namespace yoke

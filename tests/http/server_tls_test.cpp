#include <httplib.h>
#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "runtime/loop/signal.h"
#include "tests/http/certificates.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

HttpCertificate files_of(const CertificateFiles& files) {
  HttpCertificate certificate;
  certificate.chain = files.certificate;
  certificate.key = files.key;
  return certificate;
}

// A server with TLS at 127.0.0.1, and a client that trusts it.
struct Secure {
  explicit Secure(asio::io_context& io, HttpHandler handler = echo, HttpServerOptions options = {})
      : files(files_of(authority.issue("DNS:yoke.test,IP:127.0.0.1"))),
        server(io.get_executor(), std::move(handler), options),
        client(io.get_executor(), trusting()) {
    REQUIRE(server.use_certificate(files).has_value());
    HttpListen how;
    how.tls = true;
    port = *server.listen("127.0.0.1", 0, how);
  }
  HttpClientOptions trusting() const {
    HttpClientOptions options;
    options.ca_file = authority.file();
    return options;
  }
  std::string url(const std::string& target = "/") const {
    return "https://127.0.0.1:" + std::to_string(port) + target;
  }

  TestAuthority authority;
  HttpCertificate files;
  HttpServer server;
  HttpClient client;
  std::uint16_t port = 0;
};

// How a handshake of OpenSSL's own client goes: the protocol's name, or the error.
struct Handshake {
  std::string version;
  std::string protocol;  // of ALPN
  std::string error;
};

awaitable<Handshake> shake_hands(std::uint16_t port, int newest, std::string offered) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_max_proto_version(context.native_handle(), newest);
  SSL_CTX_set_security_level(context.native_handle(), 0);
  const auto* bytes = reinterpret_cast<const unsigned char*>(offered.data());
  SSL_CTX_set_alpn_protos(context.native_handle(), bytes, static_cast<unsigned>(offered.size()));
  asio::ssl::stream<asio::ip::tcp::socket> stream(executor, context);
  const asio::ip::tcp::endpoint peer(asio::ip::address_v4::loopback(), port);
  co_await stream.next_layer().async_connect(peer, asio::use_awaitable);
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await stream.async_handshake(asio::ssl::stream_base::client, token);
  Handshake done;
  if (error) {
    done.error = error.message();
    co_return done;
  }
  done.version = SSL_get_version(stream.native_handle());
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(stream.native_handle(), &chosen, &length);
  done.protocol.assign(reinterpret_cast<const char*>(chosen), length);
  co_return done;
}

// A secure server whose one place is taken until `go`.
struct FullSecure {
  explicit FullSecure(asio::io_context& io)
      : secure(
            io,
            [this](HttpRequest) -> awaitable<HttpReply> {
              co_await go.wait();
              co_return HttpReply();
            },
            one_place()) {
    call.on(io, secure.client.send(get(secure.url()), kNoDeadline));
    run_until(io, [this] { return secure.server.stats().requests == 1; });
  }
  static HttpServerOptions one_place() {
    HttpServerOptions options;
    options.connections_max = 1;
    return options;
  }

  Signal go;
  Secure secure;
  Started<HttpOutcome> call;
};

TEST_CASE("over TLS as well, who is one too many is told to come again") {
  asio::io_context io(1);
  FullSecure full(io);
  HttpClient late(io.get_executor(), full.secure.trusting());
  const HttpResponse refused = response_of(send(io, late, get(full.secure.url())));
  CHECK(refused.status == 503);
  CHECK(refused.headers.get("Retry-After") == "5");
  CHECK(full.secure.server.stats().refused(HttpRefusal::full) == 1);
  full.go.notify();
  run_until(io, [&] { return full.call.ended(); });
  CHECK(response_of(full.call.value()).status == 200);
}

TEST_CASE("those who are too many and do not finish a handshake are few, and gone in a second") {
  TestLoop loop;
  FullSecure full(loop.io);
  const HttpServer& server = full.secure.server;
  std::vector<asio::ip::tcp::socket> silent;
  for (int i = 0; i < 20; ++i) {
    silent.emplace_back(loop.io).connect({asio::ip::address_v4::loopback(), full.secure.port});
  }
  run_until(loop.io, [&] { return server.stats().connections_accepted == 21; });
  CHECK(server.stats().refused(HttpRefusal::full) == 4);
  loop.advance(1s);
  run_until(loop.io, [&] { return server.stats().refused(HttpRefusal::full) == 20; });
  full.go.notify();
  run_until(loop.io, [&] { return full.call.ended(); });
}

TEST_CASE("requests over TLS are served, kept, pipelined and large") {
  asio::io_context io(1);
  Secure secure(io);
  for (int i = 0; i < 3; ++i) {
    CHECK(response_of(send(io, secure.client, get(secure.url("/a")))).body == "/a|");
  }
  const std::string large(3'000'000, 'x');
  CHECK(response_of(send(io, secure.client, post(secure.url("/b"), large))).body == "/b|" + large);
  CHECK(secure.client.stats().connections_made == 1);
}

TEST_CASE("a handler sees that a request came over TLS") {
  asio::io_context io(1);
  Secure secure(io, [](HttpRequest request) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.body = request.peer.address + (request.peer.tls ? " tls" : " plain");
    co_return reply;
  });
  CHECK(response_of(send(io, secure.client, get(secure.url()))).body == "127.0.0.1 tls");
}

TEST_CASE("another implementation's client is served over TLS") {
  asio::io_context io(1);
  Secure secure(io);
  std::string got;
  std::atomic<bool> done = false;
  std::thread other([&] {
    httplib::SSLClient client("127.0.0.1", secure.port);
    client.set_ca_cert_path(secure.authority.file().c_str());
    client.enable_server_certificate_verification(true);
    if (const auto response = client.Get("/from-elsewhere")) got = response->body;
    done = true;
  });
  run_until(io, [&] { return done.load(); });
  other.join();
  CHECK(got == "/from-elsewhere|");
}

TEST_CASE("a stream over TLS arrives piece by piece, and ends when its client goes") {
  asio::io_context io(1);
  bool cancelled = false;
  Signal never;
  Secure secure(io, [&](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.stream = [&](HttpWriter& writer) -> awaitable<void> {
      co_await writer.write("first");
      std::exception_ptr failure;
      try {
        co_await never.wait();
      } catch (...) {
        failure = std::current_exception();
      }
      cancelled = failure && !writer.is_open();
    };
    co_return reply;
  });
  HttpSinks sinks;
  sinks.on_data = [](std::string_view) { return false; };
  run(io, secure.client.send(get(secure.url()), in_a_minute(), sinks));
  run_until(io, [&] { return cancelled; });
  run_until(io, [&] { return secure.server.stats().connections_open == 0; });
}

TEST_CASE("TLS 1.2 and 1.3 are spoken, older ones are not, and HTTP/1.1 alone is agreed on") {
  asio::io_context io(1);
  Secure secure(io);
  const std::string both("\x02h2\x08http/1.1", 12);
  const Handshake newest = run(io, shake_hands(secure.port, TLS1_3_VERSION, both));
  CHECK(newest.version == "TLSv1.3");
  CHECK(newest.protocol == "http/1.1");
  CHECK(run(io, shake_hands(secure.port, TLS1_2_VERSION, both)).version == "TLSv1.2");
  CHECK_FALSE(run(io, shake_hands(secure.port, TLS1_1_VERSION, both)).error.empty());
  CHECK_FALSE(run(io, shake_hands(secure.port, TLS1_3_VERSION, "\x02h2")).error.empty());
  run_until(io, [&] { return secure.server.stats().connections_open == 0; });
  CHECK(secure.server.stats().refused(HttpRefusal::failed_handshake) == 2);
}

TEST_CASE("plain HTTP at a port for TLS is told so, and the other way round") {
  asio::io_context io(1);
  Secure secure(io);
  const std::string got = run(io, talk_raw(secure.port, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK(got.starts_with("HTTP/1.1 400 "));
  CHECK(got.find("use https://") != std::string::npos);
  LocalServer plain(io, echo);
  const std::string other = run(io, talk_raw(plain.port, "\x16\x03\x01"));
  CHECK(other.find("use http://") != std::string::npos);
}

TEST_CASE("a handshake has no more time than a head") {
  TestLoop loop;
  HttpServerOptions options;
  options.head_timeout = 10s;
  Secure secure(loop.io, echo, options);
  asio::ip::tcp::socket silent(loop.io);
  silent.connect({asio::ip::address_v4::loopback(), secure.port});
  run_until(loop.io, [&] { return secure.server.stats().connections_open == 1; });
  loop.settle();
  loop.advance(9s);
  CHECK(secure.server.stats().connections_open == 1);
  loop.advance(2s);
  run_until(loop.io, [&] { return secure.server.stats().connections_open == 0; });
  CHECK(secure.server.stats().refused(HttpRefusal::failed_handshake) == 1);
}

TEST_CASE("a renewed certificate is shown to new connections, and those that are open stay") {
  asio::io_context io(1);
  Secure secure(io);
  send(io, secure.client, get(secure.url()));
  TestAuthority next;
  const CertificateFiles renewed = next.issue("IP:127.0.0.1");
  std::filesystem::copy_file(renewed.certificate, secure.files.chain,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(renewed.key, secure.files.key,
                             std::filesystem::copy_options::overwrite_existing);
  REQUIRE(secure.server.reload_certificate().has_value());
  CHECK(response_of(send(io, secure.client, get(secure.url("/kept")))).body == "/kept|");
  CHECK(secure.client.stats().connections_made == 1);
  HttpClientOptions options;
  options.ca_file = next.file();
  HttpClient fresh(io.get_executor(), options);
  CHECK(response_of(send(io, fresh, get(secure.url("/new")))).body == "/new|");
}

TEST_CASE(
    "a certificate that cannot be used is refused with its file and the mend, and the old stays") {
  asio::io_context io(1);
  Secure secure(io);
  TestAuthority other;
  const HttpCertificate good = secure.files;
  const auto error_with = [&](const std::string& chain, const std::string& key) {
    HttpCertificate files;
    files.chain = chain;
    files.key = key;
    const Result<void> used = secure.server.use_certificate(files);
    REQUIRE_FALSE(used.has_value());
    return used.error().detail;
  };
  const std::string no_file = error_with("/nowhere/cert.pem", good.key);
  CHECK(no_file ==
        "the certificate '/nowhere/cert.pem' cannot be opened: No such file or directory");
  CHECK(error_with(good.key, good.key).find("is no chain of certificates in PEM") !=
        std::string::npos);
  CHECK(error_with(good.chain, good.chain).find("is no private key in PEM") != std::string::npos);
  const CertificateFiles foreign = other.issue("IP:127.0.0.1");
  CHECK(error_with(good.chain, foreign.key).find("belongs to another certificate") !=
        std::string::npos);
  const CertificateFiles old = other.issue("IP:127.0.0.1", -60);
  CHECK(error_with(old.certificate, old.key).find("has expired: renew it") != std::string::npos);
  CHECK(error_with("", good.key).find("no file is named") != std::string::npos);
  std::ofstream(good.chain) << "rubbish";
  CHECK_FALSE(secure.server.reload_certificate().has_value());
  CHECK(response_of(send(io, secure.client, get(secure.url("/still")))).body == "/still|");
}

TEST_CASE("nothing listens with TLS before there is a certificate") {
  asio::io_context io(1);
  HttpServer server(io.get_executor(), echo);
  HttpListen how;
  how.tls = true;
  const Result<std::uint16_t> port = server.listen("127.0.0.1", 0, how);
  REQUIRE_FALSE(port.has_value());
  CHECK(port.error().detail.find("no certificate") != std::string::npos);
}

}  // namespace
}  // namespace yoke

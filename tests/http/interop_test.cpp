#include <catch2/catch.hpp>
#include <future>

#include "runtime/http/sse.h"
#include "tests/http/echo_server.h"
#include "tests/http/peer_server.h"

namespace yoke {
namespace {

// Runs blocking code on a thread of its own while the loop goes on here.
template <class F>
auto beside(asio::io_context& io, F work) {
  auto result = std::async(std::launch::async, std::move(work));
  run_until(io,
            [&] { return result.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  return result.get();
}

TEST_CASE("our client speaks with a server that is not ours") {
  PeerServer peer;
  peer.routes().Get("/json", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(50'000, 'j'), "application/json");  // goes out compressed
  });
  peer.routes().Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(request.body, "text/plain");
  });
  peer.routes().Get("/events", [](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider(
        "text/event-stream", [n = 0](std::size_t, httplib::DataSink& sink) mutable {
          const std::string event = "data: " + std::to_string(n) + "\n\n";
          sink.write(event.data(), event.size());
          if (++n == 5) sink.done();
          return true;
        });
  });
  const std::string base = "http://127.0.0.1:" + std::to_string(peer.start());
  asio::io_context io(1);
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(base + "/json"))).body == std::string(50'000, 'j'));
  const std::string body(500'000, 'b');
  CHECK(response_of(send(io, client, post(base + "/echo", body))).body == body);
  CHECK(response_of(send(io, client, get(base + "/none"))).status == 404);
  SseParser parser;
  std::vector<SseEvent> events;
  HttpSinks sinks;
  sinks.on_data = [&](std::string_view bytes) { return parser.feed(bytes, events).has_value(); };
  response_of(run(io, client.send(get(base + "/events"), in_a_minute(), sinks)));
  REQUIRE(events.size() == 5);
  CHECK(events[4].data == "4");
  client.close_idle();
}

TEST_CASE("our server speaks with a client that is not ours") {
  asio::io_context io(1);
  LocalServer server(io, [](HttpRequest request) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.headers.add("Content-Type", "text/plain");
    if (request.url == "/stream") {
      reply.stream = [](HttpWriter& writer) -> awaitable<void> {
        for (int i = 0; i < 3; ++i) co_await writer.write("part " + std::to_string(i) + ";");
      };
    } else {
      reply.body = request.method + " " + request.url + " " + std::to_string(request.body.size());
    }
    co_return reply;
  });
  const auto answers = beside(io, [port = server.port] {
    httplib::Client client("127.0.0.1", port);
    client.set_keep_alive(true);
    std::vector<std::string> bodies;
    bodies.push_back(client.Get("/a?b=c")->body);
    bodies.push_back(client.Post("/p", std::string(300'000, 'x'), "text/plain")->body);
    bodies.push_back(client.Put("/q", "12", "text/plain")->body);
    bodies.push_back(client.Get("/stream")->body);
    bodies.push_back(std::to_string(client.Head("/h")->status));
    bodies.push_back(client.Delete("/d")->body);
    return bodies;
  });
  CHECK(answers == std::vector<std::string>{"GET /a?b=c 0", "POST /p 300000", "PUT /q 2",
                                            "part 0;part 1;part 2;", "200", "DELETE /d 0"});
  CHECK(server.server.stats().connections_accepted == 1);
}

TEST_CASE("a client that is not ours reaches our socket file") {
  asio::io_context io(1);
  std::string pattern = "/tmp/yoke-interop-XXXXXX";
  const std::string folder = ::mkdtemp(pattern.data());
  {
    HttpServer server(io.get_executor(), echo);
    REQUIRE(server.listen_unix(folder + "/s").has_value());
    const std::string body = beside(io, [folder] {
      httplib::Client client(folder + "/s");
      client.set_address_family(AF_UNIX);
      client.set_default_headers({{"Host", "yoke"}});
      const auto result = client.Get("/over/unix");
      return result ? result->body : httplib::to_string(result.error());
    });
    CHECK(body == "/over/unix|");
    run(io, server.stop(in_a_minute()));
  }
  CHECK(::rmdir(folder.c_str()) == 0);
}

}  // namespace
}  // namespace yoke

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "hosts/hook/anthropic/anthropic.h"
#include "hosts/hook/api/api.h"
#include "hosts/hook/openai/openai.h"
#include "hosts/hook/talk.h"
#include "tests/hook/hook_world.h"

// Clients that do not stream and go away in the middle, over real sockets.
namespace yoke::testing {
namespace {

using Tcp = asio::ip::tcp;

// A vendor that connections wait for, and nobody takes them.
struct SilentVendor {
  SilentVendor() : acceptor(io, {asio::ip::address_v4::loopback(), 0}) {}
  std::string config() const {
    return "[backends.silent]\npreset = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:" +
           std::to_string(acceptor.local_endpoint().port()) +
           "/v1\"\nattempts = 1\nprices = { input = 1.0, output = 1.0 }\n";
  }
  asio::io_context io{1};
  Tcp::acceptor acceptor;
};

void add_all(Endpoints& endpoints, const HookServices& services) {
  add_api(endpoints, services);
  add_openai(endpoints, services);
  add_anthropic(endpoints, services);
}

struct SilentWorld : SilentVendor, HookWorld {
  SilentWorld() : HookWorld(add_all, SilentVendor::config()) {}

  std::vector<RunRow> rows() { return run(loop.io, app().store().list(RunFilter{})); }
  RunStatus status_of(const std::string& id) {
    return run(loop.io, app().store().get(id)).value().status;
  }
  // The run that the next request starts, once somebody waits for it.
  std::string waited_for() {
    std::string id;
    until([&] {
      const std::vector<RunRow> all = rows();
      if (all.empty()) return false;
      id = all.front().run_id;
      return services().drivers.watchers(id) == 1 && services().drivers.is_active(id);
    });
    return id;
  }
};

// A client that a test drives byte by byte.
class Client {
 public:
  explicit Client(SilentWorld& world) : world_(world), socket_(world.loop.io) {
    socket_.connect({asio::ip::address_v4::loopback(), world.port()});
  }
  void post(const std::string& target, const Json& body) {
    const std::string text = to_text(body);
    const std::string bytes = "POST " + target +
                              " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                              "Content-Length: " +
                              std::to_string(text.size()) + "\r\n\r\n" + text;
    asio::write(socket_, asio::buffer(bytes));
  }
  void hang_up() { socket_.close(); }
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }
  // Says that no more comes, and reads the reply's status.
  int half_close() {
    socket_.shutdown(Tcp::socket::shutdown_send);
    std::string got;
    world_.until([&] {
      std::array<char, 512> piece{};
      boost::system::error_code none;
      socket_.non_blocking(true);
      got.append(piece.data(), socket_.read_some(asio::buffer(piece), none));
      return got.size() >= 12;
    });
    return std::stoi(got.substr(9, 3));
  }

 private:
  SilentWorld& world_;
  Tcp::socket socket_;
};

struct Wire {
  const char* target;
  Json body;
};

std::vector<Wire> wires() {
  const Json messages = Json::array({Json{{"role", "user"}, {"content", "say x"}}});
  return {
      {"/v1/chat/completions", {{"model", "silent/m"}, {"messages", messages}}},
      {"/v1/chat/completions", {{"model", "silent/m"}, {"messages", messages}, {"stream", true}}},
      {"/v1/responses", {{"model", "silent/m"}, {"input", "say x"}}},
      {"/v1/messages", {{"model", "silent/m"}, {"max_tokens", 100}, {"messages", messages}}},
      {"/v1/messages",
       {{"model", "silent/m"}, {"max_tokens", 9}, {"messages", messages}, {"stream", true}}}};
}

const Json kNative{{"agent", "helper"}, {"task", "say x"}, {"model", "silent/m"}};

}  // namespace

TEST_CASE("a run on another's wire is cancelled when its only client hangs up before the answer") {
  for (const Wire& wire : wires()) {
    INFO(wire.target);
    SilentWorld world;
    Client client(world);
    client.post(wire.target, wire.body);
    const std::string id = world.waited_for();
    client.hang_up();
    world.until([&] { return world.status_of(id) == RunStatus::cancelled; });
  }
}

TEST_CASE("vectors that nobody waits for any more are given up, and booked as expected") {
  SilentWorld world;
  const auto open = [&] { return run(world.loop.io, world.app().store().open_calls()); };
  Client client(world);
  client.post("/v1/embeddings", Json{{"model", "silent/m"}, {"input", "some words to embed"}});
  world.until([&] { return open().size() == 1; });
  const std::int64_t expected = open().front().expected.input;
  client.hang_up();
  world.until([&] { return open().empty(); });
  const LedgerPage page = run(world.loop.io, world.app().store().ledger(LedgerFilter{}));
  REQUIRE(page.rows.size() == 1);
  CHECK(page.rows[0].input == expected);
  CHECK(page.rows[0].estimated);
}

TEST_CASE("a client that breaks off is noticed as one that closes is") {
  SilentWorld world;
  Client client(world);
  client.post(wires().front().target, wires().front().body);
  const std::string id = world.waited_for();
  client.reset();
  world.until([&] { return world.status_of(id) == RunStatus::cancelled; });
}

TEST_CASE("a response in the background goes on though its client has gone") {
  SilentWorld world;
  Client client(world);
  client.post("/v1/responses",
              Json{{"model", "silent/m"}, {"input", "say x"}, {"background", true}});
  world.until([&] { return !world.rows().empty(); });
  const std::string id = world.rows().front().run_id;
  client.hang_up();
  world.loop.settle();
  CHECK(world.services().drivers.is_active(id));
}

TEST_CASE("a run of the native API goes on when the client that waited for it has gone") {
  for (const char* target : {"/v1/runs?wait=10m", "/v1/sessions/s/messages?wait=10m"}) {
    SilentWorld world;
    Client client(world);
    client.post(target, kNative);
    const std::string id = world.waited_for();
    client.hang_up();
    world.until([&] { return world.services().drivers.watchers(id) == 0; });
    CHECK(world.services().drivers.is_active(id));
    CHECK(world.status_of(id) == RunStatus::owned);
  }
}

TEST_CASE("a client that shuts its sending side down while it waits is answered at once") {
  {
    SilentWorld world;
    Client client(world);
    client.post("/v1/runs?wait=10m", kNative);
    world.waited_for();
    CHECK(client.half_close() == 202);
  }
  SilentWorld world;
  Client client(world);
  client.post(wires().front().target, wires().front().body);
  const std::string id = world.waited_for();
  CHECK(client.half_close() == 499);
  world.until([&] { return world.status_of(id) == RunStatus::cancelled; });
}

TEST_CASE("a run that others wait for goes on when one of its clients has gone") {
  SilentWorld world;
  const auto begin = [&] {
    TalkRequest asked;
    asked.target = ModelName{ModelName::Kind::model, "silent/m"};
    asked.request.messages = {user_message("say x")};
    asked.request.output_tokens_max = 100;
    asked.who = local_principal("ann");
    asked.wire = "openai.chat";
    asked.idem_key = "once";
    TalkBegun begun = run(world.loop.io, begin_talk(world.services(), std::move(asked)));
    return std::move(std::get<std::unique_ptr<Talk>>(begun));
  };
  std::unique_ptr<Talk> first = begin();
  const std::unique_ptr<Talk> second = begin();
  const std::string id = first->run_id();
  REQUIRE(second->run_id() == id);
  first.reset();
  world.loop.settle();
  CHECK(world.services().drivers.is_active(id));
  CHECK(world.status_of(id) == RunStatus::owned);
}

}  // namespace yoke::testing

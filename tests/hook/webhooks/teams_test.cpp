#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>

#include "hosts/hook/webhooks/signature.h"
#include "runtime/base/base64.h"
#include "tests/hook/webhooks/triggers_world.h"
#include "tests/support/mock_socket.h"

// A Teams outgoing webhook: Teams waits five seconds, and shows what it is answered by then.
namespace yoke::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kTeamsSecret = "SXQncyBhIFNlY3JldCB0byBFdmVyeWJvZHk=";
constexpr const char* kText = "It's a Secret to Everybody";
constexpr const char* kSlow = R"lua(return agent {
  name = "slow", description = "Takes its time.", model = "slow/one",
  instructions = "Take your time.", tools = {},
}
)lua";

// A model's server that answers when it is told to.
class SlowServer {
 public:
  SlowServer()
      : server_([this](const MockRequest&, MockConnection& connection) {
          std::unique_lock lock(mutex_);
          changed_.wait(lock, [this] { return may_answer_; });
          connection.send(reply());
          return false;  // its end is the reply's
        }) {}
  ~SlowServer() { answer(); }

  void answer() {
    const std::lock_guard lock(mutex_);
    may_answer_ = true;
    changed_.notify_all();
  }
  std::uint16_t port() const { return server_.port(); }

 private:
  static std::string reply() {
    const Json delta{{"role", "assistant"}, {"content", "at last"}};
    const Json choice{{"index", 0}, {"delta", delta}, {"finish_reason", "stop"}};
    const Json piece{{"id", "1"}, {"model", "one"}, {"choices", Json::array({choice})}};
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: " +
           to_text(piece) + "\n\ndata: [DONE]\n\n";
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool may_answer_ = false;
  MockServer server_;  // last: its threads use what is above
};

std::string config_of(std::uint16_t port) {
  return "[backends.slow]\npreset = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:" +
         std::to_string(port) + "/v1\"\n" + R"toml([hooks.ask]
scheme = "teams"
secret = "file:teams.key"
agent = "helper"
[hooks.talk]
scheme = "teams"
secret = "file:teams.key"
agent = "helper"
session = "one"
[hooks.slow]
scheme = "teams"
secret = "file:teams.key"
agent = "slow"
)toml";
}

class TeamsWorld : public TriggersWorld {
 public:
  explicit TeamsWorld(std::uint16_t model_port = 1)
      : TriggersWorld(config_of(model_port),
                      {{"teams.key", kTeamsSecret}, {"agents/slow.lua", kSlow}}) {}

  // A message of a person, on its way.
  class Said {
   public:
    Said(TeamsWorld& world, const std::string& hook, const std::string& text)
        : world_(world), client_(world.loop.executor()) {
      HttpRequest request;
      request.method = "POST";
      request.url = world.url("/hooks/" + hook);
      request.body = to_text(Json{{"type", "message"}, {"text", text}});
      request.headers.set("Content-Type", "application/json");
      request.headers.set("Authorization", "HMAC " + to_base64(hmac_sha256(kText, request.body)));
      answer_.on(world.loop.io, client_.send(std::move(request), kNoDeadline));
    }
    bool answered() const { return answer_.ended(); }
    std::string text() {
      world_.until([this] { return answered(); });
      const HttpResponse reply = std::get<HttpResponse>(answer_.value());
      CHECK(reply.status == 200);
      CHECK(json_of(reply)["type"] == "message");
      return string_at(json_of(reply), "text");
    }

   private:
    TeamsWorld& world_;
    HttpClient client_;
    Started<HttpOutcome> answer_;
  };

  std::string received(int times = 1) {
    until_told("webhook.received", times);
    return string_at(logged.back().second, "run");
  }
};

using Said = TeamsWorld::Said;

}  // namespace

TEST_CASE("Teams shows what the agent said, when it says it in time") {
  TeamsWorld world;
  CHECK_THAT(Said(world, "ask", "<at>Yoke</at> say hello").text(), Catch::StartsWith("hello"));
  CHECK_THAT(Said(world, "ask", "<at>Yoke</at> fail").text(), Catch::Contains("could not do it"));
}

TEST_CASE(
    "Teams is told before its five seconds are over that the work goes on, and in which run") {
  SlowServer model;
  TeamsWorld world(model.port());
  Said said(world, "slow", "<at>Yoke</at> what is new?");
  const std::string run = world.received();
  world.pass(seconds(4));
  CHECK_FALSE(said.answered());
  world.loop.advance(milliseconds(300));
  CHECK(said.text() == "I am still working on it. The answer will be in run " + run + ".");
  model.answer();
  EventReader(world, "/v1/runs/" + run + "/events").wait_for_end();
  const Json ended = json_of(world.ask("GET", "/v1/runs/" + run));
  CHECK(ended["status"] == "completed");
  CHECK(ended["text"] == "at last");
}

TEST_CASE("a message that Teams sends again is answered with what its run has said since") {
  SlowServer model;
  TeamsWorld world(model.port());
  Said first(world, "slow", "what is new?");
  const std::string run = world.received();
  world.pass(seconds(5));
  CHECK_THAT(first.text(), Catch::Contains("still working"));
  model.answer();
  EventReader(world, "/v1/runs/" + run + "/events").wait_for_end();
  CHECK(Said(world, "slow", "what is new?").text() == "at last");
}

TEST_CASE("Teams is told when a person has to answer first, and that what is queued will come") {
  TeamsWorld world;
  Said asks(world, "talk", "open the door");
  CHECK_THAT(asks.text(), Catch::Contains("I wait for an answer to a question"));
  Said behind(world, "talk", "say hello");
  world.received(2);
  world.pass(seconds(5));
  CHECK_THAT(behind.text(), Catch::Contains("still working"));
}

}  // namespace yoke::testing

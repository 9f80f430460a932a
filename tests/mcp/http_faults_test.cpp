#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>

#include "runtime/http/client.h"
#include "runtime/ports/call_wants.h"
#include "tests/support/mock_socket.h"
#include "tests/support/test_loop.h"
#include "tools/mcp/mcp_tool.h"
#include "tools/mcp/server.h"

// A server over HTTP whose connections break, or that answers what it should not: a call is made
// once, and one that may have happened is never told as not made.
namespace yoke::mcp {
namespace {

using namespace std::chrono_literals;
using testing::MockConnection;
using testing::MockRequest;
using testing::MockServer;

class AskedPerson final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
  awaitable<CallAnswer> ask(CallQuestion) override {
    ++asked;
    CallAnswer answer;
    answer.action = CallAnswer::Action::accept;
    answer.value = Json{{"name", "Ann"}};
    co_return answer;
  }
  int asked = 0;
};

std::string response(int status, const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// What happens to the tools/call and to all that follows it; the beginning is always well.
class BrittleHttp {
 public:
  // `method`: of the message, or "GET". `nth`: how often that came before. The text is sent as it
  // stands, and the connection closed after a stream; empty: it is closed at once.
  using Says = std::function<std::string(const std::string& method, const Json& message, int nth)>;

  BrittleHttp(Era era, Says says)
      : era_(era),
        says_(std::move(says)),
        server_([this](const MockRequest& request, MockConnection& connection) {
          return answer(request, connection);
        }) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/mcp"; }
  int came(const std::string& method) {
    const std::scoped_lock held(mutex_);
    return counts_[method];
  }

  static Json result(const Json& message, Json result) {
    return {{"jsonrpc", "2.0"}, {"id", message.at("id")}, {"result", std::move(result)}};
  }
  static std::string well(const Json& message, Json said) {
    return response(200, yoke::to_text(result(message, std::move(said))));
  }
  static Json words(const std::string& text) {
    const Json block = {{"type", "text"}, {"text", text}};
    return {{"resultType", "complete"}, {"content", Json::array({block})}};
  }
  static Json tools(const std::string& name) {
    const Json tool = {{"name", name}, {"inputSchema", {{"type", "object"}}}};
    return Json::array({tool});
  }
  // A stream that breaks after its first event, or after `event`.
  static std::string broken_stream(const std::string& event = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
           "Transfer-Encoding: chunked\r\n\r\n" +
           chunk("id: 1\nretry: 10\ndata: \n\n" + event);
  }
  static std::string event(const Json& message) {
    return "id: 2\ndata: " + yoke::to_text(message) + "\n\n";
  }

 private:
  static std::string chunk(const std::string& text) {
    std::ostringstream out;
    out << std::hex << text.size() << "\r\n" << text << "\r\n";
    return out.str();
  }

  std::string said_to(const std::string& method, const Json& message) {
    const int nth = counts_[method]++;
    const Json kept = {{"ttlMs", 0}, {"cacheScope", "private"}, {"resultType", "complete"}};
    Json told = kept;
    if (method == "server/discover") {
      if (era_ == Era::legacy) return response(400, "{}");
      told.update(
          {{"supportedVersions", {"2026-07-28"}}, {"capabilities", {{"tools", Json::object()}}}});
      return well(message, told);
    }
    if (method == "initialize") {
      told = {{"protocolVersion", "2025-11-25"},
              {"capabilities", {{"tools", Json::object()}}},
              {"serverInfo", {{"name", "x"}, {"version", "1"}}}};
      return response(200, yoke::to_text(result(message, told)),
                      "Mcp-Session-Id: s" + std::to_string(nth) + "\r\n");
    }
    if (method == "tools/list" && nth == 0) {
      told["tools"] = tools("pay");
      return well(message, told);
    }
    return says_(method, message, nth);
  }

  bool answer(const MockRequest& request, MockConnection& connection) {
    const std::scoped_lock held(mutex_);
    Json message = nullptr;
    std::string method = request.method;
    if (method == "POST") {
      message = parse_json(request.body).value();
      method = message.at("method").get<std::string>();
      if (!message.contains("id")) {
        connection.send(response(202, ""));
        return true;
      }
    } else if (!request.headers.contains("last-event-id")) {
      return connection.send(response(405, ""));
    }
    if (method == "tools/call") call = message;
    const std::string said = said_to(method, message);
    if (said.empty() || !connection.send(said)) return false;
    return said.find("Content-Length") != std::string::npos;
  }

 public:
  Json call = nullptr;  // the last tools/call

 private:
  std::mutex mutex_;
  const Era era_;
  const Says says_;
  std::map<std::string, int> counts_;
  MockServer server_;  // last: its threads use the others
};

struct OverHttp {
  OverHttp(Era era, BrittleHttp::Says says) : peer(era, std::move(says)) {
    ServerSettings settings;
    settings.name = "x";
    settings.url = peer.url();
    McpServer::Services services;
    services.executor = io.get_executor();
    services.http = &http;
    services.credentials = nobody.get();
    server = std::make_unique<McpServer>(std::move(services), settings, std::nullopt);
    REQUIRE(run(io, server->meet(LoopClock::now() + 60s)).has_value());
    const ToolPins taken = [](const std::string&, const std::string&) { return std::string(); };
    std::vector<std::string> problems;
    tools = tools_of(*server, taken, problems);
    REQUIRE(tools.size() == 1);
  }

  ToolOutcome call(std::chrono::milliseconds within = 60s) {
    ToolRequest request;
    request.tool = tools[0]->spec().name;
    request.args = Json::object();
    request.deadline = LoopClock::now() + within;
    return run(io, tools[0]->call(std::move(request), person));
  }

  BrittleHttp peer;
  asio::io_context io{1};
  HttpClient http{io.get_executor()};
  std::unique_ptr<Credentials> nobody = no_credentials();
  std::unique_ptr<McpServer> server;
  std::vector<std::unique_ptr<Tool>> tools;
  AskedPerson person;
};

TEST_CASE("a call whose stream broke is not made again, whatever taking it up is answered") {
  const std::string answer = GENERATE("404", "401", "405", "an error", "nothing");
  OverHttp over(Era::legacy, [&](const std::string& method, const Json&, int) -> std::string {
    if (method == "tools/call") return BrittleHttp::broken_stream();
    if (answer == "nothing") return {};
    if (answer != "an error") return response(std::stoi(answer), "{}");
    return response(400, R"({"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"who?"}})");
  });
  const ToolOutcome out = over.call();
  INFO(answer << ": " << out.message);
  CHECK(out.outcome == Outcome::error);
  CHECK_THAT(out.message, Catch::Contains("what became of the call is not known"));
  CHECK(over.peer.came("tools/call") == 1);
  CHECK(over.peer.came("GET") >= 1);
}

TEST_CASE("a broken stream is taken up again although the first attempts do not get through") {
  BrittleHttp* peer = nullptr;
  OverHttp over(Era::legacy, [&](const std::string& method, const Json&, int nth) -> std::string {
    if (method == "tools/call") return BrittleHttp::broken_stream();
    if (nth < 2) return {};
    const Json done = BrittleHttp::result(peer->call, BrittleHttp::words("paid"));
    return BrittleHttp::broken_stream(BrittleHttp::event(done));
  });
  peer = &over.peer;
  const ToolOutcome out = over.call();
  INFO(out.message);
  CHECK(out.outcome == Outcome::ok);
  CHECK(out.value == "paid");
  CHECK(over.peer.came("tools/call") == 1);
}

TEST_CASE("a call of a session that is gone already is made in a new one") {
  OverHttp over(Era::legacy, [](const std::string& method, const Json& message, int nth) {
    if (method == "tools/list") {
      return BrittleHttp::well(message, {{"tools", BrittleHttp::tools("pay")}});
    }
    return nth == 0 ? response(404, "") : BrittleHttp::well(message, BrittleHttp::words("paid"));
  });
  CHECK(over.call().outcome == Outcome::ok);
  CHECK(over.peer.came("initialize") == 2);
  CHECK(over.peer.came("tools/call") == 2);
}

TEST_CASE("a call that was asked back is never told as not made") {
  const std::string then = GENERATE("401", "nothing");
  OverHttp over(Era::modern, [&](const std::string&, const Json& message, int nth) -> std::string {
    if (nth > 0) return then == "401" ? response(401, "{}") : std::string();
    return BrittleHttp::well(message, {{"resultType", "input_required"}, {"requestState", "s"}});
  });
  const ToolOutcome out = over.call();
  INFO(then << ": " << out.message);
  CHECK(out.outcome == Outcome::error);
  CHECK_THAT(out.message, Catch::Contains("what became of the call is not known"));
}

Json task_of(const std::string& status) {
  return {{"resultType", "task"}, {"taskId", "t1"}, {"status", status}, {"pollIntervalMs", 20}};
}

TEST_CASE("a task that cannot be asked for a while is asked again until it is done") {
  OverHttp over(Era::modern,
                [](const std::string& method, const Json& message, int nth) -> std::string {
                  if (method == "tools/call") return BrittleHttp::well(message, task_of("working"));
                  if (nth == 0) return response(401, "{}");
                  if (nth == 1) return {};
                  if (nth == 2) return response(503, "");
                  Json done = task_of("completed");
                  done["resultType"] = "complete";
                  done["result"] = BrittleHttp::words("paid");
                  return BrittleHttp::well(message, done);
                });
  const ToolOutcome out = over.call();
  INFO(out.message);
  CHECK(out.outcome == Outcome::ok);
  CHECK(out.value == "paid");
  CHECK(over.peer.came("tools/call") == 1);
}

TEST_CASE("a task that can be asked no more ends as timed out, and says what was in the way") {
  OverHttp over(Era::modern, [](const std::string& method, const Json& message, int) {
    return method == "tools/call" ? BrittleHttp::well(message, task_of("working"))
                                  : response(401, "{}");
  });
  const ToolOutcome out = over.call(3s);
  CHECK(out.outcome == Outcome::timeout);
  CHECK_THAT(out.message, Catch::Contains("401"));
  CHECK(over.peer.came("tools/call") == 1);
}

TEST_CASE("a person's answer that did not arrive is sent again, and nobody is asked twice") {
  OverHttp over(Era::modern, [](const std::string& method, const Json& message, int nth) {
    const Json schema = {{"type", "object"}, {"properties", {{"name", {{"type", "string"}}}}}};
    const Json wanted = {{"method", "elicitation/create"},
                         {"params", {{"message", "Who?"}, {"requestedSchema", schema}}}};
    Json asks = task_of("input_required");
    asks["inputRequests"] = {{"who", wanted}};
    if (method == "tools/call") return BrittleHttp::well(message, asks);
    asks["resultType"] = "complete";
    if (method == "tasks/update") {
      return nth == 0 ? response(503, "") : BrittleHttp::well(message, Json::object());
    }
    if (nth == 0) return BrittleHttp::well(message, asks);
    Json done = task_of("completed");
    done["resultType"] = "complete";
    done["result"] = BrittleHttp::words("paid");
    return BrittleHttp::well(message, done);
  });
  const ToolOutcome out = over.call();
  INFO(out.message);
  CHECK(out.outcome == Outcome::ok);
  CHECK(over.person.asked == 1);
  CHECK(over.peer.came("tasks/update") == 2);
}

TEST_CASE("a list of tools that could not be read anew is read anew the next time") {
  OverHttp over(Era::modern, [](const std::string&, const Json& message, int nth) {
    if (nth == 1) return response(503, "");
    Json told = {{"resultType", "complete"}, {"tools", BrittleHttp::tools("refund")}};
    return BrittleHttp::well(message, told);
  });
  CHECK_FALSE(run(over.io, over.server->relist(LoopClock::now() + 60s)).has_value());
  REQUIRE(run(over.io, over.server->meet(LoopClock::now() + 60s)).has_value());
  CHECK(over.server->listing().find("refund") != nullptr);
}

}  // namespace
}  // namespace yoke::mcp

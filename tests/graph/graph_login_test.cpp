#include <catch2/catch.hpp>
#include <thread>

#include "runtime/http/client.h"
#include "tests/graph/graph_bench.h"
#include "tests/oauth/strict_server.h"
#include "tests/support/temp_project.h"

// Signing in to Microsoft Graph with a browser, and out again.
namespace yoke::testing {
namespace {

// Runs the authorization server's loop beside the test.
class SignInLoop {
 public:
  SignInLoop() : guard_(asio::make_work_guard(io)), thread_([this] { io.run(); }) {}
  ~SignInLoop() {
    guard_.reset();
    io.stop();
    thread_.join();
  }
  SignInLoop(const SignInLoop&) = delete;
  SignInLoop& operator=(const SignInLoop&) = delete;

  asio::io_context io{1};

 private:
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

// As a browser: follows redirects to the end.
std::string visited(const std::string& url) {
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  HttpRequest request;
  request.url = url;
  request.limits.redirects_max = 3;
  auto going = client.send(std::move(request), LoopClock::now() + std::chrono::seconds(20));
  const HttpOutcome outcome = run(io, std::move(going));
  const auto* response = std::get_if<HttpResponse>(&outcome);
  return response == nullptr ? std::get<HttpFailure>(outcome).message : response->body;
}

}  // namespace

TEST_CASE("a person signs in to Microsoft Graph once, and agents look into it from then on") {
  SignInLoop beside;
  StrictSettings settings;
  settings.clients = {{"desk-app", ""}};
  StrictServer server(beside.io.get_executor(), settings);
  FakeGraph graph;
  fill_organisation(graph);
  graph.lets_in = [&](const std::string& token) { return server.live.contains(token); };
  TempProject project(YOKE_PROGRAM);
  project.write("models/desk.lua", R"lua(return model { name = "desk", reply = function(request)
    local came
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if part.type == "tool_result" then came = part.content end
      end
    end
    if came then return { text = came } end
    return { calls = { { tool = "graph:people.search", args = { query = "Megan" } } } }
  end })lua");
  project.write(
      "agents/desk.json",
      R"({"version":"v1.8","name":"Desk","description":"Helps.","instructions":"Be kind.",)"
      R"("capabilities":[{"name":"People"}]})");
  project.write("yoke.toml",
                "[backends.demo]\npreset = \"scripted\"\nscript = \"models/desk.lua\"\n"
                "[routes.default]\ntargets = [\"demo/desk\"]\n[graph]\nbase_url = \"" +
                    graph.base_url() +
                    "\"\ncapabilities = [\"People\"]\n[graph.auth]\nissuer = \"" + server.issuer() +
                    "\"\nclient_id = \"desk-app\"\n");
  REQUIRE(project.yoke(Args{"plugins", "grant", "agents/desk.json"}).status == 0);
  const Ended before = project.yoke(Args{"run", "--quiet", "desk", "who is Megan?"});
  CHECK(tells_of(before.out + before.err, "yoke graph login"));
  CHECK(tells_of(project.yoke(Args{"doctor"}).out, "nobody has signed in: `yoke graph login`"));
  Process login = project.start(Args{"graph", "login", "--json"});
  const std::optional<std::string> line = login.line();
  REQUIRE(line);
  const std::string url = Json::parse(*line).at("url").get<std::string>();
  CHECK(tells_of(url, "People.Read"));
  CHECK(tells_of(url, "code_challenge_method=S256"));
  CHECK(url.find("Mail.Read") == std::string::npos);
  visited(url);
  const Ended ended = login.wait();
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  const Ended after = project.yoke(Args{"run", "--quiet", "desk", "who is Megan?"});
  INFO(after.err);
  CHECK(tells_of(after.out, "Marketing Manager"));
  CHECK(tells_of(project.yoke(Args{"doctor"}).out, "signed in at " + server.issuer()));
  CHECK(project.yoke(Args{"graph", "logout"}).status == 0);
  CHECK(server.live.empty());
  CHECK(server.problems == std::vector<std::string>{});
  CHECK(graph.problems() == std::vector<std::string>{});
}

}  // namespace yoke::testing

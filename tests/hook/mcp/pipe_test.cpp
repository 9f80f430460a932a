#include <catch2/catch.hpp>
#include <functional>

#include "tests/hook/hook_world.h"
#include "tests/support/temp_project.h"

// The program itself, with a client at its standard input and output.
namespace yoke::testing {
namespace {

class PipeProject : public TempProject {
 public:
  PipeProject() : TempProject(YOKE_PROGRAM) {
    write_hook_project(*this, "[serve.mcp]\ntools = [\"words.*\"]\n");
  }

  Ended serve(const std::string& input) const {
    ProcessOptions how = options(Args{"mcp", "serve"});
    how.input = input;
    return yoke(how);
  }
};

std::string line(const Json& id, const std::string& method, Json params, bool modern) {
  if (modern) {
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = Json::object();
  }
  return to_text(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}) +
         "\n";
}

Json answer_to(const std::vector<Json>& lines, const Json& id) {
  for (const Json& each : lines) {
    if (member_at(each, "id") == id && !each.contains("method")) return each;
  }
  return nullptr;
}

constexpr const char* kPipeNap = R"lua(return workflow {
  name = "nap", description = "Sleeps.",
  run = function(w) w.sleep(600) return "slept" end,
}
)lua";

const Json kTaskHolder{{"extensions", {{"io.modelcontextprotocol/tasks", Json::object()}}}};
const Json kCount{{"name", "words.count"}, {"arguments", {{"text", "a b c"}}}};
const Json kHello{{"protocolVersion", "2025-11-25"}, {"capabilities", Json::object()}};

}  // namespace

TEST_CASE("a client at the other end of a pipe is served in both eras, a message a line") {
  const PipeProject project;
  const Ended ended = project.serve(
      line(1, "server/discover", Json::object(), true) + line(2, "tools/call", kCount, true) +
      line(3, "initialize", kHello, false) + line("four", "tools/call", kCount, false));
  INFO(ended.err);
  CHECK(ended.status == 0);
  const std::vector<Json> lines = json_lines(ended.out);
  CHECK(answer_to(lines, 1)["result"]["supportedVersions"][0] == "2026-07-28");
  CHECK(answer_to(lines, 2)["result"]["structuredContent"]["words"] == 3);
  CHECK(answer_to(lines, 3)["result"]["serverInfo"]["name"] == "yoke");
  CHECK(answer_to(lines, "four")["result"]["structuredContent"]["words"] == 3);
}

TEST_CASE("who listens for a task is told how it is, and how it ends") {
  const PipeProject project;
  write_hook_project(project, "[serve.mcp.tasks]\nnap = \"always\"\n");
  project.write("workflows/nap.lua", kPipeNap);
  ProcessOptions how = project.options(Args{"mcp", "serve"});
  how.talks = true;
  Process server = project.start(how);
  const auto read = [&](const std::function<bool(const Json&)>& is_it) {
    for (;;) {
      const std::optional<std::string> text = server.line();
      REQUIRE(text.has_value());
      const Result<Json> message = parse_json(*text);
      if (message && is_it(*message)) return *message;
    }
  };
  const auto ask = [&](const Json& id, const std::string& method, Json params) {
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = kTaskHolder;
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
    server.type(
        to_text(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}) +
        "\n");
  };
  ask(1, "tools/call", {{"name", "nap"}, {"arguments", Json::object()}});
  const Json begun = read([](const Json& each) { return member_at(each, "id") == 1; });
  const std::string id = begun["result"]["taskId"].get<std::string>();
  ask(2, "subscriptions/listen", {{"notifications", {{"taskIds", {id, "another"}}}}});
  const Json listening = read([](const Json& each) {
    return string_at(each, "method") == "notifications/subscriptions/acknowledged";
  });
  CHECK(listening["params"]["notifications"]["taskIds"] == Json::array({id}));
  const auto is_news = [](const Json& each) {
    return string_at(each, "method") == "notifications/tasks";
  };
  const Json works = read(is_news);
  CHECK(works["params"]["status"] == "working");
  CHECK(works["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == 2);
  ask(3, "tasks/cancel", {{"taskId", id}});
  const Json ended = read(
      [&](const Json& each) { return is_news(each) && each["params"]["status"] == "cancelled"; });
  CHECK(ended["params"]["taskId"] == id);
  server.close_input();
  CHECK(server.wait().status == 0);
}

TEST_CASE("what is no message is answered as such, and the next one is served") {
  const PipeProject project;
  const Ended ended = project.serve("nonsense\n\n[]\n{\"jsonrpc\":\"2.0\"}\n" +
                                    line(7, "tools/list", Json::object(), true));
  CHECK(ended.status == 0);
  const std::vector<Json> lines = json_lines(ended.out);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0]["error"]["code"] == -32700);
  CHECK(lines[1]["error"]["code"] == -32600);
  CHECK(answer_to(lines, 7)["result"]["tools"].size() == 3);
}

TEST_CASE("a client that says nothing is left as soon as it leaves") {
  const PipeProject project;
  const Ended ended = project.serve("");
  CHECK(ended.status == 0);
  CHECK(ended.out.empty());
}

TEST_CASE("settings that are wrong are told on standard error, and nothing on standard output") {
  const PipeProject project;
  write_hook_project(project, "[serve.mcp]\ntool = []\n");
  const Ended ended = project.serve("");
  CHECK(ended.status == 2);
  CHECK(ended.out.empty());
  CHECK(ended.err.find("yoke.toml:") != std::string::npos);
}

}  // namespace yoke::testing

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/fake_mcp_http.h"
#include "tests/support/temp_project.h"

// `yoke mcp …`, and runs that call what a server lends.
namespace yoke::testing {
namespace {

constexpr const char* kToml = R"toml(# the project's own words
[backends.demo]
preset = "scripted"
script = "models/caller.lua"
[routes.default]
targets = ["demo/caller"]
)toml";

constexpr const char* kModel = R"lua(return model {
  name = "caller",
  reply = function(request)
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if part.type == "tool_result" then return { text = "came: " .. part.content } end
      end
    end
    return { calls = { { tool = "mcp:fake.echo", args = { say = "tides" } } } }
  end,
}
)lua";

constexpr const char* kClerk = R"lua(return agent {
  name = "clerk", description = "Calls.", model = "default", instructions = "Call.",
  tools = { "mcp:fake.*" },
}
)lua";

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

class Lender : public TempProject {
 public:
  Lender() : TempProject(YOKE_PROGRAM) {
    write("yoke.toml", kToml);
    write("models/caller.lua", kModel);
    write("agents/clerk.lua", kClerk);
  }
  std::string heard() const { return file("heard"); }
  Ended add(bool accept) const {
    Args args{"mcp", "add", "fake"};
    if (accept) args.push_back("--accept");
    for (const std::string& word : {std::string("--"), server, std::string("modern"), heard()}) {
      args.push_back(word);
    }
    return yoke(args);
  }
  const std::string server = YOKE_FAKE_MCP_SERVER;
};

// Looks for what the task says, calls the first tool that it is then offered, and tells in the end
// which tools it was offered each time.
constexpr const char* kSeeker = R"lua(return model {
  name = "caller",
  reply = function(request)
    local task, found, came
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if message.role == "user" and part.type == "text" then task = part.text end
        if part.type == "tool_result" then
          if part.name == "mcp:find_tools" then found = true else came = part.content end
        end
      end
    end
    local names = {}
    for _, each in ipairs(request.tools) do names[#names + 1] = each.name end
    local offered = "[" .. table.concat(names, " ") .. "]"
    if came or task == "nothing" then return { text = "offered " .. offered } end
    if not found then
      return { text = "first " .. offered,
               calls = { { tool = "mcp:find_tools", args = { words = task } } } }
    end
    return { calls = { { tool = names[1], args = { text = "sea" } } } }
  end,
}
)lua";

class Seekers : public Lender {
 public:
  Seekers()
      : server_of_many(Json::array({mcp_tool_json("tide", "High and low water."),
                                    mcp_tool_json("wind", "How it blows."),
                                    mcp_tool_json("moon", "Its age.")})) {
    write("models/caller.lua", kSeeker);
    write("yoke.toml", std::string(kToml) + "[mcp]\nlisted_max = 2\n[mcp.fake]\nurl = \"" +
                           server_of_many.url() + "\"\n");
  }
  FakeMcpHttp server_of_many;
};

}  // namespace

TEST_CASE("a server that was added and taken lends its tool to an agent") {
  const Lender project;
  const Ended added = project.add(true);
  INFO(added.out << added.err);
  CHECK(added.status == 0);
  CHECK(says(added.out, "mcp:fake.echo"));
  CHECK(says(project.read("yoke.toml"), "# the project's own words\n"));
  CHECK(says(project.read("yoke.toml"), "[mcp.fake]\n"));
  const Ended ran = project.yoke(Args{"run", "--quiet", "--yes", "clerk", "go"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(says(ran.out, "tides"));
  const Ended listed = project.yoke(Args{"mcp", "list"});
  CHECK(says(listed.out, "1 tools, MCP 2026-07-28"));
}

TEST_CASE("a tool that nobody took is not called, whoever approves calls") {
  const Lender project;
  const Ended added = project.add(false);
  CHECK(added.status == 1);
  CHECK(says(added.err, "cannot be called yet"));
  const Ended ran = project.yoke(Args{"run", "--quiet", "--yes", "clerk", "go"});
  INFO(ran.out << ran.err);
  CHECK(says(ran.out, "yoke mcp check fake"));
  CHECK_FALSE(says(project.read("heard"), "tools/call"));
}

TEST_CASE("looking at the project starts no server") {
  const Lender project;
  CHECK(project.add(true).status == 0);
  std::filesystem::remove(project.heard());
  CHECK(says(project.yoke(Args{"tools", "list"}).out, "mcp:fake.echo"));
  CHECK(project.yoke(Args{"mcp", "list"}).status == 0);
  CHECK_FALSE(std::filesystem::exists(project.heard()));
}

TEST_CASE("a server of a .mcp.json is not started before a person has said so") {
  const Lender project;
  const Json entry = {{"command", project.server}, {"args", {"modern", project.heard()}}};
  project.write(".mcp.json", to_text(Json{{"mcpServers", {{"fake", entry}}}}));
  const Ended refused = project.yoke(Args{"mcp", "check", "fake"});
  CHECK(refused.status == 1);
  CHECK(says(refused.err, "others may have written"));
  CHECK_FALSE(std::filesystem::exists(project.heard()));
  CHECK(project.yoke(Args{"mcp", "check", "fake", "--accept"}).status == 0);
  const Ended ran = project.yoke(Args{"run", "--quiet", "--yes", "clerk", "go"});
  INFO(ran.out << ran.err);
  CHECK(says(ran.out, "tides"));
}

TEST_CASE(
    "a server of a .mcp.json that is given another environment or header is asked about again") {
  const Lender project;
  const auto write = [&](const Json& env) {
    const Json entry = {
        {"command", project.server}, {"args", {"modern", project.heard()}}, {"env", env}};
    project.write(".mcp.json", to_text(Json{{"mcpServers", {{"fake", entry}}}}));
  };
  write({{"LEVEL", "info"}});
  CHECK(project.yoke(Args{"mcp", "check", "fake", "--accept"}).status == 0);
  CHECK(project.yoke(Args{"mcp", "check", "fake"}).status == 0);
  std::filesystem::remove(project.heard());
  write({{"LEVEL", "info"}, {"LD_PRELOAD", "./evil.so"}, {"KEY", "vault:OPENAI_KEY"}});
  const Ended changed = project.yoke(Args{"mcp", "check", "fake"});
  CHECK(changed.status == 1);
  CHECK(says(changed.err, "env LD_PRELOAD = ./evil.so"));
  CHECK(says(changed.err, "env KEY = vault:OPENAI_KEY  (given as it stands, no reference)"));
  project.yoke(Args{"run", "--quiet", "--yes", "clerk", "go"});
  CHECK_FALSE(std::filesystem::exists(project.heard()));
}

TEST_CASE("what the project's .env fills into a .mcp.json is asked about again when it changes") {
  const Lender project;
  const Json entry = {{"command", project.server},
                      {"args", {"modern", project.heard()}},
                      {"env", {{"API", "${TIDE_API}"}, {"OTHER", "${FROM_SHELL:-none}"}}}};
  project.write(".mcp.json", to_text(Json{{"mcpServers", {{"fake", entry}}}}));
  project.write(".env", "TIDE_API=https://tides.example\n");
  const Ended first = project.yoke(Args{"mcp", "check", "fake"});
  CHECK(says(first.err, "filled in from .env: TIDE_API"));
  REQUIRE(project.yoke(Args{"mcp", "check", "fake", "--accept"}).status == 0);
  CHECK_FALSE(says(project.read("yoke.lock"), "tides.example"));
  ProcessOptions shell = project.options({"mcp", "check", "fake"});
  shell.env["FROM_SHELL"] = "the person's own";
  CHECK(project.yoke(shell).status == 0);
  std::filesystem::remove(project.heard());

  project.write(".env", "TIDE_API=https://elsewhere.example\n");
  const Ended changed = project.yoke(Args{"mcp", "check", "fake"});
  CHECK(changed.status == 1);
  CHECK(says(changed.err, "filled in from .env: TIDE_API"));
  project.yoke(Args{"run", "--quiet", "--yes", "clerk", "go"});
  CHECK_FALSE(std::filesystem::exists(project.heard()));
  REQUIRE(project.yoke(Args{"mcp", "check", "fake", "--accept"}).status == 0);
  project.yoke(Args{"run", "--quiet", "--yes", "clerk", "go"});
  CHECK(std::filesystem::exists(project.heard()));
}

TEST_CASE("no command waits for a pipe that a .mcp.json or yoke.toml names") {
  const Lender project;
  REQUIRE(::mkfifo(project.file("pipe").c_str(), 0600) == 0);
  const Json entry = {{"command", project.server}, {"env", {{"A", "file:pipe"}}}};
  project.write(".mcp.json", to_text(Json{{"mcpServers", {{"fake", entry}}}}));
  CHECK(project.yoke(Args{"mcp", "list"}).status == 0);
  project.write("yoke.toml",
                std::string(kToml) + "[mcp.own]\ncommand = [\"x\"]\nenv = { A = \"file:pipe\" }\n");
  const Ended checked = project.yoke(Args{"mcp", "check", "own"});
  CHECK(checked.status != 0);
  CHECK(says(checked.err, "it is no regular file"));
}

TEST_CASE("what fills a .mcp.json stands neither in a run's answer nor in the server's log") {
  const Lender project;
  const Json entry = {{"command", project.server},
                      {"args", {"tells", project.heard()}},
                      {"env", {{"TOKEN", "${TIDE_TOKEN}"}}}};
  project.write(".mcp.json", to_text(Json{{"mcpServers", {{"fake", entry}}}}));
  project.write(".env", "TIDE_TOKEN=tide-4711\n");
  CHECK(project.yoke(Args{"mcp", "check", "fake", "--accept"}).status == 0);
  const Ended ran = project.yoke(Args{"run", "--quiet", "--yes", "clerk", "go"});
  INFO(ran.out << ran.err);
  CHECK(says(ran.out, "token [secret"));
  CHECK_FALSE(says(ran.out, "tide-4711"));
  const std::string log = project.read(".yoke/mcp/fake.log");
  CHECK(says(log, "the token is [secret"));
  CHECK_FALSE(says(log, "tide-4711"));
}

TEST_CASE("a server that is removed is gone from the file and from the tools") {
  const Lender project;
  CHECK(project.add(true).status == 0);
  CHECK(project.yoke(Args{"mcp", "remove", "fake"}).status == 0);
  CHECK(project.read("yoke.toml") == kToml);
  CHECK_FALSE(says(project.yoke(Args{"tools", "list"}).out, "mcp:fake"));
}

TEST_CASE("a server that cannot be started is told in a line with its name") {
  const Lender project;
  const Ended failed = project.yoke(Args{"mcp", "add", "gone", "--", "no-such-program-at-all"});
  CHECK(failed.status != 0);
  CHECK(says(failed.err, "no-such-program-at-all"));
}

TEST_CASE("a model that is not shown all tools looks for one, and is offered it from then on") {
  const Seekers project;
  REQUIRE(project.yoke(Args{"mcp", "check", "fake", "--accept"}).status == 0);
  const Ended ran = project.yoke(Args{"run", "--quiet", "--yes", "clerk", "water"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  CHECK(says(ran.out, "offered [mcp:fake.tide mcp:find_tools]"));
  REQUIRE(project.server_of_many.calls().size() == 1);
  CHECK(project.server_of_many.calls()[0].at("name") == "tide");
  const Ended replayed = project.yoke(Args{"runs", "replay", "@last"});
  INFO(replayed.out << replayed.err);
  CHECK(replayed.status == 0);
}

TEST_CASE("a run that waits is offered what it had found, by whoever takes it up") {
  const Seekers project;
  REQUIRE(project.yoke(Args{"mcp", "check", "fake", "--accept"}).status == 0);
  const Ended waits = project.yoke(Args{"run", "--quiet", "clerk", "blow"});
  INFO(waits.out << waits.err);
  REQUIRE(waits.status == 3);
  std::string question;
  for (const Json& event : project.events("@last")) {
    if (string_at(event, "kind") == "question.asked") question = string_at(event, "question");
  }
  REQUIRE(project.yoke(Args{"runs", "answer", "@last", question, "yes"}).status == 0);
  const Ended resumed = project.yoke(Args{"runs", "resume", "@last"});
  INFO(resumed.out << resumed.err);
  CHECK(says(resumed.out, "mcp:fake.wind"));
  CHECK_FALSE(says(resumed.out, "mcp:fake.moon"));
  REQUIRE(project.server_of_many.calls().size() == 1);
  CHECK(project.server_of_many.calls()[0].at("name") == "wind");
}

TEST_CASE("a wrong [mcp] setting is told with its line, and its own keys are no servers") {
  const Lender project;
  project.write("yoke.toml", std::string(kToml) + "[mcp]\nlisted_max = -1\n");
  const Ended wrong = project.yoke(Args{"mcp", "list"});
  CHECK(wrong.status == 2);
  CHECK(says(wrong.err, "mcp.listed_max"));
  project.write("yoke.toml", std::string(kToml) + "[mcp]\nlisted_max = 12\n");
  CHECK(project.yoke(Args{"mcp", "list"}).status == 0);
}

}  // namespace yoke::testing

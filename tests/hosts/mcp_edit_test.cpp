#include <catch2/catch.hpp>

#include "hosts/cli/mcp_edit.h"
#include "hosts/config/mcp_config.h"

namespace yoke {
namespace {

const std::string kText = R"toml(# mine
[store]
url = "sqlite:x.db"  # keep

[mcp.one]
command = ["a"]
[mcp.one.env]
A = "b"

# about two
[mcp.two]
url = "https://two.example/mcp"
)toml";

TEST_CASE("a server that is added leaves all else as it is, and is read back as it was said") {
  const std::vector<std::string> command = {"npx", "with \"quotes\"", "and\\slash"};
  const std::string text = with_mcp_section(kText, "files", command, "");
  CHECK(text.starts_with(kText));
  const toml::parse_result parsed = toml::parse(text);
  REQUIRE(parsed);
  TomlReader reader("yoke.toml");
  const std::vector<McpConfig> servers = read_mcp_config(reader, parsed.table());
  REQUIRE_FALSE(reader.failed());
  REQUIRE(servers.size() == 3);
  CHECK(servers[0].name == "files");
  CHECK(servers[0].command == command);
}

TEST_CASE("a server that is removed takes its own tables with it, and no comment of the next") {
  const Result<std::string> text = without_mcp_section(kText, "one");
  REQUIRE(text.has_value());
  CHECK(text->find("mcp.one") == std::string::npos);
  CHECK(text->find("A = ") == std::string::npos);
  CHECK(text->find("# about two\n[mcp.two]") != std::string::npos);
  CHECK(text->find("# keep") != std::string::npos);
  CHECK_FALSE(without_mcp_section(kText, "on").has_value());
}

TEST_CASE("a section that cannot be meant so is refused with its line") {
  const std::string text =
      GENERATE("[mcp.a]\n", "[mcp.a]\ncommand = [\"x\"]\nurl = \"https://x/\"\n",
               "[mcp.a]\nurl = \"ftp://x/\"\n", "[mcp.A]\nurl = \"https://x/\"\n",
               "[mcp.a]\ncommand = [\"x\"]\nsampling = \"yes\"\n", "[mcp.a]\ncomand = [\"x\"]\n");
  const toml::parse_result parsed = toml::parse(text);
  REQUIRE(parsed);
  TomlReader reader("yoke.toml");
  read_mcp_config(reader, parsed.table());
  REQUIRE(reader.failed());
  CHECK(reader.error().place.starts_with("yoke.toml:"));
}

TEST_CASE("a .mcp.json of another program is read, its variables filled in") {
  Config config;
  config.env = {{"WHERE", "/data"}};
  std::vector<Error> problems;
  const auto servers = read_mcp_json(config, R"({"mcpServers":{
    "My Files":{"command":"npx","args":["-y","${WHERE}","${NONE:-x}"],"env":{"A":"${WHERE}/a"}},
    "web":{"type":"http","url":"https://web.example/mcp","headers":{"X":"y"}},
    "old":{"type":"sse","url":"https://old.example/sse"},
    "lacks":{"command":"${NOWHERE_AT_ALL}"}}})",
                                     problems);
  REQUIRE(servers.has_value());
  REQUIRE(servers->size() == 2);
  CHECK((*servers)[0].name == "my-files");
  CHECK((*servers)[0].command == std::vector<std::string>{"npx", "-y", "/data", "x"});
  CHECK((*servers)[0].env.at("A") == "/data/a");
  CHECK((*servers)[0].is_strangers);
  CHECK((*servers)[1].url == "https://web.example/mcp");
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].detail.find("NOWHERE_AT_ALL") != std::string::npos);
}

TEST_CASE("a reference in a .mcp.json stays the text that it is") {
  Config config;
  std::vector<Error> problems;
  const auto servers = read_mcp_json(config, R"({"mcpServers":{
    "a":{"command":"x","env":{"A":"file:/etc/hosts","B":"vault:KEY"}},
    "b":{"url":"https://web.example/mcp","headers":{"X":"env:HOME"}}}})",
                                     problems);
  REQUIRE(servers.has_value());
  REQUIRE(servers->size() == 2);
  CHECK((*servers)[0].env.at("A") == "file:/etc/hosts");
  CHECK((*servers)[0].env.at("B") == "vault:KEY");
  CHECK((*servers)[1].headers.at("X") == "env:HOME");
}

TEST_CASE("what a .mcp.json says is kept as it is written, and what fills it is a secret") {
  Config config;
  config.env = {{"TIDE_KEY", "tide-4711"}, {"TIDE_LEVEL", "info"}};
  std::vector<Error> problems;
  const auto servers = read_mcp_json(config, R"({"mcpServers":{
    "a":{"command":"x","args":["--level=${TIDE_LEVEL}"],"env":{"A":"k ${TIDE_KEY}"}}}})",
                                     problems);
  REQUIRE(servers.has_value());
  REQUIRE(servers->size() == 1);
  const McpConfig& one = servers->front();
  CHECK(one.env.at("A") == "k tide-4711");
  CHECK(one.written.at("env").at("A") == "k ${TIDE_KEY}");
  CHECK(one.written.at("command") == Json({"x", "--level=${TIDE_LEVEL}"}));
  REQUIRE(one.secrets.size() == 1);  // a word as short as the level stands in any honest text
  CHECK(one.secrets[0].reveal() == "tide-4711");
}

}  // namespace
}  // namespace yoke

#include <catch2/catch.hpp>

#include "hosts/config/mcp_serve_config.h"
#include "tests/support/temp_project.h"

namespace yoke::testing {
namespace {

Result<McpServeConfig> read(const std::string& text) {
  const TempFolder folder;
  folder.write("yoke.toml", text);
  ConfigPlace place;
  place.file = folder.file("yoke.toml");
  const Result<Config> config = load_config(place);
  if (!config) return config.error();
  return mcp_serve_config_of(*config);
}

std::string wrong(const std::string& text) { return read(text).error().message(); }

}  // namespace

TEST_CASE("without settings clients are offered agents and memory, and no tools") {
  const McpServeConfig config = read("").value();
  CHECK(config.agents == std::vector<std::string>{"*"});
  CHECK(config.tools.empty());
  CHECK(config.memory);
}

TEST_CASE("the settings of serve.mcp are read") {
  const McpServeConfig config = read(R"toml([serve.mcp]
agents = []
tools = ["csv.*"]
memory = false
task_after = "3s"
[serve.mcp.tasks]
"slow.*" = "required"
[[serve.mcp.resources]]
uri = "notes://{name}"
name = "notes"
tool = "notes.read"
)toml")
                                    .value();
  CHECK(config.agents.empty());
  CHECK(config.tools == std::vector<std::string>{"csv.*"});
  CHECK_FALSE(config.memory);
  CHECK(config.task_after == std::chrono::seconds(3));
  CHECK(config.tasks.front().second == McpTask::required);
  CHECK(config.resources.front().tool == "notes.read");
}

TEST_CASE("what serve.mcp gets wrong is told with its line and what may stand there") {
  CHECK(wrong("[serve.mcp]\ntool = []\n").find("tools") != std::string::npos);
  CHECK(wrong("[serve.mcp]\nmemory = 1\n").find("true or false") != std::string::npos);
  CHECK(wrong("[serve.mcp.tasks]\nnap = \"soon\"\n").find("\"late\"") != std::string::npos);
  const std::string resource = "[[serve.mcp.resources]]\nuri = \"notes://a\"\nname = \"a\"\n";
  CHECK(wrong(resource).find("either a file or a tool") != std::string::npos);
  CHECK(wrong("[[serve.mcp.resources]]\nuri = \"a\"\n").find("scheme") != std::string::npos);
  const std::string pattern =
      "[[serve.mcp.resources]]\nuri = \"n://{a}\"\nname = \"a\"\nfile = \"f\"\n";
  CHECK(wrong(pattern).find("template") != std::string::npos);
}

}  // namespace yoke::testing

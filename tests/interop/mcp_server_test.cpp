#include <catch2/catch.hpp>
#include <filesystem>
#include <stdexcept>

#include "tests/interop/peer.h"
#include "tests/support/temp_project.h"

// Yoke as an MCP server, held to the protocol's own conformance suite and used by its own clients.
namespace yoke::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuite = "@modelcontextprotocol/conformance";
const std::string kModules = std::string(YOKE_PEERS) + "/node_modules/";

// A copy of mcp-project, its tools granted what they ask for.
class McpProject : public TempProject {
 public:
  McpProject() : TempProject(YOKE_PROGRAM) {
    fs::copy(YOKE_INTEROP "/mcp-project", path(), fs::copy_options::recursive);
    fs::create_directory_symlink(kModules, path() + "/node_modules");
    fs::copy_file(YOKE_INTEROP "/clients/mcp.mjs", path() + "/mcp.mjs");
    const Ended granted = yoke(Args{"tools", "grant", "--all"});
    if (granted.status != 0) throw std::runtime_error(granted.err);
  }

  void client(const Args& args) const {
    ProcessOptions how;
    how.args = {"mcp.mjs"};
    how.args.insert(how.args.end(), args.begin(), args.end());
    how.dir = path();
    Process process(node_for("@modelcontextprotocol/client"), how);
    const Ended ended = process.wait();
    if (ended.status != 0) throw std::runtime_error(ended.out + ended.err);
  }
};

// The same, served.
class McpServed : public McpProject {
 public:
  McpServed()
      : yoke_("/bin/sh", options({"-c", "exec \"$0\" serve 2>&1", YOKE_PROGRAM})),
        url_(address(yoke_) + "/mcp") {}

  const std::string& url() const { return url_; }

  // The failed checks of a revision's scenarios, scored or not, one a line.
  std::string failures(const std::string& revision) const {
    ProcessOptions how;
    how.args = {kModules + kSuite + "/dist/index.js",
                "server",
                "--url",
                url_,
                "--requirements",
                revision,
                "-o",
                file("out")};
    how.dir = path();
    Process process(node_for(kSuite), how);
    const Ended ended = process.wait();
    std::string failed = ended.status == 0 ? "" : ended.out + ended.err;
    for (const auto& entry : fs::recursive_directory_iterator(file("out"))) {
      if (entry.path().filename() != "checks.json") continue;
      const std::string scenario = entry.path().parent_path().filename().string();
      const Json checks = parse_json(read(fs::relative(entry.path(), path()).string())).value();
      for (const Json& check : checks) {
        if (string_at(check, "status") != "FAILURE") continue;
        failed += scenario + ": " + string_at(check, "id") + ": " +
                  string_at(check, "errorMessage") + "\n";
      }
    }
    return failed;
  }

 private:
  static std::string address(Process& yoke) {
    constexpr std::string_view kReady = "ready on ";
    std::string said;
    while (true) {
      const std::optional<std::string> line = yoke.line();
      if (!line) throw std::runtime_error("yoke serve ended: " + said);
      if (line->starts_with(kReady)) return line->substr(kReady.size());
      said += *line + "\n";
    }
  }

  Process yoke_;
  std::string url_;
};

}  // namespace

TEST_CASE("every scenario of the suite for MCP 2025-11-25 passes, scored or not") {
  CHECK(McpServed().failures("2025-11-25") == "");
}

TEST_CASE("every scenario of the suite for MCP 2026-07-28 passes, scored or not") {
  CHECK(McpServed().failures("2026-07-28") == "");
}

TEST_CASE("the protocol's own clients of both eras use a served project") {
  const McpServed served;
  served.client({served.url(), "legacy"});
  served.client({served.url(), "modern"});
}

TEST_CASE("the protocol's own clients use the pipes of a yoke that a running one answers for") {
  const McpServed served;
  for (const char* era : {"legacy", "modern"}) {
    served.client(
        {"stdio", era, YOKE_PROGRAM, "--config", served.file("yoke.toml"), "mcp", "serve"});
  }
}

TEST_CASE("the protocol's own clients of both eras start yoke and use it over its pipes") {
  const McpProject project;
  for (const char* era : {"legacy", "modern"}) {
    project.client(
        {"stdio", era, YOKE_PROGRAM, "--config", project.file("yoke.toml"), "mcp", "serve"});
  }
}

}  // namespace yoke::testing

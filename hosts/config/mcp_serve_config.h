#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "hosts/config/config.h"

// [serve.mcp]: Yoke as an MCP server.
namespace yoke {

// One [[serve.mcp.resources]]: a file of the project, or what a tool answers.
struct McpResourceConfig {
  std::string uri;  // with {…} in it: a template, whose parts are the tool's arguments
  std::string name;
  std::string description = {};
  std::string mime = {};  // empty: text/plain
  std::string file = {};  // relative to the project
  std::string tool = {};
  int line = 0;
};

// Whether a call is answered by a task, where the client speaks of tasks.
enum class McpTask : std::uint8_t {
  late,      // when it is not over after `task_after`
  never,     // the answer is waited for
  always,    // at once
  required,  // at once, and a client that speaks of none is refused
};

struct McpServeConfig {
  std::vector<std::string> agents = {"*"};  // globs; of those that the caller may use
  std::vector<std::string> tools = {};      // globs over tools
  std::vector<std::string> prompts = {};    // globs over tools and agents that make prompts
  std::string instructions = {};            // told to clients, for their models
  bool memory = true;                       // what is remembered is there as resources
  bool skills = true;                       // skills are there as prompts
  std::chrono::milliseconds task_after{10'000};
  // A stream that stays silent for so long is closed where its client comes back for the rest.
  std::chrono::milliseconds reconnect_after{60'000};
  std::vector<std::pair<std::string, McpTask>> tasks = {};  // by name or glob; the first counts
  std::vector<McpResourceConfig> resources = {};
  int line = 0;
};

// From the file that `config` was read from. Errors: invalid, with file:line.
Result<McpServeConfig> mcp_serve_config_of(const Config& config);

}  // namespace yoke

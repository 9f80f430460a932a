#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "hosts/cli/options.h"

// `yoke mcp …`: MCP servers whose tools the project has.
namespace yoke {

struct McpVerb {
  std::string name;
  std::vector<std::string> command;
  std::string url;
  bool accept = false;  // take what is found without a question
};

int mcp_add(const CommonOptions& common, const McpVerb& verb);
int mcp_list(const CommonOptions& common, const McpVerb& verb);
int mcp_check(const CommonOptions& common, const McpVerb& verb);
int mcp_remove(const CommonOptions& common, const McpVerb& verb);

// Adds them to the command line; what is chosen is put into `chosen`. The group is returned.
CLI::App* add_mcp(CLI::App& root, CommonOptions& common, McpVerb& verb,
                  std::function<int()>& chosen);

}  // namespace yoke

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hosts/config/mcp_config.h"
#include "runtime/loop/clock.h"
#include "tools/grants.h"
#include "tools/mcp/find_tools.h"
#include "tools/mcp/mcp_tool.h"
#include "tools/oauth/credentials_book.h"

namespace yoke {

class Project;

// The MCP servers of a project. None is started before a tool of it is called: what they can is
// remembered in .yoke/mcp/NAME.json from when they were last met.
//
// Ownership: borrows what it is made with, and outlives the project's tools.
// Threads:   loop thread only; small blocking file access when a server is met.
class McpServers {
 public:
  struct Services {
    asio::any_io_executor executor;
    HttpClient& http;
    CredentialsBook* credentials = nullptr;  // null: nobody signs in anywhere
    std::function<Grants&()> grants;         // asked when a tool is called
  };
  // One of them, and what is wrong with it.
  struct One {
    McpConfig config;
    std::unique_ptr<mcp::McpServer> server = {};  // null: it cannot be used
    std::string problem = {};
    std::vector<std::string> left_out = {};  // tools, each with its reason
    std::string plugin = {};                 // it runs functions of this plugin; empty: of none
    std::set<std::string> described = {};    // its tools that the plugin's manifest describes
  };

  // Errors: invalid, with file:line.
  static Result<std::unique_ptr<McpServers>> make(const Config& config, Services services);
  struct Parts;
  explicit McpServers(std::unique_ptr<Parts> parts);
  ~McpServers();  // ends the processes of all, and waits for that
  McpServers(const McpServers&) = delete;
  McpServers& operator=(const McpServers&) = delete;

  // A server that runs functions of a plugin.
  struct OfPlugin {
    std::string plugin;
    std::string name;  // among all servers: "plugin-NAME"
    std::string url;
    CredentialsWanted credentials;
    PermitAddress permit_address = {};
    std::vector<std::string> tools = {"*"};  // globs over its own names: these alone
    std::set<std::string> described = {};    // these need no person's look: see One
  };
  // That server, which stands among all from now on; asked for again, it is the same one. Its
  // calls say so where nobody has signed in. Errors: conflict: another one has the name.
  Result<mcp::McpServer*> of_plugin(OfPlugin wanted);

  // The tools of those that are remembered. What cannot be had becomes a problem of the project.
  void add_to(Project& project);

  // What of their tools a model is shown. Errors: invalid, with file:line.
  Result<mcp::ShownTools> shown() const;

  std::vector<One>& all();
  One* find(const std::string& name);
  const std::vector<Error>& problems() const;  // of .mcp.json

  mcp::ToolPins pins() const;  // refusal_of(), for tools
  // What a person has taken. A tool: as it is now, or empty. A server of .mcp.json: to be started.
  std::string refusal_of(const std::string& tool, const std::string& hash) const;
  bool may_start(const One& one) const;
  Result<void> take_server(const One& one, Micros now);
  Result<void> take_tools(const One& one, Micros now);

 private:
  std::unique_ptr<Parts> parts_;
};

// The name under which a tool of the server is called.
std::string mcp_tool_name(const McpServers::One& one, const std::string& tool);

}  // namespace yoke

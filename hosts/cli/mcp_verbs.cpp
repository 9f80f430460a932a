#include "hosts/cli/mcp.h"

namespace yoke {
namespace {

using McpCommand = int (*)(const CommonOptions&, const McpVerb&);

}  // namespace

CLI::App* add_mcp(CLI::App& root, CommonOptions& common, McpVerb& verb,
                  std::function<int()>& chosen) {
  CLI::App* mcp = root.add_subcommand("mcp", "MCP servers whose tools the project has");
  mcp->require_subcommand(1);
  mcp->footer("Example:\n  yoke mcp add files -- npx -y @modelcontextprotocol/server-filesystem .");
  const auto add = [&](const char* name, const char* about, const char* example,
                       McpCommand action) {
    CLI::App* app = mcp->add_subcommand(name, about);
    app->footer(std::string("Example:\n  ") + example);
    app->callback([&, action] { chosen = [&, action] { return action(common, verb); }; });
    return app;
  };
  CLI::App* added = add("add", "Write a server into yoke.toml and look at it",
                        "yoke mcp add docs --url https://mcp.example.com/mcp", mcp_add);
  added->add_option("name", verb.name, "What it is to be called")->required();
  added->add_option("--url", verb.url, "Where it is, when it runs already")->type_name("URL");
  added->add_option("command", verb.command, "After --: its program and arguments");
  added->add_flag("--accept", verb.accept, "Take all of its tools without a question");
  add("list", "List the servers, and what is known of them", "yoke mcp list", mcp_list);
  CLI::App* check = add("check", "Meet a server, show its tools, and take them",
                        "yoke mcp check files --accept", mcp_check);
  check->add_option("name", verb.name, "The server; without one, all");
  check->add_flag("--accept", verb.accept,
                  "Take its tools as they are now, and start it if it is a stranger's");
  add("remove", "Take a server out of yoke.toml", "yoke mcp remove files", mcp_remove)
      ->add_option("name", verb.name, "The server")
      ->required();
  return mcp;
}

}  // namespace yoke

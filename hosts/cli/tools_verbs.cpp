#include <CLI/CLI.hpp>

#include "hosts/cli/commands.h"
#include "hosts/cli/skills.h"
#include "hosts/cli/verbs.h"

namespace yoke {

void add_tools(CLI::App& root, CommonOptions& common, ToolsOptions& o,
               std::function<int()>& chosen) {
  CLI::App* tools = root.add_subcommand("tools", "Look at tools and try them");
  tools->require_subcommand(1);
  add_verb(*tools, "list", "List the project's tools", "yoke tools list", chosen,
           [&] { return tools_list(common, o); });
  add_verb(*tools, "show", "Show a tool: what it takes, does and may touch",
           "yoke tools show csv.stats", chosen, [&] { return tools_show(common, o); })
      ->add_option("name", o.name, "The tool")
      ->required();
  CLI::App* call = add_verb(*tools, "call", "Call a tool as an agent would",
                            "yoke tools call csv.describe '{\"file\":\"sales.csv\"}'", chosen,
                            [&] { return tools_call(common, o); });
  call->add_option("name", o.name, "The tool")->required();
  call->add_option("arguments", o.json, "Its arguments as a JSON object");
  add_asking(*call, o.when_asked);
  add_verb(*tools, "check", "Check tool files", "yoke tools check tools/csv.lua", chosen, [&] {
    return tools_check(common, o);
  })->add_option("files", o.files, "Lua files; the project's when left out");
  CLI::App* grant =
      add_verb(*tools, "grant", "Grant a tool what it asks for", "yoke tools grant mail.send",
               chosen, [&] { return tools_grant(common, o); });
  grant->add_option("name", o.name, "The tool");
  grant->add_flag("--all", o.all, "Every tool that waits for a grant");
  CLI::App* add =
      add_verb(*tools, "add", "Add scripts that somebody else wrote",
               "yoke tools add ~/weather.lua", chosen, [&] { return tools_add(common, o); });
  add->add_option("path", o.path, "A Lua file, or a folder of them with its lib/")->required();
  add->add_flag("--force", o.force, "Replace what is there");
  CLI::App* test = add_verb(*tools, "test", "Run *_test.lua files", "yoke tools test tools", chosen,
                            [&] { return tools_test(common, o); });
  test->add_option("paths", o.files, "Files or folders; the project's tools when left out");
  test->add_option("--filter", o.filter, "Only tests whose name holds this")->type_name("TEXT");
  add_verb(*tools, "types", "Write what scripts may see, for editors", "yoke tools types", chosen,
           [&] { return tools_types(common, o); })
      ->add_option("folder", o.path, ".yoke/types of the project when left out");
  CLI::App* explain = add_verb(*tools, "explain", "Say which rule decides about a call",
                               "yoke tools explain mail.send '{\"to\":\"a@example.com\"}'", chosen,
                               [&] { return tools_explain(common, o); });
  explain->add_option("name", o.name, "The tool")->required();
  explain->add_option("arguments", o.json, "Its arguments as a JSON object");
}

void add_skills(CLI::App& root, CommonOptions& common, std::string& name,
                std::function<int()>& chosen) {
  CLI::App* skills = root.add_subcommand("skills", "Look at skills")->require_subcommand(1);
  add_verb(*skills, "list", "List the project's skills", "yoke skills list", chosen,
           [&] { return skills_list(common); });
  add_verb(*skills, "show", "Show a skill as a model may load it", "yoke skills show pdf-forms",
           chosen, [&] { return skills_show(common, name); })
      ->add_option("name", name, "The skill")
      ->required();
}

void add_agents(CLI::App& root, CommonOptions& common, AgentsOptions& o,
                std::function<int()>& chosen) {
  CLI::App* agents = root.add_subcommand("agents", "Look at agents");
  agents->require_subcommand(1);
  add_verb(*agents, "list", "List the project's agents", "yoke agents list", chosen,
           [&] { return agents_list(common, o); });
  add_verb(*agents, "check", "Check agent files", "yoke agents check agents/analyst.lua", chosen,
           [&] { return agents_check(common, o); })
      ->add_option("files", o.files, "Agents' files; the project's when left out");
}

}  // namespace yoke

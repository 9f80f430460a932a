#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "runtime/engine/agent.h"
#include "tools/grants.h"
#include "tools/lua_tools.h"
#include "tools/tool_registry.h"

namespace yoke {

class AgentPackage;
class PluginLoader;
class RunAdditions;
struct AgentExtras;
struct Plugin;
struct PluginConfig;

struct AgentListing {
  std::string name;  // that it is run by: its file's
  std::string file;  // relative to the project
  std::string description;
  std::string problem;  // why it cannot be used; empty when it can
};

// A tool that asks for more than it was granted.
struct Ungranted {
  const ToolSpec* spec = nullptr;  // owned by the project's registry
  GrantDecision decision;
};

// A plugin of yoke.toml as it was loaded.
struct PluginListing {
  std::string name;
  std::string path;  // relative to the project
  int line = 0;      // of its section
  bool enabled = true;
  std::vector<std::shared_ptr<const Plugin>> plugins;  // shared with its tools
  std::string problem;                                 // why it cannot be used; empty when it can
};

// The agents and tools of a project's folder, and the programs made of them.
//
// Ownership: borrows everything it is built from. The programs it hands out borrow its tools, and
// so
//            does every run of them: they end before it does.
// Threads:   loop thread only.
class Project final : public Programs {
 public:
  // `durable` null: workflows and code are not run.
  Project(const Config& config, ScriptHost& scripts, Grants grants, Narrowing narrowing = {},
          DurableScripts* durable = nullptr);
  ~Project() override;

  // What every run has besides its tools, from now on; outlives the project.
  void add_to_runs(const RunAdditions& additions) { additions_ = &additions; }

  // Tools of other kinds, "plugin:NAME.function" or "mcp:NAME.tool". From now on agents may name
  // them, and a restored run finds them by name: whoever adds them adds them before runs are
  // driven. One that cannot be added is a problem, which ends with `mend` ("" or "; rename …").
  void add_tools(std::vector<std::unique_ptr<Tool>> tools, const std::string& mend = "");
  // What of such a kind could not be had, told as files that do not load are.
  void add_problem(Error problem) { problems_.push_back(std::move(problem)); }

  // The plugins of yoke.toml become tools, and agents' packages are loaded with theirs, from now
  // on; the loader outlives the project. Before runs are driven.
  void use_plugins(const PluginLoader& loader);
  const std::vector<PluginListing>& plugins() const { return plugins_; }
  // The package that an agent's file is. Errors: invalid.
  Result<std::shared_ptr<const AgentPackage>> package(const std::string& file) const;

  // Tools, plugins and grants as they are in the files now; yoke.toml is not read again. Runs that
  // are under way keep their tools, which stay until the project goes. Blocks on small files.
  void read_anew();

  ToolRegistry& tools() { return registry_; }
  Grants& grants() { return grants_; }
  const std::vector<Error>& problems() const { return problems_; }  // tools that do not load
  const std::vector<std::string>& notes() const { return notes_; }  // well, but good to know
  std::vector<AgentListing> agents();

  Result<Program> program(const std::string& agent);  // a name, a .lua file, a folder, "tool:NAME"
  Result<Program> plain_program(const std::string& model);
  // The program, carrying out this plan where its agent would ask a model for one. Errors: invalid:
  // its agent does not plan, or the plan is none.
  Result<Program> with_plan(Program program, Json plan) const;
  // As restore() does, at once.
  Result<Program> restored(Json source) const;
  LoadedTools check_tool_file(const std::string& file);  // what is in it, and what is wrong with it
  // Whose a file is, named as a person at the current folder names it: what lies outside the
  // project is a stranger's.
  ScriptOrigin origin_of(const std::string& file) const;
  std::vector<std::string> tool_files() const;  // all that tools are loaded from, own ones first
  // Narrowings of tools that are not there.
  std::vector<Error> narrowing_problems() const;
  std::vector<Ungranted> ungranted(const ToolSet& tools) const;
  // Of the program and of all agents that its runs may start, each tool once.
  std::vector<Ungranted> ungranted(const Program& program) const;

  awaitable<Result<Program>> restore(Json source) override;

  Result<std::string> find_agent(const std::string& agent) const;  // the file
  Result<std::shared_ptr<const Agent>> read_agent(const std::string& file);

 private:
  struct AgentFile {
    std::string name;
    std::string file;  // relative to the project
  };
  std::vector<AgentFile> agent_files() const;  // agents, then workflows, then packages
  void add_package_files(std::vector<AgentFile>& files) const;
  bool is_package_file(const std::string& file) const;  // as find_agent() gave it
  static Result<std::string> found_package(const std::string& agent);
  // Those that the agent may start, by its tools or, a workflow, its `agents`.
  struct Startable {
    std::string name;
    bool is_named = false;  // not only by a pattern: it must be well
  };
  Result<std::vector<Startable>> startable(const Agent& agent, const std::string& own_name) const;
  Result<std::unique_ptr<ToolSet>> select(const Agent& agent) const;
  Result<ScriptSource> agent_source(const std::string& file) const;
  // Without what it may start.
  Result<Program> read_program(const std::string& file, AgentExtras& extras);
  // With the code of all that it, and those that it starts, may start.
  Result<Program> with_family(Program program, const std::string& own_name,
                              const AgentExtras& extras);
  Result<Json> member_source(const std::string& name, std::vector<Startable>& more);
  Result<void> note_names(Program& program, const std::vector<std::string>& agents) const;
  // With what its strategy and its family add, as its source says.
  Result<Program> with_engine_tools(Program program) const;

  void load_scripts();
  void load(const std::vector<std::string>& files, ScriptOrigin origin);
  Result<Program> program_of(std::shared_ptr<const Agent> agent);
  Result<Program> program_of_package(const std::string& file);
  void load_section(const PluginLoader& loader, const PluginConfig& section);
  Result<std::shared_ptr<const Agent>> agent_of_package(const AgentPackage& package);
  // The agent, told what the plugins of its tools want it to be told.
  Result<std::shared_ptr<const Agent>> with_plugin_words(std::shared_ptr<const Agent> agent,
                                                         const ToolSet& tools) const;
  Result<std::shared_ptr<const ToolSet>> restored_tools(const Json& source) const;
  Result<Program> with_additions(Program program, const AgentExtras& extras) const;
  void add_tool(std::unique_ptr<Tool> tool, const std::string& mend);
  void add_bundled();
  void add_bundled_group(const std::string& group, const BundledConfig* settings);

  const Config& config_;
  ScriptHost& scripts_;
  Grants grants_;
  LuaToolServices services_;  // its gate asks grants_
  DurableScripts* const durable_;
  const RunAdditions* additions_ = nullptr;  // null: nothing
  ToolRegistry registry_;
  std::vector<ToolRegistry> before_;  // before read_anew(): runs may borrow from them
  std::vector<Error> problems_;
  std::vector<std::string> notes_;
  std::map<std::string, Error> doubles_;  // by tool: it is defined twice
  const PluginLoader* loader_ = nullptr;  // null: plugins are not used
  std::vector<PluginListing> plugins_;
  // By file, as it was last opened; shared with the programs made of it.
  mutable std::map<std::string, std::shared_ptr<const AgentPackage>> packages_;
  std::map<std::string, std::string> workers_;  // by name: agents that lie in another's package
};

}  // namespace yoke

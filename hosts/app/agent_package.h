#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hosts/app/plugin_loader.h"
#include "hosts/packages/capabilities.h"
#include "hosts/packages/read_package.h"
#include "runtime/engine/agent.h"
#include "tools/lua_tools.h"
#include "tools/skills/skills.h"
#include "tools/tool_registry.h"

namespace yoke {

// Whether an agent's file is a package or a manifest, and no script: "….json", "….zip", a folder
// with a manifest.json or declarativeAgent.json, or one of these with "#FILE" behind it.
bool is_package(const std::string& file);

// A declarative agent with the tools that its package brings: its plugins' functions, and those of
// its capabilities. Immutable once it is made.
//
// Ownership: owns its tools; borrows what its services hold. Shared by the programs made of it.
class AgentPackage {
 public:
  struct Services {
    const Config& config;
    const PluginLoader* loader;  // null: plugins' functions are left out
    // Makes tools of a script that ships with the program.
    std::function<LoadedTools(ScriptSource)> load_script;
  };
  // `file`: as of is_package(). Errors: invalid, with its place.
  static Result<std::shared_ptr<const AgentPackage>> open(const std::string& file,
                                                          const Services& services);

  const std::string& file() const { return file_; }
  const std::string& hash() const { return hash_; }  // changes when anything in it does
  const DeclarativeAgent& agent() const { return agent_.agent; }
  const PluginFindings& findings() const { return findings_; }
  const ToolRegistry& tools() const { return tools_; }
  const std::vector<Skill>& skills() const { return skills_; }  // that its model may load
  // The agent, which may start these others. Errors: as of make_agent().
  Result<std::shared_ptr<const Agent>> make(const std::vector<std::string>& workers) const;
  // "PACKAGE#FILE" of agents in the same package that it may hand tasks to.
  std::vector<std::string> worker_files() const;

  // For whoever makes them alone: nobody else has a Made.
  class Made {
    Made() = default;
    friend class PackageMaker;
  };
  explicit AgentPackage(Made) {}

 private:
  friend class PackageMaker;

  std::string file_;
  std::string hash_;
  std::string name_;
  PackagedAgent agent_;
  PluginFindings findings_;
  std::vector<std::shared_ptr<const Plugin>> plugins_;  // shared with its tools
  ToolRegistry tools_;
  std::vector<Skill> skills_;
  std::vector<std::string> notes_;
  bool writes_code_ = false;
};

// The tools of a set, and the package that owns some of them for as long as the set is there.
std::shared_ptr<const ToolSet> with_package(std::unique_ptr<ToolSet> tools,
                                            std::shared_ptr<const AgentPackage> package);

// The package's tools as a program's, which keeps it.
std::shared_ptr<const ToolSet> tools_of_package(std::shared_ptr<const AgentPackage> package);

// The hash of what lies at a package's file now. Errors: it cannot be read.
Result<std::string> package_hash_of(const std::string& file);

}  // namespace yoke

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace yoke {

class App;
class PluginLoader;
class Project;
class ToolSet;
struct Program;

// Something that a person is to agree to before it may be used: a tool's powers, an agent's package
// with plugins, an MCP server's tools as they are now.
struct GrantWanted {
  std::string name;                     // "peer.wait", for the person
  std::string why;                      // "peer.wait (tools/peer.lua) was never granted"
  std::vector<std::string> powers;      // what it could do then, a line each
  std::string by_hand;                  // for whoever cannot be asked: how it is granted
  std::string mark;                     // of a host elsewhere: what a yes is to
  std::function<std::string()> show;    // what a person looks at before saying yes, as lines
  std::function<Result<void>()> grant;  // remembers it in yoke.lock; null: the host is to
};

// Of a run of the program and of the agents that it may start. What is given borrows the app.
std::vector<GrantWanted> grants_wanted(App& app, const Program& program);
// Its parts: tools that are scripts, and agents' packages.
std::vector<GrantWanted> scripts_wanted(Project& project, const Program& program);
std::vector<GrantWanted> scripts_wanted(Project& project, const ToolSet& tools);
std::vector<GrantWanted> packages_wanted(App& app, const Program& program);

// Shared keys that nobody has agreed to show: of plugins of the program, or of one tool alone.
std::vector<GrantWanted> keys_wanted(App& app, const Program& program);
std::vector<GrantWanted> keys_wanted(App& app, const std::string& tool);

// What functions of plugins may do, by their tools' names, a line each.
std::vector<std::string> package_powers(const PluginLoader& loader,
                                        const std::vector<std::string>& tools);

}  // namespace yoke

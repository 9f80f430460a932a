#include "hosts/app/grants_wanted.h"

#include <set>
#include <string_view>
#include <utility>

#include "hosts/app/app.h"
#include "hosts/app/mcp_servers.h"
#include "hosts/app/operator_credentials.h"
#include "hosts/app/plugin_loader.h"
#include "hosts/app/project.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kLuaOrigin = "lua:";

GrantWanted wanted_of(Project& project, const Ungranted& waiting) {
  GrantWanted wanted;
  wanted.name = waiting.spec->name;
  std::string_view origin = waiting.spec->origin;
  if (origin.starts_with(kLuaOrigin)) origin.remove_prefix(kLuaOrigin.size());
  wanted.why = wanted.name + " (" + std::string(origin) + ") " + waiting.decision.reason;
  wanted.powers = waiting.decision.powers;
  if (wanted.powers.empty()) wanted.powers.emplace_back("compute, and nothing else that is new");
  wanted.by_hand = waiting.decision.why;
  wanted.show = [&project, name = wanted.name] {
    const auto* tool = dynamic_cast<const LuaTool*>(project.tools().find(name));
    return tool == nullptr ? std::string() : tool->source()->text;
  };
  wanted.grant = [&project, name = wanted.name]() -> Result<void> {
    const auto* tool = dynamic_cast<const LuaTool*>(project.tools().find(name));
    if (tool == nullptr) return Error{Errc::not_found, "the tool '" + name + "' is gone"};
    return project.grants().grant(tool->spec(), tool->origin(), SystemWallClock().now());
  };
  return wanted;
}

std::vector<PluginHome> homes_of(App& app, const Program& program) {
  std::vector<PluginHome> homes;
  const auto add = [&](const Json& source) {
    const Json& package = member_at(source, "package");
    if (!package.is_object()) return;
    PluginHome home{package_key(app.config(), string_at(package, "file")),
                    string_at(package, "hash")};
    for (const PluginHome& each : homes) {
      if (each.file == home.file) return;
    }
    homes.push_back(std::move(home));
  };
  add(program.source);
  for (const auto& [name, member] : member_at(program.source, "family").items()) add(member);
  return homes;
}

GrantWanted wanted_of(App& app, const PluginHome& home, const std::vector<std::string>& tools) {
  Grants& grants = app.project().grants();
  const bool was_taken = !grants.pin_of(kPackagePins, home.file).empty();
  GrantWanted wanted;
  wanted.name = home.file;
  wanted.why = home.file + (was_taken ? " has changed since a person took its plugins"
                                      : " has plugins that nobody has taken");
  wanted.powers = package_powers(app.plugin_loader(), tools);
  wanted.by_hand = "nobody has taken the plugins of " + home.file +
                   " yet: their first call asks; `yoke plugins grant " + home.file +
                   "` takes them for good";
  wanted.show = [tools] { return join(tools, "\n"); };
  wanted.grant = [&grants, home] {
    return grants.pin(kPackagePins, home.file, home.hash, SystemWallClock().now());
  };
  return wanted;
}

constexpr std::string_view kPluginMark = "plugin:";

// "menu" of "plugin:menu.find".
void take_plugin(const std::string& tool, std::set<std::string>& plugins) {
  if (!tool.starts_with(kPluginMark)) return;
  plugins.insert(tool.substr(kPluginMark.size(), tool.find('.') - kPluginMark.size()));
}

std::vector<GrantWanted> keys_of(App& app, const std::set<std::string>& plugins,
                                 const std::set<std::string>& packages) {
  std::vector<GrantWanted> all;
  const OperatorCredentials& book = app.credentials();
  for (const SharedKey& key : book.shared_keys()) {
    const bool meant = key.package.empty() || packages.contains(key.package);
    const std::vector<std::string> missing = book.key_grants().missing(key);
    if (!meant || !plugins.contains(key.plugin) || missing.empty()) continue;
    GrantWanted wanted;
    wanted.name = key.plugin + ": " + key.reference;
    wanted.why = key_words(key, missing);
    wanted.powers = {"send that key with calls of plugin:" + key.plugin + ".*"};
    wanted.by_hand = not_granted(key, missing).detail;
    wanted.show = [text = origins_line(key, missing)] { return "the same for good: " + text; };
    wanted.grant = [&book, key] { return book.key_grants().grant(key, SystemWallClock().now()); };
    all.push_back(std::move(wanted));
  }
  return all;
}

// The tools of a server that are not, as they are now, what a person took.
std::vector<GrantWanted> servers_wanted(App& app, const Program& program) {
  std::vector<GrantWanted> all;
  McpServers& servers = app.plugin_loader().servers();
  for (McpServers::One& one : servers.all()) {
    if (!one.server || one.server->memory() == nullptr || !servers.may_start(one)) continue;
    GrantWanted wanted;
    std::string shown;
    bool any_named = false;
    for (const mcp::ListedTool& tool : one.server->listing().tools) {
      const std::string name = mcp_tool_name(one, tool.name);
      if (servers.refusal_of(name, tool.hash).empty()) continue;
      any_named = any_named || program.tools->find(name) != nullptr;
      wanted.powers.push_back("call " + name + ": " + shorten(tool.description, 120));
      shown += name + "\n" + tool.description + "\n" + to_text(tool.input_schema) + "\n\n";
    }
    if (!any_named) continue;
    wanted.name = "the MCP server '" + one.config.name + "'";
    wanted.why = wanted.name +
                 " has tools that are new, or say other things of themselves, since "
                 "a person took them";
    wanted.by_hand =
        wanted.why + ": run `yoke mcp check " + one.config.name + "` to look at them and take them";
    wanted.show = [shown] { return shown; };
    wanted.grant = [&servers, name = one.config.name]() -> Result<void> {
      const McpServers::One* found = servers.find(name);
      if (found == nullptr) return Error{Errc::not_found, "the server '" + name + "' is gone"};
      return servers.take_tools(*found, SystemWallClock().now());
    };
    all.push_back(std::move(wanted));
  }
  return all;
}

std::vector<GrantWanted> all_of(Project& project, const std::vector<Ungranted>& waiting) {
  std::vector<GrantWanted> all;
  for (const Ungranted& each : waiting) all.push_back(wanted_of(project, each));
  return all;
}

}  // namespace

std::vector<std::string> package_powers(const PluginLoader& loader,
                                        const std::vector<std::string>& tools) {
  std::set<std::string> hosts;
  for (const std::string& tool : tools) {
    const MadeFunction* made = loader.made(tool);
    if (made != nullptr) hosts.insert(made->hosts.begin(), made->hosts.end());
  }
  std::vector<std::string> powers = {"call " + std::to_string(tools.size()) +
                                     (tools.size() == 1 ? " function: " : " functions: ") +
                                     shorten(join(tools, ", "), 200)};
  for (const std::string& host : hosts) powers.push_back("connect to " + host);
  return powers;
}

std::vector<GrantWanted> scripts_wanted(Project& project, const Program& program) {
  return all_of(project, project.ungranted(program));
}

std::vector<GrantWanted> scripts_wanted(Project& project, const ToolSet& tools) {
  return all_of(project, project.ungranted(tools));
}

std::vector<GrantWanted> packages_wanted(App& app, const Program& program) {
  std::vector<GrantWanted> all;
  for (const PluginHome& home : homes_of(app, program)) {
    const std::vector<std::string> tools = app.plugin_loader().made_in(home);
    const bool taken = app.project().grants().has_pin(kPackagePins, home.hash);
    if (!tools.empty() && !taken) all.push_back(wanted_of(app, home, tools));
  }
  return all;
}

std::vector<GrantWanted> keys_wanted(App& app, const Program& program) {
  std::set<std::string> plugins;
  std::set<std::string> packages;
  for (const ToolSpec* spec : program.tools->list()) take_plugin(spec->name, plugins);
  for (const Json& member : member_at(program.source, "family")) {
    for (const Json& kept : member_at(member_at(member, "tools"), "tools")) {
      take_plugin(string_at(kept, "name"), plugins);
    }
  }
  for (const PluginHome& home : homes_of(app, program)) packages.insert(home.file);
  return keys_of(app, plugins, packages);
}

std::vector<GrantWanted> keys_wanted(App& app, const std::string& tool) {
  std::set<std::string> plugins;
  take_plugin(tool, plugins);
  return keys_of(app, plugins, {});
}

std::vector<GrantWanted> grants_wanted(App& app, const Program& program) {
  std::vector<GrantWanted> all = scripts_wanted(app.project(), program);
  for (GrantWanted& each : packages_wanted(app, program)) all.push_back(std::move(each));
  for (GrantWanted& each : keys_wanted(app, program)) all.push_back(std::move(each));
  for (GrantWanted& each : servers_wanted(app, program)) all.push_back(std::move(each));
  return all;
}

}  // namespace yoke

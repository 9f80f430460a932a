#include "hosts/cli/mcp.h"

#include <filesystem>
#include <iostream>

#include "hosts/app/app.h"
#include "hosts/app/mcp_servers.h"
#include "hosts/app/plugin_loader.h"
#include "hosts/app/project.h"
#include "hosts/cli/folder_swap.h"
#include "hosts/cli/mcp_edit.h"
#include "hosts/cli/support.h"
#include "hosts/config/named_sections.h"
#include "hosts/config/read_file.h"
#include "runtime/base/text.h"

// `yoke mcp add | list | check | remove`
namespace yoke {
namespace {

constexpr std::chrono::seconds kMeet{90};
constexpr std::chrono::seconds kGoodbye{3};

using McpOne = McpServers::One;

// Of a stranger's, as it is written: what is filled in may be a key.
Json way_json(const McpConfig& config) {
  if (!config.is_strangers) return {{"url", config.url}, {"command", config.command}};
  return {{"url", config.written.at("url")}, {"command", config.written.at("command")}};
}

std::string way_of(const McpConfig& config) {
  const Json way = way_json(config);
  const std::string url = string_at(way, "url");
  return printable(url.empty() ? join(way.at("command").get<std::vector<std::string>>(), " ")
                               : url);
}

// The mark before a tool: what a person has said of it.
struct ToolLook {
  const mcp::ListedTool* tool = nullptr;
  std::string name;
  std::string state;  // "taken", "new", "changed"
};

std::vector<ToolLook> looks_of(McpServers& servers, const McpOne& one) {
  std::vector<ToolLook> looks;
  for (const mcp::ListedTool& tool : one.server->listing().tools) {
    ToolLook look{&tool, mcp_tool_name(one, tool.name), "taken"};
    const std::string refusal = servers.refusal_of(look.name, tool.hash);
    if (!refusal.empty() && !one.described.contains(tool.name)) {
      look.state = refusal.find("has changed") == std::string::npos ? "new" : "changed";
    }
    looks.push_back(std::move(look));
  }
  return looks;
}

std::string first_line(const std::string& text) {
  return shorten(printable(text.substr(0, text.find('\n'))), 100);
}

void tell_server(Terminal& terminal, const McpOne& one, const std::vector<ToolLook>& looks,
                 bool json) {
  const mcp::ServerMemory& met = *one.server->memory();
  if (json) {
    Json tools = Json::array();
    for (const ToolLook& look : looks) {
      tools.push_back({{"name", look.name}, {"state", look.state}, {"hash", look.tool->hash}});
    }
    terminal.out(to_text(Json{{"server", one.config.name},
                              {"era", std::string(mcp::name_of(met.self.era))},
                              {"version", met.version},
                              {"program", mcp::to_json(met.self.server)},
                              {"capabilities", mcp::to_json(met.self.capabilities)},
                              {"tools", std::move(tools)},
                              {"left_out", one.server->listing().left_out}}) +
                 "\n");
    return;
  }
  const std::string program = printable(shorten(met.self.server.name, 60)) + " " +
                              printable(shorten(met.self.server.version, 30));
  const bool is_told = !met.self.server.name.empty();
  terminal.out(one.config.name + ": " + (is_told ? program + ", " : "") + "MCP " + met.version +
               " (" + std::string(mcp::name_of(met.self.era)) + ")\n");
  for (const ToolLook& look : looks) {
    std::string line = "  " + look.state;
    line.append(line.size() < 10 ? 10 - line.size() : 1, ' ');
    line += look.name;
    line.append(line.size() < 40 ? 40 - line.size() : 1, ' ');
    terminal.out(line + first_line(look.tool->description) + "\n");
  }
  for (const std::string& why : one.server->listing().left_out) {
    terminal.out("  left out  " + why + "\n");
  }
}

bool asks_yes(Terminal& terminal, const std::string& question) {
  if (!terminal.in_is_terminal() || !terminal.err_is_terminal()) return false;
  terminal.err(question + " yes/no: ");
  std::string line;
  std::getline(std::cin, line);
  return trim(line) == "yes" || trim(line) == "y";
}

void tell_written(Terminal& terminal, const McpConfig& config, const char* table) {
  for (const auto& [name, value] : member_at(config.written, table).items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
    terminal.line("  " + std::string(table) + " " + printable(name) + " = " + printable(text) +
                  (is_reference(text) ? "  (given as it stands, no reference)" : ""));
  }
}

// A stranger's server: what would be started, with what, is shown whole, and a person asked.
bool may_meet(McpServers& servers, Terminal& terminal, const McpOne& one, bool accept) {
  if (servers.may_start(one)) return true;
  terminal.line(one.config.name +
                " stands in .mcp.json, which others may have written: " + way_of(one.config));
  if (!one.config.cwd.empty()) terminal.line("  in " + printable(one.config.cwd));
  tell_written(terminal, one.config, "env");
  tell_written(terminal, one.config, "headers");
  if (!one.config.of_env_file.empty()) {
    terminal.line("  filled in from .env: " + printable(join(one.config.of_env_file, ", ")));
  }
  if (!accept && !asks_yes(terminal, "start it?")) {
    terminal.line("yoke: '" + one.config.name + "' is not started: `yoke mcp check " +
                  one.config.name + " --accept` starts it");
    return false;
  }
  const Result<void> taken = servers.take_server(one, SystemWallClock().now());
  if (!taken) fail(terminal, taken.error());
  return taken.has_value();
}

int take_all(McpServers& servers, Terminal& terminal, const McpOne& one,
             const std::vector<ToolLook>& looks, bool accept) {
  std::size_t waiting = 0;
  for (const ToolLook& look : looks) waiting += look.state == "taken" ? 0 : 1;
  if (waiting == 0) return kExitCompleted;
  const std::string count = std::to_string(waiting) + (waiting == 1 ? " tool" : " tools");
  if (!accept && !asks_yes(terminal, "take " + count + " of '" + one.config.name + "' so?")) {
    terminal.line("yoke: " + count + " of '" + one.config.name +
                  "' cannot be called yet: `yoke mcp check " + one.config.name +
                  " --accept` takes them");
    return kExitFailed;
  }
  const Result<void> taken = servers.take_tools(one, SystemWallClock().now());
  if (!taken) return fail(terminal, taken.error());
  const std::string named = one.plugin.empty() ? "mcp:" + one.config.name : "plugin:" + one.plugin;
  terminal.line("took " + count + " of '" + one.config.name + "'; an agent names them as \"" +
                named + ".*\"");
  return kExitCompleted;
}

awaitable<int> check_one(McpServers& servers, Terminal& terminal, McpOne& one, McpVerb verb,
                         bool json) {
  if (!one.config.enabled) {
    terminal.line(one.config.name + " is disabled in " + one.config.place);
    co_return kExitCompleted;
  }
  if (!one.problem.empty()) {
    co_return fail(terminal, Error{Errc::invalid, one.problem, one.config.place});
  }
  if (!may_meet(servers, terminal, one, verb.accept)) co_return kExitFailed;
  auto meeting = one.server->meet(LoopClock::now() + kMeet);
  const Result<void> met = co_await std::move(meeting);
  if (!met) co_return fail(terminal, met.error());
  const std::vector<ToolLook> looks = looks_of(servers, one);
  tell_server(terminal, one, looks, json);
  auto goodbye = one.server->stop(LoopClock::now() + kGoodbye);
  co_await std::move(goodbye);
  co_return take_all(servers, terminal, one, looks, verb.accept);
}

awaitable<int> check(App& app, Terminal& terminal, McpVerb verb, bool json) {
  McpServers& servers = app.plugin_loader().servers();
  int status = kExitCompleted;
  for (const Error& problem : servers.problems()) status = fail(terminal, problem);
  bool any = false;
  for (McpOne& one : servers.all()) {
    if (!verb.name.empty() && one.config.name != verb.name) continue;
    any = true;
    auto work = check_one(servers, terminal, one, verb, json);
    const int came = co_await std::move(work);
    status = std::max(status, came);
  }
  if (any || verb.name.empty()) co_return status;
  std::vector<std::string> names;
  for (const McpOne& one : servers.all()) names.push_back(one.config.name);
  co_return fail(terminal, Error{Errc::invalid, "there is no MCP server '" + verb.name + "'" +
                                                    did_you_mean(verb.name, names)});
}

std::string known_text(McpServers& servers, const McpOne& one) {
  if (!one.config.enabled) return "disabled";
  if (!one.problem.empty()) return one.problem;
  if (!servers.may_start(one)) return "a stranger's; not started yet";
  if (one.server->memory() == nullptr) return "never met";
  std::size_t waiting = 0;
  const std::vector<ToolLook> looks = looks_of(servers, one);
  for (const ToolLook& look : looks) waiting += look.state == "taken" ? 0 : 1;
  return std::to_string(looks.size()) + " tools, MCP " + one.server->memory()->version +
         (waiting == 0 ? "" : ", " + std::to_string(waiting) + " not taken");
}

awaitable<int> list(App& app, Terminal& terminal, bool json) {
  McpServers& servers = app.plugin_loader().servers();
  for (const McpOne& one : servers.all()) {
    const std::string known = known_text(servers, one);
    if (json) {
      terminal.out(to_text(Json{{"server", one.config.name},
                                {"place", one.config.place},
                                {"url", way_json(one.config).at("url")},
                                {"command", way_json(one.config).at("command")},
                                {"state", known}}) +
                   "\n");
      continue;
    }
    std::string line = one.config.name;
    line.append(line.size() < 16 ? 16 - line.size() : 1, ' ');
    terminal.out(line + printable(known) + "  (" + shorten(way_of(one.config), 80) + ")\n");
  }
  int status = kExitCompleted;
  for (const Error& problem : servers.problems()) status = fail(terminal, problem);
  if (servers.all().empty() && !json) {
    terminal.line("there are no MCP servers: `yoke mcp add NAME -- COMMAND…` adds one");
  }
  co_return status;
}

Result<Config> file_to_change(const CommonOptions& common) {
  Result<Config> config = load_config(config_place(common, ""));
  if (config && config->file.empty()) {
    return Error{Errc::invalid, "there is no yoke.toml here or above: `yoke init` makes a project"};
  }
  return config;
}

Result<void> replace_file(const std::string& file, const std::string& text) {
  // That what is written is read back well is known before the file is touched.
  const Result<Config> well = parse_config(text, file);
  if (!well) return well.error();
  return replace_text_file(file, text);
}

}  // namespace

int mcp_add(const CommonOptions& common, const McpVerb& verb) {
  Terminal terminal(common.color);
  Result<Config> config = file_to_change(common);
  if (!config) return fail(terminal, config.error());
  if (!is_section_name(verb.name) || verb.name == "listed_max") {
    return fail(terminal, Error{Errc::invalid, "'" + printable(verb.name) +
                                                   "' is no name for a server: a-z, 0-9, '_' and "
                                                   "'-', at most 32"});
  }
  if (verb.command.empty() == verb.url.empty()) {
    return fail(terminal, Error{Errc::invalid,
                                "say either --url URL, or the server's program and "
                                "arguments after --"});
  }
  std::vector<Error> ignored;
  const Result<std::vector<McpConfig>> there = mcp_config_of(*config, ignored);
  if (!there) return fail(terminal, there.error());
  for (const McpConfig& one : *there) {
    if (one.name != verb.name || one.is_strangers) continue;
    return fail(terminal, Error{Errc::invalid, "there is an MCP server '" + verb.name + "' already",
                                one.place});
  }
  const Result<std::string> text = read_file(config->file);
  if (!text) return fail(terminal, text.error());
  const Result<void> written =
      replace_file(config->file, with_mcp_section(*text, verb.name, verb.command, verb.url));
  if (!written) return fail(terminal, written.error());
  terminal.line("wrote [mcp." + verb.name + "] into " + config->file);
  return mcp_check(common, verb);
}

int mcp_list(const CommonOptions& common, const McpVerb&) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return list(app, out, common.json); });
}

int mcp_check(const CommonOptions& common, const McpVerb& verb) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return check(app, out, verb, common.json); });
}

int mcp_remove(const CommonOptions& common, const McpVerb& verb) {
  Terminal terminal(common.color);
  Result<Config> config = file_to_change(common);
  if (!config) return fail(terminal, config.error());
  const Result<std::string> text = read_file(config->file);
  if (!text) return fail(terminal, text.error());
  const Result<std::string> without = without_mcp_section(*text, verb.name);
  if (!without) {
    return fail(terminal, Error{Errc::invalid, without.error().detail, config->file});
  }
  const Result<void> written = replace_file(config->file, *without);
  if (!written) return fail(terminal, written.error());
  std::error_code ignored;
  std::filesystem::remove(config->project_dir + "/.yoke/mcp/" + verb.name + ".json", ignored);
  terminal.line("took [mcp." + verb.name + "] out of " + config->file);
  return kExitCompleted;
}

}  // namespace yoke

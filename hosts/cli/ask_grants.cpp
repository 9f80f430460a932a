#include "hosts/cli/ask_grants.h"

#include <iostream>
#include <set>

#include "hosts/app/plugin_loader.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

bool ask(Project& project, Terminal& terminal, const Ungranted& waiting, WhenAsked when_asked) {
  const std::string& name = waiting.spec->name;
  const bool present = terminal.in_is_terminal() && terminal.err_is_terminal();
  if (!present || when_asked != WhenAsked::ask) {
    // --yes approves calls; it never grants permissions.
    terminal.line(terminal.styled(Style::dim, "note: " + printable(waiting.decision.why)));
    return false;
  }
  terminal.line(terminal.styled(Style::bold, name) + " (" + waiting.spec->origin + ") " +
                waiting.decision.reason + "; it asks to:");
  if (waiting.decision.powers.empty()) terminal.line("  compute, and nothing else that is new");
  for (const std::string& power : waiting.decision.powers) terminal.line("  " + printable(power));
  terminal.err("grant it? yes/no: ");
  std::string line;
  std::getline(std::cin, line);
  if (trim(line) != "yes" && trim(line) != "y") return false;
  const auto* tool = dynamic_cast<const LuaTool*>(project.tools().find(name));
  if (tool == nullptr) return false;
  const Result<void> granted =
      project.grants().grant(*waiting.spec, tool->origin(), SystemWallClock().now());
  if (!granted) terminal.line("yoke: " + printable(granted.error().message()));
  return granted.has_value();
}

bool ask_for_all(Project& project, Terminal& terminal, const std::vector<Ungranted>& waiting,
                 WhenAsked when_asked) {
  bool all = true;
  for (const Ungranted& each : waiting) all = ask(project, terminal, each, when_asked) && all;
  return all;
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

bool ask_package(App& app, Terminal& terminal, const PluginHome& home, WhenAsked when_asked) {
  Grants& grants = app.project().grants();
  const std::vector<std::string> tools = app.plugin_loader().made_in(home);
  const std::string pinned = grants.pin_of(kPackagePins, home.file);
  if (tools.empty() || grants.has_pin(kPackagePins, home.hash)) return true;
  const bool present = terminal.in_is_terminal() && terminal.err_is_terminal();
  if (!present || when_asked != WhenAsked::ask) {
    terminal.line(terminal.styled(
        Style::dim, "note: nobody has taken the plugins of " + printable(home.file) +
                        " yet: their first call asks; `yoke plugins grant " + printable(home.file) +
                        "` takes them for good"));
    return false;
  }
  terminal.line(terminal.styled(Style::bold, printable(home.file)) +
                (pinned.empty() ? " has plugins that nobody has taken; they may:"
                                : " has changed since a person took its plugins; they may:"));
  terminal.err(package_powers(app.plugin_loader(), tools));
  terminal.err("take them? yes/no: ");
  std::string line;
  std::getline(std::cin, line);
  if (trim(line) != "yes" && trim(line) != "y") return false;
  const Result<void> done = grants.pin(kPackagePins, home.file, home.hash, SystemWallClock().now());
  if (!done) terminal.line("yoke: " + printable(done.error().message()));
  return done.has_value();
}

}  // namespace

std::string package_powers(const PluginLoader& loader, const std::vector<std::string>& tools) {
  std::set<std::string> hosts;
  for (const std::string& tool : tools) {
    const MadeFunction* made = loader.made(tool);
    if (made != nullptr) hosts.insert(made->hosts.begin(), made->hosts.end());
  }
  std::string text = "  call " + std::to_string(tools.size()) +
                     (tools.size() == 1 ? " function: " : " functions: ") +
                     shorten(join(tools, ", "), 200) + "\n";
  for (const std::string& host : hosts) text += "  connect to " + printable(host) + "\n";
  return text;
}

bool ask_packages(App& app, Terminal& terminal, const Program& program, WhenAsked when_asked) {
  bool all = true;
  for (const PluginHome& home : homes_of(app, program)) {
    all = ask_package(app, terminal, home, when_asked) && all;
  }
  return all;
}

bool ask_grants(Project& project, Terminal& terminal, const Program& program,
                WhenAsked when_asked) {
  return ask_for_all(project, terminal, project.ungranted(program), when_asked);
}

bool ask_grants(Project& project, Terminal& terminal, const std::string& tool,
                WhenAsked when_asked) {
  const Result<std::unique_ptr<ToolSet>> one = project.tools().select({tool});
  return one && ask_for_all(project, terminal, project.ungranted(**one), when_asked);
}

}  // namespace yoke

#include "hosts/cli/ask_grants.h"

#include <iostream>

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

}  // namespace

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

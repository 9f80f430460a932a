#include "hosts/cli/ask_grants.h"

#include <iostream>

#include "hosts/app/grants_wanted.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

bool ask(Terminal& terminal, const GrantWanted& wanted, WhenAsked when_asked) {
  const bool present = terminal.in_is_terminal() && terminal.err_is_terminal();
  if (!present || when_asked != WhenAsked::ask) {
    // --yes approves calls; it never grants permissions.
    terminal.line(terminal.styled(Style::dim, "note: " + printable(wanted.by_hand)));
    return false;
  }
  terminal.line(terminal.styled(Style::bold, printable(wanted.why)) + "; it asks to:");
  for (const std::string& power : wanted.powers) terminal.line("  " + printable(power));
  terminal.err("grant it? yes/no: ");
  std::string line;
  std::getline(std::cin, line);
  if (trim(line) != "yes" && trim(line) != "y") return false;
  const Result<void> granted = wanted.grant();
  if (!granted) terminal.line("yoke: " + printable(granted.error().message()));
  return granted.has_value();
}

bool ask_for_all(Terminal& terminal, const std::vector<GrantWanted>& waiting,
                 WhenAsked when_asked) {
  bool all = true;
  for (const GrantWanted& each : waiting) all = ask(terminal, each, when_asked) && all;
  return all;
}

}  // namespace

bool ask_packages(App& app, Terminal& terminal, const Program& program, WhenAsked when_asked) {
  const bool taken = ask_for_all(terminal, packages_wanted(app, program), when_asked);
  return ask_for_all(terminal, keys_wanted(app, program), when_asked) && taken;
}

bool ask_keys(App& app, Terminal& terminal, const std::string& tool, WhenAsked when_asked) {
  return ask_for_all(terminal, keys_wanted(app, tool), when_asked);
}

bool ask_grants(Project& project, Terminal& terminal, const Program& program,
                WhenAsked when_asked) {
  return ask_for_all(terminal, scripts_wanted(project, program), when_asked);
}

bool ask_grants(Project& project, Terminal& terminal, const std::string& tool,
                WhenAsked when_asked) {
  const Result<std::unique_ptr<ToolSet>> one = project.tools().select({tool});
  return one && ask_for_all(terminal, scripts_wanted(project, **one), when_asked);
}

}  // namespace yoke

#pragma once

#include <string>

#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/terminal/terminal.h"

// What the verbs of `yoke tools` share.
namespace yoke {

// Tells which tool files do not load; the exit status.
int tell_problems(Terminal& terminal, const Project& project);

// Errors: invalid, with the nearest name, and with what does not load; or that it is no script.
Result<const LuaTool*> find_tool(Project& project, const std::string& name);
// Of any kind. Errors: invalid, likewise.
Result<Tool*> find_any_tool(Project& project, const std::string& name);

// What a person should know of a tool's powers, one line each, indented: those it may use, and
// those that the operator withholds.
std::string powers_text(const LuaTool& tool);

// Why a tool is not granted, without what it asks for, and the mend.
std::string refusal_text(const LuaTool& tool, const GrantDecision& grant);

// "2026-11-21 10:00" in UTC.
std::string day_text(Micros at);

}  // namespace yoke

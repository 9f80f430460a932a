#pragma once

#include <vector>

#include "tools/lint/facts.h"

// What the linter looks for. Each rule adds what it finds.
namespace yoke::lint {

// Names that are not there, globals that are assigned, members that a module does not have.
void check_names(const Facts& facts, std::vector<Finding>& findings);
// Calls with more or fewer arguments than the function takes.
void check_calls(const Facts& facts, std::vector<Finding>& findings);
// Libraries that are required and not there.
void check_requires(const Facts& facts, const ScriptSource& source, std::vector<Finding>& findings);
// What the code does against what its permissions allow, both ways.
void check_permissions(const Facts& facts, std::vector<Finding>& findings);
// Descriptions, and what run and probe read of `input` and `ctx`.
void check_tools(const Facts& facts, std::vector<Finding>& findings);

// A finding at a line of a file.
Finding finding_at(Finding::Level level, const File& file, int line, std::string rule,
                   std::string message);

}  // namespace yoke::lint

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/tool.h"

namespace yoke {

// A name is one or more parts of [a-z0-9_-] joined by dots, at most 64 characters. Names of other
// kinds of tools ("plugin:contacts.findPerson") begin with their kind and a colon, and their parts
// may have capitals.
Result<void> check_tool_name(std::string_view name);

// Every tool of a host, by qualified name. Owns them.
// Threads: loop thread only.
class ToolRegistry final : public ToolSet {
 public:
  // Errors: invalid (the name); conflict: the name is taken, or reads the same where dots are
  // written
  //         as underscores; the text names both places.
  Result<void> add(std::unique_ptr<Tool> tool);

  Tool* find(std::string_view name) const override;
  std::vector<const ToolSpec*> list() const override;
  std::vector<std::string> names() const;

  // The tools that an agent's `tools` list names, globs over whole names. The set borrows the
  // registry's tools. Errors: not_found: a pattern that names nothing, with the nearest name.
  Result<std::unique_ptr<ToolSet>> select(const std::vector<std::string>& patterns) const;

 private:
  std::map<std::string, std::unique_ptr<Tool>, std::less<>> tools_;
  std::map<std::string, std::string, std::less<>> plain_names_;  // as vendors see it -> ours
};

// "there is no tool 'csv.stat' (did you mean 'csv.stats'?)"
Error no_such_tool(std::string_view name, const ToolSet& set);

}  // namespace yoke

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ports/script_host.h"
#include "runtime/ports/tool_spec.h"
#include "runtime/schema/schema.h"

namespace yoke {

// A `tool { … }` of a Lua file, read and checked.
struct LuaDefinition {
  ToolSpec spec;
  int index = 0;  // among the file's definitions
  std::shared_ptr<const Schema> input;
  std::shared_ptr<const Schema> output;  // null: not checked
  // The arguments that it says decide whom a call reaches; none: it does not say.
  std::optional<std::vector<std::string>> critical = {};
};

// Errors: what is wrong with a field, named, with the nearest known name; `place` is file:line of
// the definition. unsupported: the permissions need a module that `modules` does not list.
Result<LuaDefinition> read_definition(const ScriptSource& source,
                                      const ScriptDefinition& definition, int index,
                                      const std::vector<std::string>& modules);

}  // namespace yoke

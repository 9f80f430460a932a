#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ports/script_host.h"
#include "sandbox/module_table.h"
#include "tools/broker/permissions.h"
#include "tools/lint/finding.h"
#include "tools/lint/syntax.h"

namespace yoke::lint {

inline constexpr int kShared = -1;  // code that any tool of the file may run

// A file of the script: itself, or a library that it requires.
struct File {
  std::string name;
  Tree tree;
};

// A `tool { … }` in the text.
struct ToolText {
  const Node* table = nullptr;
  int line = 0;
  std::string name;                         // empty where the text alone does not tell
  std::optional<Permissions> permissions;   // none where the text alone does not tell
  std::optional<Json> input;                // the same
  std::vector<std::pair<int, int>> params;  // the locals `input` and `ctx` of run and probe
};

// A module's member, named in the text.
struct Use {
  const File* file = nullptr;
  const Node* node = nullptr;  // the index expression
  const Node* call = nullptr;  // the call of it; null where it is handed on
  const sandbox::Module* module = nullptr;
  const sandbox::ModuleFunction* function = nullptr;  // null: there is none of that name
  int tool = kShared;
};

struct GlobalName {
  const File* file = nullptr;
  const Node* node = nullptr;
};

// What the text of a script says, gathered in one walk over each file.
struct Facts {
  std::vector<std::unique_ptr<File>> files;  // the script first
  std::vector<ToolText> tools;
  std::vector<Use> uses;
  std::vector<GlobalName> globals;       // every one that is read or assigned
  std::vector<std::string> assigned;     // the names of those assigned
  std::map<std::string, int> handed_on;  // modules used as values: what is done is not seen
  std::vector<std::pair<const File*, const Node*>> requires_;  // calls of require
  std::vector<Use> plain_calls;                                // calls of Lua's plain functions
};

// Findings: files that are no Lua; such a file has no other facts.
Facts gather(const ScriptSource& source, std::vector<Finding>& findings);

// The module that an expression names, also through a local; null for none.
const sandbox::Module* module_named(const Tree& tree, const Node& node);

}  // namespace yoke::lint

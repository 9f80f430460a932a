#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace yoke::sandbox {

// A function that scripts may call, as editors and the documentation show it.
struct ModuleFunction {
  const char* name;
  const char* params;      // "url: string, options: table?"; null where it is a value, no function
  const char* returns;     // "{status: integer, headers: table, body: string, json: any?}"
  const char* says;        // one sentence
  const char* needs = "";  // the permission it takes: "net", "read", "write", "kv read" …
};

struct Module {
  const char* name;
  const char* says;
  bool effectful;  // present only where granted; its functions suspend the script until answered
  std::span<const ModuleFunction> functions;
  bool is_kits = false;  // for the Lua of the host's own kits: not told to authors
};

// Every module beyond Lua's own libraries: first the pure ones, then the effectful ones.
std::span<const Module> modules();
const Module* find_module(std::string_view name);

// What a script has of Lua's own libraries. The first, with an empty name, are the plain globals:
// those of Lua, and `tool`, `schema`, `require` …
std::span<const Module> language();

// The functions and fields of `ctx`, the second argument of a tool's functions.
std::span<const ModuleFunction> context_members();

// One parameter or return value as the table writes it.
struct Parameter {
  std::string_view name;  // "options"; "..." for any number; empty where only a type is written
  std::string_view type;  // "table", without the mark
  bool optional = false;  // written with a "?"
};
std::vector<Parameter> parameters_of(std::string_view written);

}  // namespace yoke::sandbox

#pragma once

#include <span>
#include <string_view>

namespace yoke::sandbox {

// A function that scripts may call, as editors and the documentation show it.
struct ModuleFunction {
  const char* name;
  const char* params;   // "url: string, options: table?"
  const char* returns;  // "{status: integer, headers: table, body: string, json: any?}"
  const char* says;     // one sentence
};

struct Module {
  const char* name;
  const char* says;
  bool effectful;  // present only where granted; its functions suspend the script until answered
  std::span<const ModuleFunction> functions;
};

// Every module beyond Lua's own libraries: first the pure ones, then the effectful ones.
std::span<const Module> modules();
const Module* find_module(std::string_view name);

}  // namespace yoke::sandbox

#include "tools/editor_files.h"

#include <catch2/catch.hpp>

#include "runtime/base/json.h"
#include "sandbox/module_table.h"
#include "sandbox/vm.h"

namespace yoke {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("editors are told of every function and value of every module") {
  const std::string text = editor_definitions();
  for (const sandbox::Module& module : sandbox::modules()) {
    if (module.is_kits) continue;
    for (const sandbox::ModuleFunction& member : module.functions) {
      const std::string name = member.name;
      INFO(module.name << "." << name);
      const bool told = member.params == nullptr
                            ? has(text, "---@field " + name + " ")
                            : has(text, "function " + std::string(module.name) + "." + name + "(");
      CHECK(told);
    }
  }
  CHECK(has(text,
            "---A GET request.\n---@param url string\n---@param options? HttpOptions\n"
            "---@return HttpReply\nfunction http.get(url, options) end\n"));
  CHECK(has(text, "---@field progress fun(done: number, total?: number, message?: string)"));
  CHECK(has(text, "function tests(cases) end"));
}

TEST_CASE("editors are told of every field of a tool and every permission") {
  const std::string text = editor_definitions();
  for (const char* field :
       {"name",     "description", "input?", "output?", "effect?", "permissions?", "critical?",
        "timeout?", "run",         "probe?", "net?",    "read?",   "write?",       "secrets?",
        "sqlite?",  "smtp?",       "kv?",    "memory?", "model?",  "tools?"}) {
    INFO(field);
    CHECK(has(text, "---@field " + std::string(field) + " "));
  }
}

TEST_CASE("the definitions for editors are Lua") {
  const auto program = sandbox::compile({"yoke.lua", editor_definitions()}, sandbox::Quota{});
  INFO((program ? "" : program.error().message()));
  CHECK(program.has_value());
}

TEST_CASE("the editor's settings name the folder and what a script lacks") {
  const Result<Json> settings = parse_json(editor_settings(".yoke/types"));
  REQUIRE(settings.has_value());
  CHECK((*settings)["workspace.library"] == Json::array({".yoke/types"}));
  CHECK((*settings)["runtime.builtin"]["io"] == "disable");
}

}  // namespace yoke

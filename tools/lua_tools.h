#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/ports/script_host.h"
#include "runtime/ports/tool.h"
#include "tools/grants.h"
#include "tools/lua_definition.h"
#include "tools/narrowing.h"

namespace yoke {

// May this tool run with the permissions it declares? Asked at each call, so that a grant given
// meanwhile counts.
using GrantGate = std::function<GrantDecision(const ToolSpec& spec, ScriptOrigin origin)>;

// What Lua tools are built upon. Everything in it outlives the tools.
struct LuaToolServices {
  ScriptHost& scripts;
  GrantGate gate;
  // Those that the broker has.
  std::vector<std::string> modules = {"fs", "http", "kv", "mail", "sqlite"};
  Narrowing narrowing = {};
};

// A tool of a Lua file.
class LuaTool final : public Tool {
 public:
  LuaTool(const LuaToolServices& services, std::shared_ptr<const ScriptSource> source,
          LuaDefinition definition)
      : services_(services), source_(std::move(source)), definition_(std::move(definition)) {}

  const ToolSpec& spec() const override { return definition_.spec; }
  Result<Json> check(const Json& args) const override;
  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override;
  // The script's probe answers { happened = true, result = … }, { happened = false }, or nil.
  awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) override;

  const std::shared_ptr<const ScriptSource>& source() const { return source_; }
  int definition() const { return definition_.index; }
  ScriptOrigin origin() const { return source_->origin; }
  const std::optional<std::vector<std::string>>& critical() const { return definition_.critical; }
  GrantDecision grant() const { return services_.gate(spec(), origin()); }
  // Of what it declares, what the operator leaves it.
  Narrowed narrowed() const { return services_.narrowing.apply(spec().name, spec().permissions); }

 private:
  ScriptCall script_call(const char* function, ToolRequest request) const;
  // The value, once it fits the tool's own output schema.
  Result<void> check_result(const Json& value) const;

  const LuaToolServices& services_;
  const std::shared_ptr<const ScriptSource>
      source_;  // shared by the tools of a file, and its calls
  const LuaDefinition definition_;
};

struct LoadedTools {
  std::vector<std::unique_ptr<LuaTool>> tools;
  std::vector<Error> errors;  // one for each file or definition that cannot be used
};

// The tools of one file, `path` relative to `project`. A file of other definitions holds none. What
// a stranger requires comes from the folder lib/ beside it where there is one, else from the
// project's.
LoadedTools load_lua_file(const LuaToolServices& services, const std::string& project,
                          const std::string& path, ScriptOrigin origin);
// The tools of every Lua file of these folders (or files). One bad file takes no other with it.
LoadedTools load_lua_tools(const LuaToolServices& services, const std::string& project,
                           const std::vector<std::string>& paths, ScriptOrigin origin);
// The tools of a source that is at hand.
LoadedTools load_lua_source(const LuaToolServices& services,
                            std::shared_ptr<const ScriptSource> source);

}  // namespace yoke

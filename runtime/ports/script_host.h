#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/ports/tool.h"

namespace yoke {

// Who wrote a script. It decides what must be granted and where it runs: not what it may touch.
enum class ScriptOrigin : std::uint8_t {
  own,       // the project's
  stranger,  // added to the project from elsewhere
  bundled,   // ships with the program
};
std::string_view name_of(ScriptOrigin origin);
Result<ScriptOrigin> script_origin_from_name(std::string_view name);

// A Lua file with the library files it may require. What is hashed is what runs.
struct ScriptSource {
  std::string name;  // for messages: "tools/csv.lua"
  std::string text;
  std::vector<std::pair<std::string, std::string>> libs = {};  // "lib.units" -> text; sorted
  ScriptOrigin origin = ScriptOrigin::own;  // no part of the hash, nor of the JSON
};
Json to_json(const ScriptSource& source);
Result<ScriptSource> script_source_from_json(const Json& value);
std::string hash_of(const ScriptSource& source);  // hex SHA-256

// One thing that a file returned: `tool {…}`, `agent {…}`, `workflow {…}` or `model {…}`.
struct ScriptDefinition {
  std::string kind;                    // "tool", "agent", "workflow", "model"
  Json fields;                         // its plain fields; functions are absent here
  std::vector<std::string> functions;  // the names of the fields that are functions: "run", "probe"
  int line = 0;                        // where it is defined
};

// A power that a script declares and the operator withholds from it.
struct Withheld {
  std::string module;  // the host module whose functions need it: "http"
  std::string words;   // "connect to api.example"
  std::string place;   // of the rule: "yoke.toml:12"
  std::string host;    // of a secret: where it is not sent; else empty
};

struct ScriptCall {
  int definition = 0;                   // index into what define() returned
  std::string function;                 // "run"
  Json args = Json::array();            // positional arguments
  Json permissions = Json::object();    // what this call is granted; nothing else exists for it
  std::vector<Withheld> withheld = {};  // for errors: why it has not all that it declares
  std::string profile = "tool";         // quotas: "tool", "model", "define"
  ToolRequest identity;                 // ids, deadline, label of the arguments
};

// Runs Lua. Implemented by tools/ over sandbox/; agents/ and models/ use it without knowing either.
class ScriptHost {
 public:
  virtual ~ScriptHost() = default;
  // Runs the file once with no permissions and reads what it returned. Errors: `place` is
  // file:line.
  virtual Result<std::vector<ScriptDefinition>> define(const ScriptSource& source) = 0;
  // Calls a function of a definition in a fresh state. Outcome as for a tool.
  virtual awaitable<ToolOutcome> call(std::shared_ptr<const ScriptSource> source, ScriptCall call,
                                      CallContext& context) = 0;
};

}  // namespace yoke

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/ports/script_host.h"

// What a durable script is run from: agents/ write it into what they want, tools/ runs it.
namespace yoke {

struct DurableSource {
  enum class Kind : std::uint8_t {
    workflow,  // a file of the project
    code,      // a text that a model wrote
    plan,      // the program's own script that carries out the plan in its input
  };
  Kind kind = Kind::workflow;
  ScriptSource script = {};             // code: its name and text alone; plan: nothing
  int definition = 0;                   // of the file's: the workflow
  std::vector<std::string> tools = {};  // code: what it may call as tools.NAME{…}
};
Json to_json(const DurableSource& source);
// Errors: invalid.
Result<DurableSource> durable_source_from_json(const Json& value);

}  // namespace yoke

#pragma once

#include <string>
#include <string_view>

#include "runtime/base/json.h"

namespace yoke::lint {

// Something about a script that its author should know.
struct Finding {
  enum class Level : std::uint8_t {
    error,    // it will fail, or be refused
    warning,  // it runs, and is likely not what was meant
    note,     // it could be better
  };
  Level level = Level::error;
  std::string file;
  int line = 0;
  std::string rule;  // "unknown-global"
  std::string message;
};
std::string_view name_of(Finding::Level level);

// "tools/csv.lua:12: error: …"
std::string to_line(const Finding& finding);
Json to_json(const Finding& finding);

}  // namespace yoke::lint

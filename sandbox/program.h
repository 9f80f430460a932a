#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/vm.h"

namespace yoke::sandbox {

// What compile() makes: Lua's own bytecode of the file and of its libraries.
class Program {
 public:
  struct Chunk {
    std::string require_name;  // "lib.units"; empty for the file itself
    std::string file;          // for messages: "lib/units.lua"
    std::string bytecode;
  };

  explicit Program(std::vector<Chunk> chunks) : chunks_(std::move(chunks)) {}

  const Chunk& main() const { return chunks_.front(); }
  const Chunk* library(std::string_view require_name) const;
  // Whether a message's "name:" is one of the program's files.
  bool has_file(std::string_view file) const;

 private:
  std::vector<Chunk> chunks_;
};

// Pushes the chunk as a function. Raises on lack of memory.
void load_chunk(lua_State* L, const Program::Chunk& chunk);

// Splits "file:12: text" into place and text where `file` is one of the program's; else place is
// empty.
struct Located {
  std::string place;
  std::string text;
};
Located split_place(std::string_view message, const Program& program);

// One line, valid UTF-8, at most 4 KiB.
std::string to_message(std::string_view text);

}  // namespace yoke::sandbox

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <lua.hpp>
#include <sstream>

#include "tests/sandbox/script.h"

// Every block of conformance/*.lua ("--- title", then a function's body) is run by stock Lua and in
// the sandbox, and must return or raise the same. A title that begins with "differs" is followed by
// "-- sandbox: TEXT", what the sandbox gives instead.
namespace yoke::sandbox::test {

namespace {

// Shows what a block returned as one text that does not depend on the order of keys.
const char* const kShow = R"(
local function show(v, depth)
  if type(v) == 'string' then
    local text = ('%q'):format(v):gsub('\n', 'n')
    return (text:gsub('[\128-\255]', function(c) return '\\' .. c:byte() end))
  end
  if type(v) == 'number' then return math.type(v):sub(1, 1) .. ('%.14g'):format(v) end
  if type(v) ~= 'table' then return type(v) == 'function' and 'function' or tostring(v) end
  if depth > 4 then return '...' end
  local keys, out = {}, {}
  for k, x in next, v do keys[#keys + 1] = show(k, depth + 1) .. '=' .. show(x, depth + 1) end
  table.sort(keys)
  return '{' .. table.concat(keys, ',') .. '}'
end
local function try(...) return table.pack(pcall(...)) end
local function all(...)
  local out = table.pack(...)
  for i = 1, out.n do out[i] = show(out[i], 0) end
  return table.concat(out, '|')
end
)";

struct Block {
  std::string title;
  std::string text;
  std::string sandbox;  // where it differs, as documented

  std::string program() const {
    return kShow + std::string("return tool { run = function() return all(pcall(function()\n") +
           text + "\nend)) end }";
  }
};

std::vector<Block> read_blocks(const std::filesystem::path& path) {
  std::vector<Block> blocks;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("--- ")) {
      blocks.push_back({path.stem().string() + ": " + line.substr(4), {}, {}});
    } else if (line.starts_with("-- sandbox: ")) {
      blocks.back().sandbox = line.substr(12);
    } else {
      blocks.back().text += line + "\n";
    }
  }
  return blocks;
}

// Where a function is called without a name, stock Lua looks for one among its libraries ("bad
// argument #1 to 'string.rep'"); the sandbox says '?'.
std::string without_names(std::string text) {
  const std::string before = "bad argument #";
  for (std::size_t at = text.find(before); at != std::string::npos;
       at = text.find(before, at + before.size())) {
    const std::size_t open = text.find('\'', at);
    const std::size_t close = text.find('\'', open + 1);
    if (close != std::string::npos) text.replace(open, close - open + 1, "'?'");
  }
  return text;
}

// The place of a failure depends on how long the helpers above are.
std::string without_line(const std::string& text) {
  const std::string file = "tools/t.lua:";
  const std::size_t end = text.find(':', file.size());
  const bool placed = text.starts_with(file) && end != std::string::npos;
  return placed ? file + "LINE" + text.substr(end) : text;
}

// The same file in a state with all of Lua's own libraries.
std::string in_stock(const std::string& program) {
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  luaL_dostring(L, "tool = function(t) return t end");
  const int loaded = luaL_loadbufferx(L, program.data(), program.size(), "@tools/t.lua", "t");
  if (loaded == LUA_OK && lua_pcall(L, 0, 1, 0) == LUA_OK && lua_getfield(L, -1, "run") != 0) {
    lua_pcall(L, 0, 1, 0);
  }
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  std::string out = text == nullptr ? "" : std::string(text, size);
  lua_close(L);
  return out;
}

std::string in_sandbox(const std::string& program) {
  const Source source{"tools/t.lua", program};
  const auto compiled = compile(source, {});
  if (!compiled) return compiled.error().place + ": " + compiled.error().detail;
  Vm vm(*compiled, {}, {});
  const Outcome outcome = outcome_of(vm.start(0, "run", Json::array()));
  if (!outcome.done) return outcome.failure.place + ": " + outcome.failure.message;
  return outcome.value.is_string() ? outcome.value.get<std::string>() : to_text(outcome.value);
}

}  // namespace

TEST_CASE("what a program does it does as in stock Lua, but for what is documented") {
  int blocks = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/sandbox/conformance")) {
    for (const Block& block : read_blocks(entry.path())) {
      INFO(block.title);
      ++blocks;
      const std::string stock = without_names(in_stock(block.program()));
      const std::string ours = without_names(in_sandbox(block.program()));
      if (block.title.find(": differs: ") == std::string::npos) {
        CHECK(ours == stock);
      } else {
        CHECK(without_line(ours) == block.sandbox);
        CHECK(ours != stock);
      }
    }
  }
  CHECK(blocks > 100);
}

}  // namespace yoke::sandbox::test

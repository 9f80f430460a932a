#include "sandbox/text_document.h"

#include <algorithm>
#include <string>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/html_text.h"
#include "sandbox/lua_entry.h"
#include "sandbox/text_chunk.h"
#include "sandbox/text_diff.h"

// The functions of the module text that work on whole documents.
namespace yoke::sandbox {

namespace {

constexpr std::ptrdiff_t kDiffLinesMax = 20'000;
constexpr std::size_t kDiffBytesMax = 512 << 10;
constexpr std::size_t kDiffMemory = 12 << 20;  // what comparing texts within these bounds may take

// Memory that a library function holds while it works.
class Held {
 public:
  Held(lua_State* L, std::size_t bytes) : governor_(governor_of(L)), bytes_(bytes) {
    if (!governor_.hold_memory(bytes_)) governor_.raise(L, Bound::memory);
  }
  ~Held() { governor_.release_memory(bytes_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Governor& governor_;
  std::size_t bytes_;
};

// An option that is a whole number; `fallback` when it is absent.
std::size_t count_option(lua_State* L, const char* function, const char* name, lua_Integer fallback,
                         lua_Integer least, lua_Integer most) {
  if (lua_isnoneornil(L, -1)) return static_cast<std::size_t>(fallback);
  lua_Integer value = fallback;
  if (lua_getfield(L, -1, name) != LUA_TNIL) {
    int is_whole = 0;
    value = lua_tointegerx(L, -1, &is_whole);
    if (is_whole == 0 || value < least || value > most) {
      luaL_error(L, "text.%s: %s is a whole number from %I to %I", function, name, least, most);
    }
  }
  lua_pop(L, 1);
  return static_cast<std::size_t>(value);
}

void check_options(lua_State* L, int index) {
  lua_settop(L, index);
  if (!lua_isnil(L, index)) luaL_checktype(L, index, LUA_TTABLE);
}

void check_size(lua_State* L, int index, std::string_view text) {
  luaL_argcheck(L, text.size() <= kDiffBytesMax, index, "longer than 512 KiB");
  luaL_argcheck(L, std::count(text.begin(), text.end(), '\n') < kDiffLinesMax, index,
                "more than 20000 lines");
}

}  // namespace

int text_from_html(lua_State* L) {
  const std::string_view html = check_text(L, 1);
  Governor& governor = governor_of(L);
  governor.charge(L, static_cast<std::int64_t>(html.size() / 2));
  const Held held(L, html.size() * kTextBytesPerByte);
  const std::string text = html_to_text(html);
  governor.check_string(L, text.size());
  push(L, text);
  return 1;
}

// The difference, and how many lines were removed and added.
int text_diff(lua_State* L) {
  const std::string_view before = check_text(L, 1);
  const std::string_view after = check_text(L, 2);
  check_options(L, 3);
  check_size(L, 1, before);
  check_size(L, 2, after);
  DiffOptions options;
  options.context = count_option(L, "diff", "context", 3, 0, 100);
  Governor& governor = governor_of(L);
  governor.charge_scan(L, before.size() + after.size());
  const Held held(L, kDiffMemory + 3 * (before.size() + after.size()));
  const Diff diff = diff_lines(before, after, options);
  governor.charge(L, static_cast<std::int64_t>(diff.steps / 2));
  governor.check_string(L, diff.text.size());
  push(L, diff.text);
  lua_pushinteger(L, static_cast<lua_Integer>(diff.removed));
  lua_pushinteger(L, static_cast<lua_Integer>(diff.added));
  return 3;
}

// A list of { text, first, last }: where in the text each part lies.
int text_chunk(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  check_options(L, 2);
  ChunkOptions options;
  const auto least = static_cast<lua_Integer>(kChunkBytesMin);
  options.bytes = count_option(L, "chunk", "bytes", 2'000, least, 1 << 20);
  const auto quarter = static_cast<lua_Integer>(options.bytes / 4);
  options.overlap = count_option(L, "chunk", "overlap", 0, 0, quarter);
  Governor& governor = governor_of(L);
  governor.charge(L, static_cast<std::int64_t>(text.size() / 2));
  const Held held(L, 16 * text.size() / (options.bytes / 4));
  const std::vector<std::string_view> parts = chunk_text(text, options);
  lua_createtable(L, static_cast<int>(parts.size()), 0);
  push_array_mark(L);
  lua_setmetatable(L, -2);
  lua_Integer count = 0;
  for (const std::string_view part : parts) {
    governor.charge(L, 8);
    lua_createtable(L, 0, 3);
    push(L, part);
    lua_setfield(L, -2, "text");
    lua_pushinteger(L, part.data() - text.data() + 1);
    lua_setfield(L, -2, "first");
    lua_pushinteger(L, part.data() - text.data() + static_cast<lua_Integer>(part.size()));
    lua_setfield(L, -2, "last");
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

}  // namespace yoke::sandbox

#include <algorithm>
#include <cstring>
#include <vector>

#include "runtime/base/text.h"
#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"
#include "sandbox/regex.h"
#include "sandbox/text_csv.h"
#include "sandbox/text_document.h"
#include "sandbox/text_regex.h"

// The module text.
namespace yoke::sandbox {

namespace {

void append_item(lua_State* L, std::string_view item, lua_Integer& count) {
  push(L, item);
  lua_rawseti(L, -2, ++count);
  Governor& governor = governor_of(L);
  governor.check_list(L, count);
  governor.charge(L, 2);
}

void push_list(lua_State* L) {
  lua_newtable(L);
  push_array_mark(L);
  lua_setmetatable(L, -2);
}

int text_split(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  const std::string_view separator = check_text(L, 2);
  const lua_Integer limit = luaL_optinteger(L, 3, LUA_MAXINTEGER);
  luaL_argcheck(L, !separator.empty(), 2, "separator is empty");
  luaL_argcheck(L, limit >= 1, 3, "limit is less than 1");
  governor_of(L).charge_scan(L, text.size());
  push_list(L);
  lua_Integer count = 0;
  std::string_view rest = text;
  while (count + 1 < limit) {
    // memmem takes linear time; string_view::find does not.
    const void* found = memmem(rest.data(), rest.size(), separator.data(), separator.size());
    if (found == nullptr) break;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - rest.data());
    append_item(L, rest.substr(0, at), count);
    rest.remove_prefix(at + separator.size());
  }
  append_item(L, rest, count);
  return 1;
}

int text_trim(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  governor_of(L).charge_copy(L, text.size());
  push(L, trim(text));
  return 1;
}

int text_lines(lua_State* L) {
  std::string_view rest = check_text(L, 1);
  governor_of(L).charge_scan(L, rest.size());
  push_list(L);
  lua_Integer count = 0;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    append_item(L, line, count);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return 1;
}

int text_starts_with(lua_State* L) {
  lua_pushboolean(L, check_text(L, 1).starts_with(check_text(L, 2)) ? 1 : 0);
  return 1;
}

int text_ends_with(lua_State* L) {
  lua_pushboolean(L, check_text(L, 1).ends_with(check_text(L, 2)) ? 1 : 0);
  return 1;
}

int text_width(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  governor_of(L).charge(L, static_cast<std::int64_t>(text.size()));
  lua_pushinteger(L, static_cast<lua_Integer>(display_width(text)));
  return 1;
}

int text_pad(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  const lua_Integer wanted = luaL_checkinteger(L, 2);
  const std::string_view side =
      lua_isnoneornil(L, 3) ? std::string_view("right") : check_text(L, 3);
  luaL_argcheck(L, side == "left" || side == "right" || side == "both", 3, "left, right or both");
  Governor& governor = governor_of(L);
  governor.charge(L, static_cast<std::int64_t>(text.size()));
  const auto width = static_cast<lua_Integer>(display_width(text));
  const lua_Integer missing = std::max<lua_Integer>(0, wanted - width);
  governor.check_string(L, text.size() + static_cast<std::size_t>(missing));
  const lua_Integer before = side == "left" ? missing : side == "both" ? missing / 2 : 0;
  CappedText out(L);
  out.append(std::string(static_cast<std::size_t>(before), ' '));
  out.append(text);
  out.append(std::string(static_cast<std::size_t>(missing - before), ' '));
  out.push();
  return 1;
}

// Words of one paragraph onto lines; a word wider than a line has one for itself.
void wrap_line(std::string_view line, std::size_t width, CappedText& out) {
  std::size_t column = 0;
  while (!line.empty()) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) return;
    line.remove_prefix(start);
    const std::string_view word = line.substr(0, line.find_first_of(" \t"));
    line.remove_prefix(word.size());
    const std::size_t size = display_width(word);
    if (column > 0 && column + 1 + size > width) {
      out.append('\n');
      column = 0;
    } else if (column > 0) {
      out.append(' ');
      ++column;
    }
    out.append(word);
    column += size;
  }
}

int text_wrap(lua_State* L) {
  std::string_view rest = check_text(L, 1);
  const lua_Integer width = luaL_checkinteger(L, 2);
  luaL_argcheck(L, width >= 1, 2, "width is less than 1");
  governor_of(L).charge(L, static_cast<std::int64_t>(rest.size()));
  CappedText out(L);
  while (true) {
    const std::size_t end = rest.find('\n');
    wrap_line(rest.substr(0, end), static_cast<std::size_t>(width), out);
    if (end == std::string_view::npos) break;
    out.append('\n');
    rest.remove_prefix(end + 1);
  }
  out.push();
  return 1;
}

int text_shorten(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  const lua_Integer bytes = luaL_checkinteger(L, 2);
  luaL_argcheck(L, bytes >= 0, 2, "negative size");
  governor_of(L).charge_copy(L, text.size());
  push(L, shorten(text, static_cast<std::size_t>(bytes)));
  return 1;
}

// Letters as code points, for counting edits; bytes that are no UTF-8 count as they are.
std::vector<char32_t> letters_of(std::string_view text) {
  std::vector<char32_t> letters;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80 && !letters.empty()) {
      letters.back() = letters.back() << 6 | (byte & 0x3F);
    } else {
      letters.push_back(byte);
    }
  }
  return letters;
}

int text_similarity(lua_State* L) {
  constexpr std::size_t kBytesMax = 4'096;
  const std::string_view left_text = check_text(L, 1);
  const std::string_view right_text = check_text(L, 2);
  luaL_argcheck(L, left_text.size() <= kBytesMax, 1, "longer than 4096 bytes");
  luaL_argcheck(L, right_text.size() <= kBytesMax, 2, "longer than 4096 bytes");
  governor_of(L).charge(L, static_cast<std::int64_t>(left_text.size() * right_text.size() / 4));
  const auto left = letters_of(left_text);
  const auto right = letters_of(right_text);
  const std::size_t longest = std::max(left.size(), right.size());
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  const double edits =
      longest == 0 ? 0 : static_cast<double>(row[right.size()]) / static_cast<double>(longest);
  lua_pushnumber(L, 1 - edits);
  return 1;
}

constexpr Entry kText[] = {
    {"chunk", lua_entry<text_chunk>},
    {"diff", lua_entry<text_diff>},
    {"ends_with", lua_entry<text_ends_with>},
    {"find", lua_entry<text_find>},
    {"find_all", lua_entry<text_find_all>},
    {"from_html", lua_entry<text_from_html>},
    {"lines", lua_entry<text_lines>},
    {"matches", lua_entry<text_matches>},
    {"pad", lua_entry<text_pad>},
    {"parse_csv", lua_entry<text_parse_csv>},
    {"replace", lua_entry<text_replace>},
    {"shorten", lua_entry<text_shorten>},
    {"similarity", lua_entry<text_similarity>},
    {"split", lua_entry<text_split>},
    {"starts_with", lua_entry<text_starts_with>},
    {"to_csv", lua_entry<text_to_csv>},
    {"trim", lua_entry<text_trim>},
    {"width", lua_entry<text_width>},
    {"wrap", lua_entry<text_wrap>},
};

}  // namespace

void open_text(lua_State* L) {
  lua_createtable(L, 0, static_cast<int>(std::size(kText)));
  set_functions(L, kText);
  lua_setglobal(L, "text");
}

}  // namespace yoke::sandbox

#include "sandbox/text_csv.h"

#include <charconv>
#include <cstring>
#include <string>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

// CSV (RFC 4180), straight into Lua tables: a file of thousands of rows is read at once, not by
// a script's patterns.
namespace yoke::sandbox {

namespace {

struct Options {
  char separator = ',';
  bool header = true;
  bool numbers = false;
  bool records = false;
};

bool bool_option(lua_State* L, const char* name, bool fallback) {
  const bool value = lua_getfield(L, 2, name) == LUA_TNIL ? fallback : lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return value;
}

Options read_options(lua_State* L) {
  Options options;
  if (lua_isnoneornil(L, 2)) return options;
  luaL_checktype(L, 2, LUA_TTABLE);
  options.header = bool_option(L, "header", true);
  options.records = bool_option(L, "records", false);
  if (lua_getfield(L, 2, "separator") != LUA_TNIL) {
    const std::string_view text = text_at(L, -1);
    const bool good = text.size() == 1 && text != "\"" && text != "\n" && text != "\r";
    if (!good) luaL_error(L, "parse_csv: separator is one character");
    options.separator = text.front();
  }
  if (lua_getfield(L, 2, "types") != LUA_TNIL) {
    const std::string_view text = text_at(L, -1);
    if (text != "auto" && text != "string")
      luaL_error(L, "parse_csv: types is \"auto\" or \"string\"");
    options.numbers = text == "auto";
  }
  lua_pop(L, 2);
  if (options.records && !options.header) luaL_error(L, "parse_csv: records need a header");
  return options;
}

// Pushes an integer or a float when the whole field is one as JSON writes it, and no leading zero
// (an article number, a post code) would be lost.
bool push_number(lua_State* L, std::string_view field) {
  const std::string_view digits = field.starts_with('-') ? field.substr(1) : field;
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') return false;
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return false;
  const char* const end = field.data() + field.size();
  lua_Integer integer = 0;
  const auto whole = std::from_chars(field.data(), end, integer);
  if (whole.ec == std::errc() && whole.ptr == end) {
    lua_pushinteger(L, integer);
    return true;
  }
  double number = 0;
  const auto real = std::from_chars(field.data(), end, number);
  if (real.ec != std::errc() || real.ptr != end) return false;
  lua_pushnumber(L, number);
  return true;
}

class CsvReader {
 public:
  // Stack: text at 1, options at 2, result at 3, rows at 4, columns at 5.
  CsvReader(lua_State* L, std::string_view text, const Options& options)
      : L_(L), governor_(governor_of(L)), rest_(text), options_(options) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  void read() {
    if (options_.header && !rest_.empty()) {
      lua_pushvalue(L_, 5);
      lua_Integer count = 0;
      for (bool more = true; more;) {
        more = push_field(false);
        lua_rawseti(L_, -2, ++count);
      }
      lua_pop(L_, 1);
      columns_ = count;
    }
    lua_Integer rows = 0;
    while (!rest_.empty()) {
      if (skip_blank_line()) continue;
      read_row();
      lua_rawseti(L_, 4, ++rows);
      governor_.check_list(L_, rows);
    }
  }

 private:
  bool skip_blank_line() {
    const std::size_t size = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
    rest_.remove_prefix(size);
    if (size > 0) ++line_;
    return size > 0;
  }

  void read_row() {
    const auto expected = static_cast<int>(columns_);
    lua_createtable(L_, options_.records ? 0 : expected, options_.records ? expected : 0);
    lua_Integer count = 0;
    for (bool more = true; more;) {
      ++count;
      if (options_.header && count > columns_) {
        luaL_error(L_, "parse_csv: line %d has more fields than there are columns", line_);
      }
      if (options_.records) lua_rawgeti(L_, 5, count);
      more = push_field(options_.numbers);
      if (options_.records) {
        lua_rawset(L_, -3);
      } else {
        lua_rawseti(L_, -2, count);
      }
    }
    governor_.charge(L_, 2 + 2 * count);
  }

  // Pushes the next field; true when another follows in the same row.
  bool push_field(bool numbers) {
    if (rest_.starts_with('"')) {
      push_quoted();
    } else {
      const std::string_view field = rest_.substr(0, plain_size());
      rest_.remove_prefix(field.size());
      governor_.charge_scan(L_, field.size());
      const bool carriage = field.ends_with('\r') && rest_.starts_with('\n');
      const std::string_view value = carriage ? field.substr(0, field.size() - 1) : field;
      if (!numbers || !push_number(L_, value)) push(L_, value);
    }
    return take_end();
  }

  std::size_t plain_size() const {
    const char stops[] = {options_.separator, '\n', '\0'};
    const std::size_t size = rest_.find_first_of(std::string_view(stops, 2));
    return size == std::string_view::npos ? rest_.size() : size;
  }

  void push_quoted() {
    CappedText field(L_);
    rest_.remove_prefix(1);
    while (true) {
      const std::size_t quote = rest_.find('"');
      if (quote == std::string_view::npos)
        luaL_error(L_, "parse_csv: the quote in line %d is never closed", line_);
      const std::string_view part = rest_.substr(0, quote);
      for (const char c : part) line_ += c == '\n' ? 1 : 0;
      field.append(part);
      governor_.charge_scan(L_, part.size() + 8);
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('"')) break;
      field.append('"');
      rest_.remove_prefix(1);
    }
    field.push();
  }

  bool take_end() {
    if (rest_.starts_with(options_.separator)) {
      rest_.remove_prefix(1);
      return true;
    }
    if (rest_.empty() || skip_blank_line()) return false;
    luaL_error(L_, "parse_csv: text follows a closing quote in line %d", line_);
    return false;
  }

  lua_State* L_;
  Governor& governor_;
  std::string_view rest_;
  const Options& options_;
  lua_Integer columns_ = 0;
  int line_ = 1;
};

void append_csv_field(CappedText& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(field);
    return;
  }
  out.append('"');
  for (const char c : field) {
    if (c == '"') out.append('"');
    out.append(c);
  }
  out.append('"');
}

// The value on top, popped; null and nil are empty.
void append_csv_value(lua_State* L, CappedText& out) {
  if (!lua_isnil(L, -1) && lua_islightuserdata(L, -1) == 0) {
    push_as_text(L, -1);
    append_csv_field(out, text_at(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

// A row on top: by its columns' names when they are given, else by place.
void append_csv_row(lua_State* L, CappedText& out, lua_Integer columns) {
  if (!lua_istable(L, -1)) luaL_error(L, "to_csv: a row is no table");
  const bool is_list = columns == 0 || lua_rawlen(L, -1) > 0;
  const auto count = columns > 0 ? columns : static_cast<lua_Integer>(lua_rawlen(L, -1));
  governor_of(L).charge(L, 2 + count);
  for (lua_Integer i = 1; i <= count; ++i) {
    if (i > 1) out.append(',');
    if (is_list) {
      lua_rawgeti(L, -1, i);
    } else {
      lua_rawgeti(L, 2, i);
      lua_rawget(L, -2);
    }
    append_csv_value(L, out);
  }
  out.append('\n');
}

}  // namespace

int text_parse_csv(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  const Options options = read_options(L);
  lua_settop(L, 2);
  lua_createtable(L, 0, 2);
  lua_newtable(L);
  lua_newtable(L);
  CsvReader(L, text, options).read();
  lua_setfield(L, 3, "columns");
  lua_setfield(L, 3, "rows");
  for (const char* list : {"rows", "columns"}) {
    lua_getfield(L, 3, list);
    push_array_mark(L);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
  }
  return 1;
}

int text_to_csv(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer columns = 0;
  CappedText out(L);
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    columns = static_cast<lua_Integer>(lua_rawlen(L, 2));
    lua_pushvalue(L, 2);
    append_csv_row(L, out, columns);
    lua_pop(L, 1);
  }
  const auto rows = static_cast<lua_Integer>(lua_rawlen(L, 1));
  for (lua_Integer i = 1; i <= rows; ++i) {
    lua_rawgeti(L, 1, i);
    append_csv_row(L, out, columns);
    lua_pop(L, 1);
  }
  out.push();
  return 1;
}

}  // namespace yoke::sandbox

#include "sandbox/string_format.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

namespace yoke::sandbox {

namespace {

constexpr std::size_t kItemBytesMax = 512;  // %99.99f of the largest double has 419

// One directive: "%-5.2f" without its letter.
struct Directive {
  std::string_view flags;
  std::string_view precision;  // with its dot
  std::string text;            // "%-5.2"
  char letter = '\0';
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads the directive after a '%' at `at`, and moves past it.
Directive read_directive(lua_State* L, std::string_view format, std::size_t& at) {
  Directive directive;
  const std::size_t begin = at;
  while (at < format.size() && std::strchr("-+ #0", format[at]) != nullptr && format[at] != '\0')
    ++at;
  directive.flags = format.substr(begin, at - begin);
  const std::size_t width = at;
  while (at < format.size() && is_digit(format[at]) && at - width < 2) ++at;
  const std::size_t dot = at;
  if (at < format.size() && format[at] == '.') {
    ++at;
    while (at < format.size() && is_digit(format[at]) && at - dot < 3) ++at;
  }
  directive.precision = format.substr(dot, at - dot);
  directive.text = "%" + std::string(format.substr(begin, at - begin));
  if (directive.flags.size() > 5 || at >= format.size()) {
    luaL_error(L, "invalid conversion '%s' to 'format'", directive.text.substr(0, 20).c_str());
  }
  directive.letter = format[at++];
  return directive;
}

void check_directive(lua_State* L, const Directive& directive, const char* flags, bool precision) {
  const bool known = directive.flags.find_first_not_of(flags) == std::string_view::npos;
  if (known && (precision || directive.precision.empty())) return;
  luaL_error(L, "invalid conversion specification: '%s%c'", directive.text.c_str(),
             directive.letter);
}

template <class... Values>
void append_printed(CappedText& out, const Directive& directive, const char* length,
                    Values... values) {
  std::array<char, kItemBytesMax> item;
  const std::string format = directive.text + length + directive.letter;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const int size = std::snprintf(item.data(), item.size(), format.c_str(), values...);
#pragma GCC diagnostic pop
  out.append({item.data(), static_cast<std::size_t>(size)});
}

void append_quoted_text(CappedText& out, std::string_view text) {
  out.append('"');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '\n') {
      out.append('\\');
      out.append(c);
    } else if (byte < 32 || byte == 127) {
      const bool digit_follows = i + 1 < text.size() && is_digit(text[i + 1]);
      std::array<char, 8> escape;
      const int size =
          std::snprintf(escape.data(), escape.size(), digit_follows ? "\\%03d" : "\\%d", byte);
      out.append({escape.data(), static_cast<std::size_t>(size)});
    } else {
      out.append(c);
    }
  }
  out.append('"');
}

void append_quoted_float(CappedText& out, double value) {
  if (value == HUGE_VAL) return out.append("1e9999");
  if (value == -HUGE_VAL) return out.append("-1e9999");
  if (std::isnan(value)) return out.append("(0/0)");
  std::array<char, 64> text;
  const int size = std::snprintf(text.data(), text.size(), "%a", value);
  out.append({text.data(), static_cast<std::size_t>(size)});
}

void append_quoted(lua_State* L, CappedText& out, int index) {
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      return append_quoted_text(out, text_at(L, index));
    case LUA_TNIL:
      return out.append("nil");
    case LUA_TBOOLEAN:
      return out.append(lua_toboolean(L, index) != 0 ? "true" : "false");
    case LUA_TNUMBER:
      break;
    default:
      luaL_argerror(L, index, "value has no literal form");
  }
  if (lua_isinteger(L, index) == 0) return append_quoted_float(out, lua_tonumber(L, index));
  const lua_Integer value = lua_tointeger(L, index);
  std::array<char, 32> text;
  const int size =
      std::snprintf(text.data(), text.size(), value == LUA_MININTEGER ? "0x%llx" : "%lld",
                    static_cast<long long>(value));
  out.append({text.data(), static_cast<std::size_t>(size)});
}

void append_text(lua_State* L, CappedText& out, const Directive& directive, int index) {
  push_as_text(L, index);
  std::string_view text = text_at(L, -1);
  if (directive.text.size() == 1) {
    out.append(text);
  } else {
    luaL_argcheck(L, text.find('\0') == std::string_view::npos, index, "string contains zeros");
    check_directive(L, directive, "-", true);
    if (directive.precision.empty() && text.size() >= 100) {
      out.append(text);  // longer than any width
    } else {
      append_printed(out, directive, "", text.data());
    }
  }
  lua_pop(L, 1);
}

void append_item(lua_State* L, CappedText& out, const Directive& directive, int index) {
  switch (directive.letter) {
    case 'c':
      check_directive(L, directive, "-", false);
      return append_printed(out, directive, "", static_cast<int>(luaL_checkinteger(L, index)));
    case 'd':
    case 'i':
      check_directive(L, directive, "-+0 ", true);
      return append_printed(out, directive, "ll",
                            static_cast<long long>(luaL_checkinteger(L, index)));
    case 'u':
      check_directive(L, directive, "-0", true);
      return append_printed(out, directive, "ll",
                            static_cast<long long>(luaL_checkinteger(L, index)));
    case 'o':
    case 'x':
    case 'X':
      check_directive(L, directive, "-#0", true);
      return append_printed(out, directive, "ll",
                            static_cast<long long>(luaL_checkinteger(L, index)));
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      check_directive(L, directive, "-+ #0", true);
      return append_printed(out, directive, "", luaL_checknumber(L, index));
    case 'q':
      if (directive.text.size() > 1) luaL_error(L, "specifier '%%q' cannot have modifiers");
      return append_quoted(L, out, index);
    case 's':
      return append_text(L, out, directive, index);
    default:
      luaL_error(L, "invalid conversion '%s%c' to 'format'", directive.text.c_str(),
                 directive.letter);
  }
}

}  // namespace

int string_format(lua_State* L) {
  const std::string_view format = check_text(L, 1);
  const int count = lua_gettop(L);
  governor_of(L).charge_scan(L, format.size());
  CappedText out(L);
  int index = 1;
  for (std::size_t at = 0; at < format.size();) {
    const char c = format[at++];
    if (c != '%') {
      out.append(c);
    } else if (at < format.size() && format[at] == '%') {
      out.append('%');
      ++at;
    } else {
      const Directive directive = read_directive(L, format, at);
      if (++index > count) luaL_argerror(L, index, "no value");
      append_item(L, out, directive, index);
    }
  }
  out.push();
  return 1;
}

}  // namespace yoke::sandbox

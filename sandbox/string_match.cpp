#include "sandbox/string_match.h"

#include <cstring>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

namespace yoke::sandbox {

namespace {

constexpr std::string_view kSpecials = "^$*+?.([%-";

// A start argument (1-based, negative from the end) as an offset; beyond the end is size + 1.
std::size_t start_offset(lua_State* L, int index, std::size_t size) {
  const lua_Integer start = luaL_optinteger(L, index, 1);
  const auto length = static_cast<lua_Integer>(size);
  if (start > 0) return start > length + 1 ? size + 1 : static_cast<std::size_t>(start - 1);
  if (start == 0 || start < -length) return 0;
  return static_cast<std::size_t>(length + start);
}

int find_plain(lua_State* L, std::string_view text, std::string_view wanted, std::size_t from) {
  governor_of(L).charge_scan(L, text.size() - from);
  // memmem takes linear time; string_view::find does not.
  const void* const found =
      memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  if (found == nullptr) {
    luaL_pushfail(L);
    return 1;
  }
  const auto at = static_cast<const char*>(found) - text.data();
  lua_pushinteger(L, at + 1);
  lua_pushinteger(L, at + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

int find_or_match(lua_State* L, bool find) {
  const std::string_view text = check_text(L, 1);
  std::string_view pattern = check_text(L, 2);
  std::size_t start = start_offset(L, 3, text.size());
  if (start > text.size()) {
    luaL_pushfail(L);
    return 1;
  }
  const bool plain = find && (lua_toboolean(L, 4) != 0 ||
                              pattern.find_first_of(kSpecials) == std::string_view::npos);
  if (plain) return find_plain(L, text, pattern, start);
  governor_of(L).charge(L, 1 + static_cast<std::int64_t>(pattern.size() / 8));
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  Matcher matcher(L, text, pattern);
  for (; start <= text.size(); ++start) {
    if (matcher.match_at(start)) {
      if (!find) return matcher.push_captures(start, true);
      lua_pushinteger(L, static_cast<lua_Integer>(start + 1));
      lua_pushinteger(L, static_cast<lua_Integer>(matcher.end()));
      return 2 + matcher.push_captures(start, false);
    }
    if (anchored) break;
  }
  luaL_pushfail(L);
  return 1;
}

// Upvalues of a gmatch iterator: text, pattern, where to go on, where the last match ended (or -1).
int gmatch_step(lua_State* L) {
  const std::string_view text = text_at(L, lua_upvalueindex(1));
  const std::string_view pattern = text_at(L, lua_upvalueindex(2));
  auto start = static_cast<std::size_t>(lua_tointeger(L, lua_upvalueindex(3)));
  const lua_Integer last_end = lua_tointeger(L, lua_upvalueindex(4));
  Matcher matcher(L, text, pattern);
  for (; start <= text.size(); ++start) {
    if (!matcher.match_at(start) || static_cast<lua_Integer>(matcher.end()) == last_end) continue;
    lua_pushinteger(L, static_cast<lua_Integer>(matcher.end()));
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return matcher.push_captures(start, true);
  }
  return 0;
}

// One gsub: what replaces a match, and the text built so far.
class Substitution {
 public:
  Substitution(lua_State* L, std::string_view text, int kind)
      : L_(L), text_(text), kind_(kind), out_(L) {}

  void keep(std::string_view part) { out_.append(part); }

  // Whether the match was changed.
  bool replace(const Matcher& matcher, std::size_t start) {
    if (kind_ == LUA_TSTRING || kind_ == LUA_TNUMBER) {
      append_template(matcher, start);
      return true;
    }
    if (kind_ == LUA_TTABLE) {
      Boundary boundary(L_, "a metamethod of a string.gsub table");
      matcher.push_capture(0, start);
      lua_gettable(L_, 3);
    } else {
      Boundary boundary(L_, "a string.gsub callback");
      lua_pushvalue(L_, 3);
      const int count = matcher.push_captures(start, true);
      lua_call(L_, count, 1);
    }
    return append_result(matcher, start);
  }

  void push() const { out_.push(); }

 private:
  void append_template(const Matcher& matcher, std::size_t start) {
    const std::string_view with = text_at(L_, 3);
    for (std::size_t at = 0; at < with.size(); ++at) {
      if (with[at] != '%') {
        out_.append(with[at]);
        continue;
      }
      const char next = ++at < with.size() ? with[at] : '\0';
      if (next == '%' && at < with.size()) {
        out_.append('%');
      } else if (next == '0') {
        out_.append(text_.substr(start, matcher.end() - start));
      } else if (next >= '1' && next <= '9') {
        append_capture(matcher, next - '1', start);
      } else {
        luaL_error(L_, "invalid use of '%%' in replacement string");
      }
    }
    governor_of(L_).charge(L_, 1 + static_cast<std::int64_t>(with.size() / 8));
  }

  void append_capture(const Matcher& matcher, int index, std::size_t start) {
    if (!matcher.capture_is_position(index)) {
      out_.append(matcher.capture_text(index, start));
      return;
    }
    matcher.push_capture(index, start);
    lua_tolstring(L_, -1, nullptr);
    out_.append(text_at(L_, -1));
    lua_pop(L_, 1);
  }

  bool append_result(const Matcher& matcher, std::size_t start) {
    const bool changed = lua_toboolean(L_, -1) != 0;
    if (!changed) {
      out_.append(text_.substr(start, matcher.end() - start));
    } else if (lua_isstring(L_, -1) != 0) {
      lua_tolstring(L_, -1, nullptr);
      out_.append(text_at(L_, -1));
    } else {
      luaL_error(L_, "invalid replacement value (a %s)", luaL_typename(L_, -1));
    }
    lua_pop(L_, 1);
    return changed;
  }

  lua_State* L_;
  std::string_view text_;
  int kind_;
  CappedText out_;
};

}  // namespace

int string_find(lua_State* L) { return find_or_match(L, true); }

int string_match(lua_State* L) { return find_or_match(L, false); }

int string_gmatch(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  check_text(L, 2);
  const std::size_t start = start_offset(L, 3, text.size());
  lua_settop(L, 2);
  lua_pushinteger(L, static_cast<lua_Integer>(start));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, lua_entry<gmatch_step>, 4);
  return 1;
}

int string_gsub(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  std::string_view pattern = check_text(L, 2);
  const int kind = lua_type(L, 3);
  luaL_argexpected(
      L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE,
      3, "string/function/table");
  if (kind == LUA_TNUMBER) lua_tolstring(L, 3, nullptr);
  const lua_Integer most = luaL_optinteger(L, 4, static_cast<lua_Integer>(text.size()) + 1);
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  governor_of(L).charge(L, 1 + static_cast<std::int64_t>(pattern.size() / 8));
  Matcher matcher(L, text, pattern);
  Substitution substitution(L, text, kind);
  std::size_t at = 0;
  std::ptrdiff_t last_end = -1;
  lua_Integer count = 0;
  bool changed = false;
  while (count < most) {
    if (matcher.match_at(at) && static_cast<std::ptrdiff_t>(matcher.end()) != last_end) {
      ++count;
      const std::size_t end = matcher.end();
      changed = substitution.replace(matcher, at) || changed;
      at = end;
      last_end = static_cast<std::ptrdiff_t>(end);
    } else if (at < text.size()) {
      substitution.keep(text.substr(at++, 1));
    } else {
      break;
    }
    if (anchored) break;
  }
  if (changed) {
    if (at < text.size()) substitution.keep(text.substr(at));
    substitution.push();
  } else {
    lua_pushvalue(L, 1);
  }
  lua_pushinteger(L, count);
  return 2;
}

}  // namespace yoke::sandbox

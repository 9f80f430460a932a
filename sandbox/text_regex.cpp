#include "sandbox/text_regex.h"

#include <algorithm>
#include <array>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"
#include "sandbox/regex.h"

namespace yoke::sandbox {

namespace {

constexpr int kGroupsMax = 16;
constexpr std::size_t kLongBytes = 16'384;
using Groups = std::array<re2::StringPiece, kGroupsMax + 1>;

// One expression over one text; what a find reports is in `groups`.
class RegexSearch {
 public:
  RegexSearch(lua_State* L, std::string_view text, std::string_view pattern)
      : L_(L),
        text_(text.data(), text.size()),
        regex_(context_of(L).regexes().get(L, pattern, text.size())),
        count_(std::min(regex_.NumberOfCapturingGroups(), kGroupsMax)) {}

  // The first match at or after `from`. Each try may read the rest of the text, so repeated
  // searches charge for what they have passed.
  bool find(std::size_t from) {
    if (text_.size() - from > kLongBytes) governor_of(L_).look(L_);
    const bool found =
        regex_.Match(text_, from, text_.size(), re2::RE2::UNANCHORED, groups.data(), count_ + 1);
    const std::size_t end = found ? start() + groups[0].size() : text_.size();
    governor_of(L_).charge(L_, 4 + static_cast<std::int64_t>((end - std::min(from, end)) / 8));
    return found;
  }

  std::size_t start() const { return static_cast<std::size_t>(groups[0].data() - text_.data()); }
  std::size_t end() const { return start() + groups[0].size(); }
  // Where the next search begins: an empty match moves on by one character.
  std::size_t next() const {
    std::size_t at = end();
    if (groups[0].empty()) {
      ++at;
      while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80) ++at;
    }
    return at;
  }

  int group_count() const { return count_; }
  void push_group(int index) const {
    const re2::StringPiece& group = groups[static_cast<std::size_t>(index)];
    if (group.data() == nullptr) {
      lua_pushlightuserdata(L_, nullptr);  // the group took no part
    } else {
      lua_pushlstring(L_, group.data(), group.size());
    }
  }

  Groups groups;

 private:
  lua_State* L_;
  re2::StringPiece text_;
  const re2::RE2& regex_;
  int count_;
};

void append_template(lua_State* L, const RegexSearch& search, std::string_view with,
                     CappedText& out) {
  for (std::size_t at = 0; at < with.size(); ++at) {
    if (with[at] != '\\') {
      out.append(with[at]);
      continue;
    }
    const char next = ++at < with.size() ? with[at] : '\0';
    if (next == '\\') {
      out.append('\\');
      continue;
    }
    const int index = next - '0';
    if (next < '0' || next > '9' || index > search.group_count()) {
      luaL_error(L, "text.replace: after \\ comes the number of a group");
    }
    const re2::StringPiece& group = search.groups[static_cast<std::size_t>(index)];
    if (group.data() != nullptr) out.append({group.data(), group.size()});
  }
}

}  // namespace

int text_find(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  const std::string_view pattern = check_text(L, 2);
  const lua_Integer from = luaL_optinteger(L, 3, 1);
  const auto size = static_cast<lua_Integer>(text.size());
  luaL_argcheck(L, from >= 1 && from <= size + 1, 3, "start is outside the text");
  RegexSearch search(L, text, pattern);
  if (!search.find(static_cast<std::size_t>(from - 1))) {
    luaL_pushfail(L);
    return 1;
  }
  lua_pushinteger(L, static_cast<lua_Integer>(search.start()) + 1);
  lua_pushinteger(L, static_cast<lua_Integer>(search.end()));
  luaL_checkstack(L, kGroupsMax, "groups");
  for (int i = 1; i <= search.group_count(); ++i) search.push_group(i);
  return 2 + search.group_count();
}

int text_matches(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  RegexSearch search(L, text, check_text(L, 2));
  lua_pushboolean(L, search.find(0) ? 1 : 0);
  return 1;
}

int text_find_all(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  RegexSearch search(L, text, check_text(L, 2));
  lua_newtable(L);
  push_array_mark(L);
  lua_setmetatable(L, -2);
  lua_Integer count = 0;
  for (std::size_t at = 0; at <= text.size() && search.find(at); at = search.next()) {
    if (search.group_count() == 0) {
      search.push_group(0);
    } else {
      lua_createtable(L, search.group_count(), 0);
      for (int i = 1; i <= search.group_count(); ++i) {
        search.push_group(i);
        lua_rawseti(L, -2, i);
      }
    }
    lua_rawseti(L, -2, ++count);
    governor_of(L).check_list(L, count);
  }
  return 1;
}

int text_replace(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  const std::string_view with = check_text(L, 3);
  RegexSearch search(L, text, check_text(L, 2));
  CappedText out(L);
  lua_Integer count = 0;
  std::size_t kept = 0;
  for (std::size_t at = 0; at <= text.size() && search.find(at); at = search.next()) {
    out.append(text.substr(kept, search.start() - kept));
    append_template(L, search, with, out);
    governor_of(L).charge(L, 2 + static_cast<std::int64_t>(with.size() / 8));
    kept = search.end();
    ++count;
  }
  out.append(text.substr(kept));
  out.push();
  lua_pushinteger(L, count);
  return 2;
}

}  // namespace yoke::sandbox

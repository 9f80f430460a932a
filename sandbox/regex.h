#pragma once

#include <re2/re2.h>

#include <lua.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace yoke::sandbox {

// The regular expressions a state has compiled lately.
class RegexCache {
 public:
  // Raises a Lua error for a bad expression, or one too large for a text of `subject_bytes`;
  // charges for the search about to be made.
  const re2::RE2& get(lua_State* L, std::string_view pattern, std::size_t subject_bytes);

 private:
  struct Entry {
    std::string pattern;
    std::unique_ptr<re2::RE2> regex;
  };
  const re2::RE2& find_or_compile(lua_State* L, std::string_view pattern);

  std::vector<Entry> entries_;
  std::size_t next_ = 0;  // the one to replace
};

}  // namespace yoke::sandbox

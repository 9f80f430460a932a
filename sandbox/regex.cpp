#include "sandbox/regex.h"

#include "runtime/base/text.h"
#include "sandbox/lua_entry.h"

namespace yoke::sandbox {

namespace {

constexpr std::size_t kEntriesMax = 8;
constexpr std::size_t kPatternBytesMax = 4'096;
constexpr std::int64_t kMemoryMax = 2 << 20;  // of one expression with its automaton
// RE2 is linear in both, but when its automaton outgrows its memory each byte costs every
// instruction.
constexpr std::size_t kWorkMax = 32u << 20;

}  // namespace

const re2::RE2& RegexCache::find_or_compile(lua_State* L, std::string_view pattern) {
  for (const Entry& entry : entries_) {
    if (entry.pattern == pattern) return *entry.regex;
  }
  if (pattern.size() > kPatternBytesMax) luaL_error(L, "the regular expression is too long");
  governor_of(L).charge(L, 200 + 20 * static_cast<std::int64_t>(pattern.size()));
  re2::RE2::Options options;
  options.set_max_mem(kMemoryMax);
  options.set_log_errors(false);
  auto regex =
      std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) {
    const std::string what = to_valid_utf8(regex->error());
    luaL_error(L, "bad regular expression: %s", what.c_str());
  }
  if (entries_.size() < kEntriesMax) {
    entries_.push_back({std::string(pattern), std::move(regex)});
    return *entries_.back().regex;
  }
  Entry& entry = entries_[next_];
  next_ = (next_ + 1) % kEntriesMax;
  entry = {std::string(pattern), std::move(regex)};
  return *entry.regex;
}

const re2::RE2& RegexCache::get(lua_State* L, std::string_view pattern, std::size_t subject_bytes) {
  const re2::RE2& regex = find_or_compile(L, pattern);
  const auto size = static_cast<std::size_t>(std::max(regex.ProgramSize(), 1));
  if (subject_bytes > 0 && size > kWorkMax / subject_bytes) {
    luaL_error(L, "the regular expression is too large for a text of %I bytes",
               static_cast<LUAI_UACINT>(subject_bytes));
  }
  governor_of(L).charge(L, 10 + static_cast<std::int64_t>(subject_bytes * (8 + size / 16) / 64));
  return regex;
}

}  // namespace yoke::sandbox

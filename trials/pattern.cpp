#include "trials/pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace yoke {
namespace {

constexpr std::int64_t kMemoryMax = 8 << 20;

re2::RE2::Options bounded(bool ignore_case) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignore_case);
  options.set_max_mem(kMemoryMax);
  return options;
}

}  // namespace

Result<bool> pattern_found(const std::string& pattern, bool ignore_case, std::string_view text) {
  const re2::RE2 compiled(pattern, bounded(ignore_case));
  if (!compiled.ok()) return Error{Errc::invalid, compiled.error()};
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled);
}

Result<std::optional<std::string>> pattern_group(const std::string& pattern, bool ignore_case,
                                                 std::string_view text) {
  const re2::RE2 compiled(pattern, bounded(ignore_case));
  if (!compiled.ok()) return Error{Errc::invalid, compiled.error()};
  const int groups = std::min(1, compiled.NumberOfCapturingGroups());
  std::array<re2::StringPiece, 2> found;
  const re2::StringPiece whole(text.data(), text.size());
  const bool is_there =
      compiled.Match(whole, 0, whole.size(), re2::RE2::UNANCHORED, found.data(), groups + 1);
  if (!is_there) return std::optional<std::string>();
  const re2::StringPiece& group = found[static_cast<std::size_t>(groups)];
  return std::optional<std::string>(std::string(group.data(), group.size()));
}

std::string quoted_pattern(std::string_view text) {
  return re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
}

}  // namespace yoke

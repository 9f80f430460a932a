#include "trials/pattern.h"

#include <re2/re2.h>

namespace yoke {
namespace {

constexpr std::int64_t kMemoryMax = 8 << 20;

}  // namespace

Result<bool> pattern_found(const std::string& pattern, bool ignore_case, std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignore_case);
  options.set_max_mem(kMemoryMax);
  const re2::RE2 compiled(pattern, options);
  if (!compiled.ok()) return Error{Errc::invalid, compiled.error()};
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled);
}

std::string quoted_pattern(std::string_view text) {
  return re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
}

}  // namespace yoke

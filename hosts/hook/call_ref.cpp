#include "hosts/hook/call_ref.h"

#include <algorithm>

#include "runtime/base/id.h"

namespace yoke {
namespace {

constexpr std::size_t kUlidChars = 26;
constexpr std::size_t kCallCharsMax = 64;

bool is_call(std::string_view call) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !call.empty() && call.size() <= kCallCharsMax &&
         std::all_of(call.begin(), call.end(), fine);
}

}  // namespace

// Some vendors take no '.' in an id; no id of ours has a '-'.
std::string to_id(std::string_view prefix, const CallRef& ref) {
  std::string call = ref.call;
  std::replace(call.begin(), call.end(), '.', '-');
  return std::string(prefix) + ref.run_id + "_" + call;
}

std::optional<CallRef> call_ref_of(std::string_view prefix, std::string_view id) {
  if (!id.starts_with(prefix)) return std::nullopt;
  const std::string_view rest = id.substr(prefix.size());
  if (rest.size() < kUlidChars + 2 || rest[kUlidChars] != '_') return std::nullopt;
  const std::string_view run = rest.substr(0, kUlidChars);
  std::string call(rest.substr(kUlidChars + 1));
  if (!is_ulid(run) || !is_call(call)) return std::nullopt;
  std::replace(call.begin(), call.end(), '-', '.');
  return CallRef{std::string(run), std::move(call)};
}

}  // namespace yoke

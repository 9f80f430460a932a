#include "hosts/hook/anthropic/ids.h"

#include <algorithm>

#include "runtime/base/id.h"

namespace yoke::anthropic {
namespace {

constexpr std::string_view kCall = "toolu_";
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

std::string message_id(std::string_view run_id, std::string_view after) {
  std::string id = "msg_" + std::string(run_id);
  if (!after.empty()) id += "_" + std::string(after);
  std::replace(id.begin(), id.end(), '.', '-');
  return id;
}

// The protocol's ids have no '.', and ours no '-'.
std::string tool_use_id(const CallRef& ref) {
  std::string call = ref.call;
  std::replace(call.begin(), call.end(), '.', '-');
  return std::string(kCall) + ref.run_id + "_" + call;
}

std::optional<CallRef> parse_tool_use_id(std::string_view id) {
  if (!id.starts_with(kCall)) return std::nullopt;
  const std::string_view rest = id.substr(kCall.size());
  if (rest.size() < kUlidChars + 2 || rest[kUlidChars] != '_') return std::nullopt;
  const std::string_view run = rest.substr(0, kUlidChars);
  std::string call(rest.substr(kUlidChars + 1));
  if (!is_ulid(run) || !is_call(call)) return std::nullopt;
  std::replace(call.begin(), call.end(), '-', '.');
  return CallRef{std::string(run), std::move(call)};
}

}  // namespace yoke::anthropic

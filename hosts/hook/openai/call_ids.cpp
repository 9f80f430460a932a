#include "hosts/hook/openai/call_ids.h"

#include <algorithm>

#include "runtime/base/id.h"

namespace yoke::openai {
namespace {

constexpr std::string_view kCompletion = "chatcmpl-";
constexpr std::string_view kResponse = "resp_";
constexpr std::string_view kCall = "call_";
constexpr std::string_view kReasoning = "yoke-reasoning:";
constexpr std::size_t kUlidChars = 26;
constexpr std::size_t kCallCharsMax = 64;

std::optional<std::string> ulid_after(std::string_view prefix, std::string_view id) {
  if (!id.starts_with(prefix)) return std::nullopt;
  const std::string_view rest = id.substr(prefix.size());
  if (!is_ulid(rest)) return std::nullopt;
  return std::string(rest);
}

bool is_call(std::string_view call) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !call.empty() && call.size() <= kCallCharsMax &&
         std::all_of(call.begin(), call.end(), fine);
}

}  // namespace

std::string completion_id(std::string_view run_id) {
  return std::string(kCompletion) + std::string(run_id);
}

std::string response_id(std::string_view run_id) {
  return std::string(kResponse) + std::string(run_id);
}

std::optional<std::string> run_of_response(std::string_view id) {
  return ulid_after(kResponse, id);
}

// Some clients' vendors take no '.' in an id; no id of ours has a '-'.
std::string call_id(const CallRef& ref) {
  std::string call = ref.call;
  std::replace(call.begin(), call.end(), '.', '-');
  return std::string(kCall) + ref.run_id + "_" + call;
}

std::optional<CallRef> parse_call_id(std::string_view id) {
  if (!id.starts_with(kCall)) return std::nullopt;
  const std::string_view rest = id.substr(kCall.size());
  if (rest.size() < kUlidChars + 2 || rest[kUlidChars] != '_') return std::nullopt;
  const std::string_view run = rest.substr(0, kUlidChars);
  std::string call(rest.substr(kUlidChars + 1));
  if (!is_ulid(run) || !is_call(call)) return std::nullopt;
  std::replace(call.begin(), call.end(), '-', '.');
  return CallRef{std::string(run), std::move(call)};
}

std::string reasoning_mark(std::string_view run_id) {
  return std::string(kReasoning) + std::string(run_id);
}

std::optional<std::string> run_of_reasoning(std::string_view mark) {
  return ulid_after(kReasoning, mark);
}

std::string item_id(std::string_view kind, std::string_view run_id, std::size_t index) {
  return std::string(kind) + "_" + std::string(run_id) + "_" + std::to_string(index);
}

}  // namespace yoke::openai

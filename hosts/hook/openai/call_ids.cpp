#include "hosts/hook/openai/call_ids.h"

#include "runtime/base/id.h"

namespace yoke::openai {
namespace {

constexpr std::string_view kCompletion = "chatcmpl-";
constexpr std::string_view kResponse = "resp_";
constexpr std::string_view kCall = "call_";
constexpr std::string_view kReasoning = "yoke-reasoning:";

std::optional<std::string> ulid_after(std::string_view prefix, std::string_view id) {
  if (!id.starts_with(prefix)) return std::nullopt;
  const std::string_view rest = id.substr(prefix.size());
  if (!is_ulid(rest)) return std::nullopt;
  return std::string(rest);
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

std::string call_id(const CallRef& ref) { return to_id(kCall, ref); }

std::optional<CallRef> parse_call_id(std::string_view id) { return call_ref_of(kCall, id); }

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

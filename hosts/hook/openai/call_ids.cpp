#include "hosts/hook/openai/call_ids.h"

#include <charconv>

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

std::string response_id(std::string_view run_id, std::size_t turn) {
  const std::string id = std::string(kResponse) + std::string(run_id);
  return turn < 2 ? id : id + "_" + std::to_string(turn);
}

std::optional<ResponseRef> parse_response_id(std::string_view id) {
  const std::size_t place = id.find('_', kResponse.size());
  const std::optional<std::string> run_id = ulid_after(kResponse, id.substr(0, place));
  if (!run_id) return std::nullopt;
  ResponseRef ref{*run_id};
  if (place == std::string_view::npos) return ref;
  const std::string_view number = id.substr(place + 1);
  const char* end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, ref.turn);
  if (error != std::errc() || stop != end || response_id(*run_id, ref.turn) != id) {
    return std::nullopt;
  }
  return ref;
}

std::string call_id(const CallRef& ref) { return to_id(kCall, ref); }

std::optional<CallRef> parse_call_id(std::string_view id) { return call_ref_of(kCall, id); }

bool is_of_agent(const CallRef& ref) { return ref.call.starts_with('c'); }

std::string reasoning_mark(std::string_view run_id) {
  return std::string(kReasoning) + std::string(run_id);
}

std::optional<std::string> run_of_reasoning(std::string_view mark) {
  return ulid_after(kReasoning, mark);
}

std::string item_id(std::string_view kind, std::string_view response_id, std::size_t index) {
  const std::string_view place = response_id.substr(kResponse.size());
  return std::string(kind) + "_" + std::string(place) + "_" + std::to_string(index);
}

}  // namespace yoke::openai

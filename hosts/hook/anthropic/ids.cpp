#include "hosts/hook/anthropic/ids.h"

#include <algorithm>

namespace yoke::anthropic {
namespace {

constexpr std::string_view kCall = "toolu_";

}  // namespace

std::string message_id(std::string_view run_id, std::string_view after) {
  std::string id = "msg_" + std::string(run_id);
  if (!after.empty()) id += "_" + std::string(after);
  std::replace(id.begin(), id.end(), '.', '-');
  return id;
}

std::string tool_use_id(const CallRef& ref) { return to_id(kCall, ref); }

std::optional<CallRef> parse_tool_use_id(std::string_view id) { return call_ref_of(kCall, id); }

}  // namespace yoke::anthropic

#include <algorithm>
#include <array>

#include "hosts/hook/talk.h"

namespace yoke {
namespace {

struct Row {
  std::string_view reason;  // with a dot at its end: all that begin so
  int status;
  const char* title;
  const char* code;
};

// Vendors' trouble is a bad gateway here: the client's request was sound, and its key is ours.
constexpr std::array kRows = {
    Row{"model.key", 502, "the model's vendor refused the operator's key", "upstream_key"},
    Row{"model.quota", 429, "the model's vendor is out of quota", "rate_limit_exceeded"},
    Row{"model.server", 502, "the model's vendor failed", "upstream_error"},
    Row{"model.network", 502, "the model's vendor cannot be reached", "upstream_unreachable"},
    Row{"model.content", 400, "refused by a content filter", "content_filter"},
    Row{"model.client", 400, "the model's vendor refused the request", "invalid_request"},
    Row{"model.malformed", 502, "the model's answer was none", "upstream_malformed"},
    Row{"model.timed_out", 504, "the model did not answer in time", "upstream_timeout"},
    Row{"model.budget", 402, "no budget is left for it", "budget_exceeded"},
    Row{"model.unknown", 404, "no such model", "model_not_found"},
    Row{"limit.budget", 402, "no budget is left for it", "budget_exceeded"},
    Row{"limit.usd", 402, "a limit of money ended it", "budget_exceeded"},
    Row{"limit.", 422, "a limit ended it", "limit_reached"},
    Row{"output.invalid", 502, "the answer does not fit the schema", "invalid_output"},
    Row{"output.unknown_tool", 502, "the model called a tool that it was not offered",
        "unknown_tool"},
    Row{"no_progress", 422, "the agent went round in circles", "no_progress"},
    Row{"cancelled", 422, "cancelled", "run.cancelled"},
};

// What may pass by itself. All else comes again, and each time it is paid for.
constexpr std::array<std::string_view, 4> kPassing{"model.quota", "model.server", "model.network",
                                                   "model.timed_out"};

}  // namespace

Message declined(Message said, const std::string& why) {
  said.role = Role::assistant;
  std::erase_if(said.parts,
                [](const Part& part) { return std::holds_alternative<ToolCallPart>(part); });
  const bool silent = std::none_of(said.parts.begin(), said.parts.end(), [](const Part& part) {
    return std::holds_alternative<TextPart>(part) || std::holds_alternative<RefusalPart>(part);
  });
  if (silent) said.parts.emplace_back(RefusalPart{why});
  return said;
}

Refusal for_good(Refusal refusal) {
  refusal.headers.set("x-should-retry", "false");
  return refusal;
}

Refusal refusal_of_failure(const std::string& reason, const std::string& message) {
  Refusal refusal{500, "the run failed", message, reason};
  for (const Row& row : kRows) {
    const bool family = row.reason.ends_with('.');
    if (family ? !reason.starts_with(row.reason) : reason != row.reason) continue;
    refusal = Refusal{row.status, row.title, message, row.code};
    break;
  }
  const bool passes = std::find(kPassing.begin(), kPassing.end(), reason) != kPassing.end();
  return passes ? refusal : for_good(std::move(refusal));
}

}  // namespace yoke

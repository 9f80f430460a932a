#include "models/anthropic/thinking.h"

#include <algorithm>
#include <array>

#include "runtime/base/text.h"

namespace yoke::anthropic {
namespace {

constexpr std::int64_t kBudgetLeast = 1024;  // the vendor takes no less
constexpr std::int64_t kBudgetUsual = 16'000;

// platform.claude.com, extended and adaptive thinking; as of 2026-11.
constexpr std::array<std::string_view, 9> kBudgetOnly{
    "claude-3*",          "claude-opus-4-2*",   "claude-opus-4-0*",
    "claude-opus-4-1*",   "claude-opus-4-5*",   "claude-sonnet-4-2*",
    "claude-sonnet-4-0*", "claude-sonnet-4-5*", "claude-haiku-4-5*"};
constexpr std::array<std::string_view, 2> kEither{"claude-opus-4-6*", "claude-sonnet-4-6*"};

template <std::size_t N>
bool is_of(const std::array<std::string_view, N>& globs, std::string_view model) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](std::string_view glob) { return glob_match(glob, model); });
}

bool is_claude(std::string_view model) { return model.starts_with("claude-"); }

// Whoever else speaks the protocol knows the older words.
bool wants_budget(std::string_view model) { return !is_claude(model) || is_of(kBudgetOnly, model); }

Json with_budget(std::int64_t budget, std::int64_t output_tokens) {
  budget = std::clamp(budget, kBudgetLeast, std::max(kBudgetLeast, output_tokens - 1));
  if (budget >= output_tokens) return nullptr;  // no room for it beside an answer
  return Json{{"type", "enabled"}, {"budget_tokens", budget}};
}

}  // namespace

Json thinking_of(const ModelRequest& request, const WireForm& form, std::int64_t output_tokens) {
  const Json& set = member_at(form.extra_body, "thinking");
  const std::string& asked = request.options.thinking;
  if (!set.is_null() || asked.empty()) return set;
  if (asked == "off") return Json{{"type", "disabled"}};
  const bool adaptive = asked == "adaptive" && !wants_budget(form.model);
  const bool newer = !wants_budget(form.model) && !is_of(kEither, form.model);
  if (adaptive || newer) return Json{{"type", "adaptive"}};
  const std::int64_t usual = std::min(kBudgetUsual, output_tokens / 2);
  return with_budget(request.options.thinking_tokens.value_or(usual), output_tokens);
}

std::string effort_of(const ModelRequest& request, const WireForm& form) {
  const std::string& effort = request.options.reasoning_effort;
  if (effort.empty() || effort == "none" || !is_claude(form.model)) return {};
  const bool takes = !is_of(kBudgetOnly, form.model) || glob_match("claude-opus-4-5*", form.model);
  if (!takes) return {};
  return effort == "minimal" ? "low" : effort;
}

}  // namespace yoke::anthropic

#include "models/routes/needs.h"

#include <algorithm>

#include "models/estimate.h"
#include "models/routes/tool_images.h"
#include "runtime/base/saturating.h"

namespace yoke {
namespace {

bool shows_image(const Message& message) {
  return std::any_of(message.parts.begin(), message.parts.end(), [&](const Part& part) {
    return std::holds_alternative<ImagePart>(part) && !is_of_tool(message, part);
  });
}

}  // namespace

Needs needs_of(const ModelRequest& request) {
  Needs needs;
  needs.images = std::any_of(request.messages.begin(), request.messages.end(), shows_image);
  needs.tools = !request.tools.empty();
  needs.schema = !request.output_schema.is_null();
  const std::int64_t output = std::max<std::int64_t>(request.output_tokens_max, 0);
  needs.tokens = saturating_add(estimate_input_tokens(request), output);
  return needs;
}

std::string lack_of(const Needs& needs, const ModelFacts& facts) {
  if (needs.images && facts.images_in == Known::no) return "takes no images";
  if (needs.tools && facts.tools == Known::no) return "calls no tools";
  if (needs.schema && facts.structured == Known::no) return "does not keep to a schema";
  const auto& context = facts.context_tokens;
  if (context && needs.tokens > *context) {
    return "has room for " + std::to_string(*context) + " tokens, not for about " +
           std::to_string(needs.tokens);
  }
  return {};
}

void pass_over_unable(RoutePlan& plan, const PlanInput& input) {
  const auto& targets = input.targets;
  const auto lacks = [&targets](std::size_t at) { return !targets[at].lacks.empty(); };
  const auto able = [&targets](const TargetView& one) { return one.lacks.empty(); };
  if (std::all_of(targets.begin(), targets.end(), able)) return;
  if (std::none_of(targets.begin(), targets.end(), able)) return;
  std::string passed;
  for (const std::size_t at : plan.order) {
    if (lacks(at)) passed += std::string(targets[at].name) + " " + targets[at].lacks + "; ";
  }
  if (lacks(plan.order.front())) plan.hedge_after.reset();  // it was to be the first one's
  std::erase_if(plan.order, lacks);
  std::erase_if(plan.shadows, lacks);
  for (std::size_t at = 0; at < targets.size() && plan.order.empty(); ++at) {
    if (!lacks(at)) plan.order.push_back(at);
  }
  std::erase_if(plan.shadows, [&plan](std::size_t at) { return at == plan.order.front(); });
  plan.why.insert(0, passed);
  if (plan.why.ends_with("; ")) plan.why.resize(plan.why.size() - 2);
}

}  // namespace yoke

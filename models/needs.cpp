#include "models/needs.h"

#include <algorithm>

#include "models/estimate.h"
#include "runtime/base/saturating.h"

namespace yoke {
namespace {

bool shows_images(const ModelRequest& request) {
  const auto is_image = [](const Part& part) { return std::holds_alternative<ImagePart>(part); };
  return std::any_of(request.messages.begin(), request.messages.end(), [&](const Message& one) {
    return std::any_of(one.parts.begin(), one.parts.end(), is_image);
  });
}

}  // namespace

std::string lacking(const ModelFacts& facts, const ModelRequest& request) {
  if (facts.tools == Known::no && !request.tools.empty()) return "tools";
  if (facts.images_in == Known::no && shows_images(request)) return "eyes for images";
  if (facts.structured == Known::no && !request.output_schema.is_null()) {
    return "a way to keep to a schema";
  }
  const std::int64_t output = std::max<std::int64_t>(request.output_tokens_max, 0);
  const std::int64_t tokens = saturating_add(estimate_input_tokens(request), output);
  if (facts.context_tokens && tokens > *facts.context_tokens) {
    return "room for " + std::to_string(tokens) + " tokens";
  }
  return {};
}

}  // namespace yoke

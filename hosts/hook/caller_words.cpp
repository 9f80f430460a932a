#include "hosts/hook/caller_words.h"

#include <algorithm>

namespace yoke {
namespace {

constexpr std::string_view kMark = "Instructions of the one who asks:\n\n";

}  // namespace

Message caller_instructions(const std::string& text) {
  return Message{Role::user, {TextPart{std::string(kMark) + text}}};
}

std::optional<std::string> caller_instructions_in(const Message& message) {
  const std::string text = text_of(message);
  if (message.role != Role::user || !text.starts_with(kMark)) return std::nullopt;
  return text.substr(kMark.size());
}

bool has_image(const Message& message) {
  return std::any_of(message.parts.begin(), message.parts.end(),
                     [](const Part& part) { return std::holds_alternative<ImagePart>(part); });
}

}  // namespace yoke

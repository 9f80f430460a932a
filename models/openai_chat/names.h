#pragma once

#include <array>
#include <string_view>

// Names on the wire that the two directions of the codec share.
namespace yoke::openai_chat {

// Under which reasoning comes out, in the order they are looked for.
inline constexpr std::array<std::string_view, 3> kReasoningKeys{"reasoning_content", "reasoning",
                                                                "thinking"};

// ReasoningPart::key of what did not come under a key of its own; never sent back as one.
inline constexpr std::string_view kArrayContentKey = "content[].thinking";

inline constexpr std::string_view kReasoningDetails = "reasoning_details";
inline constexpr std::string_view kExtraContent = "extra_content";

}  // namespace yoke::openai_chat

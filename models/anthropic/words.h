#pragma once

#include <string_view>

// Names on the wire that the two directions of the codec share.
namespace yoke::anthropic {

// Types of blocks, and kinds of opaque parts.
inline constexpr std::string_view kThinking = "thinking";
inline constexpr std::string_view kRedactedThinking = "redacted_thinking";

// The origin of blocks that a client of Anthropic's own brings: signed for whoever serves its
// models.
inline constexpr std::string_view kFamily = "anthropic";

inline constexpr std::string_view kContextExceeded = "model_context_window_exceeded";

}  // namespace yoke::anthropic

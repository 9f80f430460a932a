#pragma once

#include <string_view>

// Names on the wire that the two directions of the codec share.
namespace yoke::anthropic {

// Types of blocks, and kinds of opaque parts.
inline constexpr std::string_view kThinking = "thinking";
inline constexpr std::string_view kRedactedThinking = "redacted_thinking";

inline constexpr std::string_view kContextExceeded = "model_context_window_exceeded";

}  // namespace yoke::anthropic

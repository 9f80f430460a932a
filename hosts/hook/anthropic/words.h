#pragma once

// Types of blocks on Anthropic's wire.
namespace yoke::anthropic {

inline constexpr const char* kTextBlock = "text";
inline constexpr const char* kThinkingBlock = "thinking";
inline constexpr const char* kRedactedBlock = "redacted_thinking";
inline constexpr const char* kToolUseBlock = "tool_use";
inline constexpr const char* kToolResultBlock = "tool_result";

}  // namespace yoke::anthropic

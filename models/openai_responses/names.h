#pragma once

#include <string_view>

// Names on the wire that the two directions of the codec share.
namespace yoke::openai_responses {

inline constexpr std::string_view kReasoning = "reasoning";  // an item's type
inline constexpr std::string_view kPhase = "phase";  // of a message: commentary or final_answer

// ReasoningPart::key: whether a vendor shows its reasoning or a summary of it.
inline constexpr std::string_view kSummaryKey = "summary";
inline constexpr std::string_view kTextKey = "reasoning_text";

}  // namespace yoke::openai_responses

#pragma once

#include <optional>
#include <set>
#include <string>

#include "hosts/hook/anthropic/seal.h"
#include "runtime/ports/message.h"

// Thoughts as Anthropic's clients keep them: blocks that they hand back as they are.
namespace yoke::anthropic {

// How much of its thoughts a client wants to see.
enum class Show : std::uint8_t {
  nothing,  // it did not ask: only what must come back is told, and only beside calls
  marks,    // blocks without their text
  text,
};

// What was thought, between a vendor and a client of this wire. What is Anthropic's own goes
// through as it is, where the client sees the text too; all else comes back in our seal.
class Thoughts {
 public:
  // `natives`: the origins of opaque parts that Anthropic itself made.
  Thoughts(Seal seal, std::set<std::string> natives)
      : seal_(std::move(seal)), natives_(std::move(natives)) {}

  // The signature that a thought with this text goes out with.
  std::string signature(const ReasoningPart& thought, const std::string& text, Show show) const;
  // A thought without any text to show, as a block.
  Json block(const ReasoningPart& thought, const std::string& text, Show show) const;
  // What came with calls, by the ids that the client knows them by; null: nothing.
  Json block_of_calls(const std::vector<std::pair<std::string, Opaque>>& calls) const;

  // A block that came back. Of a seal that does not open only the text is left; none: nothing is.
  std::optional<ReasoningPart> thinking(const Json& block) const;
  // What is in a "redacted_thinking": a thought, or what belongs to calls of the same message.
  struct Redacted {
    std::optional<ReasoningPart> thought = {};
    std::vector<std::pair<std::string, Opaque>> calls = {};
  };
  Redacted redacted(const Json& block) const;

 private:
  bool is_native(const ReasoningPart& thought) const;
  std::string sealed(const ReasoningPart& thought, const std::string* text) const;

  Seal seal_;
  std::set<std::string> natives_;
};

// The origin of what a client says is Anthropic's: a backend of Anthropic's protocol takes it.
inline constexpr const char* kAnthropicOrigin = "anthropic";

}  // namespace yoke::anthropic

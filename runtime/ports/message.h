#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/money.h"

namespace yoke {

// A part that only its maker can read (a signed thought, an encrypted item). Kept verbatim; sent
// back only to the backend family it came from.
struct Opaque {
  std::string origin;  // backend family, e.g. "anthropic", "gemini", "openai-chat/lab"
  std::string kind;    // the vendor's own name for it
  Json value;
};

struct TextPart {
  std::string text;
  std::optional<Opaque> opaque = {};
};
struct ReasoningPart {
  std::string text;  // may be empty when the vendor shows nothing
  std::optional<Opaque> opaque = {};
  std::string key = {};  // the wire name it came under ("reasoning_content"), sent back the same
};
struct ImagePart {
  std::string media_type;  // "image/png"
  std::string url;         // an address, or "data:" with base64
  std::optional<Opaque> opaque = {};
};
struct ToolCallPart {
  std::string id;    // the vendor's id; ours is minted when the call is journaled
  std::string name;  // as the vendor wrote it, mapped back to our dotted name where it matches
  Json args;         // an object; null when `bad_args` is set
  std::string bad_args = {};  // the raw text when it was no JSON object
  std::optional<Opaque> opaque = {};
};
struct ToolResultPart {
  std::string id;  // the vendor's id of the call it answers
  std::string name;
  std::string content;  // text or JSON text, as the model is to read it
  bool is_error = false;
};
struct RefusalPart {
  std::string text;
};

using Part =
    std::variant<TextPart, ReasoningPart, ImagePart, ToolCallPart, ToolResultPart, RefusalPart>;

enum class Role : std::uint8_t { system, user, assistant, tool };
std::string_view name_of(Role role);

struct Message {
  Role role = Role::user;
  std::vector<Part> parts;
};

Message user_message(std::string text);
std::string text_of(const Message& message);       // the text parts, joined
std::string reasoning_of(const Message& message);  // the readable reasoning, joined

// The neutral JSON form, used in the journal and given to scripted models:
// {"role":"assistant","parts":[{"type":"text","text":…},{"type":"reasoning","text":…},
//  {"type":"tool_call","id":…,"name":…,"args":{…}},{"type":"tool_result","id":…,"name":…,
//  "content":…,"is_error":false}]}
Json to_json(const Message& message);
Result<Message> message_from_json(const Json& value);

// Tokens as the vendor counted them. `input` includes cached ones; `output` includes reasoning.
struct Usage {
  std::int64_t input = 0;
  std::int64_t cached = 0;       // of input: read from the vendor's cache
  std::int64_t cache_write = 0;  // of input: written to it
  std::int64_t output = 0;
  std::int64_t reasoning = 0;  // of output
  bool estimated = false;      // not the vendor's figures but ours

  Usage& operator+=(const Usage& other);
};
inline constexpr std::int64_t kTokensMax = 1'000'000'000'000'000;  // nothing counts as more
// The same, with each count from 0 to kTokensMax and no part above its whole: a model's own figures
// are hostile input.
Usage plausible(const Usage& usage);
Json to_json(const Usage& usage);
Usage usage_from_json(const Json& value);

}  // namespace yoke

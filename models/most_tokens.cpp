#include "models/most_tokens.h"

#include <array>

namespace yoke {
namespace {

constexpr std::int64_t kTokensPerMessage = 8;  // its role, and what stands between two
constexpr std::int64_t kTokensPerTool = 16;
constexpr std::int64_t kTokensOfTools = 400;  // what a vendor tells its model of tools in general
constexpr std::int64_t kTokensPerImage = 2000;
constexpr int kLettersPerToken = 4;
constexpr int kCapitalsPerToken = 2;
constexpr int kSpacesPerToken = 2;

enum class Kind : std::uint8_t { small, capital, space, single, lead2, lead3, lead4, follows };

constexpr Kind kind_of(int byte) {
  if (byte >= 'a' && byte <= 'z') return Kind::small;
  if (byte >= 'A' && byte <= 'Z') return Kind::capital;
  if (byte == ' ') return Kind::space;
  if (byte < 0x80) return Kind::single;  // a digit, a sign, a line's end
  if (byte < 0xC0) return Kind::follows;
  if (byte < 0xE0) return Kind::lead2;
  return byte < 0xF0 ? Kind::lead3 : Kind::lead4;
}

constexpr std::array<Kind, 256> kKinds = [] {
  std::array<Kind, 256> kinds{};
  for (int byte = 0; byte < 256; ++byte) kinds[static_cast<std::size_t>(byte)] = kind_of(byte);
  return kinds;
}();

// What so many characters of a kind come to that stand together.
std::int64_t tokens_of(Kind kind, std::int64_t length) {
  switch (kind) {
    case Kind::small:
      return (length + kLettersPerToken - 1) / kLettersPerToken;
    case Kind::capital:
      return (length + kCapitalsPerToken - 1) / kCapitalsPerToken;
    case Kind::space:  // one goes with the word behind it
      return length / kSpacesPerToken;
    case Kind::single:
    case Kind::lead2:
      return length;
    case Kind::lead3:
      return 2 * length;
    case Kind::lead4:
      return 4 * length;
    case Kind::follows:
      break;
  }
  return 0;
}

std::int64_t most_tokens_of(const Json& value) {
  constexpr std::int64_t kQuotes = 2;
  constexpr std::int64_t kBetween = 2;  // a colon and a comma
  if (const auto* text = value.get_ptr<const Json::string_t*>())
    return most_tokens(*text) + kQuotes;
  std::int64_t tokens = kQuotes;
  if (const auto* object = value.get_ptr<const Json::object_t*>()) {
    for (const auto& [key, member] : *object) {
      tokens += most_tokens(key) + kQuotes + kBetween + most_tokens_of(member);
    }
  } else if (const auto* array = value.get_ptr<const Json::array_t*>()) {
    for (const Json& item : *array) tokens += most_tokens_of(item) + kBetween;
  } else if (!value.is_null()) {
    tokens += static_cast<std::int64_t>(to_text(value).size());
  }
  return tokens;
}

struct PartTokens {
  std::int64_t tokens = 0;

  void operator()(const TextPart& part) { tokens += most_tokens(part.text); }
  void operator()(const ReasoningPart& part) {
    tokens += most_tokens(part.text) + opaque(part.opaque);
  }
  void operator()(const RefusalPart& part) { tokens += most_tokens(part.text); }
  void operator()(const ImagePart&) { tokens += kTokensPerImage; }
  void operator()(const ToolCallPart& part) {
    tokens += most_tokens(part.name) + most_tokens_of(part.args) + most_tokens(part.bad_args) +
              opaque(part.opaque) + kTokensPerMessage;
  }
  void operator()(const ToolResultPart& part) {
    tokens += most_tokens(part.content) + kTokensPerMessage;
  }

  static std::int64_t opaque(const std::optional<Opaque>& part) {
    return part && !part->value.is_null() ? most_tokens_of(part->value) : 0;
  }
};

}  // namespace

std::int64_t most_tokens(std::string_view text) {
  std::int64_t tokens = 0;
  std::int64_t length = 0;
  Kind before = Kind::single;
  for (const char c : text) {
    const Kind kind = kKinds[static_cast<unsigned char>(c)];
    if (kind == Kind::follows) continue;
    const bool begins_word = before == Kind::capital && length == 1 && kind == Kind::small;
    if (kind != before && !begins_word) {
      tokens += tokens_of(before, length);
      length = 0;
    }
    before = kind;
    ++length;
  }
  return tokens + tokens_of(before, length);
}

std::int64_t most_input_tokens(const ModelRequest& request) {
  PartTokens parts;
  parts.tokens = kTokensPerMessage + most_tokens(request.instructions);
  parts.tokens += most_tokens_of(request.output_schema);
  for (const Message& message : request.messages) {
    parts.tokens += kTokensPerMessage;
    for (const Part& part : message.parts) std::visit([&parts](const auto& p) { parts(p); }, part);
  }
  if (!request.tools.empty()) parts.tokens += kTokensOfTools;
  for (const ToolSpec& tool : request.tools) {
    parts.tokens += kTokensPerTool + most_tokens(tool.name) + most_tokens(tool.description) +
                    most_tokens_of(tool.input_schema);
  }
  return parts.tokens;
}

}  // namespace yoke

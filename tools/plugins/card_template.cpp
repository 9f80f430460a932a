#include <optional>
#include <utility>

#include "runtime/base/text.h"
#include "tools/plugins/card.h"
#include "tools/plugins/card_expression.h"

namespace yoke {
namespace {

constexpr std::size_t kElementsMax = 20'000;
constexpr int kCardDepthMax = 48;

struct CardTooLarge {
  std::string why;
};

// The byte behind the "}" that closes the "${" before `from`; nothing where none does.
std::optional<std::size_t> end_of_expression(std::string_view text, std::size_t from) {
  char quote = '\0';
  int open = 1;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == '\\') ++at;
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '{') {
      ++open;
    } else if (c == '}' && --open == 0) {
      return at + 1;
    }
  }
  return std::nullopt;
}

// A text cut at its ${…}.
struct TextPiece {
  std::string text;  // as it stands, or what is between the braces
  bool is_expression = false;
};

std::vector<TextPiece> pieces_of(const std::string& text) {
  std::vector<TextPiece> pieces;
  std::string plain;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t open = text.find("${", from);
    if (open == std::string::npos) break;
    if (open > 0 && text[open - 1] == '\\') {  // "\${" is no expression
      plain.append(text, from, open - 1 - from).append("${");
      from = open + 2;
      continue;
    }
    const std::optional<std::size_t> end = end_of_expression(text, open + 2);
    if (!end) break;
    plain.append(text, from, open - from);
    if (!plain.empty()) pieces.push_back({std::exchange(plain, {}), false});
    pieces.push_back({text.substr(open + 2, *end - open - 3), true});
    from = *end;
  }
  plain.append(text, std::min(from, text.size()));
  if (!plain.empty()) pieces.push_back({plain, false});
  return pieces;
}

// Members that elements need, be they empty.
bool is_shown_text(std::string_view key) {
  return key == "text" || key == "title" || key == "value";
}

class CardMaker {
 public:
  Json make(const Json& part, const CardScope& scope, int depth) {
    if (depth > kCardDepthMax) throw CardTooLarge{"the card is nested too deeply"};
    if (++elements_ > kElementsMax) throw CardTooLarge{"the card has over 20,000 elements"};
    if (part.is_string()) return filled(part.get_ref<const std::string&>(), scope);
    if (part.is_array()) {
      Json out = Json::array();
      for (const Json& item : part) add(item, scope, depth, out);
      return out;
    }
    if (!part.is_object()) return part;
    Json out = Json::array();
    add(part, scope, depth, out);
    if (out.size() == 1) return std::move(out.front());
    return out.empty() ? Json(nullptr) : out;
  }

 private:
  // An element of a list: none, one, or as many as its $data has.
  void add(const Json& part, const CardScope& scope, int depth, Json& out) {
    if (!part.is_object()) {
      out.push_back(make(part, scope, depth + 1));
      return;
    }
    if (!part.contains("$data")) {
      add_one(part, scope, depth, out);
      return;
    }
    const Json data = make(part.at("$data"), scope, depth + 1);
    CardScope inner = scope;
    if (!data.is_array()) {
      inner.data = &data;
      if (!data.is_null()) add_one(part, inner, depth, out);
      return;
    }
    for (std::size_t i = 0; i < data.size(); ++i) {
      inner.data = &data[i];
      inner.index = i;
      add_one(part, inner, depth, out);
    }
  }

  void add_one(const Json& part, const CardScope& scope, int depth, Json& out) {
    if (++elements_ > kElementsMax) throw CardTooLarge{"the card has over 20,000 elements"};
    if (part.contains("$when")) {
      const Json shown = make(part.at("$when"), scope, depth + 1);
      const bool said = shown.is_boolean() ? shown.get<bool>() : shown == Json("true");
      if (!said) return;
    }
    Json made = Json::object();
    for (const auto& [key, value] : part.items()) {
      if (key == "$data" || key == "$when") continue;
      Json filled_in = make(value, scope, depth + 1);
      if (filled_in.is_null() && value.is_string()) {
        if (!is_shown_text(key)) continue;  // a card has no members that are null
        filled_in = "";
      }
      made[key] = std::move(filled_in);
    }
    out.push_back(std::move(made));
  }

  Json filled(const std::string& text, const CardScope& scope) {
    if (text.find("${") == std::string::npos) return text;
    const std::vector<TextPiece> pieces = pieces_of(text);
    if (pieces.size() == 1 && pieces.front().is_expression) {
      return value_of(pieces.front().text, scope);
    }
    std::string out;
    for (const TextPiece& piece : pieces) {
      out += piece.is_expression ? card_text_of(value_of(piece.text, scope)) : piece.text;
    }
    return out;
  }

  Json value_of(const std::string& words, const CardScope& scope) {
    const Result<CardExpression> expression = CardExpression::parse(words);
    if (!expression) return "${" + words + "}";
    Result<Json> value = expression->evaluate(scope, budget_);
    if (!value) throw CardTooLarge{value.error().detail};
    elements_ += value->is_structured() ? value->size() : 0;
    return std::move(*value);
  }

  CardBudget budget_;
  std::size_t elements_ = 0;
};

void check_part(const Json& part, const std::string& pointer, std::vector<std::string>& problems) {
  if (part.is_string()) {
    for (const TextPiece& piece : pieces_of(part.get_ref<const std::string&>())) {
      if (!piece.is_expression) continue;
      const Result<CardExpression> read = CardExpression::parse(piece.text);
      if (!read) problems.push_back(pointer + ": " + read.error().detail);
    }
  }
  if (!part.is_structured()) return;
  for (const auto& [key, value] : part.items()) check_part(value, pointer + "/" + key, problems);
}

}  // namespace

Result<Json> expand_card(const Json& card_template, const Json& data) {
  CardScope scope;
  scope.root = &data;
  scope.data = &data;
  try {
    return CardMaker().make(card_template, scope, 0);
  } catch (const CardTooLarge& large) {
    return Error{Errc::exhausted, large.why};
  }
}

std::vector<std::string> check_card(const Json& card_template) {
  std::vector<std::string> problems;
  check_part(card_template, "", problems);
  return problems;
}

}  // namespace yoke

#include <charconv>

#include "runtime/base/text.h"
#include "tools/plugins/card_node.h"

namespace yoke {

// Reads one expression by precedence climbing.
class CardParser {
 public:
  using Node = CardExpression::Node;
  using Owned = std::shared_ptr<const Node>;

  struct Bad {
    Errc code;
    std::string why;
    std::size_t at;
  };

  explicit CardParser(std::string_view text) : text_(text) {}

  CardExpression whole() {
    Owned root = expression(0);
    skip_blanks();
    if (at_ < text_.size()) fail("something follows the expression");
    return CardExpression(std::move(root));
  }

 private:
  struct Operator {
    std::string_view sign;
    std::string_view function;
    int binds;
  };
  static constexpr int kNestingMax = 40;
  static constexpr Operator kOperators[] = {
      {"||", "or", 1},        {"&&", "and", 2},          {"==", "equals", 3},
      {"!=", "notEquals", 3}, {"<=", "lessOrEquals", 4}, {">=", "greaterOrEquals", 4},
      {"<", "less", 4},       {">", "greater", 4},       {"+", "add", 5},
      {"-", "sub", 5},        {"&", "concat", 5},        {"*", "mul", 6},
      {"/", "div", 6},        {"%", "mod", 6},           {"^", "exp", 7},
      {"??", "coalesce", 1}};

  [[noreturn]] void fail(std::string why, Errc code = Errc::invalid) const {
    throw Bad{code, std::move(why), at_};
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void need(char c) {
    skip_blanks();
    if (!take(c)) fail(std::string("expected '") + c + "'");
  }
  void skip_blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  static bool is_first(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '@' ||
           static_cast<unsigned char>(c) >= 0x80;
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  static std::shared_ptr<Node> make(Node::Kind kind) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    return node;
  }
  static Owned literal(Json value) {
    auto node = make(Node::Kind::literal);
    node->literal = std::move(value);
    return node;
  }
  static Owned call(std::string_view function, std::vector<Owned> arguments) {
    auto node = make(Node::Kind::call);
    node->name = std::string(function);
    node->parts = std::move(arguments);
    return node;
  }

  const Operator* next_operator() {
    skip_blanks();
    for (const Operator& known : kOperators) {
      if (text_.substr(at_).starts_with(known.sign)) return &known;
    }
    return nullptr;
  }

  Owned expression(int least) {
    if (++nesting_ > kNestingMax) fail("it is nested too deeply");
    Owned left = unary();
    for (;;) {
      const Operator* found = next_operator();
      if (found == nullptr || found->binds <= least) break;
      at_ += found->sign.size();
      // "^" binds to the right.
      Owned right = expression(found->sign == "^" ? found->binds - 1 : found->binds);
      left = call(found->function, {std::move(left), std::move(right)});
    }
    skip_blanks();
    if (least == 0 && take('?')) {
      Owned yes = expression(0);
      need(':');
      left = call("if", {std::move(left), std::move(yes), expression(0)});
    }
    --nesting_;
    return left;
  }

  Owned unary() {
    skip_blanks();
    if (++nesting_ > kNestingMax) fail("it is nested too deeply");
    Owned node;
    if (take('!')) {
      node = call("not", {unary()});
    } else if (take('-')) {
      node = call("sub", {literal(0), unary()});
    } else if (take('+')) {
      node = unary();
    } else {
      node = postfix();
    }
    --nesting_;
    return node;
  }

  Owned postfix() {
    Owned node = primary();
    for (;;) {
      skip_blanks();
      auto member = make(Node::Kind::member);
      if (take('.')) {
        skip_blanks();
        const std::string name = word();
        if (peek() == '(') fail("a function has no dot in its name");
        member->parts = {std::move(node), literal(name)};
      } else if (take('[')) {
        member->parts = {std::move(node), expression(0)};
        need(']');
      } else {
        return node;
      }
      node = std::move(member);
    }
  }

  std::string word() {
    const std::size_t from = at_;
    if (!is_first(peek())) fail("expected a name");
    while (is_first(peek()) || is_digit(peek())) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  Owned primary() {
    skip_blanks();
    const char c = peek();
    if (take('(')) {
      Owned inner = expression(0);
      need(')');
      return inner;
    }
    if (c == '\'' || c == '"') return literal(quoted());
    if (c == '`') return interpolated();
    if (c == '[') return list();
    if (is_digit(c)) return number();
    const std::string name = word();
    skip_blanks();
    if (peek() == '(') return function(name);
    if (name == "true" || name == "false") return literal(name == "true");
    if (name == "null" || name == "undefined") return literal(nullptr);
    auto node = make(Node::Kind::name);
    node->name = name;
    return node;
  }

  Owned list() {
    need('[');
    std::vector<Owned> items;
    skip_blanks();
    while (!take(']')) {
      if (!items.empty()) need(',');
      items.push_back(expression(0));
      skip_blanks();
    }
    return call("createArray", std::move(items));
  }

  Owned function(const std::string& name) {
    if (!is_card_function(name)) {
      fail("there is no function '" + shorten(printable(name), 40) + "' here", Errc::unsupported);
    }
    need('(');
    std::vector<Owned> arguments;
    skip_blanks();
    while (!take(')')) {
      if (!arguments.empty()) need(',');
      arguments.push_back(expression(0));
      skip_blanks();
    }
    return call(name, std::move(arguments));
  }

  Owned number() {
    const std::size_t from = at_;
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    const Result<Json> value = parse_json(text_.substr(from, at_ - from));
    if (!value) fail("that is no number");
    return literal(*value);
  }

  std::string quoted() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) out += character();
    if (!take(quote)) fail("the text has no end");
    return out;
  }

  char character() {
    const char c = text_[at_++];
    if (c != '\\' || at_ >= text_.size()) return c;
    const char escaped = text_[at_++];
    if (escaped == 'n') return '\n';
    if (escaped == 't') return '\t';
    if (escaped == 'r') return '\r';
    return escaped;
  }

  // `Hello ${name}`
  Owned interpolated() {
    need('`');
    std::vector<Owned> parts;
    std::string plain;
    while (at_ < text_.size() && peek() != '`') {
      if (!text_.substr(at_).starts_with("${")) {
        plain += character();
        continue;
      }
      at_ += 2;
      parts.push_back(literal(std::move(plain)));
      plain.clear();
      parts.push_back(expression(0));
      need('}');
    }
    if (!take('`')) fail("the text has no end");
    parts.push_back(literal(std::move(plain)));
    return call("concat", std::move(parts));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

Result<CardExpression> CardExpression::parse(std::string_view text) {
  if (text.size() > 4096) return Error{Errc::too_large, "the expression is over 4096 bytes"};
  try {
    return CardParser(text).whole();
  } catch (const CardParser::Bad& bad) {
    return Error{bad.code, "in the expression '" + shorten(printable(text), 80) + "': " + bad.why +
                               " at byte " + std::to_string(bad.at)};
  }
}

}  // namespace yoke

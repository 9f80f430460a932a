#include "tools/lint/parser.h"

#include <array>

#include "runtime/base/text.h"

namespace yoke::lint {
namespace {

using Word = Token::Kind;

struct Operator {
  std::string_view text;
  int left;
  int right;
};

constexpr std::array<Operator, 21> kBinary = {{
    {"or", 1, 1},   {"and", 2, 2}, {"<", 3, 3},   {">", 3, 3},   {"<=", 3, 3},  {">=", 3, 3},
    {"~=", 3, 3},   {"==", 3, 3},  {"|", 4, 4},   {"~", 5, 5},   {"&", 6, 6},   {"<<", 7, 7},
    {">>", 7, 7},   {"..", 9, 8},  {"+", 10, 10}, {"-", 10, 10}, {"*", 11, 11}, {"/", 11, 11},
    {"//", 11, 11}, {"%", 11, 11}, {"^", 14, 13},
}};
constexpr int kUnaryPriority = 12;

const Operator* binary_of(const Token& token) {
  if (token.kind != Word::symbol && token.kind != Word::keyword) return nullptr;
  for (const Operator& each : kBinary) {
    if (each.text == token.value) return &each;
  }
  return nullptr;
}

}  // namespace

Tree Parser::run() {
  const Scope whole(*this);
  tree_.root = block();
  if (token_.kind != Word::end) fail("'" + shown() + "' stands where the text should end");
  return std::move(tree_);
}

void Parser::fail(const std::string& why) const {
  throw Wrong{Error{Errc::invalid, why, std::to_string(token_.line)}};
}

std::string Parser::shown() const {
  return token_.kind == Word::end ? "the end of the text" : shorten(printable(token_.value), 40);
}

void Parser::advance() {
  token_ = lexer_.next();
  if (token_.kind == Word::fault) fail(token_.value);
}

bool Parser::at(std::string_view word) const {
  return (token_.kind == Word::symbol || token_.kind == Word::keyword) && token_.value == word;
}

bool Parser::take(std::string_view word) {
  if (!at(word)) return false;
  advance();
  return true;
}

void Parser::expect(std::string_view word, int opened, std::string_view opener) {
  if (take(word)) return;
  std::string why = "'" + std::string(word) + "' is missing before '" + shown() + "'";
  if (opened != 0 && opened != token_.line) {
    why += " (it closes '" + std::string(opener) + "' of line " + std::to_string(opened) + ")";
  }
  fail(why);
}

std::string Parser::name() {
  if (token_.kind != Word::name) fail("a name is missing before '" + shown() + "'");
  std::string out = token_.value;
  advance();
  return out;
}

Node* Parser::make(Kind kind, int line, std::string text) {
  Node& node = tree_.nodes.emplace_back();
  node.kind = kind;
  node.line = line;
  node.text = std::move(text);
  return &node;
}

int Parser::declare(const std::string& name, int line, const Node* value) {
  const int index = static_cast<int>(tree_.locals.size());
  tree_.locals.push_back(Local{name, line, value, false});
  by_name_[name].push_back(index);
  visible_.push_back(name);
  return index;
}

Node* Parser::name_node(const std::string& name, int line) {
  Node* node = make(Kind::name, line, name);
  const auto known = by_name_.find(name);
  if (known != by_name_.end() && !known->second.empty()) node->local = known->second.back();
  return node;
}

void Parser::expressions(Node* into) {
  do {
    into->children.push_back(expression());
  } while (take(","));
}

// Operators of one priority that follow each other make one node, so that a long sum is no deep
// tree.
Node* Parser::expression(int limit) {
  const Level level(*this);
  Node* left = unary();
  int last_priority = 0;
  for (const Operator* next = binary_of(token_); next != nullptr && next->left > limit;
       next = binary_of(token_)) {
    const int line = token_.line;
    advance();
    Node* right = expression(next->right);
    if (left->kind != Kind::operation || last_priority != next->left) {
      Node* joined = make(Kind::operation, line, std::string(next->text));
      joined->children.push_back(left);
      left = joined;
    }
    left->children.push_back(right);
    last_priority = next->left;
  }
  return left;
}

Node* Parser::unary() {
  if (!at("not") && !at("-") && !at("#") && !at("~")) return simple();
  Node* out = make(Kind::operation, token_.line, token_.value + " ");
  advance();
  out->children.push_back(expression(kUnaryPriority));
  return out;
}

Node* Parser::simple() {
  const int line = token_.line;
  if (token_.kind == Word::number || token_.kind == Word::text) {
    Node* out = make(token_.kind == Word::number ? Kind::number : Kind::text, line, token_.value);
    advance();
    return out;
  }
  if (take("nil")) return make(Kind::nil, line);
  if (at("true") || at("false")) {
    Node* out = make(Kind::truth, line, token_.value);
    advance();
    return out;
  }
  if (take("...")) return make(Kind::varargs, line);
  if (at("{")) return table();
  if (take("function")) return function_body(line, false);
  return suffixed();
}

Node* Parser::primary() {
  const int line = token_.line;
  if (token_.kind == Word::name) return name_node(name(), line);
  if (!take("(")) fail("'" + shown() + "' stands where an expression should");
  Node* out = make(Kind::group, line);
  out->children.push_back(expression());
  expect(")", line, "(");
  return out;
}

Node* Parser::suffixed() {
  const Level level(*this);
  Node* out = primary();
  for (int chain = 0;; ++chain) {
    if (chain > kNestingMax) fail("this chain is too long");
    const int line = token_.line;
    if (take(".")) {
      Node* index = make(Kind::index, line, name());
      index->children = {out, make(Kind::text, line, index->text)};
      out = index;
    } else if (take("[")) {
      Node* index = make(Kind::index, line);
      index->children = {out, expression()};
      if (index->children[1]->kind == Kind::text) index->text = index->children[1]->text;
      expect("]", line, "[");
      out = index;
    } else if (take(":")) {
      Node* method = make(Kind::method, line, name());
      method->children.push_back(out);
      arguments(method);
      out = method;
    } else if (at("(") || at("{") || token_.kind == Word::text) {
      Node* call = make(Kind::call, line);
      call->children.push_back(out);
      arguments(call);
      out = call;
    } else {
      return out;
    }
  }
}

void Parser::arguments(Node* into) {
  const int line = token_.line;
  if (token_.kind == Word::text) {
    into->children.push_back(make(Kind::text, line, token_.value));
    advance();
  } else if (at("{")) {
    into->children.push_back(table());
  } else {
    expect("(");
    if (!at(")")) expressions(into);
    expect(")", line, "(");
  }
}

Node* Parser::table() {
  const Level level(*this);
  Node* out = make(Kind::table, token_.line);
  const int line = token_.line;
  advance();
  while (!at("}")) {
    out->children.push_back(table_entry());
    if (!take(",") && !take(";")) break;
  }
  expect("}", line, "{");
  return out;
}

Node* Parser::table_entry() {
  const int line = token_.line;
  Node* field = make(Kind::field, line);
  if (take("[")) {
    Node* key = expression();
    expect("]");
    expect("=");
    if (key->kind == Kind::text) field->text = key->text;
    field->children = {key, expression()};
    return field;
  }
  Node* value = expression();
  const bool keyed = value->kind == Kind::name && at("=");
  if (!keyed) {
    field->kind = Kind::item;
    field->children = {value};
    return field;
  }
  advance();
  value->kind = Kind::text;
  value->local = -1;
  field->text = value->text;
  field->children = {value, expression()};
  return field;
}

Node* Parser::function_body(int line, bool with_self) {
  const Level level(*this);
  Node* out = make(Kind::function, line);
  const Scope scope(*this);
  if (with_self) declare("self", line);
  expect("(");
  while (!at(")")) {
    if (take("...")) break;
    out->params.push_back(declare(name(), token_.line));
    if (!take(",")) break;
  }
  expect(")");
  out->children.push_back(block());
  expect("end", line, "function");
  return out;
}

Result<Tree> parse(std::string_view text) {
  try {
    return Parser(text).run();
  } catch (const Wrong& wrong) {
    return wrong.error;
  }
}

}  // namespace yoke::lint

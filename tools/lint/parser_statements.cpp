#include "runtime/base/text.h"
#include "tools/lint/parser.h"

namespace yoke::lint {

Node* Parser::block() {
  Node* out = make(Kind::group, token_.line);
  while (!ends_block()) {
    const bool last = at("return");
    if (Node* each = statement()) out->children.push_back(each);
    if (last) break;
  }
  return out;
}

Node* Parser::statement() {
  const Level level(*this);
  if (take(";")) return nullptr;
  if (at("if")) return if_statement();
  if (at("while")) return while_statement();
  if (at("do")) return do_statement();
  if (at("for")) return for_statement();
  if (at("repeat")) return repeat_statement();
  if (at("function")) return function_statement();
  if (at("local")) return local_statement();
  if (at("::")) return label();
  if (at("return")) return return_statement();
  if (at("goto")) return goto_statement();
  if (take("break")) return nullptr;
  return expression_statement();
}

Node* Parser::if_statement() {
  Node* out = make(Kind::group, token_.line);
  const int line = token_.line;
  do {
    advance();
    out->children.push_back(expression());
    expect("then");
    const Scope scope(*this);
    out->children.push_back(block());
  } while (at("elseif"));
  if (take("else")) {
    const Scope scope(*this);
    out->children.push_back(block());
  }
  expect("end", line, "if");
  return out;
}

Node* Parser::while_statement() {
  Node* out = make(Kind::group, token_.line);
  const int line = token_.line;
  advance();
  out->children.push_back(expression());
  expect("do");
  const Scope scope(*this);
  out->children.push_back(block());
  expect("end", line, "while");
  return out;
}

Node* Parser::do_statement() {
  const int line = token_.line;
  advance();
  const Scope scope(*this);
  Node* out = block();
  expect("end", line, "do");
  return out;
}

Node* Parser::for_statement() {
  Node* out = make(Kind::group, token_.line);
  const int line = token_.line;
  advance();
  std::vector<std::pair<std::string, int>> names;
  do {
    const int where = token_.line;
    names.emplace_back(name(), where);
  } while (take(","));
  if (names.size() > 1 || at("in")) {
    expect("in");
  } else {
    expect("=");
  }
  expressions(out);
  expect("do");
  const Scope scope(*this);
  for (const auto& [each, where] : names) declare(each, where);
  out->children.push_back(block());
  expect("end", line, "for");
  return out;
}

Node* Parser::repeat_statement() {
  const int line = token_.line;
  Node* out = make(Kind::group, line);
  advance();
  const Scope scope(*this);  // the condition sees the body's names
  out->children.push_back(block());
  expect("until", line, "repeat");
  out->children.push_back(expression());
  return out;
}

Node* Parser::function_statement() {
  const int line = token_.line;
  advance();
  Node* target = name_node(name(), line);
  bool with_self = false;
  bool plain = true;
  while ((at(".") || at(":")) && !with_self) {
    with_self = at(":");
    advance();
    plain = false;
    Node* index = make(Kind::index, line, name());
    index->children = {target, make(Kind::text, line, index->text)};
    target = index;
  }
  if (plain) mark_written(target);
  Node* out = make(Kind::group, line);
  out->children = {target, function_body(line, with_self)};
  return out;
}

Node* Parser::local_function(int line) {
  advance();
  const std::string called = name();
  const int index = declare(called, line);  // before its body, which may call it
  Node* body = function_body(line, false);
  tree_.locals[static_cast<std::size_t>(index)].value = body;
  Node* out = make(Kind::group, line);
  out->children.push_back(body);
  return out;
}

Node* Parser::local_statement() {
  const int line = token_.line;
  advance();
  if (at("function")) return local_function(line);
  std::vector<std::string> names;
  do {
    names.push_back(name());
    if (!take("<")) continue;
    const std::string attribute = name();
    if (attribute != "const" && attribute != "close") {
      fail("there is no attribute '" + shorten(attribute, 40) + "': write const or close");
    }
    expect(">");
  } while (take(","));
  Node* out = make(Kind::group, line);
  if (take("=")) expressions(out);
  const bool each_its_own = out->children.size() == names.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    declare(names[i], line, each_its_own ? out->children[i] : nullptr);
  }
  return out;
}

Node* Parser::goto_statement() {
  advance();
  static_cast<void>(name());
  return nullptr;
}

Node* Parser::label() {
  advance();
  static_cast<void>(name());
  expect("::");
  return nullptr;
}

Node* Parser::return_statement() {
  Node* out = make(Kind::group, token_.line);
  advance();
  if (!ends_block() && !at(";")) expressions(out);
  take(";");
  if (!ends_block()) fail("'" + shown() + "' stands behind a return");
  return out;
}

void Parser::mark_written(Node* target) {
  Node* changed = target;
  while (changed->kind == Kind::index) changed = changed->children[0];
  if (changed != target && changed->kind == Kind::name && changed->local >= 0) {
    tree_.locals[static_cast<std::size_t>(changed->local)].reassigned = true;  // in part
  }
  if (target->kind != Kind::name) return;
  target->written = true;
  if (target->local >= 0) tree_.locals[static_cast<std::size_t>(target->local)].reassigned = true;
}

Node* Parser::assignment(Node* first) {
  Node* out = make(Kind::group, first->line);
  out->children.push_back(first);
  while (take(",")) out->children.push_back(suffixed());
  for (Node* target : out->children) {
    if (target->kind != Kind::name && target->kind != Kind::index) {
      fail("this cannot be assigned to");
    }
    mark_written(target);
  }
  expect("=");
  expressions(out);
  return out;
}

Node* Parser::expression_statement() {
  Node* first = suffixed();
  if (at("=") || at(",")) return assignment(first);
  if (first->kind != Kind::call && first->kind != Kind::method) {
    fail("'" + shown() + "' stands where a statement should go on or begin");
  }
  return first;
}

}  // namespace yoke::lint

#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/lint/lexer.h"
#include "tools/lint/syntax.h"

namespace yoke::lint {

// What a wrong text is answered with: caught by parse() alone.
struct Wrong {
  Error error;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  Tree run();

 private:
  // The names of a block, forgotten at its end.
  class Scope {
   public:
    explicit Scope(Parser& parser) : parser_(parser), height_(parser.visible_.size()) {}
    ~Scope() {
      while (parser_.visible_.size() > height_) {
        parser_.by_name_[parser_.visible_.back()].pop_back();
        parser_.visible_.pop_back();
      }
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Parser& parser_;
    std::size_t height_;
  };

  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kNestingMax) parser_.fail("this nests too deeply");
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  using Kind = Node::Kind;
  using Word = Token::Kind;

  [[noreturn]] void fail(const std::string& why) const;
  std::string shown() const;  // the word it is at, for messages

  void advance();
  bool at(std::string_view word) const;
  bool take(std::string_view word);
  // Where something that was opened in another line is not closed, that line is named.
  void expect(std::string_view word, int opened = 0, std::string_view opener = {});
  std::string name();

  Node* make(Kind kind, int line, std::string text = {});
  int declare(const std::string& name, int line, const Node* value = nullptr);
  Node* name_node(const std::string& name, int line);

  // Statements: parser_statements.cpp.
  Node* block();
  bool ends_block() const {
    return token_.kind == Word::end || at("else") || at("elseif") || at("end") || at("until");
  }
  Node* statement();
  Node* if_statement();
  Node* while_statement();
  Node* do_statement();
  Node* for_statement();
  Node* repeat_statement();
  Node* function_statement();
  Node* local_statement();
  Node* local_function(int line);
  Node* goto_statement();
  Node* label();
  Node* return_statement();
  Node* expression_statement();
  Node* assignment(Node* first);
  void mark_written(Node* target);

  // Expressions: parser.cpp.
  void expressions(Node* into);
  Node* expression(int limit = 0);
  Node* unary();
  Node* simple();
  Node* suffixed();
  Node* primary();
  void arguments(Node* into);
  Node* table();
  Node* table_entry();
  Node* function_body(int line, bool with_self);

  Lexer lexer_;
  Token token_;
  Tree tree_;
  std::unordered_map<std::string, std::vector<int>> by_name_;
  std::vector<std::string> visible_;
  int depth_ = 0;
};

}  // namespace yoke::lint

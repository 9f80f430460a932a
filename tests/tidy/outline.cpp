#include "tests/tidy/outline.h"

#include <cstddef>
#include <string_view>

namespace yoke::tidy {
namespace {

char partner_of(std::string_view open) {
  if (open == "(") return ')';
  return open == "[" ? ']' : '}';
}

// Decides what each brace opens, from left to right: the kinds further left are known by then.
class Reader {
 public:
  Reader(const Source& source, Outline& outline) : tokens_(source.tokens), outline_(outline) {
    source_ = &source;
  }

  Brace kind_of(int at) const {
    if (opens_lambda(at)) return Brace::block;
    const int around = outline_.parent[at];
    if (around < 0) return in_scope(at);
    if (!token(around).is("{")) return Brace::value;
    const Brace outer = outline_.brace[around];
    if (outer == Brace::scope) return in_scope(at);
    return outer == Brace::value ? Brace::value : in_block(at);
  }

 private:
  const Token& token(int at) const {
    static const Token nothing;
    return at < 0 ? nothing : tokens_[static_cast<std::size_t>(at)];
  }

  // The token before `at`, over a whole bracketed group if one ends there.
  int before(int at) const {
    const int previous = at - 1;
    if (previous < 0) return -1;
    const bool closes =
        token(previous).is(")") || token(previous).is("]") || token(previous).is("}");
    return closes && outline_.match[previous] >= 0 ? outline_.match[previous] : previous;
  }

  // From the token before a `{`, over `-> Type` if that is what stands there.
  int over_trailing_type(int at) const {
    int seen = at;
    for (int i = 0; i < 40 && seen >= 0; ++i, --seen) {
      const Token& here = token(seen);
      if (here.is("->")) return seen - 1;
      if (here.is(")") || here.is("]")) {
        if (outline_.match[seen] < 0) return at;
        seen = outline_.match[seen];
        continue;
      }
      const bool type = here.kind == TokenKind::word || here.is("::") || here.is("<") ||
                        here.is(">") || here.is("&") || here.is("*") || here.is(",");
      if (!type) return at;
    }
    return at;
  }

  bool opens_lambda(int at) const {
    int previous = over_trailing_type(at - 1);
    while (token(previous).is("mutable") || token(previous).is("noexcept")) --previous;
    if (token(previous).is(")") && outline_.match[previous] >= 0) {
      previous = outline_.match[previous] - 1;
    }
    if (!token(previous).is("]") || outline_.match[previous] < 0) return false;
    return is_lambda(*source_, outline_.match[previous]);
  }

  Brace in_block(int at) const {
    const Token& previous = token(at - 1);
    for (std::string_view opener : {")", "else", "do", "try", "{", "}", ";", ":"}) {
      if (previous.is(opener)) return Brace::block;
    }
    if (previous.kind == TokenKind::directive) return Brace::block;
    for (int i = before(at); i >= 0; i = before(i)) {
      const Token& here = token(i);
      if (here.is(";") || here.is("{") || here.is("}") || here.is("(")) break;
      if (here.is("=") || here.is("return") || here.is("co_return")) break;
      if (names_type(here)) return Brace::scope;
    }
    return Brace::value;
  }

  static bool names_type(const Token& here) {
    return here.is("struct") || here.is("class") || here.is("union") || here.is("enum");
  }

  // At the level of declarations: a namespace, a type, a function or a variable's initialiser.
  Brace in_scope(int at) const {
    bool typed = false;
    bool called = false;
    bool assigned = false;
    bool listed = false;  // the ':' of a constructor's initialisers was seen
    int angle = 0;
    for (int i = head_of(*source_, outline_, at); i < at; ++i) {
      const Token& here = token(i);
      if (here.is("namespace") || here.is("extern")) return Brace::scope;
      if (here.is("<") && !token(i - 1).is("operator")) ++angle;
      if (here.is(">") && angle > 0) --angle;
      if (angle > 0) continue;
      if (here.is("operator")) called = true;
      typed = typed || names_type(here);
      called = called || here.is("(");
      assigned = assigned || (here.is("=") && !called);
      listed = listed || (here.is(":") && (token(i - 1).is(")") || token(i - 1).is("noexcept")));
      if ((here.is("(") || here.is("[")) && outline_.match[i] > i) i = outline_.match[i];
    }
    if (assigned) return Brace::value;
    if (called && listed && (token(at - 1).kind == TokenKind::word || token(at - 1).is(">"))) {
      return Brace::value;
    }
    if (called) return Brace::function;
    return typed ? Brace::scope : Brace::value;
  }

  const std::vector<Token>& tokens_;
  Outline& outline_;
  const Source* source_ = nullptr;
};

// Pairs the brackets; says of each token what is open around it.
void pair_brackets(const Source& source, Outline& outline) {
  std::vector<int> open;
  const int count = static_cast<int>(source.tokens.size());
  for (int i = 0; i < count; ++i) {
    const Token& here = source.tokens[static_cast<std::size_t>(i)];
    const bool closes = here.is(")") || here.is("]") || here.is("}");
    if (closes && !open.empty()) {
      const Token& opener = source.tokens[static_cast<std::size_t>(open.back())];
      if (partner_of(opener.text) == here.text[0]) {
        outline.match[i] = open.back();
        outline.match[open.back()] = i;
        open.pop_back();
      }
    }
    outline.parent[i] = open.empty() ? -1 : open.back();
    if (here.is("(") || here.is("[") || here.is("{")) open.push_back(i);
  }
}

}  // namespace

Outline outline_of(const Source& source) {
  const std::size_t count = source.tokens.size();
  Outline outline{std::vector<int>(count, -1), std::vector<int>(count, -1),
                  std::vector<Brace>(count, Brace::none)};
  pair_brackets(source, outline);
  const Reader reader(source, outline);
  for (std::size_t i = 0; i < count; ++i) {
    if (source.tokens[i].is("{")) outline.brace[i] = reader.kind_of(static_cast<int>(i));
  }
  return outline;
}

int head_of(const Source& source, const Outline& outline, int brace) {
  int head = brace;
  while (head > 0) {
    const auto previous = static_cast<std::size_t>(head - 1);
    const Token& before = source.tokens[previous];
    if (before.is(";") || before.kind == TokenKind::directive) break;
    const bool closes = before.is(")") || before.is("]") || before.is("}");
    if (!closes && (before.is("{") || before.is("(") || before.is("["))) break;
    const int partner = closes ? outline.match[previous] : -1;
    if (before.is("}")) {
      const bool value = partner >= 0 && outline.brace[partner] == Brace::value;
      if (!value) break;
    }
    const bool access =
        before.is(":") && previous > 0 &&
        (source.tokens[previous - 1].is("public") || source.tokens[previous - 1].is("private") ||
         source.tokens[previous - 1].is("protected"));
    if (access) break;
    head = partner >= 0 ? partner : head - 1;
  }
  return head;
}

bool is_lambda(const Source& source, int at) {
  const auto here = static_cast<std::size_t>(at);
  if (here + 1 < source.tokens.size() && source.tokens[here + 1].is("[")) return false;  // [[…]]
  if (at == 0) return true;
  const Token& before = source.tokens[here - 1];
  if (before.is("[")) return false;  // the second [ of [[…]]
  if (before.is("auto") || before.is("&") || before.is("&&")) {
    // `auto& [a, b] = …` binds; `f(x, &[…` does not occur.
    return false;
  }
  if (before.kind == TokenKind::word) {
    return before.is("return") || before.is("co_return") || before.is("co_await") ||
           before.is("co_yield");
  }
  return before.kind != TokenKind::text && !before.is(")") && !before.is("]");
}

}  // namespace yoke::tidy

#include <string>
#include <string_view>
#include <utility>

#include "tests/tidy/outline.h"
#include "tests/tidy/rules.h"

// g++ 12 miscompiles a co_await in many places, silently, into double frees and uses after free. So
// an await stands alone in a simple statement, over operands that were named before.
namespace yoke::tidy {
namespace {

class AwaitReader {
 public:
  explicit AwaitReader(const Source& source) : source_(source), outline_(outline_of(source)) {}

  Findings run() && {
    for (int i = 0; i < count(); ++i) {
      if (token(i).is("co_await")) check_await(i);
      if (token(i).is("co_spawn")) check_spawn(i);
      if (token(i).is("awaitable")) check_parameters(i);
    }
    return std::move(findings_);
  }

 private:
  int count() const { return static_cast<int>(source_.tokens.size()); }
  const Token& token(int at) const {
    static const Token nothing;
    return at < 0 || at >= count() ? nothing : source_.tokens[at];
  }
  void complain(int at, std::string rule, std::string mend) {
    findings_.push_back({source_.path, token(at).line, std::move(rule), std::move(mend)});
  }

  bool opens_header(int paren) const {
    const Token& before = token(paren - 1);
    return before.is("if") || before.is("for") || before.is("while") || before.is("switch") ||
           (before.is("constexpr") && token(paren - 2).is("if"));
  }

  bool is_block(int at) const { return token(at).is("{") && outline_.brace[at] != Brace::value; }

  // Where the simple statement around `at` begins, `at` being in no bracket of it.
  int begin_of(int at) const {
    int start = at;
    while (start > 0) {
      const Token& before = token(start - 1);
      const int partner = outline_.match[start - 1];
      if (before.is(";") || before.is("else") || before.is("do")) break;
      if (before.kind == TokenKind::directive || is_block(start - 1)) break;
      if (before.is("}") && partner >= 0 && outline_.brace[partner] != Brace::value) break;
      if (before.is(")") && partner >= 0 && opens_header(partner)) break;
      if (before.is(":") && ends_label(start - 1)) break;
      const bool closes = before.is(")") || before.is("]") || before.is("}");
      start = closes && partner >= 0 ? partner : start - 1;
    }
    return start;
  }

  bool ends_label(int colon) const {
    if (token(colon - 1).is("default")) return true;
    for (int at = colon - 1; at >= 0 && at > colon - 12; --at) {
      if (token(at).is("case")) return true;
      if (token(at).is("?") || token(at).is(";") || token(at).is("{")) return false;
    }
    return false;
  }

  int end_of(int at) const {
    int end = at;
    while (end < count() && !token(end).is(";") && !token(end).is("}")) {
      const bool opens = token(end).is("(") || token(end).is("[") || token(end).is("{");
      end = opens && outline_.match[end] >= 0 ? outline_.match[end] + 1 : end + 1;
    }
    return end;
  }

  void check_await(int await) {
    int outermost = await;
    for (int open = outline_.parent[await]; open >= 0 && !is_block(open);
         open = outline_.parent[open]) {
      if (token(open).is("(") && opens_header(open)) {
        return complain(await, "await-header",
                        "no co_await in a condition or loop header: name its result first");
      }
      if (token(open).is("{") && declares(begin_of(open), open)) return complain_of_object(await);
      if (token(open).is("{")) {
        return complain(await, "await-brace", "no co_await inside braces: name its result first");
      }
      outermost = open;
    }
    const int begin = begin_of(outermost);
    if (token(outermost).is("(") && declares(begin, outermost)) return complain_of_object(await);
    if (!check_operands(begin, end_of(outermost), await)) return;
    if (outermost != await || !stands_well(begin, await)) {
      complain(await, "await-form",
               "co_await is a statement, the start of a named value, or what co_return returns");
    }
  }

  // `T name(` or `T name{`: from `begin` to the bracket there are only the words of a type and a
  // name.
  bool declares(int begin, int open) const {
    bool typed = false;
    for (int at = begin; at < open - 1; ++at) {
      const Token& here = token(at);
      const bool in_type = here.kind == TokenKind::word || here.is("::") || here.is("<") ||
                           here.is(">") || here.is(",") || here.is("*") || here.is("&") ||
                           here.is("&&");
      const bool in_value = here.is("co_return") || here.is("co_await") || here.is("return") ||
                            here.is("throw") || here.is("new");
      if (!in_type || in_value) return false;
      typed = true;
    }
    const bool qualified = token(open - 2).is("::");  // a call: `asio::post(…)`
    return typed && token(open - 1).kind == TokenKind::word && !qualified;
  }

  // The constructor's other arguments, its default ones too, are temporaries beside the await.
  void complain_of_object(int await) {
    complain(
        await, "await-initialiser",
        "no object is made of a co_await: name its result first, or write T name = co_await …");
  }

  // `co_await f()`, `co_return co_await f()`, `T name = co_await f()`, `place = co_await f()`.
  bool stands_well(int begin, int await) const {
    if (begin == await) return true;
    if (token(begin).is("co_return")) return begin + 1 == await;
    if (!token(await - 1).is("=")) return false;
    if (token(await - 2).kind == TokenKind::mark && !token(await - 2).is("]")) return false;
    for (int at = begin; at < await - 1; ++at) {
      if (token(at).is("=") || token(at).is("(")) return false;
    }
    return true;
  }

  // What may stand nowhere in the statement from `begin` to `end`. False once something was found.
  bool check_operands(int begin, int end, int await) {
    bool awaited = false;
    for (int at = begin; at < end; ++at) {
      if (is_block(at) && outline_.match[at] >= 0) at = outline_.match[at];  // a lambda's body
      const Token& here = token(at);
      if (here.is("?")) {
        complain(await, "await-operator", "no ?: beside a co_await: use if and else");
        return false;
      }
      if (here.is("||") || (here.is("&&") && !declares_reference(at))) {
        complain(await, "await-operator", "no && or || beside a co_await: name the parts first");
        return false;
      }
      if (here.is("[") && is_lambda(source_, at) && captures_by_value(at)) {
        complain(await, "await-lambda",
                 "no lambda that captures by value beside a co_await: name it and move it in");
        return false;
      }
      if (here.is("{") && outline_.brace[at] == Brace::value) {
        complain(await, "await-brace",
                 "no braced temporary beside a co_await: make it a named local and move it in");
        return false;
      }
      if (here.is("function") && token(at + 1).is("<")) {
        complain(await, "await-lambda", "no std::function made beside a co_await: name it first");
        return false;
      }
      if (here.is("co_await")) {
        if (awaited && at == await) {
          complain(at, "await-twice", "one co_await to a statement");
          return false;
        }
        awaited = true;
      }
    }
    return true;
  }

  // `auto&& name =` and a parameter `T&& name`; everything else that looks so is a conjunction.
  bool declares_reference(int at) const {
    const bool typed = token(at - 1).is("auto") || token(at - 1).is(">");
    return typed || token(at + 1).is(")") || token(at + 1).is(">") || token(at + 1).is(",");
  }

  bool captures_by_value(int open) const {
    const int close = outline_.match[open];
    bool fresh = true;  // at the start of a capture
    for (int at = open + 1; at < close; ++at) {
      if (fresh && !token(at).is("&") && !token(at).is("this")) return true;
      fresh = token(at).is(",");
      if (token(at).is("(") && outline_.match[at] >= 0) at = outline_.match[at];
    }
    return false;
  }

  // The coroutine given to co_spawn outlives the statement: a lambda written there does not.
  void check_spawn(int spawn) {
    const int open = spawn + 1;
    if (!token(open).is("(") || outline_.match[open] < 0) return;
    for (int at = open + 1; at < outline_.match[open]; ++at) {
      if (token(at).is(",")) {
        if (token(at + 1).is("[")) {
          complain(at + 1, "await-spawn",
                   "name the lambda given to co_spawn, and move it in uncalled");
        }
        return;  // the third argument is a handler: it may be a lambda
      }
      const bool opens = token(at).is("(") || token(at).is("[") || token(at).is("{");
      if (opens && outline_.match[at] >= 0) at = outline_.match[at];
    }
  }

  // The parameters of a function whose result is awaitable<…>: a view of a caller's temporary is
  // gone when the coroutine resumes.
  void check_parameters(int awaitable) {
    if (!token(awaitable + 1).is("<")) return;
    int depth = 0;
    int at = awaitable + 1;
    for (; at < count(); ++at) {
      if (token(at).is("<")) ++depth;
      if (token(at).is(">") && --depth == 0) break;
      if (token(at).is(";") || token(at).is("{")) return;
    }
    ++at;
    if (token(at).kind != TokenKind::word) return;
    while (token(at).kind == TokenKind::word || token(at).is("::")) ++at;
    if (!token(at).is("(") || outline_.match[at] < 0) return;
    const int close = outline_.match[at];
    for (; at < close; ++at) {
      const bool view =
          token(at).is("string_view") || (token(at).is("span") && token(at + 1).is("<"));
      const bool text = token(at).is("string") && token(at + 1).is("&") && is_const(at);
      if (view || text) {
        return complain(at, "await-parameter",
                        "a coroutine takes its parameters by value, or a service by reference");
      }
    }
  }

  bool is_const(int at) const {
    return token(at - 1).is("const") || (token(at - 1).is("::") && token(at - 3).is("const"));
  }

  const Source& source_;
  Outline outline_;
  Findings findings_;
};

}  // namespace

Findings check_awaits(const Source& source) { return AwaitReader(source).run(); }

}  // namespace yoke::tidy

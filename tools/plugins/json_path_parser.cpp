#include <re2/re2.h>

#include <charconv>
#include <utility>

#include "runtime/base/text.h"
#include "tools/plugins/json_path_tree.h"

namespace yoke::json_path {
namespace {

constexpr std::size_t kPathBytesMax = 4096;
constexpr int kNestingMax = 32;
constexpr std::int64_t kIndexMax = (std::int64_t{1} << 53) - 1;

using Kind = Expression::Kind;
using Owned = std::unique_ptr<const Expression>;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_first(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Thrown within this file only: a recursive descent is plainer with it.
struct BadPath {
  std::string why;
  std::size_t at;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Path whole() {
    Path path;
    if (!take('$') && !ends() && is_name_first(peek())) {
      path.segments.push_back(Segment{false, {name_selector(shorthand_name())}});
    }
    read_segments(path);
    if (!ends()) fail("a segment begins with '.' or '['");
    return path;
  }

 private:
  [[noreturn]] void fail(std::string why) const { throw BadPath{std::move(why), at_}; }
  bool ends() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(char c) {
    if (peek() != c || ends()) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void need(char c) {
    if (!take(c)) fail(std::string("expected '") + c + "'");
  }
  void skip_blanks() {
    while (!ends() && is_blank(peek())) ++at_;
  }

  static Selector name_selector(std::string name) {
    Selector selector;
    selector.kind = Selector::Kind::name;
    selector.name = std::move(name);
    return selector;
  }

  std::string shorthand_name() {
    const std::size_t from = at_;
    if (!is_name_first(peek())) fail("expected a name");
    while (!ends() && (is_name_first(peek()) || is_digit(peek()) || peek() == '-')) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  // "@odata.context", the name of an annotation in OData.
  std::string annotation_name() {
    need('@');
    std::string name = "@" + shorthand_name();
    if (peek() == '.' && is_name_first(peek(1)) && take('.')) name += "." + shorthand_name();
    return name;
  }

  void read_segments(Path& path) {
    for (;;) {
      const std::size_t before = at_;
      skip_blanks();
      if (peek() == '[') {
        path.segments.push_back(Segment{false, bracketed()});
      } else if (take("..")) {
        const bool brackets = peek() == '[';
        path.segments.push_back(Segment{true, brackets ? bracketed() : dotted()});
      } else if (take('.')) {
        path.segments.push_back(Segment{false, dotted()});
      } else {
        at_ = before;  // blanks behind a path are no part of it
        return;
      }
    }
  }

  std::vector<Selector> dotted() {
    if (take('*')) return {Selector{}};
    return {name_selector(peek() == '@' ? annotation_name() : shorthand_name())};
  }

  std::vector<Selector> bracketed() {
    need('[');
    std::vector<Selector> all;
    do {
      skip_blanks();
      all.push_back(selector());
      skip_blanks();
    } while (take(','));
    need(']');
    return all;
  }

  Selector selector() {
    if (peek() == '\'' || peek() == '"') return name_selector(quoted());
    if (take('*')) return Selector{};
    if (take('?')) {
      skip_blanks();
      Selector selector;
      selector.kind = Selector::Kind::filter;
      selector.filter = any_of();
      return selector;
    }
    return index_or_slice();
  }

  Selector index_or_slice() {
    Selector selector;
    const std::optional<std::int64_t> first = integer();
    skip_blanks();
    if (!take(':')) {
      if (!first) fail("expected a selector");
      selector.kind = Selector::Kind::index;
      selector.index = *first;
      return selector;
    }
    selector.kind = Selector::Kind::slice;
    selector.start = first;
    skip_blanks();
    selector.end = integer();
    skip_blanks();
    if (take(':')) {
      skip_blanks();
      selector.step = integer().value_or(1);
    }
    return selector;
  }

  std::optional<std::int64_t> integer() {
    const std::size_t from = at_;
    const bool minus = take('-');
    if (!is_digit(peek())) {
      if (minus) fail("expected a number");
      return std::nullopt;
    }
    const std::size_t digits = at_;
    while (is_digit(peek())) ++at_;
    const std::string_view number = text_.substr(from, at_ - from);
    std::int64_t value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    const bool padded = text_[digits] == '0' && (at_ - digits > 1 || minus);
    if (read.ec != std::errc() || padded || value > kIndexMax || value < -kIndexMax) {
      fail("there is no such index");
    }
    return value;
  }

  std::uint32_t hex4() {
    std::uint32_t value = 0;
    const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 4 || read.ec != std::errc() || read.ptr != digits.data() + 4) {
      fail("\\u wants four hexadecimal digits");
    }
    at_ += 4;
    return value;
  }

  void add_escaped_character(std::string& out) {
    std::uint32_t code = hex4();
    if (code >= 0xD800 && code < 0xDC00) {
      if (!take("\\u")) fail("half of a surrogate pair");
      const std::uint32_t low = hex4();
      if (low < 0xDC00 || low > 0xDFFF) fail("half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
      fail("half of a surrogate pair");
    }
    if (code < 0x80) {
      out += static_cast<char>(code);
      return;
    }
    const int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(kLead[extra] | (code >> (6 * extra)));
    for (int i = extra - 1; i >= 0; --i) {
      out += static_cast<char>(0x80u | ((code >> (6 * i)) & 0x3Fu));
    }
  }

  std::string quoted() {
    const char quote = text_[at_++];
    std::string out;
    while (!ends() && peek() != quote) {
      const char c = text_[at_++];
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a text");
      if (c != '\\') {
        out += c;
        continue;
      }
      const char escaped = ends() ? '\0' : text_[at_++];
      static constexpr std::string_view kFrom = "bfnrt/\\";
      static constexpr std::string_view kTo = "\b\f\n\r\t/\\";
      const std::size_t known = kFrom.find(escaped);
      if (escaped == 'u') {
        add_escaped_character(out);
      } else if (escaped == quote) {
        out += quote;
      } else if (escaped != '\0' && known != std::string_view::npos) {
        out += kTo[known];
      } else {
        fail("there is no such escape");
      }
    }
    need(quote);
    return out;
  }

  template <class Next>
  Owned joined(Kind kind, std::string_view sign, Next next) {
    Owned first = next();
    std::vector<Owned> parts;
    parts.push_back(std::move(first));
    for (;;) {
      const std::size_t before = at_;
      skip_blanks();
      if (!take(sign)) {
        at_ = before;
        break;
      }
      skip_blanks();
      parts.push_back(next());
    }
    if (parts.size() == 1) return std::move(parts.front());
    auto all = std::make_unique<Expression>();
    all->kind = kind;
    all->parts = std::move(parts);
    return all;
  }

  Owned any_of() {
    if (++nesting_ > kNestingMax) fail("it is nested too deeply");
    Owned all = joined(Kind::any_of, "||",
                       [this] { return joined(Kind::all_of, "&&", [this] { return basic(); }); });
    --nesting_;
    return all;
  }

  Owned basic() {
    if (take('!')) {
      skip_blanks();
      auto negation = std::make_unique<Expression>();
      negation->kind = Kind::negation;
      negation->parts.push_back(peek() == '(' ? parenthesis() : test(operand()));
      return negation;
    }
    if (peek() == '(') return parenthesis();
    Owned left = operand();
    const std::size_t before = at_;
    skip_blanks();
    const std::optional<Expression::Compare> sign = comparison_sign();
    if (!sign) {
      at_ = before;
      return test(std::move(left));
    }
    skip_blanks();
    auto comparison = std::make_unique<Expression>();
    comparison->kind = Kind::comparison;
    comparison->compare = *sign;
    comparison->parts.push_back(comparable(std::move(left)));
    comparison->parts.push_back(comparable(operand()));
    return comparison;
  }

  Owned parenthesis() {
    need('(');
    skip_blanks();
    Owned inner = any_of();
    skip_blanks();
    need(')');
    return inner;
  }

  std::optional<Expression::Compare> comparison_sign() {
    using Compare = Expression::Compare;
    if (take("==")) return Compare::equal;
    if (take("!=")) return Compare::unequal;
    if (take("<=")) return Compare::less_or_equal;
    if (take(">=")) return Compare::greater_or_equal;
    if (take('<')) return Compare::less;
    if (take('>')) return Compare::greater;
    return std::nullopt;
  }

  // What may stand alone: a path, or a function that says yes or no.
  Owned test(Owned expression) const {
    const bool logical = expression->kind == Kind::function &&
                         (expression->function == Expression::Function::match ||
                          expression->function == Expression::Function::search);
    if (expression->kind != Kind::path && !logical) fail("it says neither yes nor no");
    return expression;
  }

  Owned comparable(Owned expression) const {
    const bool path = expression->kind == Kind::path && expression->path.is_singular();
    const bool function = expression->kind == Kind::function &&
                          expression->function != Expression::Function::match &&
                          expression->function != Expression::Function::search;
    if (expression->kind != Kind::literal && !path && !function) fail("it cannot be compared");
    return expression;
  }

  Owned operand() {
    auto made = std::make_unique<Expression>();
    if (peek() == '@' || peek() == '$') {
      made->kind = Kind::path;
      made->path.from_root = text_[at_++] == '$';
      if (++nesting_ > kNestingMax) fail("it is nested too deeply");
      read_segments(made->path);
      --nesting_;
      return made;
    }
    if (peek() == '\'' || peek() == '"') {
      made->literal = quoted();
      return made;
    }
    if (is_digit(peek()) || peek() == '-') {
      made->literal = number();
      return made;
    }
    const std::size_t from = at_;
    while (is_name_first(peek()) || is_digit(peek())) ++at_;
    const std::string_view word = text_.substr(from, at_ - from);
    if (word == "true" || word == "false") {
      made->literal = word == "true";
    } else if (word != "null") {
      read_function(*made, word);
    }
    return made;
  }

  Json number() {
    const std::size_t from = at_;
    while (!ends() &&
           (is_digit(peek()) || std::string_view("+-.eE").find(peek()) != std::string_view::npos)) {
      ++at_;
    }
    const std::string_view text = text_.substr(from, at_ - from);
    const bool negative_zero = text == "-0";
    Result<Json> value = parse_json(text);
    if (!value) fail("that is no number");
    return negative_zero ? Json(0) : *value;
  }

  void read_function(Expression& made, std::string_view name) {
    using Function = Expression::Function;
    struct Known {
      std::string_view name;
      Function function;
      std::size_t arguments;
    };
    static constexpr Known kKnown[] = {{"length", Function::length, 1},
                                       {"count", Function::count, 1},
                                       {"match", Function::match, 2},
                                       {"search", Function::search, 2},
                                       {"value", Function::value, 1}};
    made.kind = Kind::function;
    for (const Known& known : kKnown) {
      if (known.name != name || peek() != '(') continue;
      made.function = known.function;
      read_arguments(made, known.arguments);
      return;
    }
    fail("expected a value, a path or a function");
  }

  void read_arguments(Expression& made, std::size_t count) {
    if (++nesting_ > kNestingMax) fail("it is nested too deeply");
    need('(');
    const bool of_nodes = made.function == Expression::Function::count ||
                          made.function == Expression::Function::value;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) need(',');
      skip_blanks();
      Owned argument = operand();
      if (of_nodes && argument->kind != Kind::path) fail("the function takes a path");
      made.parts.push_back(of_nodes ? std::move(argument) : comparable(std::move(argument)));
      skip_blanks();
    }
    need(')');
    --nesting_;
    if (count == 2 && made.parts[1]->literal.is_string()) {
      made.pattern = compile_pattern(made.parts[1]->literal.get<std::string>());
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

bool Path::is_singular() const {
  for (const Segment& segment : segments) {
    if (segment.descends || segment.selectors.size() != 1) return false;
    const Selector::Kind kind = segment.selectors.front().kind;
    if (kind != Selector::Kind::name && kind != Selector::Kind::index) return false;
  }
  return true;
}

std::shared_ptr<const re2::RE2> compile_pattern(const std::string& text) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(1 << 20);
  auto pattern = std::make_shared<const re2::RE2>(text, options);
  return pattern->ok() ? pattern : nullptr;
}

Result<Path> parse_path(std::string_view text) {
  if (text.size() > kPathBytesMax) return Error{Errc::too_large, "the path is over 4096 bytes"};
  if (!is_valid_utf8(text)) return Error{Errc::invalid, "the path is no UTF-8"};
  try {
    return Parser(text).whole();
  } catch (const BadPath& bad) {
    return Error{Errc::invalid, "'" + shorten(printable(text), 80) + "' is no JSONPath: " +
                                    bad.why + " at byte " + std::to_string(bad.at)};
  }
}

}  // namespace yoke::json_path

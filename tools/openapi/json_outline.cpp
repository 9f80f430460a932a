#include "runtime/base/text.h"
#include "tools/openapi/source.h"

namespace yoke::openapi {
namespace {

bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Steps over the values of one JSON object without reading them: strings and brackets are all that
// it needs to know. What is inside is checked when it is read.
class ObjectCutter {
 public:
  ObjectCutter(std::string_view text, const Part& part)
      : text_(text.substr(0, part.end)), at_(part.begin) {}

  Result<Outline> cut() {
    Outline outline;
    skip_space();
    if (!is_at('{')) return outline;
    ++at_;
    outline.is_cut = true;
    skip_space();
    if (is_at('}')) return closed(std::move(outline));
    while (true) {
      skip_space();
      Result<std::string> name = key();
      if (!name) return name.error();
      PartMember& member = outline.members.emplace_back();
      member.name = std::move(*name);
      member.part.begin = at_;
      if (!skip_value()) return wrong("the value does not end");
      member.part.end = at_;
      skip_space();
      if (is_at('}')) return closed(std::move(outline));
      if (!is_at(',')) return wrong("expected ',' or '}'");
      ++at_;
    }
  }

 private:
  Error wrong(std::string_view what) const {
    return Error{Errc::invalid, "byte " + std::to_string(at_) + ": " + std::string(what)};
  }

  bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip_space() {
    while (at_ < text_.size() && is_json_space(text_[at_])) ++at_;
  }

  Result<Outline> closed(Outline outline) {
    ++at_;
    skip_space();
    if (at_ < text_.size()) return wrong("expected the end behind '}'");
    return outline;
  }

  Result<std::string> key() {
    if (!is_at('"')) return wrong("expected a key in quotes");
    const std::size_t begin = at_;
    if (!skip_string()) return wrong("the key does not end");
    const std::string_view literal = text_.substr(begin, at_ - begin);
    skip_space();
    if (!is_at(':')) return wrong("expected ':' behind the key");
    ++at_;
    skip_space();
    if (literal.find('\\') == std::string_view::npos) {
      return std::string(literal.substr(1, literal.size() - 2));
    }
    const Result<Json> read = parse_json(literal);
    if (!read) return wrong("the key cannot be read");
    return read->get<std::string>();
  }

  bool skip_string() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    return false;
  }

  // To behind the value; closing brackets are counted, not matched.
  bool skip_value() {
    std::size_t open = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!skip_string()) return false;
        if (open == 0) return true;
        continue;
      }
      const bool closes = c == '}' || c == ']';
      if (open == 0 && (closes || c == ',' || is_json_space(c))) return true;
      if (c == '{' || c == '[') ++open;
      ++at_;
      if (closes && --open == 0) return true;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_;
};

}  // namespace

Result<Outline> outline_of_json(std::string_view text, const Part& part) {
  return ObjectCutter(text, part).cut();
}

}  // namespace yoke::openapi

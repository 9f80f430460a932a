#include "sandbox/html_tags.h"

#include <algorithm>
#include <iterator>

#include "runtime/base/ascii.h"

namespace yoke::sandbox {

namespace {

constexpr std::size_t kNameBytesMax = 32;  // longer names mean nothing here

struct Named {
  std::string_view name;
  HtmlRole role;
};

constexpr Named kRoles[] = {
    // sorted by name
    {"a", HtmlRole::link},
    {"address", HtmlRole::block},
    {"article", HtmlRole::block},
    {"aside", HtmlRole::block},
    {"blockquote", HtmlRole::paragraph},
    {"body", HtmlRole::block},
    {"br", HtmlRole::line_break},
    {"caption", HtmlRole::block},
    {"dd", HtmlRole::block},
    {"details", HtmlRole::block},
    {"dialog", HtmlRole::block},
    {"div", HtmlRole::block},
    {"dl", HtmlRole::paragraph},
    {"dt", HtmlRole::block},
    {"fieldset", HtmlRole::block},
    {"figcaption", HtmlRole::block},
    {"figure", HtmlRole::block},
    {"footer", HtmlRole::block},
    {"form", HtmlRole::block},
    {"h1", HtmlRole::heading},
    {"h2", HtmlRole::heading},
    {"h3", HtmlRole::heading},
    {"h4", HtmlRole::heading},
    {"h5", HtmlRole::heading},
    {"h6", HtmlRole::heading},
    {"header", HtmlRole::block},
    {"hr", HtmlRole::rule},
    {"img", HtmlRole::image},
    {"legend", HtmlRole::block},
    {"li", HtmlRole::item},
    {"main", HtmlRole::block},
    {"menu", HtmlRole::list},
    {"nav", HtmlRole::block},
    {"ol", HtmlRole::list},
    {"option", HtmlRole::block},
    {"p", HtmlRole::paragraph},
    {"pre", HtmlRole::preformatted},
    {"section", HtmlRole::block},
    {"select", HtmlRole::block},
    {"summary", HtmlRole::block},
    {"table", HtmlRole::paragraph},
    {"tbody", HtmlRole::block},
    {"td", HtmlRole::cell},
    {"tfoot", HtmlRole::block},
    {"th", HtmlRole::cell},
    {"thead", HtmlRole::block},
    {"tr", HtmlRole::row},
    {"ul", HtmlRole::list},
};

// Their content is for machines, or stands in the page's title bar.
constexpr std::string_view kSkipped[] = {"canvas",   "iframe",   "math",   "noembed",
                                         "noframes", "object",   "script", "style",
                                         "svg",      "template", "title"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::size_t skip_blank(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

bool ends_name(char c) { return is_blank(c) || c == '/' || c == '>' || c == '='; }

struct Attribute {
  std::string_view name;
  std::string_view value;
};

// The attribute at `at`, which moves behind it; an empty name at the end.
Attribute take_attribute(std::string_view text, std::size_t& at) {
  Attribute out;
  while (at < text.size() && (is_blank(text[at]) || text[at] == '/')) ++at;
  const std::size_t start = at;
  if (at < text.size() && text[at] == '=') ++at;  // a stray '=' is part of a name
  while (at < text.size() && !ends_name(text[at])) ++at;
  out.name = text.substr(start, at - start);
  const std::size_t equals = skip_blank(text, at);
  if (equals >= text.size() || text[equals] != '=') return out;
  at = skip_blank(text, equals + 1);
  if (at >= text.size()) return out;
  if (text[at] == '"' || text[at] == '\'') {
    const std::size_t end = std::min(text.find(text[at], at + 1), text.size());
    out.value = text.substr(at + 1, end - at - 1);
    at = std::min(end + 1, text.size());
    return out;
  }
  const std::size_t value = at;
  while (at < text.size() && !is_blank(text[at])) ++at;
  out.value = text.substr(value, at - value);
  return out;
}

// Where the tag that is open at the start of `text` ends: at its '>' outside quotes.
std::size_t end_of_tag(std::string_view text) {
  char quote = '\0';
  bool is_value = false;  // a quote opens a value only behind '='
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '>') {
      return at;
    } else if ((c == '"' || c == '\'') && is_value) {
      quote = c;
      is_value = false;
    } else if (!is_blank(c)) {
      is_value = c == '=';
    }
  }
  return std::string_view::npos;
}

bool closes(std::string_view text, std::string_view name) {  // "</script" and what may follow it
  if (text.size() < name.size() + 2 || text[1] != '/') return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if ((text[2 + i] | 0x20) != name[i]) return false;
  }
  return text.size() == name.size() + 2 || ends_name(text[2 + name.size()]);
}

}  // namespace

HtmlRole role_of(std::string_view name) {
  const auto* const found =
      std::lower_bound(std::begin(kRoles), std::end(kRoles), name,
                       [](const Named& named, std::string_view n) { return named.name < n; });
  return found != std::end(kRoles) && found->name == name ? found->role : HtmlRole::none;
}

std::string_view attribute_of(const HtmlPiece& tag, std::string_view name) {
  for (std::size_t at = 0; at < tag.attributes.size();) {
    const Attribute attribute = take_attribute(tag.attributes, at);
    if (attribute.name.empty() && attribute.value.empty()) break;
    if (to_lower(attribute.name.substr(0, kNameBytesMax)) == name) return attribute.value;
  }
  return {};
}

HtmlPiece HtmlScanner::take_text(std::size_t size) {
  HtmlPiece piece;
  piece.kind = HtmlPiece::Kind::text;
  piece.value = rest_.substr(0, size);
  rest_.remove_prefix(piece.value.size());
  return piece;
}

// "<!…>" and "<?…>", up to their end. False when none begins here.
bool HtmlScanner::skip_declaration() {
  if (rest_.size() < 2 || (rest_[1] != '!' && rest_[1] != '?')) return false;
  const bool comment = rest_.starts_with("<!--");
  const std::string_view close = comment ? "-->" : ">";
  // "<!-->" and "<!--->" are whole comments.
  const std::size_t end = rest_.find(close, 2);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + close.size());
  return true;
}

// Past the content of an element and to its closing tag. One without such a tag is taken as any
// other: else its first half would hide the rest of the page.
void HtmlScanner::skip_content(std::string_view name) {
  const auto* const found = std::find(std::begin(kSkipped), std::end(kSkipped), name);
  if (found == std::end(kSkipped)) return;
  bool& unclosed = unclosed_[static_cast<std::size_t>(found - std::begin(kSkipped))];
  if (unclosed) return;
  for (std::size_t at = rest_.find('<'); at != std::string_view::npos;
       at = rest_.find('<', at + 1)) {
    if (!closes(rest_.substr(at), name)) continue;
    rest_.remove_prefix(at);
    return;
  }
  unclosed = true;
  if (name == "script" || name == "style") rest_ = {};
}

HtmlPiece HtmlScanner::take_tag() {
  const bool closing = rest_.size() > 1 && rest_[1] == '/';
  const std::size_t start = closing ? 2 : 1;
  if (start >= rest_.size() || !is_letter(rest_[start])) return take_text(1);
  const std::size_t end = end_of_tag(rest_);
  if (end == std::string_view::npos) {  // the page breaks off within the tag
    rest_ = {};
    return {};
  }
  const std::string_view inside = rest_.substr(start, end - start);
  std::size_t size = 0;
  while (size < inside.size() && !ends_name(inside[size])) ++size;
  HtmlPiece piece;
  piece.kind = closing ? HtmlPiece::Kind::close : HtmlPiece::Kind::open;
  name_ = to_lower(inside.substr(0, std::min(size, kNameBytesMax)));
  piece.value = name_;
  piece.attributes = inside.substr(size);
  rest_.remove_prefix(end + 1);
  const bool empty = inside.ends_with('/');
  if (!closing && !empty) skip_content(name_);
  return piece;
}

HtmlPiece HtmlScanner::next() {
  while (!rest_.empty()) {
    if (rest_.front() != '<') return take_text(rest_.find('<'));
    if (skip_declaration()) continue;
    return take_tag();
  }
  return {};
}

}  // namespace yoke::sandbox

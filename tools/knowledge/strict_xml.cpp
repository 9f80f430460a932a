#include "tools/knowledge/strict_xml.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace yoke {
namespace {

constexpr std::size_t kReferenceBytesMax = 12;
constexpr std::string_view kMark = "\xEF\xBB\xBF";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool ends_name(char c) {
  return is_space(c) || c == '/' || c == '>' || c == '<' || c == '=' || c == '"' || c == '\'' ||
         c == '&';
}

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

bool is_xml_character(std::uint32_t code) {
  const bool control = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
  return !control && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) && code != 0xFFFE &&
         code != 0xFFFF;
}

void put_character(std::string& out, std::uint32_t code) {
  static constexpr std::array<std::uint32_t, 4> kLead = {0, 0xC0, 0xE0, 0xF0};
  const std::uint32_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  out += static_cast<char>(kLead[more] | code >> (6 * more));
  for (std::uint32_t i = more; i-- > 0;) {
    out += static_cast<char>(0x80U | ((code >> (6 * i)) & 0x3FU));
  }
}

// What stands between '&' and ';'. False: it is none of those that XML itself has.
bool put_reference(std::string& out, std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kFive = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, character] : kFive) {
    if (name != known) continue;
    out += character;
    return true;
  }
  if (!name.starts_with('#')) return false;
  const bool hex = name.size() > 1 && name[1] == 'x';
  const std::string_view digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto read =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return false;
  if (!is_xml_character(code)) return false;
  put_character(out, code);
  return true;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 && !is_space(c); });
}

// False: a reference that is none, or a control character.
bool decode(std::string& out, std::string_view raw) {
  for (std::size_t at = 0; at < raw.size();) {
    const char c = raw[at];
    if (c == '&') {
      const std::size_t end = raw.substr(0, at + kReferenceBytesMax).find(';', at);
      if (end == raw.npos || !put_reference(out, raw.substr(at + 1, end - at - 1))) return false;
      at = end + 1;
      continue;
    }
    if (c != '\r') out += c;
    ++at;
  }
  return !has_control(raw);
}

}  // namespace

StrictXml::StrictXml(std::string_view xml) : xml_(xml) {
  if (starts(kMark)) at_ = kMark.size();
}

Error StrictXml::wrong(const char* what) const {
  return Error{Errc::invalid, "its XML is not sound at byte " + std::to_string(at_) + ": " + what};
}

void StrictXml::skip_spaces() {
  while (at_ < xml_.size() && is_space(xml_[at_])) ++at_;
}

std::string_view StrictXml::read_name() {
  const std::size_t begin = at_;
  while (at_ < xml_.size() && !ends_name(xml_[at_])) ++at_;
  return xml_.substr(begin, at_ - begin);
}

Result<void> StrictXml::skip_to(std::string_view close) {
  const std::size_t end = xml_.find(close, at_);
  if (end == xml_.npos) return wrong("it ends too early");
  at_ = end + close.size();
  return {};
}

// Comments and instructions. True: there was one.
Result<bool> StrictXml::skip_what_says_nothing() {
  const bool comment = starts("<!--");
  if (!comment && !starts("<?")) return false;
  at_ += comment ? 4 : 2;
  if (const Result<void> skipped = skip_to(comment ? "-->" : "?>"); !skipped) {
    return skipped.error();
  }
  return true;
}

Result<void> StrictXml::read_attributes() {
  attributes_.clear();
  while (true) {
    skip_spaces();
    if (at_ >= xml_.size()) return wrong("it ends too early");
    if (xml_[at_] == '>' || xml_[at_] == '/') return {};
    const std::string_view name = read_name();
    skip_spaces();
    if (name.empty() || !starts("=")) return wrong("an attribute without a value");
    ++at_;
    skip_spaces();
    const char quote = at_ < xml_.size() ? xml_[at_] : '\0';
    if (quote != '"' && quote != '\'') return wrong("a value without quotes");
    const std::size_t end = xml_.find(quote, at_ + 1);
    if (end == xml_.npos) return wrong("a value without an end");
    const std::string_view value = xml_.substr(at_ + 1, end - at_ - 1);
    if (value.find('<') != value.npos) return wrong("'<' in a value");
    attributes_.push_back({local_name(name), value});
    at_ = end + 1;
  }
}

Result<StrictXml::Mark> StrictXml::begin_element() {
  if (open_.empty() && had_root_) return wrong("a second root");
  ++at_;
  const std::string_view name = read_name();
  if (name.empty()) return wrong("a tag without a name");
  if (const Result<void> read = read_attributes(); !read) return read.error();
  closes_itself_ = xml_[at_] == '/';
  if (closes_itself_) ++at_;
  if (!starts(">")) return wrong("a tag without an end");
  ++at_;
  if (open_.size() == kDepthMax) {
    return Error{Errc::too_large,
                 "its XML is deeper than " + std::to_string(kDepthMax) + " elements"};
  }
  open_.push_back(name);
  had_root_ = true;
  name_ = local_name(name);
  return Mark::begin;
}

Result<StrictXml::Mark> StrictXml::end_element() {
  if (!closes_itself_) {
    at_ += 2;
    const std::string_view name = read_name();
    skip_spaces();
    if (open_.empty() || name != open_.back()) return wrong("an end of what did not begin");
    if (!starts(">")) return wrong("a tag without an end");
    ++at_;
  }
  closes_itself_ = false;
  name_ = local_name(open_.back());
  open_.pop_back();
  return Mark::end;
}

Result<StrictXml::Mark> StrictXml::read_text() {
  if (open_.empty()) return wrong("text outside of its root");
  text_.clear();
  if (starts("<![CDATA[")) {
    at_ += 9;
    const std::size_t begin = at_;
    if (const Result<void> found = skip_to("]]>"); !found) return found.error();
    text_ = xml_.substr(begin, at_ - 3 - begin);
    if (has_control(text_)) return wrong("a character that XML does not have");
  } else {
    const std::size_t end = std::min(xml_.find('<', at_), xml_.size());
    if (!decode(text_, xml_.substr(at_, end - at_))) {
      return wrong("a reference or character that XML does not have");
    }
    at_ = end;
  }
  return Mark::text;
}

Result<StrictXml::Mark> StrictXml::next() {
  if (closes_itself_) return end_element();
  while (at_ < xml_.size()) {
    const Result<bool> skipped = skip_what_says_nothing();
    if (!skipped) return skipped.error();
    if (*skipped) continue;
    if (open_.empty() && is_space(xml_[at_])) {
      skip_spaces();
      continue;
    }
    if (starts("<!") && !starts("<![CDATA[")) {
      return Error{Errc::unsupported, "its XML declares a document type, and none is read"};
    }
    if (starts("</")) return end_element();
    if (xml_[at_] == '<' && !starts("<![CDATA[")) return begin_element();
    return read_text();
  }
  if (!open_.empty() || !had_root_) return wrong("it ends too early");
  return Mark::finished;
}

std::string StrictXml::attribute(std::string_view name) const {
  const std::vector<std::string> all = attributes(name);
  return all.empty() ? std::string() : all.front();
}

std::vector<std::string> StrictXml::attributes(std::string_view name) const {
  std::vector<std::string> all;
  for (const Attribute& each : attributes_) {
    std::string out;
    if (each.name == name && decode(out, each.value)) all.push_back(std::move(out));
  }
  return all;
}

}  // namespace yoke

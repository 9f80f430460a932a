#include "tools/knowledge/office_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <vector>

#include "runtime/base/text.h"
#include "tools/plugins/package.h"

namespace yoke {
namespace {

constexpr std::size_t kTextBytesMax = 8u << 20;
constexpr auto kPlain = std::to_array<std::string_view>(
    {".txt", ".md", ".markdown", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".log"});

std::string ending_of(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  std::string ending = dot == std::string::npos ? "" : name.substr(dot);
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return ending;
}

void put_code_point(std::string& out, std::uint32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return;
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static constexpr std::array<std::uint32_t, 4> kLead = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[static_cast<std::size_t>(more)] | code >> (6 * more));
  for (int i = more - 1; i >= 0; --i) {
    out += static_cast<char>(0x80U | ((code >> (6 * i)) & 0x3FU));
  }
}

// The text of "&amp;" or "&#233;" at `at`, and where it ends; an ampersand that is none stays.
std::size_t put_entity(std::string& out, std::string_view xml, std::size_t at) {
  static const std::map<std::string_view, std::string_view> kNamed = {
      {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}};
  const std::size_t end = xml.find(';', at);
  if (end == std::string_view::npos || end - at > 10) {
    out += '&';
    return at + 1;
  }
  const std::string_view name = xml.substr(at + 1, end - at - 1);
  if (name.starts_with("#")) {
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    const std::string_view digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    put_code_point(out, code);
  } else if (const auto found = kNamed.find(name); found != kNamed.end()) {
    out += found->second;
  } else {
    out += xml.substr(at, end - at + 1);
  }
  return end + 1;
}

// One tag or text of a document in XML or HTML.
struct Markup {
  std::string_view tag;  // "w:p", "/w:p"; empty: a text
  std::string text;
};

// Cuts a document into tags and texts; comments are left out. Linear.
template <typename Each>
void each_markup(std::string_view xml, const Each& each) {
  std::size_t at = 0;
  while (at < xml.size()) {
    if (xml[at] != '<') {
      Markup found;
      while (at < xml.size() && xml[at] != '<') {
        if (xml[at] == '&') {
          at = put_entity(found.text, xml, at);
        } else {
          found.text += xml[at++];
        }
      }
      each(found);
      continue;
    }
    const bool comment = xml.substr(at).starts_with("<!--");
    const std::string_view close = comment ? "-->" : ">";
    const std::size_t end = xml.find(close, at);
    if (end == std::string_view::npos) return;
    if (!comment) {
      const std::string_view inner = xml.substr(at + 1, end - at - 1);
      each(Markup{inner.substr(0, inner.find_first_of(" \t\r\n")), {}});
    }
    at = end + close.size();
  }
}

std::string without_spaces(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view kept = trim(line);
    if (kept.empty() && (out.empty() || out.ends_with("\n\n"))) continue;
    out += kept;
    out += '\n';
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

bool is_any(std::string_view tag, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), tag) != names.end();
}

std::string html_text(const std::string& html) {
  std::string out;
  int hidden = 0;
  each_markup(html, [&](const Markup& found) {
    if (found.tag.empty()) {
      if (hidden == 0) out += found.text;
      return;
    }
    std::string tag(found.tag);
    for (char& c : tag) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (tag == "script" || tag == "style") ++hidden;
    if (tag == "/script" || tag == "/style") hidden = std::max(0, hidden - 1);
    if (tag.size() == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6') {
      out += "\n\n" + std::string(static_cast<std::size_t>(tag[1] - '0'), '#') + " ";
    }
    if (is_any(tag,
               {"/p", "br", "br/", "/div", "/li", "/tr", "/h1", "/h2", "/h3", "/h4", "/title"})) {
      out += '\n';
    }
    if (is_any(tag, {"/td", "/th"})) out += '\t';
  });
  return without_spaces(out);
}

// Of a part of a Word or PowerPoint file: a line a paragraph.
std::string paragraphs_of(const std::string& xml, std::string_view text, std::string_view end) {
  std::string out;
  bool inside = false;
  each_markup(xml, [&](const Markup& found) {
    if (found.tag.empty()) {
      if (inside) out += found.text;
      return;
    }
    inside = found.tag == text;
    if (found.tag == end) out += '\n';
    if (is_any(found.tag, {"w:tab/", "w:tab"})) out += '\t';
    if (is_any(found.tag, {"w:br/", "a:br/"})) out += '\n';
  });
  return out;
}

// The shared texts of a workbook, in order.
std::string cells_of(const std::string& xml) {
  std::string out;
  bool inside = false;
  each_markup(xml, [&](const Markup& found) {
    if (found.tag.empty()) {
      if (inside) out += found.text;
      return;
    }
    inside = found.tag == "t";
    if (found.tag == "/si") out += '\n';
  });
  return out;
}

using PartText = std::string (*)(const std::string&);

std::string word_text(const std::string& xml) { return paragraphs_of(xml, "w:t", "/w:p"); }
std::string slide_text(const std::string& xml) { return paragraphs_of(xml, "a:t", "/a:p"); }

// "ppt/slides/slide12.xml" after "ppt/slides/slide2.xml".
bool shorter_first(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Result<std::string> parts_text(const std::string& name, const std::string& bytes,
                               std::string_view prefix, PartText text_of) {
  Result<std::shared_ptr<Package>> zip = Package::from_zip(bytes, name);
  if (!zip) return zip.error();
  Result<std::vector<std::string>> names = (*zip)->names();
  if (!names) return names.error();
  std::erase_if(*names, [&](const std::string& each) {
    return !each.starts_with(prefix) || !each.ends_with(".xml");
  });
  std::sort(names->begin(), names->end(), shorter_first);
  std::string out;
  for (const std::string& part : *names) {
    const Result<std::string> xml = (*zip)->read(part);
    if (!xml) return xml.error();
    out += text_of(*xml) + "\n";
    if (out.size() > kTextBytesMax)
      return Error{Errc::too_large, name + " holds over 8 MiB of text"};
  }
  if (names->empty()) return Error{Errc::invalid, name + " holds no such document"};
  return out;
}

}  // namespace

Result<std::string> document_text(const std::string& name, const std::string& bytes) {
  const std::string ending = ending_of(name);
  if (ending == ".docx") return parts_text(name, bytes, "word/document", word_text);
  if (ending == ".pptx") return parts_text(name, bytes, "ppt/slides/slide", slide_text);
  if (ending == ".xlsx") return parts_text(name, bytes, "xl/sharedStrings", cells_of);
  const bool html = ending == ".html" || ending == ".htm";
  if (!html && std::find(kPlain.begin(), kPlain.end(), ending) == kPlain.end()) {
    return Error{Errc::unsupported,
                 "documents such as '" + shorten(printable(name), 80) +
                     "' are not read; text, HTML, Word, PowerPoint and Excel are"};
  }
  if (bytes.size() > kTextBytesMax) return Error{Errc::too_large, name + " is over 8 MiB"};
  if (!is_valid_utf8(bytes)) return Error{Errc::invalid, name + " is no UTF-8 text"};
  return html ? html_text(bytes) : bytes;
}

}  // namespace yoke

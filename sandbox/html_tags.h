#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace yoke::sandbox {

// What an element means for plain text.
enum class HtmlRole : std::uint8_t {
  none,
  block,
  paragraph,
  heading,
  line_break,
  rule,
  list,
  item,
  row,
  cell,
  preformatted,
  link,
  image,
};
HtmlRole role_of(std::string_view name);  // in lower case

// A run of text, or a tag.
struct HtmlPiece {
  enum class Kind : std::uint8_t { end, text, open, close };
  Kind kind = Kind::end;
  std::string_view value;       // the text, or the tag's name in lower case
  std::string_view attributes;  // of an opening tag, as written
};

// The value of an attribute, as written; empty when it is absent.
std::string_view attribute_of(const HtmlPiece& tag, std::string_view name);

// Cuts HTML into text and tags. Comments, and elements whose content is no text for people, are
// skipped. Linear in time. A piece is valid until the next one; it views the page.
class HtmlScanner {
 public:
  explicit HtmlScanner(std::string_view html) : rest_(html) {}
  HtmlPiece next();

 private:
  HtmlPiece take_text(std::size_t size);
  HtmlPiece take_tag();
  bool skip_declaration();
  void skip_content(std::string_view name);

  std::string_view rest_;
  std::string name_;                    // of the tag that was taken last
  std::array<bool, 16> unclosed_ = {};  // by skipped element: no closing tag is left
};

}  // namespace yoke::sandbox

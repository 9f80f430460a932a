#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace yoke {

// Reads XML that others wrote, one mark after the other. It takes less than XML is: UTF-8, no
// document type, so no entities but the five of XML and characters by number. Linear in time; what
// it keeps is of the depth's size. Views are into the text, which must outlive it.
//
// Errors: invalid (not well-formed, with the byte where), unsupported (a document type, another
//         encoding), too_large (deeper than kDepthMax).
class StrictXml {
 public:
  static constexpr std::size_t kDepthMax = 256;

  enum class Mark : std::uint8_t { begin, end, text, finished };

  explicit StrictXml(std::string_view xml);

  Result<Mark> next();

  // Of the element that begins or ends here, without its prefix: "w:p" is "p".
  std::string_view name() const { return name_; }
  const std::string& text() const { return text_; }
  // Of the element that begins here, by its name without prefix; empty when it has none.
  std::string attribute(std::string_view name) const;
  // All of that name, which differ by their prefix.
  std::vector<std::string> attributes(std::string_view name) const;
  std::size_t depth() const { return open_.size(); }

 private:
  struct Attribute {
    std::string_view name;
    std::string_view value;  // as written
  };

  Error wrong(const char* what) const;
  bool starts(std::string_view with) const { return xml_.substr(at_).starts_with(with); }
  Result<void> skip_to(std::string_view close);
  Result<bool> skip_what_says_nothing();
  Result<Mark> begin_element();
  Result<Mark> end_element();
  Result<Mark> read_text();
  Result<void> read_attributes();
  std::string_view read_name();
  void skip_spaces();

  std::string_view xml_;
  std::size_t at_ = 0;
  std::vector<std::string_view> open_;  // whole names
  std::vector<Attribute> attributes_;
  std::string_view name_;
  std::string text_;
  bool closes_itself_ = false;  // the element that began is "<a/>": its end comes next
  bool had_root_ = false;
};

}  // namespace yoke

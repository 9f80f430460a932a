#pragma once

#include <string>
#include <string_view>

namespace yoke::sandbox {

// What a page of HTML says, as plain text that a model reads easily: paragraphs apart by an empty
// line, headings behind '#', list items behind '-' or their number, links as "text (address)",
// cells of a table apart by '|'. Scripts, styles, comments and control characters are left out.
// Takes any bytes; the result is UTF-8. Pure.
//
// Limits: linear in time; the result has at most kTextBytesPerByte bytes for each of `html`.
inline constexpr std::size_t kTextBytesPerByte = 6;
std::string html_to_text(std::string_view html);

}  // namespace yoke::sandbox

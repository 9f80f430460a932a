#pragma once

#include <string>
#include <utility>
#include <vector>

namespace yoke::testing {

// Office files as small as they can be, around what their parts say.
std::string docx(const std::string& body, const std::string& footnotes = {});
// The second slide comes first in the show. `notes` are of the slides in turn; empty: none.
std::string pptx(const std::vector<std::string>& slides,
                 const std::vector<std::string>& notes = {});
// Sheets by name and rows. Style 1 is a date, style 2 a date and time by a format of its own.
std::string xlsx(const std::vector<std::pair<std::string, std::string>>& sheets,
                 const std::vector<std::string>& strings);
// A PDF with a line of ASCII a page.
std::string minimal_pdf(const std::vector<std::string>& pages);

}  // namespace yoke::testing

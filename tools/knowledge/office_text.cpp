#include "tools/knowledge/office_text.h"

#include <algorithm>
#include <array>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "sandbox/html_text.h"
#include "tools/knowledge/ooxml_text.h"

namespace yoke {
namespace {

constexpr auto kPlain = std::to_array<std::string_view>(
    {".txt", ".md", ".markdown", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".log"});

std::string ending_of(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? "" : to_lower(name.substr(dot));
}

using OfficeText = Result<std::string> (*)(Package& zip);

// Null: it is no file of that kind.
OfficeText office_reader(std::string_view ending) {
  if (ending == ".docx" || ending == ".docm" || ending == ".dotx") return word_document_text;
  if (ending == ".pptx" || ending == ".pptm" || ending == ".ppsx") return slides_text;
  if (ending == ".xlsx" || ending == ".xlsm" || ending == ".xltx") return workbook_text;
  return nullptr;
}

Result<std::string> office_text(OfficeText text_of, const std::string& name,
                                const std::string& bytes) {
  const Result<std::shared_ptr<Package>> zip = Package::from_zip(bytes, name);
  if (!zip) return zip.error();
  return text_of(**zip);
}

}  // namespace

Result<std::string> document_text(const std::string& name, const std::string& bytes,
                                  const PdfReader& pdf) {
  const std::string ending = ending_of(name);
  if (const OfficeText text_of = office_reader(ending)) return office_text(text_of, name, bytes);
  if (ending == ".pdf") return pdf_text(bytes, pdf);
  const bool html = ending == ".html" || ending == ".htm";
  if (!html && std::find(kPlain.begin(), kPlain.end(), ending) == kPlain.end()) {
    return Error{Errc::unsupported,
                 "documents such as '" + shorten(printable(name), 80) +
                     "' are not read; text, HTML, Word, PowerPoint, Excel and PDF are"};
  }
  if (bytes.size() > kDocumentTextMax) return Error{Errc::too_large, name + " is over 8 MiB"};
  if (!is_valid_utf8(bytes)) return Error{Errc::invalid, name + " is no UTF-8 text"};
  return html ? sandbox::html_to_text(bytes) : bytes;
}

}  // namespace yoke

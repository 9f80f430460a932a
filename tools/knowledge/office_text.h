#pragma once

#include <string>

#include "runtime/base/result.h"
#include "tools/knowledge/pdf_text.h"

namespace yoke {

// A document's text, by its name's ending: plain text and Markdown, CSV, JSON, XML and YAML as they
// are; HTML without its marks; Word (.docx), PowerPoint (.pptx), Excel (.xlsx) and PDF. Errors:
// unsupported: another kind, or a PDF without a reader; invalid: it is none of what it says, or no
// UTF-8; too_large; those of pdf_text().
Result<std::string> document_text(const std::string& name, const std::string& bytes,
                                  const PdfReader& pdf = {});

}  // namespace yoke

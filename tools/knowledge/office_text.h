#pragma once

#include <string>

#include "runtime/base/result.h"

namespace yoke {

// A document's text, by its name's ending: plain text and Markdown, CSV, JSON, XML and YAML as they
// are; HTML without its marks; the paragraphs of Word (.docx), the slides of PowerPoint (.pptx) and
// the cells of Excel (.xlsx). Errors: unsupported: another kind (PDF, images); invalid: it is none
// of what it says, or no UTF-8; too_large.
Result<std::string> document_text(const std::string& name, const std::string& bytes);

}  // namespace yoke

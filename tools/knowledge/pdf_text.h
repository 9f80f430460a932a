#pragma once

#include <chrono>
#include <string>

#include "runtime/base/result.h"

namespace yoke {

// What reads PDF files: pdftotext of poppler-utils, run as a confined child process, for a PDF of
// others is a program for it.
struct PdfReader {
  std::string program = {};  // absolute; empty: there is none
  std::chrono::milliseconds within{20'000};
};
// In the first folder of `path`, as PATH has them, that has it; null: the usual ones.
PdfReader pdf_reader_in(const char* path);

// The text of its pages, each under "## Page N".
//
// Errors: unsupported (there is no reader; a password is wanted; it has no text, as scans), invalid
// (no
//         PDF that it can read), timed_out, too_large, unavailable.
Result<std::string> pdf_text(const std::string& bytes, const PdfReader& reader);

}  // namespace yoke

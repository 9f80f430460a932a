#include "tools/knowledge/pdf_text.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "sandbox/jail/confined_program.h"

namespace yoke {
namespace {

constexpr const char* kPdfProgram = "pdftotext";
constexpr const char* kUsualFolders = "/usr/local/bin:/usr/bin:/bin";
constexpr std::size_t kSaidMax = 160;

bool can_be_run(const std::string& path) {
  struct stat seen {};
  return ::stat(path.c_str(), &seen) == 0 && S_ISREG(seen.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

// Pages end with a form feed.
std::string with_page_headings(const std::string& text) {
  std::string out;
  int number = 0;
  for (const std::string& page : split(text, '\f')) {
    ++number;
    const std::string_view said = trim(page);
    if (said.empty()) continue;
    if (!out.empty()) out += "\n";
    out += "## Page " + std::to_string(number) + "\n" + std::string(said) + "\n";
  }
  return out;
}

Error pdf_refused(const sandbox::ConfinedEnd& end) {
  const bool exited = WIFEXITED(end.status);
  const std::string first = split(end.errors, '\n').front();
  if (first.find("assword") != first.npos) {
    return Error{Errc::unsupported, "it is locked with a password"};
  }
  const std::string how = exited ? "exit status " + std::to_string(WEXITSTATUS(end.status))
                                 : "signal " + std::to_string(WTERMSIG(end.status));
  const std::string said = printable(shorten(first, kSaidMax));
  return Error{Errc::invalid,
               "pdftotext cannot read it (" + how + ")" + (said.empty() ? "" : ": " + said)};
}

}  // namespace

PdfReader pdf_reader_in(const char* path) {
  PdfReader reader;
  for (const std::string& folder : split(path == nullptr ? kUsualFolders : path, ':')) {
    const std::string program = folder + "/" + kPdfProgram;
    if (!folder.starts_with('/') || !can_be_run(program)) continue;
    reader.program = program;
    break;
  }
  return reader;
}

Result<std::string> pdf_text(const std::string& bytes, const PdfReader& reader) {
  if (reader.program.empty()) {
    return Error{Errc::unsupported,
                 "PDF files are read by pdftotext, which is not here; install poppler-utils"};
  }
  sandbox::ConfinedProgram program;
  program.words = {reader.program, "-q", "-enc", "UTF-8", "-", "-"};
  program.input = bytes;
  program.within = reader.within;
  const Result<sandbox::ConfinedEnd> end = sandbox::run_confined(program);
  if (!end) return end.error();
  if (!WIFEXITED(end->status) || WEXITSTATUS(end->status) != 0) return pdf_refused(*end);
  std::string text = with_page_headings(to_valid_utf8(end->output));
  if (!text.empty()) return text;
  return Error{Errc::unsupported,
               "it has no text, as pages that were scanned; make it searchable (OCR) first"};
}

}  // namespace yoke

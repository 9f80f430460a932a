#include "runtime/base/text.h"
#include "tools/openapi/document.h"

namespace yoke::openapi {

std::string_view name_of(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::left_out:
      return "left out";
    case Finding::Kind::changed:
      return "changed";
    case Finding::Kind::note:
      return "note";
  }
  return "";
}

std::string describe(const Finding& finding) {
  std::string text;
  if (finding.line != 0) text += "line " + std::to_string(finding.line) + ", ";
  text += finding.pointer.empty() ? "/" : printable(finding.pointer);
  return text + ": " + finding.message;
}

}  // namespace yoke::openapi

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "tools/plugins/package.h"

namespace yoke {

inline constexpr std::size_t kDocumentTextMax = 8u << 20;

// The text of a file of Office Open XML (ECMA-376), strict or transitional, made to be searched and
// read by a model: headings behind '#', a paragraph a line, a row of a table as "a | b | c".
//
// Word:       the document, then its footnotes and endnotes. What was deleted in a tracked change,
//             instructions of fields and the second form of alternate content are left out.
// PowerPoint: its slides in their order, each under "## Slide N", with the speaker's notes.
// Excel:      its sheets in their order, each under "## NAME"; a row a line, empty cells kept
// between
//             others. Numbers have up to 15 digits, dates are in ISO 8601.
//
// Errors:  invalid (no such document, XML that is not sound), unsupported, too_large (over
//          kDocumentTextMax, or over what Package takes of a zip). They name the part.
Result<std::string> word_document_text(Package& zip);
Result<std::string> slides_text(Package& zip);
Result<std::string> workbook_text(Package& zip);

// What a part of such a file refers to.
struct OoxmlRelation {
  std::string type;    // the last word of it: "slide", "worksheet"
  std::string target;  // a part's name in the zip
};
// By id. A part without relations has none; targets outside of the file are left out.
Result<std::map<std::string, OoxmlRelation>> ooxml_relations(Package& zip, const std::string& part);
// The part that the file is about, from "_rels/.rels". invalid: it names none.
Result<std::string> ooxml_main_part(Package& zip);
// The part's XML: UTF-8.
Result<std::string> ooxml_part(Package& zip, const std::string& part);
Error in_ooxml_part(const std::string& part, Error error);

}  // namespace yoke

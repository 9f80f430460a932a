#include "runtime/base/ensure.h"
#include "runtime/base/text.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"
#include "tools/knowledge/ooxml_text.h"

// Any bytes as a part of an Office file become text: UTF-8, without control characters, within its
// bound; or are refused with a reason.
namespace yoke::fuzz {
namespace {

using Files = std::map<std::string, std::string>;

std::string relations_to(const std::string& type, const std::string& part) {
  return "<R><Relationship Id=\"r1\" Type=\"x/" + type + "\" Target=\"/" + part + "\"/></R>";
}

Files around(const std::string& main, std::string first, std::string second) {
  return {{"_rels/.rels", relations_to("officeDocument", main)},
          {main, std::move(first)},
          {"part.xml", std::move(second)}};
}

void check_document(const Result<std::string>& text) {
  if (!text) {
    ENSURE(!text.error().detail.empty());
    return;
  }
  ENSURE(is_valid_utf8(*text));
  ENSURE(text->size() <= kDocumentTextMax + 64 * 1024);
  for (const char c : *text) {
    ENSURE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t');
  }
}

// A document of that kind from two parts that are anything.
void check_parts(int kind, std::string first, std::string second) {
  Files files = around("main.xml", second, second);
  if (kind == 0) return check_document(word_document_text(*Package::from_files(files)));
  files["_rels/main.xml.rels"] =
      "<R><Relationship Id=\"r1\" Type=\"x/slide\" Target=\"part.xml\"/>"
      "<Relationship Id=\"r2\" Type=\"x/worksheet\" Target=\"part.xml\"/>"
      "<Relationship Id=\"r3\" Type=\"x/sharedStrings\" Target=\"strings.xml\"/></R>";
  if (kind == 1) {
    files["main.xml"] = "<p><sldId r:id=\"r1\"/></p>";
    files["_rels/part.xml.rels"] = std::move(first);
    return check_document(slides_text(*Package::from_files(std::move(files))));
  }
  files["main.xml"] = "<w><sheet r:id=\"r2\" name=\"s\"/></w>";
  files["strings.xml"] = kind == 2 ? "<sst>" + first + "</sst>" : "<sst/>";
  if (kind == 3) files["main.xml"] = std::move(first);
  if (kind == 3) files["_rels/main.xml.rels"] = std::move(second);
  check_document(workbook_text(*Package::from_files(std::move(files))));
}

}  // namespace
}  // namespace yoke::fuzz

// The first byte chooses the kind, the second says how the rest is shared by two parts.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const yoke::fuzz::TwoParts parts = yoke::fuzz::split(yoke::fuzz::text_of(data + 1, size - 1));
  yoke::fuzz::check_parts(data[0] % 4, std::string(parts.first), std::string(parts.second));
  return 0;
}

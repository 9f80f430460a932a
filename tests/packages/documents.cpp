#include "tests/packages/documents.h"

#include <map>

#include "tools/plugins/package.h"

namespace yoke::testing {
namespace {

std::string relations(const std::vector<std::pair<std::string, std::string>>& to) {
  std::string out = "<Relationships>";
  for (std::size_t i = 0; i < to.size(); ++i) {
    out += "<Relationship Id=\"r" + std::to_string(i + 1) + "\" Type=\"http://x/" + to[i].first +
           "\" Target=\"" + to[i].second + "\"/>";
  }
  return out + "</Relationships>";
}

std::string zipped(const std::map<std::string, std::string>& files) {
  return write_zip(files).value();
}

}  // namespace

std::string docx(const std::string& body, const std::string& footnotes) {
  std::map<std::string, std::string> files = {
      {"_rels/.rels", relations({{"officeDocument", "/word/document.xml"}})},
      {"word/document.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document><w:body>" +
                                body + "</w:body></w:document>"}};
  if (!footnotes.empty()) {
    files["word/_rels/document.xml.rels"] = relations({{"footnotes", "footnotes.xml"}});
    files["word/footnotes.xml"] = "<w:footnotes>" + footnotes + "</w:footnotes>";
  }
  return zipped(files);
}

std::string pptx(const std::vector<std::string>& slides, const std::vector<std::string>& notes) {
  std::map<std::string, std::string> files = {
      {"_rels/.rels", relations({{"officeDocument", "ppt/presentation.xml"}})}};
  std::vector<std::pair<std::string, std::string>> parts;
  std::string order;
  for (std::size_t i = 0; i < slides.size(); ++i) {
    const std::string name = "slide" + std::to_string(i + 1) + ".xml";
    parts.emplace_back("slide", "slides/" + name);
    files["ppt/slides/" + name] = "<p:sld>" + slides[i] + "</p:sld>";
    order = "<p:sldId id=\"" + std::to_string(256 + i) + "\" r:id=\"r" + std::to_string(i + 1) +
            "\"/>" + order;
    if (i >= notes.size() || notes[i].empty()) continue;
    files["ppt/slides/_rels/" + name + ".rels"] =
        relations({{"notesSlide", "../notesSlides/" + name}});
    files["ppt/notesSlides/" + name] = "<p:notes>" + notes[i] + "</p:notes>";
  }
  files["ppt/_rels/presentation.xml.rels"] = relations(parts);
  files["ppt/presentation.xml"] =
      "<p:presentation><p:sldIdLst>" + order + "</p:sldIdLst></p:presentation>";
  return zipped(files);
}

std::string xlsx(const std::vector<std::pair<std::string, std::string>>& sheets,
                 const std::vector<std::string>& strings) {
  std::map<std::string, std::string> files = {
      {"_rels/.rels", relations({{"officeDocument", "xl/workbook.xml"}})},
      {"xl/styles.xml",
       "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd hh:mm\"/>"
       "</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/>"
       "<xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>"}};
  std::vector<std::pair<std::string, std::string>> parts = {{"sharedStrings", "sharedStrings.xml"},
                                                            {"styles", "styles.xml"}};
  std::string list;
  for (const auto& [name, rows] : sheets) {
    const std::string file = "worksheets/sheet" + std::to_string(parts.size() - 1) + ".xml";
    parts.emplace_back("worksheet", file);
    files["xl/" + file] = "<worksheet><sheetData>" + rows + "</sheetData></worksheet>";
    list += "<sheet name=\"" + name + "\" sheetId=\"" + std::to_string(parts.size()) +
            "\" r:id=\"r" + std::to_string(parts.size()) + "\"/>";
  }
  std::string shared;
  for (const std::string& text : strings) {
    const std::size_t mark = text.find("<rPh>");
    const std::string sound = mark == text.npos ? "" : "<rPh><t>sound</t></rPh>";
    shared += "<si><t>" + text.substr(0, mark) + "</t>" + sound + "</si>";
  }
  files["xl/sharedStrings.xml"] = "<sst>" + shared + "</sst>";
  files["xl/_rels/workbook.xml.rels"] = relations(parts);
  files["xl/workbook.xml"] = "<workbook><sheets>" + list + "</sheets></workbook>";
  return zipped(files);
}

std::string minimal_pdf(const std::vector<std::string>& pages) {
  std::vector<std::string> objects = {"<</Type/Catalog/Pages 2 0 R>>", "",
                                      "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"};
  std::string kids;
  for (const std::string& page : pages) {
    const std::string content = page.empty() ? "" : "BT /F1 18 Tf 72 700 Td (" + page + ") Tj ET";
    objects.push_back("<</Length " + std::to_string(content.size()) + ">>\nstream\n" + content +
                      "\nendstream");
    objects.push_back("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents " +
                      std::to_string(objects.size()) + " 0 R/Resources<</Font<</F1 3 0 R>>>>>>");
    kids += std::to_string(objects.size()) + " 0 R ";
  }
  objects[1] = "<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(pages.size()) + ">>";
  std::string out = "%PDF-1.4\n";
  std::vector<std::size_t> offsets;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    offsets.push_back(out.size());
    out += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const std::size_t table = out.size();
  const std::string count = std::to_string(objects.size() + 1);
  out += "xref\n0 " + count + "\n0000000000 65535 f \n";
  for (const std::size_t offset : offsets) {
    const std::string digits = std::to_string(offset);
    out += std::string(10 - digits.size(), '0') + digits + " 00000 n \n";
  }
  return out + "trailer\n<</Size " + count + "/Root 1 0 R>>\nstartxref\n" + std::to_string(table) +
         "\n%%EOF\n";
}

}  // namespace yoke::testing

#include "tools/knowledge/ooxml_text.h"

#include <algorithm>
#include <set>
#include <vector>

#include "runtime/base/text.h"
#include "tools/knowledge/strict_xml.h"

namespace yoke {
namespace {

using Mark = StrictXml::Mark;
using Relations = std::map<std::string, OoxmlRelation>;

Error too_much_text() { return Error{Errc::too_large, "it holds over 8 MiB of text"}; }

// The depth of a heading, by the name of its style: "Heading2" is 2, "Title" is 1; 0: it is none.
int heading_depth(const std::string& style) {
  if (style == "Title") return 1;
  const bool heading = style.starts_with("Heading") || style.starts_with("heading");
  if (!heading || style.size() != 8) return 0;
  return style[7] >= '1' && style[7] <= '6' ? style[7] - '0' : 0;
}

// Paragraphs and tables of WordprocessingML and DrawingML, whose elements have the same short
// names.
class Paragraphs {
 public:
  explicit Paragraphs(std::string_view xml) : reader_(xml) {}

  Result<std::string> read() {
    while (true) {
      const Result<Mark> mark = reader_.next();
      if (!mark) return mark.error();
      if (*mark == Mark::finished) return std::move(out_);
      if (out_.size() + cell_.size() + line_.size() > kDocumentTextMax) return too_much_text();
      if (*mark == Mark::text) {
        if (texts_ > 0 && hidden_ == 0) line_ += reader_.text();
      } else if (*mark == Mark::begin) {
        begin(reader_.name());
      } else {
        end(reader_.name());
      }
    }
  }

 private:
  static bool is_hidden(std::string_view name) {
    return name == "Fallback" || name == "del" || name == "moveFrom" || name == "fld";
  }

  void begin(std::string_view name) {
    if (is_hidden(name)) ++hidden_;
    if (hidden_ > 0) return;
    if (name == "t") ++texts_;
    if (name == "tab") line_ += in_properties_ ? "" : "\t";
    if (name == "br" || name == "cr") line_ += '\n';
    if (name == "noBreakHyphen") line_ += '-';
    if (name == "pPr") in_properties_ = true;
    if (name == "pStyle") heading_ = heading_depth(reader_.attribute("val"));
    if (name == "tr" && cells_open_ == 0) row_cells_ = 0;
    if (name == "tc") {
      ++cells_open_;
      if (cells_open_ == 1) cell_.clear();
    }
  }

  void end(std::string_view name) {
    if (is_hidden(name)) {
      --hidden_;
      return;
    }
    if (hidden_ > 0) return;
    if (name == "t") --texts_;
    if (name == "pPr") in_properties_ = false;
    if (name == "p") end_paragraph();
    if (name == "tc") end_cell();
    if (name == "tr" && cells_open_ == 0) out_ += "\n";
    if (name == "tbl" && cells_open_ == 0) out_ += "\n";
  }

  void end_paragraph() {
    const std::string_view text = trim(line_);
    if (cells_open_ > 0) {
      if (!text.empty()) cell_ += (cell_.empty() ? "" : " ") + std::string(text);
    } else if (!text.empty()) {
      if (heading_ > 0) out_ += "\n" + std::string(static_cast<std::size_t>(heading_), '#') + " ";
      out_ += line_ + "\n";
    }
    line_.clear();
    heading_ = 0;
  }

  // Of a table within a cell its cells are the cell's text.
  void end_cell() {
    --cells_open_;
    if (cells_open_ > 0) return;
    std::replace(cell_.begin(), cell_.end(), '\n', ' ');
    out_ += (row_cells_ == 0 ? "" : " | ") + cell_;
    cell_.clear();
    ++row_cells_;
  }

  StrictXml reader_;
  std::string out_;
  std::string line_;  // of the paragraph that is open
  std::string cell_;
  int texts_ = 0;
  int hidden_ = 0;
  int cells_open_ = 0;
  int row_cells_ = 0;
  int heading_ = 0;
  bool in_properties_ = false;
};

Result<std::string> paragraphs_of(Package& zip, const std::string& part) {
  const Result<std::string> xml = ooxml_part(zip, part);
  if (!xml) return xml.error();
  Result<std::string> text = Paragraphs(*xml).read();
  if (!text) return in_ooxml_part(part, text.error());
  return text;
}

// The text of parts, each once, however often it is referred to.
class PartsText {
 public:
  explicit PartsText(Package& zip) : zip_(zip) {}

  // Adds what the part says, when there is more than white space.
  Result<void> add(const std::string& part, const std::string& title) {
    if (!seen_.insert(part).second) return {};
    const Result<std::string> text = paragraphs_of(zip_, part);
    if (!text) return text.error();
    const std::string_view said = trim(*text);
    if (said.empty()) return {};
    if (!out_.empty()) out_ += "\n";
    if (!title.empty()) out_ += title + "\n";
    out_ += std::string(said) + "\n";
    if (out_.size() > kDocumentTextMax) return too_much_text();
    return {};
  }
  bool has(const std::string& part) const { return seen_.contains(part); }
  std::string take() { return std::move(out_); }

 private:
  Package& zip_;
  std::set<std::string> seen_;
  std::string out_;
};

std::vector<std::string> targets_of(const Relations& relations, std::string_view type) {
  std::vector<std::string> targets;
  for (const auto& [id, relation] : relations) {
    if (relation.type == type) targets.push_back(relation.target);
  }
  return targets;
}

// The parts that a list in the presentation names, in its order.
Result<std::vector<std::string>> slide_parts(Package& zip, const std::string& main) {
  const Result<std::string> xml = ooxml_part(zip, main);
  if (!xml) return xml.error();
  const Result<Relations> relations = ooxml_relations(zip, main);
  if (!relations) return relations.error();
  std::vector<std::string> parts;
  StrictXml reader(*xml);
  while (true) {
    const Result<Mark> mark = reader.next();
    if (!mark) return in_ooxml_part(main, mark.error());
    if (*mark == Mark::finished) return parts;
    if (*mark != Mark::begin || reader.name() != "sldId") continue;
    // It has two attributes of that name, its own and the relation's, which begins with "r".
    for (const std::string& id : reader.attributes("id")) {
      const auto found = relations->find(id);
      if (found != relations->end() && found->second.type == "slide") {
        parts.push_back(found->second.target);
      }
    }
  }
}

}  // namespace

Result<std::string> word_document_text(Package& zip) {
  const Result<std::string> main = ooxml_main_part(zip);
  if (!main) return main.error();
  const Result<Relations> relations = ooxml_relations(zip, *main);
  if (!relations) return relations.error();
  PartsText text(zip);
  if (const Result<void> added = text.add(*main, ""); !added) return added.error();
  for (const char* type : {"footnotes", "endnotes"}) {
    const std::string title = std::string("## ") + (*type == 'f' ? "Footnotes" : "Endnotes");
    for (const std::string& part : targets_of(*relations, type)) {
      if (const Result<void> added = text.add(part, title); !added) return added.error();
    }
  }
  return text.take();
}

Result<std::string> slides_text(Package& zip) {
  const Result<std::string> main = ooxml_main_part(zip);
  if (!main) return main.error();
  const Result<std::vector<std::string>> slides = slide_parts(zip, *main);
  if (!slides) return slides.error();
  PartsText text(zip);
  int number = 0;
  for (const std::string& slide : *slides) {
    if (text.has(slide)) continue;
    const std::string title = "## Slide " + std::to_string(++number);
    if (const Result<void> added = text.add(slide, title); !added) return added.error();
    const Result<Relations> relations = ooxml_relations(zip, slide);
    if (!relations) return relations.error();
    for (const std::string& notes : targets_of(*relations, "notesSlide")) {
      if (const Result<void> added = text.add(notes, "Notes:"); !added) return added.error();
    }
  }
  return text.take();
}

}  // namespace yoke

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <set>
#include <vector>

#include "runtime/base/text.h"
#include "tools/knowledge/ooxml_text.h"
#include "tools/knowledge/strict_xml.h"

// Workbooks (ECMA-376, part 1, SpreadsheetML).
namespace yoke {
namespace {

using SheetMark = StrictXml::Mark;

constexpr std::size_t kColumnsMax = 16'384;
constexpr std::size_t kEmptyCellsMax = 256;  // that are kept between two others
constexpr std::size_t kTableMax = 1'000'000;
constexpr int kDigits = 15;
constexpr double kDayMax = 2'958'466;  // the first of the year 10000
constexpr double kDaySeconds = 86'400;

Error over_text() { return Error{Errc::too_large, "it holds over 8 MiB of text"}; }

// What all sheets refer to.
struct WorkbookTables {
  std::vector<std::string> strings;
  std::vector<bool> is_date;  // by the style's number
  bool from_1904 = false;
};

// Whether a number's format shows a date or time: letters of one outside of quotes and brackets.
bool is_date_format(std::string_view code) {
  bool quoted = false;
  bool bracketed = false;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[') bracketed = true;
    if (c == ']') bracketed = false;
    if (bracketed) continue;
    if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (std::string_view("yYmMdDhHsS").find(c) != std::string_view::npos) {
      return true;
    } else if (c == ';') {
      return false;  // the form of negative numbers, and no date so far
    }
  }
  return false;
}

bool is_date_number(std::size_t format, const std::set<std::size_t>& own) {
  const bool built_in = (format >= 14 && format <= 22) || (format >= 45 && format <= 47);
  return built_in || own.contains(format);
}

std::size_t number_in(std::string_view text, std::size_t otherwise) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? number : otherwise;
}

std::string date_text(double serial, bool from_1904) {
  // Day 0 is 1899-12-30: so it holds from March 1900 on, for the year 1900 counts as a leap year.
  const double days = std::floor(serial);
  const auto seconds = static_cast<std::int64_t>(std::llround((serial - days) * kDaySeconds));
  std::int64_t day = static_cast<std::int64_t>(days) + (from_1904 ? 1'462 : 0) - 25'569;
  std::int64_t left = seconds;
  if (left == static_cast<std::int64_t>(kDaySeconds)) {
    left = 0;
    ++day;
  }
  // Civil date from days since 1970-01-01, in years that begin in March.
  const std::int64_t shifted = day + 719'468;
  const std::int64_t era = shifted / 146'097;
  const std::int64_t of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * of_year + 2) / 153;
  const int d = static_cast<int>(of_year - (153 * month + 2) / 5 + 1);
  const int m = static_cast<int>(month < 10 ? month + 3 : month - 9);
  const int y = static_cast<int>(year_of_era + era * 400 + (m <= 2 ? 1 : 0));
  char text[64];
  const int h = static_cast<int>(left / 3'600);
  const int min = static_cast<int>(left / 60 % 60);
  const int s = static_cast<int>(left % 60);
  if (days == 0 && !from_1904) {
    std::snprintf(text, sizeof text, "%02d:%02d:%02d", h, min, s);
  } else if (left == 0) {
    std::snprintf(text, sizeof text, "%04d-%02d-%02d", y, m, d);
  } else {
    std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", y, m, d, h, min, s);
  }
  return text;
}

// As a person would see it: no digits that only binary fractions have.
std::string number_text(const std::string& raw, bool is_date, bool from_1904) {
  double value = 0;
  const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (read.ec != std::errc() || read.ptr != raw.data() + raw.size()) return raw;
  if (is_date && value >= 0 && value < kDayMax) return date_text(value, from_1904);
  char text[40];
  const auto wrote =
      std::to_chars(text, text + sizeof text, value, std::chars_format::general, kDigits);
  return wrote.ec == std::errc() ? std::string(text, wrote.ptr) : raw;
}

// "BC12" is column 54, from 0; nothing: it says none.
std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0;
  std::size_t letters = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z') break;
    column = column * 26 + static_cast<std::size_t>(c - 'A' + 1);
    if (++letters > 3) return std::nullopt;
  }
  if (letters == 0 || column > kColumnsMax) return std::nullopt;
  return column - 1;
}

Result<std::vector<std::string>> shared_strings(const std::string& xml) {
  std::vector<std::string> strings;
  std::size_t bytes = 0;
  int texts = 0;
  int readings = 0;  // of the sound of what is written
  StrictXml reader(xml);
  while (true) {
    const Result<SheetMark> mark = reader.next();
    if (!mark) return mark.error();
    const std::string_view name = reader.name();
    const int change = *mark == SheetMark::begin ? 1 : -1;
    if (*mark == SheetMark::finished) return strings;
    if (*mark == SheetMark::text) {
      if (texts > 0 && readings == 0 && !strings.empty()) {
        strings.back() += reader.text();
        bytes += reader.text().size();
        if (bytes > kDocumentTextMax) return over_text();
      }
      continue;
    }
    if (name == "t") texts += change;
    if (name == "rPh") readings += change;
    if (name == "si" && *mark == SheetMark::end) {
      // What is blank is empty: a cell that refers to it costs nothing.
      strings.back() = std::string(trim(strings.back()));
    }
    if (name != "si" || *mark != SheetMark::begin) continue;
    if (strings.size() == kTableMax) return Error{Errc::too_large, "it has over a million texts"};
    strings.emplace_back();
  }
}

Result<std::vector<bool>> date_styles(const std::string& xml) {
  std::vector<bool> dates;
  std::set<std::size_t> own;
  bool of_cells = false;
  StrictXml reader(xml);
  while (true) {
    const Result<SheetMark> mark = reader.next();
    if (!mark) return mark.error();
    if (*mark == SheetMark::finished) return dates;
    if (reader.name() == "cellXfs") of_cells = *mark == SheetMark::begin;
    if (*mark != SheetMark::begin) continue;
    const std::size_t format = number_in(reader.attribute("numFmtId"), 0);
    if (reader.name() == "numFmt" && is_date_format(reader.attribute("formatCode"))) {
      own.insert(format);
    }
    if (reader.name() != "xf" || !of_cells) continue;
    if (dates.size() == kTableMax) return Error{Errc::too_large, "it has over a million styles"};
    dates.push_back(is_date_number(format, own));
  }
}

// The rows of one sheet.
class SheetRows {
 public:
  SheetRows(std::string_view xml, const WorkbookTables& tables, std::size_t most)
      : reader_(xml), tables_(tables), most_(most) {}

  Result<std::string> read() {
    while (true) {
      const Result<SheetMark> mark = reader_.next();
      if (!mark) return mark.error();
      if (*mark == SheetMark::finished) return std::move(out_);
      if (out_.size() + row_.size() + value_.size() > most_) return over_text();
      if (*mark == SheetMark::begin) begin(reader_.name());
      if (*mark == SheetMark::end) end(reader_.name());
      if (*mark == SheetMark::text && takes_ && readings_ == 0) value_ += reader_.text();
    }
  }

 private:
  void begin(std::string_view name) {
    if (name == "row") {
      row_.clear();
      next_ = 0;
    } else if (name == "c") {
      value_.clear();
      kind_ = reader_.attribute("t");
      style_ = number_in(reader_.attribute("s"), 0);
      at_ = column_of(reader_.attribute("r")).value_or(next_);
    } else if (name == "rPh") {
      ++readings_;
    }
    takes_ = name == "v" || name == "t";
  }

  void end(std::string_view name) {
    takes_ = false;
    if (name == "rPh") --readings_;
    if (name == "c") end_cell();
    if (name != "row" || trim(row_).empty()) return;
    out_ += row_ + "\n";
    row_.clear();
  }

  void end_cell() {
    std::string text = shown();
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (trim(text).empty()) return;
    if (at_ >= next_) {
      const std::size_t gap = at_ - next_ + (next_ > 0 ? 1 : 0);
      for (std::size_t i = 0; i < std::min(gap, kEmptyCellsMax); ++i) row_ += " | ";
    } else {
      row_ += " | ";
    }
    row_ += text;
    next_ = std::max(at_, next_) + 1;
  }

  std::string shown() const {
    if (kind_ == "s") {
      const std::size_t index = number_in(value_, tables_.strings.size());
      return index < tables_.strings.size() ? tables_.strings[index] : std::string();
    }
    if (kind_ == "b") return value_ == "1" ? "TRUE" : "FALSE";
    if (!kind_.empty() && kind_ != "n") return value_;
    const bool date = style_ < tables_.is_date.size() && tables_.is_date[style_];
    return value_.empty() ? value_ : number_text(value_, date, tables_.from_1904);
  }

  StrictXml reader_;
  const WorkbookTables& tables_;
  const std::size_t most_;
  std::string out_;
  std::string row_;
  std::string value_;
  std::string kind_;
  std::size_t style_ = 0;
  std::size_t at_ = 0;    // the cell's column
  std::size_t next_ = 0;  // the one after the last that was written
  int readings_ = 0;
  bool takes_ = false;
};

struct SheetPart {
  std::string name;
  std::string part;
};

using SheetRelations = std::map<std::string, OoxmlRelation>;

Result<std::vector<SheetPart>> sheets_of(const std::string& xml, const SheetRelations& relations,
                                         WorkbookTables& tables) {
  std::vector<SheetPart> sheets;
  std::set<std::string> seen;
  StrictXml reader(xml);
  while (true) {
    const Result<SheetMark> mark = reader.next();
    if (!mark) return mark.error();
    if (*mark == SheetMark::finished) return sheets;
    if (*mark != SheetMark::begin) continue;
    if (reader.name() == "workbookPr") {
      const std::string since = reader.attribute("date1904");
      tables.from_1904 = since == "1" || since == "true";
    }
    if (reader.name() != "sheet") continue;
    const auto found = relations.find(reader.attribute("id"));
    if (found == relations.end() || found->second.type != "worksheet") continue;
    if (!seen.insert(found->second.target).second) continue;
    sheets.push_back({reader.attribute("name"), found->second.target});
  }
}

// The part of that type, read by `read`; nothing: there is none.
template <class T>
Result<T> table_of(Package& zip, const SheetRelations& relations, std::string_view type,
                   Result<T> (*read)(const std::string&)) {
  for (const auto& [id, relation] : relations) {
    if (relation.type != type) continue;
    const Result<std::string> xml = ooxml_part(zip, relation.target);
    if (!xml) return xml.error();
    Result<T> table = read(*xml);
    if (!table) return in_ooxml_part(relation.target, table.error());
    return table;
  }
  return T();
}

}  // namespace

Result<std::string> workbook_text(Package& zip) {
  const Result<std::string> main = ooxml_main_part(zip);
  if (!main) return main.error();
  const Result<std::string> book = ooxml_part(zip, *main);
  if (!book) return book.error();
  const Result<SheetRelations> relations = ooxml_relations(zip, *main);
  if (!relations) return relations.error();
  WorkbookTables tables;
  auto strings = table_of(zip, *relations, "sharedStrings", shared_strings);
  if (!strings) return strings.error();
  tables.strings = std::move(*strings);
  auto styles = table_of(zip, *relations, "styles", date_styles);
  if (!styles) return styles.error();
  tables.is_date = std::move(*styles);
  const Result<std::vector<SheetPart>> sheets = sheets_of(*book, *relations, tables);
  if (!sheets) return in_ooxml_part(*main, sheets.error());
  std::string out;
  for (const SheetPart& sheet : *sheets) {
    const Result<std::string> xml = ooxml_part(zip, sheet.part);
    if (!xml) return xml.error();
    const Result<std::string> rows =
        SheetRows(*xml, tables, kDocumentTextMax - std::min(out.size(), kDocumentTextMax)).read();
    if (!rows) return in_ooxml_part(sheet.part, rows.error());
    if (rows->empty()) continue;
    if (!out.empty()) out += "\n";
    out += "## " + printable(sheet.name) + "\n" + *rows;
  }
  if (out.size() > kDocumentTextMax) return over_text();
  return out;
}

}  // namespace yoke

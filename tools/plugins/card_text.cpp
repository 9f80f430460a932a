#include <algorithm>
#include <array>

#include "runtime/base/text.h"
#include "tools/plugins/card.h"
#include "tools/plugins/card_dates.h"
#include "tools/plugins/card_expression.h"

namespace yoke {
namespace {

constexpr int kShownDepthMax = 32;

using Lines = std::vector<std::string>;

std::string text_at(const Json& element, std::string_view key) {
  return card_text_of(member_at(element, key));
}

// Texts may hold {{DATE(2026-11-22T10:00:00Z, SHORT)}} and {{TIME(…)}}.
std::string with_dates(const std::string& text) {
  std::string out;
  std::size_t from = 0;
  for (;;) {
    const std::size_t open = text.find("{{", from);
    const std::size_t close = open == std::string::npos ? open : text.find(")}}", open);
    if (close == std::string::npos) break;
    const std::string_view call = std::string_view(text).substr(open + 2, close - open - 2);
    const bool is_date = call.starts_with("DATE(");
    out.append(text, from, open - from);
    from = close + 3;
    const std::size_t mark = std::min(call.find('('), call.size() - 1);
    const std::string_view argument = call.substr(mark + 1, call.find(',') - mark - 1);
    Json made = nullptr;
    if (is_date || call.starts_with("TIME(")) {
      made = format_card_date(trim(argument), is_date ? "yyyy-MM-dd" : "HH:mm");
    }
    out += made.is_string() ? made.get<std::string>() : text.substr(open, from - open);
  }
  return out.append(text, from);
}

class CardReader {
 public:
  Lines lines_of(const Json& element, int depth) {
    if (element.is_string()) return {element.get<std::string>()};  // of a list of inlines
    if (element.is_array()) return lines_of_all(element, depth);
    if (!element.is_object() || depth > kShownDepthMax) return {};
    if (member_at(element, "isVisible") == Json(false)) return {};
    const std::string type = string_at(element, "type");
    if (type == "TextBlock" || type == "TextRun" || type == "Badge") {
      return one(with_dates(text_at(element, "text")));
    }
    if (type == "RichTextBlock") return rich_text(element, depth);
    if (type == "Image" || type == "Media") return picture(element);
    if (type == "FactSet") return facts(element);
    if (type == "ColumnSet") return columns(member_at(element, "columns"), depth);
    if (type == "Table") return rows(element, depth);
    if (type == "TableRow") return columns(member_at(element, "cells"), depth);
    if (type.starts_with("Input.")) return input(element);
    if (type.starts_with("Action.")) return action(element, depth);
    return container(element, depth);
  }

 private:
  static Lines one(std::string line) { return line.empty() ? Lines{} : Lines{std::move(line)}; }

  static void append(Lines& all, Lines more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  }

  Lines lines_of_all(const Json& elements, int depth) {
    Lines all;
    for (const Json& element : elements) append(all, lines_of(element, depth + 1));
    return all;
  }

  // The card itself, a container, and whatever has elements in it.
  Lines container(const Json& element, int depth) {
    Lines all;
    for (std::string_view key : {"title", "body", "items", "images", "columns", "rows", "cells",
                                 "pages", "actions", "card"}) {
      const Json& part = member_at(element, key);
      if (part.is_structured()) {
        append(all, lines_of(part, depth + 1));
      } else if (key == "title" && part.is_string()) {
        append(all, one(part.get<std::string>()));
      }
    }
    const Json& fallback = member_at(element, "fallback");
    if (all.empty() && fallback.is_object()) return lines_of(fallback, depth + 1);
    if (all.empty()) append(all, one(text_at(element, "text")));
    return all;
  }

  Lines rich_text(const Json& element, int depth) {
    return one(join(lines_of_all(member_at(element, "inlines"), depth), ""));
  }

  static Lines picture(const Json& element) {
    const std::string words = text_at(element, "altText");
    const std::string url = text_at(element, "url");
    if (words.empty() && (url.empty() || url.starts_with("data:"))) return {};
    std::string line = "[picture" + (words.empty() ? "" : ": " + words) + "]";
    if (!url.empty() && !url.starts_with("data:")) line += " " + url;
    return {line};
  }

  static Lines facts(const Json& element) {
    Lines all;
    for (const Json& fact : member_at(element, "facts")) {
      std::string title = text_at(fact, "title");
      if (!title.empty() && !title.ends_with(':')) title += ':';
      all.push_back(title + (title.empty() ? "" : " ") + with_dates(text_at(fact, "value")));
    }
    return all;
  }

  // Side by side where each is a line, else one below the other.
  Lines columns(const Json& cells, int depth) {
    std::vector<Lines> all;
    for (const Json& cell : cells) {
      Lines lines = lines_of(cell, depth + 1);
      if (!lines.empty()) all.push_back(std::move(lines));
    }
    const bool single =
        std::all_of(all.begin(), all.end(), [](const Lines& lines) { return lines.size() == 1; });
    Lines flat;
    for (Lines& lines : all) append(flat, std::move(lines));
    return single ? one(join(flat, " | ")) : flat;
  }

  Lines rows(const Json& element, int depth) {
    Lines all;
    for (const Json& row : member_at(element, "rows")) {
      append(all, columns(member_at(row, "cells"), depth + 1));
    }
    return all;
  }

  static Lines input(const Json& element) {
    std::string words = text_at(element, "label");
    if (words.empty()) words = text_at(element, "placeholder");
    if (words.empty()) words = text_at(element, "title");
    if (words.empty()) words = text_at(element, "id");
    return one("[" + words + ": " + text_at(element, "value") + "]");
  }

  Lines action(const Json& element, int depth) {
    const std::string title = text_at(element, "title");
    const std::string url = text_at(element, "url");
    if (!url.empty()) return one(title.empty() ? url : title + ": " + url);
    Lines all = one(title.empty() ? title : "[" + title + "]");
    const Json& card = member_at(element, "card");  // of Action.ShowCard
    if (card.is_object()) append(all, lines_of(card, depth + 1));
    return all;
  }
};

}  // namespace

std::string card_as_text(const Json& card, std::size_t bytes_max) {
  const Lines lines = CardReader().lines_of(card, 0);
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
    if (text.size() > bytes_max) break;
  }
  return shorten(printable(to_valid_utf8(text)), bytes_max);
}

}  // namespace yoke

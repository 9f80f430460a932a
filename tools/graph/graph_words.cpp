#include "tools/graph/graph_words.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

constexpr std::size_t kWordsMax = 40;
constexpr std::size_t kQuestionBytesMax = 600;
constexpr std::string_view kUnreadable = "\xEF\xBF\xBD";  // what stands for bytes of no text
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// What may stand inside a word of a search: letters of any script, digits, and marks that mean
// nothing there.
bool is_word_mark(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 || c == '_' || c == '.' || c == '@';
}

// Capital letters alone make these operators.
bool is_operator(std::string_view word) {
  constexpr std::string_view kOperators[] = {"AND", "OR", "NOT", "NEAR", "ONEAR", "XRANK", "WORDS"};
  return std::any_of(std::begin(kOperators), std::end(kOperators),
                     [&](std::string_view each) { return each == word; });
}

bool is_page_of_view(std::string_view last) {
  const std::string small = lowered(last);
  return small == "allitems.aspx" || small == "home.aspx";
}

Error no_place(const std::string& url, const std::string& why) {
  return Error{Errc::unsupported, shown_url(url) + " " + why};
}

}  // namespace

std::string graph_escaped(std::string_view text) {
  if (text == ".") return "%2E";
  if (text == "..") return "%2E%2E";
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 15U];
  }
  return out;
}

std::string graph_query_text(const GraphQuery& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out += name + "=" + graph_escaped(value);
  }
  return out;
}

std::string search_words(std::string_view question) {
  const std::string text = to_valid_utf8(question.substr(0, kQuestionBytesMax));
  std::vector<std::string> words;
  std::string word;
  const auto close = [&] {
    while (!word.empty() && (word.back() == '.' || word.back() == '@')) word.pop_back();
    if (is_operator(word)) word = lowered(word);
    if (!word.empty() && words.size() < kWordsMax) words.push_back(word);
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool unreadable = text.compare(i, kUnreadable.size(), kUnreadable) == 0;
    if (unreadable) i += kUnreadable.size() - 1;
    if (!unreadable && is_word_mark(c)) {
      if (!word.empty() || (c != '.' && c != '@')) word += c;
    } else {
      close();
    }
  }
  close();
  return join(words, " ");
}

std::string search_value(std::string_view text) {
  std::string out;
  for (const char c : to_valid_utf8(text.substr(0, 200))) {
    const bool fits = is_word_mark(c) || c == '-' || c == '+';
    if (fits) out += c;
    if (!fits && !out.empty() && out.back() != ' ') out += ' ';
  }
  return std::string(trim(out));
}

Result<std::string> search_day(std::string_view text) {
  const std::string day(text.substr(0, 10));
  const bool whole = text.size() == 10 || (text.size() > 10 && text[10] == 'T');
  if (whole && micros_from_iso8601(day + "T00:00:00Z")) return day;
  return Error{Errc::invalid, "'" + shorten(printable(std::string(text)), 40) +
                                  "' is no day: write it as 2026-11-22"};
}

std::string plain_summary(std::string_view summary) {
  std::string out;
  std::size_t at = 0;
  while (at < summary.size()) {
    const std::string_view rest = summary.substr(at);
    bool is_mark = false;
    for (const std::string_view mark : {"<c0>", "</c0>", "<ddd/>", "<ddd />"}) {
      if (!rest.starts_with(mark)) continue;
      if (mark.starts_with("<ddd")) out += "…";
      at += mark.size();
      is_mark = true;
      break;
    }
    if (!is_mark) out += summary[at++];
  }
  return std::string(trim(out));
}

std::string normal_guid(std::string_view text) {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : hex_value(text[i]) < 0) return {};
  }
  return lowered(text);
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool room = text[i] == '%' && i + 2 < text.size();
    const int high = room ? hex_value(text[i + 1]) : -1;
    const int low = room ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<std::string> file_place(const std::string& url) {
  // A web address of a file may hold letters and spaces that no request has.
  const std::size_t scheme = url.find("://");
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  if (!web || url.size() > 2000) {
    return Error{Errc::invalid, "'" + shorten(printable(url), 80) + "' is no web address"};
  }
  const std::string whole = url.substr(0, url.find_first_of("?#"));
  std::vector<std::string> parts = split(whole.substr(scheme + 3), '/');
  if (parts[0].empty() || parts[0].find('@') != std::string::npos) {
    return Error{Errc::invalid, "'" + shorten(printable(url), 80) + "' names no host"};
  }
  std::vector<std::string> kept;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::string part = to_valid_utf8(unescaped(parts[i]));
    if (part.empty()) continue;
    if (part == "." || part == "..") return no_place(url, "climbs out of itself");
    if (part.starts_with(":") && part.ends_with(":")) {
      return no_place(url, "is a sharing link, which does not say where the file lies");
    }
    if (lowered(part) == "_layouts") {
      return no_place(url, "is a page that shows the file, not where it lies");
    }
    if (part.find_first_of("\"\\/") != std::string::npos) {
      return no_place(url, "has marks in it that no file's address has");
    }
    kept.push_back(std::move(part));
  }
  if (!kept.empty() && is_page_of_view(kept.back())) {
    kept.pop_back();
    const bool in_forms =
        !kept.empty() && (lowered(kept.back()) == "forms" || lowered(kept.back()) == "sitepages");
    if (in_forms) kept.pop_back();
  }
  std::string place = url.substr(0, scheme + 3) + lowered(parts[0]);
  for (const std::string& part : kept) place += "/" + part;
  return place;
}

bool lies_at(const std::string& web_url, const std::string& place) {
  const Result<std::string> own = file_place(web_url);
  if (!own) return false;
  const std::string a = lowered(*own);
  const std::string b = lowered(place);
  return a == b || a.starts_with(b + "/");
}

}  // namespace yoke

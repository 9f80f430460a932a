#include "runtime/engine/source_texts.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kSourceNamesMax = 3;
constexpr int kSourceDepthMax = 64;

bool is_source_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// Bytes of other alphabets count as letters.
bool is_word(char c) {
  return is_source_digit(c) || is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int hex_value(char c) {
  if (is_source_digit(c)) return c - '0';
  const char low = to_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// The character that "%41" at `at` stands for, where it is one that can be seen; else 0.
char decoded_at(std::string_view text, std::size_t at) {
  if (text[at] != '%' || at + 2 >= text.size()) return 0;
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  if (high < 0 || low < 0) return 0;
  const int code = high * 16 + low;
  return code >= 0x20 && code < 0x7f ? static_cast<char>(code) : '\0';
}

// Whether a value may begin after this character. A path or a place may be the end of a longer one.
bool may_precede(char c, CriticalKind kind) {
  if (is_word(c)) return false;
  const bool joins = c == '@' || c == '.' || c == '-' || c == '+' || c == '%';
  if (kind == CriticalKind::account) return c != '.' && c != '-';
  return !joins;
}

// Whether a value may end before what follows: a full stop ends a sentence, not a host's name.
bool may_follow(std::string_view rest, CriticalKind kind) {
  if (rest.empty()) return true;
  const char c = rest.front();
  if (is_word(c) || c == '@') return false;
  if (c == '/' || c == '\\') return kind == CriticalKind::place;
  const bool joins = c == '.' || c == '-' || c == '+' || c == ',';
  return !joins || rest.size() == 1 || !is_word(rest[1]);
}

bool stands_in(std::string_view text, std::string_view value, CriticalKind kind) {
  for (std::size_t at = text.find(value); at != text.npos; at = text.find(value, at + 1)) {
    const bool begins = at == 0 || !is_word(value.front()) || may_precede(text[at - 1], kind);
    const bool ends = !is_word(value.back()) || may_follow(text.substr(at + value.size()), kind);
    if (begins && ends) return true;
  }
  return false;
}

bool is_number(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return is_source_digit(c) || c == '.' || c == ',' || c == '-';
  });
  return plain && !value.empty() && is_source_digit(value.back());
}

double number_text_of(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ',');
  return std::strtod(digits.c_str(), nullptr);
}

// "1,200.00" holds 1200.
bool holds_number(std::string_view text, double wanted) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_source_digit(text[at])) {
      ++at;
      continue;
    }
    const bool inside = at > 0 && (is_word(text[at - 1]) || text[at - 1] == '.');
    std::size_t end = at;
    while (end < text.size() &&
           (is_source_digit(text[end]) || text[end] == '.' || text[end] == ','))
      ++end;
    std::string_view token = text.substr(at, end - at);
    while (!token.empty() && !is_source_digit(token.back())) token.remove_suffix(1);
    const bool goes_on = end < text.size() && is_word(text[end]);
    if (!inside && !goes_on && number_text_of(token) == wanted) return true;
    at = end;
  }
  return false;
}

}  // namespace

std::string plain_form(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (const char decoded = decoded_at(text, i)) {
      c = decoded;
      i += 2;
    }
    if (!is_space(c)) {
      out += to_lower(c);
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::string bare_form(std::string_view text) {
  std::string out;
  for (const char c : plain_form(text)) {
    if (is_word(c) && c != '_') out += c;
  }
  return out;
}

std::string host_in(std::string_view place) {
  const std::string plain = plain_form(trim(place));
  std::string_view rest = plain;
  if (const auto scheme = rest.find("://"); scheme != rest.npos) rest.remove_prefix(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#\\ "));
  if (const auto user = rest.rfind('@'); user != rest.npos) rest.remove_prefix(user + 1);
  if (!rest.starts_with('[')) rest = rest.substr(0, rest.find(':'));
  while (rest.ends_with('.')) rest.remove_suffix(1);
  return std::string(rest);
}

void SourceTexts::add_text(const std::string& from, std::string_view text) {
  if (trim(text).empty()) return;
  texts_.push_back(Text{from, plain_form(text)});
  bare_ += bare_form(text);
}

void SourceTexts::add(const std::string& from, const Json& value) {
  Text text{from, {}};
  take(text, value, 0);
  if (!text.plain.empty()) texts_.push_back(std::move(text));
}

// Names of fields count as text: a result's author chose them too.
void SourceTexts::take(Text& text, const Json& value, int depth) {
  if (depth > kSourceDepthMax || value.is_null() || value.is_boolean()) return;
  if (value.is_structured()) {
    for (const auto& [key, member] : value.items()) {
      if (value.is_object()) text.plain += plain_form(key) + "\n";
      take(text, member, depth + 1);
    }
    return;
  }
  const std::string words = value.is_string() ? value.get<std::string>() : to_text(value);
  text.plain += plain_form(words) + "\n";
  bare_ += bare_form(words);
}

std::vector<std::string> SourceTexts::holding(std::string_view value, CriticalKind kind) const {
  std::vector<std::string> names;
  const std::string wanted(trim(plain_form(trim(value))));
  if (wanted.empty()) return names;
  const bool numeric = is_number(wanted);
  for (const Text& text : texts_) {
    const bool found = stands_in(text.plain, wanted, kind) ||
                       (numeric && holds_number(text.plain, number_text_of(wanted)));
    if (!found) continue;
    names.push_back(text.from);
    if (names.size() == kSourceNamesMax) break;
  }
  return names;
}

bool SourceTexts::holds_bare(std::string_view value) const {
  const std::string wanted = bare_form(value);
  return !wanted.empty() && bare_.find(wanted) != bare_.npos;
}

}  // namespace yoke

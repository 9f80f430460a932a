#include "runtime/memory/words.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke::recall {
namespace {

// Words of English questions that say nothing of what is asked for.
constexpr std::string_view kJoining =
    "a about all am an and any are as at be been but by can could did do does done for from had "
    "has "
    "have he her here him his how i if in into is it its me my no not of on or our she should so "
    "some than that the their them then there these they this those to us was we were what when "
    "where which who whom whose why will with would you your";

// The letter under each of U+00C0 … U+017F; a space where there is none.
constexpr std::string_view kLatin =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

// Reads one character of valid UTF-8 and moves `at` behind it.
char32_t next_char(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t place) {
    return place < text.size() ? static_cast<unsigned char>(text[place]) : 0U;
  };
  const std::uint32_t first = byte(at);
  if (first < 0x80) return byte(at++);
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  char32_t out = first & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) out = (out << 6) | (byte(at + i) & 0x3FU);
  at += bytes;
  return out;
}

void put_char(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool within(char32_t c, char32_t from, char32_t to) { return c >= from && c <= to; }

// Signs and spaces beyond ASCII that stand between words.
bool is_between(char32_t c) {
  if (c < 0x80) return !(within(c, '0', '9') || within(c, 'a', 'z') || within(c, 'A', 'Z'));
  if (within(c, 0x80, 0xBF)) return c != 0xAA && c != 0xB5 && c != 0xBA;
  return c == 0xD7 || c == 0xF7 || within(c, 0x2000, 0x206F) || within(c, 0x2190, 0x2BFF) ||
         within(c, 0x2E00, 0x2E7F) || within(c, 0x3000, 0x303F) || within(c, 0xFE10, 0xFE6F) ||
         within(c, 0xFF00, 0xFF0F) || within(c, 0xFF1A, 0xFF20);
}

// Kana and ideographs: no spaces between words.
bool stands_alone(char32_t c) {
  return within(c, 0x3040, 0x30FF) || within(c, 0x3400, 0x4DBF) || within(c, 0x4E00, 0x9FFF) ||
         within(c, 0xF900, 0xFAFF) || within(c, 0x20000, 0x2FFFF);
}

char32_t folded(char32_t c) {
  if (within(c, 'A', 'Z')) return c + 32;
  if (within(c, 0xC0, 0x17F) && kLatin[c - 0xC0] != ' ') {
    return static_cast<unsigned char>(kLatin[c - 0xC0]);
  }
  if (within(c, 0x391, 0x3A9) || within(c, 0x410, 0x42F)) return c + 32;
  if (within(c, 0x400, 0x40F)) return c + 80;
  return c;
}

bool is_vowel(char c) { return std::memchr("aeiouy", c, 6) != nullptr; }

bool has_vowel(std::string_view word) { return std::any_of(word.begin(), word.end(), is_vowel); }

// Takes `ending` off when at least `least` letters with a vowel stay.
bool take_off(std::string& word, std::string_view ending, std::size_t least) {
  if (!word.ends_with(ending) || word.size() < ending.size() + least) return false;
  const std::string_view stem(word.data(), word.size() - ending.size());
  if (!has_vowel(stem)) return false;
  word.resize(stem.size());
  return true;
}

void take_plural(std::string& word) {
  if (word.ends_with("ies") && word.size() > 4) {
    word.resize(word.size() - 2);
  } else if (word.ends_with("sses") || word.ends_with("shes") || word.ends_with("ches") ||
             word.ends_with("xes")) {
    word.resize(word.size() - 2);
  } else if (word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us")) {
    word.pop_back();
  }
}

void single_end(std::string& word) {  // "stopp" of "stopped" is "stop"
  const std::size_t n = word.size();
  const bool doubled = n > 3 && word[n - 1] == word[n - 2] && !is_vowel(word[n - 1]);
  if (doubled && std::memchr("lsz", word[n - 1], 3) == nullptr) word.pop_back();
}

// One stem for the forms of an English word. Rough on purpose: what it takes for one word is, in
// questions, nearly always meant as one.
std::string stem_of(std::string word) {
  if (word.size() < 3 ||
      !std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
    return word;
  }
  take_plural(word);
  if (take_off(word, "ing", 3) || take_off(word, "ed", 3)) single_end(word);
  for (const std::string_view ending :
       {"ization", "isation", "ations", "ation", "ement", "ment", "ness", "ance", "ence", "able",
        "ible", "ful", "ally", "ly"}) {
    if (take_off(word, ending, 4)) break;
  }
  if (word.size() > 3 && word.back() == 'e') word.pop_back();
  if (word.size() > 4 && word.ends_with("iz")) word.back() = 's';  // organiz-, organis-
  if (word.size() > 2 && word.back() == 'y') word.back() = 'i';
  return word;
}

bool is_joining(const std::string& stem) {
  static const std::set<std::string> stems = [] {
    std::set<std::string> out;
    for (std::string& word : split(kJoining, ' ')) out.insert(stem_of(std::move(word)));
    return out;
  }();
  return stems.contains(stem);
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(stem_of(std::move(word)));
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_char(text, at);
    if (is_between(c)) {
      end_word();
    } else if (stands_alone(c)) {
      end_word();
      put_char(word, c);
      end_word();
    } else if (word.size() < kWordBytesMax) {
      put_char(word, folded(c));
    }
  }
  end_word();
  return words;
}

std::vector<std::string> query_words(std::string_view text, std::size_t most) {
  std::vector<std::string> telling;
  std::vector<std::string> joining;
  for (std::string& word : words_of(text)) {
    std::vector<std::string>& kept = is_joining(word) ? joining : telling;
    const bool known = std::find(kept.begin(), kept.end(), word) != kept.end();
    if (!known && kept.size() < most) kept.push_back(std::move(word));
  }
  return telling.empty() ? joining : telling;
}

std::int64_t word_number(std::string_view word) {
  const Hash hash = sha256(word);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = (number << 8) | hash[i];
  return static_cast<std::int64_t>(number);
}

}  // namespace yoke::recall

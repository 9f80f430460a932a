#include "hosts/screen/keys.h"

#include <array>
#include <utility>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kPasteEnd = "\x1b[201~";
constexpr char kEsc = '\x1b';
constexpr std::size_t kSequenceBytesMax = 32;
using Kind = KeyPress::Kind;

std::size_t utf8_bytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

void add_text(std::string_view text, std::vector<KeyPress>& keys) {
  if (!keys.empty() && keys.back().kind == Kind::text) {
    keys.back().text += text;
  } else {
    keys.push_back(KeyPress{Kind::text, std::string(text)});
  }
}

// Of "\e[1;5D": the letter, and the number of its modifier less one (1 shift, 2 alt, 4 control).
void add_named(char final, int modifier, std::vector<KeyPress>& keys) {
  const bool by_words = (modifier & 6) != 0;
  switch (final) {
    case 'A':
      keys.push_back({Kind::up});
      break;
    case 'B':
      keys.push_back({Kind::down});
      break;
    case 'C':
      keys.push_back({by_words ? Kind::word_right : Kind::right});
      break;
    case 'D':
      keys.push_back({by_words ? Kind::word_left : Kind::left});
      break;
    case 'H':
      keys.push_back({Kind::home});
      break;
    case 'F':
      keys.push_back({Kind::end});
      break;
    case 'Z':
      keys.push_back({Kind::back_tab});
      break;
    default:
      break;
  }
}

void add_numbered(int number, std::vector<KeyPress>& keys) {
  static constexpr std::array<std::pair<int, Kind>, 8> kNumbered = {{{1, Kind::home},
                                                                     {3, Kind::erase},
                                                                     {4, Kind::end},
                                                                     {5, Kind::page_up},
                                                                     {6, Kind::page_down},
                                                                     {7, Kind::home},
                                                                     {8, Kind::end},
                                                                     {13, Kind::enter}}};
  for (const auto& [known, kind] : kNumbered) {
    if (known == number) keys.push_back({kind});
  }
}

int number_in(std::string_view text, std::size_t& at) {
  int number = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && number < 100'000) {
    number = number * 10 + (text[at++] - '0');
  }
  return number;
}

}  // namespace

void KeyReader::take_paste(std::vector<KeyPress>& keys) {
  std::string text;
  for (std::size_t i = 0; i < paste_.size(); ++i) {
    if (paste_[i] == '\r') {
      text += '\n';
      if (i + 1 < paste_.size() && paste_[i + 1] == '\n') ++i;
    } else {
      text += paste_[i];
    }
  }
  keys.push_back(KeyPress{Kind::paste, to_valid_utf8(text)});
  paste_.clear();
  pasting_ = false;
}

// "\e[…": parameters, then a final byte. 0: it is not whole yet.
std::size_t KeyReader::read_sequence(std::string_view bytes, std::vector<KeyPress>& keys) {
  std::size_t at = 2;
  const int number = number_in(bytes, at);
  int modifier = 0;
  if (at < bytes.size() && bytes[at] == ';') {
    ++at;
    modifier = number_in(bytes, at) - 1;
  }
  while (at < bytes.size() && (bytes[at] < 0x40 || bytes[at] > 0x7E)) ++at;
  if (at >= bytes.size()) return bytes.size() > kSequenceBytesMax ? bytes.size() : 0;
  const char final = bytes[at];
  if (final == '~' && number == 200) {
    pasting_ = true;
  } else if (final == '~') {
    add_numbered(number, keys);
  } else if (final == 'u' && number == 13) {  // terminals that tell Shift+Enter and Ctrl+Enter
    keys.push_back({modifier > 0 ? Kind::newline : Kind::enter});
  } else if (final == 'u' && number == 27) {
    keys.push_back({Kind::escape});
  } else {
    add_named(final, modifier, keys);
  }
  return at + 1;
}

std::size_t KeyReader::read_escape(std::string_view bytes, std::vector<KeyPress>& keys) {
  if (bytes.size() < 2) return 0;
  const char second = bytes[1];
  if (second == '[') return read_sequence(bytes, keys);
  if (second == 'O') {
    if (bytes.size() < 3) return 0;
    add_named(bytes[2], 0, keys);
    return 3;
  }
  if (second == kEsc) {  // twice: the second may begin something
    keys.push_back({Kind::escape});
    return 1;
  }
  if (second == '\r' || second == '\n') {
    keys.push_back({Kind::newline});
  } else {
    keys.push_back(KeyPress{Kind::alt, {}, second});
  }
  return 2;
}

// How many bytes the first key takes; 0: it is not whole yet.
std::size_t KeyReader::read_one(std::string_view bytes, std::vector<KeyPress>& keys) {
  const char first = bytes.front();
  if (first == kEsc) return read_escape(bytes, keys);
  if (first == '\r') {
    keys.push_back({Kind::enter});
  } else if (first == '\n') {
    keys.push_back({Kind::newline});
  } else if (first == '\t') {
    keys.push_back({Kind::tab});
  } else if (first == '\x7f' || first == '\b') {
    keys.push_back({Kind::backspace});
  } else if (static_cast<unsigned char>(first) < 0x20) {
    keys.push_back(KeyPress{Kind::control, {}, static_cast<char>(first | 0x60)});
  } else {
    const std::size_t bytes_wanted = utf8_bytes(first);
    if (bytes.size() < bytes_wanted) return 0;
    const std::string_view text = bytes.substr(0, bytes_wanted);
    add_text(is_valid_utf8(text) ? std::string(text) : to_valid_utf8(text), keys);
    return bytes_wanted;
  }
  return 1;
}

void KeyReader::feed(std::string_view bytes, std::vector<KeyPress>& keys) {
  pending_ += bytes;
  while (!pending_.empty()) {
    if (pasting_) {
      const std::size_t end = pending_.find(kPasteEnd);
      // What may be the beginning of the end stays.
      const std::size_t whole = pending_.size() - std::min(pending_.size(), kPasteEnd.size() - 1);
      const std::size_t taken = end == std::string::npos ? whole : end;
      const std::size_t room = kPasteBytesMax - std::min(kPasteBytesMax, paste_.size());
      paste_.append(pending_, 0, std::min(taken, room));
      pending_.erase(0, end == std::string::npos ? taken : taken + kPasteEnd.size());
      if (end == std::string::npos) return;
      take_paste(keys);
      continue;
    }
    const std::size_t taken = read_one(pending_, keys);
    if (taken == 0) return;
    pending_.erase(0, taken);
  }
}

void KeyReader::settle(std::vector<KeyPress>& keys) {
  if (pending_.empty() || pasting_) return;
  if (pending_.front() == kEsc) {
    keys.push_back({Kind::escape});
    const std::string rest = std::exchange(pending_, {}).substr(1);
    if (!rest.empty() && rest.front() != '[' && rest.front() != 'O') feed(rest, keys);
  } else {
    add_text("\xEF\xBF\xBD", keys);
    pending_.clear();
  }
}

}  // namespace yoke

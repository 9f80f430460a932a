#include "hosts/screen/input_history.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kTitle = "_HiStOrY_V2_";

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// libedit writes an entry a line, with white space and backslashes as octal escapes (vis(3)).
std::string encoded_entry(std::string_view entry) {
  std::string out;
  for (const char c : entry) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (byte <= 0x20 || byte == 0x7F) {
      out += '\\';
      out += static_cast<char>('0' + (byte >> 6));
      out += static_cast<char>('0' + ((byte >> 3) & 7));
      out += static_cast<char>('0' + (byte & 7));
    } else {
      out += c;
    }
  }
  return out;
}

std::string decoded_entry(std::string_view line) {
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const bool octal = line[at] == '\\' && at + 3 < line.size() && is_octal(line[at + 1]) &&
                       is_octal(line[at + 2]) && is_octal(line[at + 3]);
    if (octal) {
      out += static_cast<char>(((line[at + 1] - '0') << 6) | ((line[at + 2] - '0') << 3) |
                               (line[at + 3] - '0'));
      at += 4;
    } else if (line[at] == '\\' && at + 1 < line.size() && line[at + 1] == '\\') {
      out += '\\';
      at += 2;
    } else {
      out += line[at++];
    }
  }
  return to_valid_utf8(out);
}

}  // namespace

InputHistory InputHistory::from_file_text(std::string_view text) {
  InputHistory history;
  for (const std::string& line : split(text, '\n')) {
    if (line == kTitle) continue;
    history.add(decoded_entry(line));
  }
  return history;
}

std::string InputHistory::file_text() const {
  std::string text = std::string(kTitle) + "\n";
  for (const std::string& entry : entries_) text += encoded_entry(entry) + "\n";
  return text;
}

void InputHistory::add(const std::string& entry) {
  leave();
  if (entry.empty() || (!entries_.empty() && entries_.back() == entry)) return;
  if (entries_.size() >= kEntriesMax) entries_.erase(entries_.begin());
  entries_.push_back(entry);
}

const std::string* InputHistory::older(const std::string& draft) {
  if (place_ >= entries_.size()) return nullptr;
  if (place_ == 0) draft_ = draft;
  ++place_;
  return &entries_[entries_.size() - place_];
}

const std::string* InputHistory::newer() {
  if (place_ == 0) return nullptr;
  --place_;
  return place_ == 0 ? &draft_ : &entries_[entries_.size() - place_];
}

void InputHistory::leave() { place_ = 0; }

const std::string* InputHistory::find(std::string_view words, std::size_t skip) const {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->find(words) == std::string::npos) continue;
    if (skip-- == 0) return &*entry;
  }
  return nullptr;
}

}  // namespace yoke

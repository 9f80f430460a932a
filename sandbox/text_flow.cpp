#include "sandbox/text_flow.h"

#include <algorithm>
#include <utility>

namespace yoke::sandbox {

namespace {

constexpr std::size_t kListsMax = 64;
constexpr std::size_t kIndentedMax = 4;  // deeper lists are indented no further

bool is_blank_char(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

void TextFlow::settle() {
  if (!out_.empty() && line_ends_owed_ > 0) {
    out_.append(static_cast<std::size_t>(line_ends_owed_), '\n');
  } else if (!out_.empty() && space_owed_ && !is_blank_char(out_.back())) {
    out_.push_back(' ');
  }
  line_ends_owed_ = 0;
  space_owed_ = false;
}

void TextFlow::put(char c) {
  if (preformatted_ > 0 && (c == '\n' || c == '\t' || c == ' ')) {
    if (out_.empty() || line_ends_owed_ > 0) return settle();
    out_.push_back(c);
  } else if (is_blank_char(c)) {
    space_owed_ = true;
  } else if (!is_control(c)) {
    settle();
    out_.push_back(c);
  }
}

void TextFlow::add(std::string_view text) {
  for (const char c : text) put(c);
}

void TextFlow::mark(std::string_view text) {
  settle();
  out_.append(text);
}

void TextFlow::separate(int lines) { line_ends_owed_ = std::max(line_ends_owed_, lines); }

void TextFlow::break_line() { line_ends_owed_ = std::min(line_ends_owed_ + 1, 2); }

void TextFlow::open_list(bool numbered) {
  separate(lists_.empty() ? 2 : 1);
  if (lists_.size() < kListsMax) {
    lists_.push_back(List{numbered, 0});
  } else {
    ++deeper_;
  }
}

void TextFlow::close_list() {
  if (deeper_ > 0) {
    --deeper_;
  } else if (!lists_.empty()) {
    lists_.pop_back();
  }
  separate(lists_.empty() ? 2 : 1);
}

void TextFlow::open_item() {
  separate(1);
  const std::size_t level = lists_.empty() ? 0 : std::min(lists_.size() - 1, kIndentedMax);
  std::string sign(2 * level, ' ');
  if (!lists_.empty() && lists_.back().numbered) {
    sign += std::to_string(++lists_.back().items) + ". ";
  } else {
    sign += "- ";
  }
  mark(sign);
}

void TextFlow::open_row() {
  separate(1);
  row_began_ = true;
}

void TextFlow::open_cell() {
  if (!std::exchange(row_began_, false)) mark(" | ");
}

std::string TextFlow::take() {
  const std::size_t end = out_.find_last_not_of(" \t\n");
  out_.resize(end == std::string::npos ? 0 : end + 1);
  return std::move(out_);
}

}  // namespace yoke::sandbox

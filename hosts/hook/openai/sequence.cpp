#include "hosts/hook/openai/sequence.h"

#include <algorithm>
#include <utility>

namespace yoke::openai {
namespace {

// A client that names a number inside of a character gets none of its bytes again.
std::size_t to_whole_characters(std::string_view text, std::size_t from) {
  const auto continues = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (continues(from)) ++from;
  return from;
}

}  // namespace

std::optional<std::int64_t> Sequence::next() {
  const std::int64_t number = next_++;
  if (number <= after_) return std::nullopt;
  return number;
}

std::optional<Sequence::Piece> Sequence::text(std::string_view text) {
  const std::int64_t begin = next_;
  next_ += static_cast<std::int64_t>(text.size());
  if (text.empty() || next_ - 1 <= after_) return std::nullopt;
  const std::int64_t known = std::max<std::int64_t>(after_ + 1 - begin, 0);
  const std::size_t from = to_whole_characters(text, static_cast<std::size_t>(known));
  if (from == text.size()) return std::nullopt;
  return Piece{next_ - 1, std::string(text.substr(from))};
}

std::optional<Sequence::Piece> Sequence::arguments(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (next_ - call_from_ >= kCallNumbers - 1) {
    held_ += text;
    return std::nullopt;
  }
  const std::optional<std::int64_t> number = next();
  if (!number) return std::nullopt;
  return Piece{*number, std::string(text)};
}

std::optional<Sequence::Piece> Sequence::end_call() {
  const std::int64_t last = call_from_ + kCallNumbers - 1;
  next_ = last + 1;
  std::string text = std::exchange(held_, {});
  if (text.empty() || last <= after_) return std::nullopt;
  return Piece{last, std::move(text)};
}

void Sequence::pass_known() { next_ = std::max(next_, after_ + 1); }

}  // namespace yoke::openai

#include "models/think_splitter.h"

#include <algorithm>
#include <array>

namespace yoke {
namespace {

struct Tag {
  std::string_view opening;
  std::string_view closing;  // what ends it; empty: the tag is only dropped
  bool reasoning;            // else an answer follows
};

constexpr std::array kTags{
    Tag{"<think>", "</think>", true},
    Tag{"\u25c1think\u25b7", "\u25c1/think\u25b7", true},
    Tag{"<|channel|>analysis<|message|>", "<|end|>", true},
    Tag{"<|start|>assistant", "", false},
    Tag{"<|channel|>final<|message|>", "<|return|>", false},
};
constexpr std::string_view kThinkClosing = "</think>";
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kSpaceBytesMax = 1024;  // that is waited through for a tag

// How many bytes at the end of `text` could be the beginning of `tag`.
std::size_t begun(std::string_view text, std::string_view tag) {
  std::size_t length = std::min(text.size(), tag.size() - 1);
  while (length > 0 && !tag.starts_with(text.substr(text.size() - length))) --length;
  return length;
}

}  // namespace

void ThinkSplitter::push(std::string_view text, std::vector<Piece>& out) {
  held_.append(text);
  while (step(out)) {
  }
  held_.erase(0, taken_);
  taken_ = 0;
}

void ThinkSplitter::finish(std::vector<Piece>& out) {
  const auto kind = mode_ == Mode::reasoning ? Piece::Kind::reasoning : Piece::Kind::text;
  const bool blank = rest().find_first_not_of(kSpace) == std::string_view::npos;
  if (mode_ == Mode::start && tag_seen_ && blank) taken_ = held_.size();
  give(kind, rest().size(), out);
}

bool ThinkSplitter::step(std::vector<Piece>& out) {
  if (rest().empty()) return false;
  if (mode_ == Mode::start) return step_start(out);
  return mode_ == Mode::text ? step_text(out) : step_reasoning(out);
}

bool ThinkSplitter::step_start(std::vector<Piece>& out) {
  const std::size_t first = std::min(rest().find_first_not_of(kSpace), rest().size());
  const std::string_view words = rest().substr(first);
  if (words.empty() && tag_seen_) taken_ = held_.size();
  if (words.empty() && (tag_seen_ || first <= kSpaceBytesMax)) return false;
  for (const Tag& tag : kTags) {
    if (words.starts_with(tag.opening)) {
      taken_ += first + tag.opening.size();
      tag_seen_ = true;
      closing_ = tag.closing;
      if (tag.reasoning) mode_ = Mode::reasoning;
      if (!tag.reasoning && !tag.closing.empty()) mode_ = Mode::text;
      return true;
    }
    if (!words.empty() && tag.opening.starts_with(words)) return false;
  }
  if (tag_seen_) taken_ += first;  // the blank lines between the reasoning and the answer
  mode_ = Mode::text;
  closing_ = {};
  return step_text(out);
}

bool ThinkSplitter::step_text(std::vector<Piece>& out) {
  if (!closing_.empty()) {
    give_until(closing_, Piece::Kind::text, out);
    return false;
  }
  if (!opening_omitted_ || tag_seen_) {
    give(Piece::Kind::text, rest().size(), out);
    return false;
  }
  if (!give_until(kThinkClosing, Piece::Kind::text, out)) return false;
  out.push_back({Piece::Kind::recant, {}});
  tag_seen_ = true;
  mode_ = Mode::start;
  return true;
}

bool ThinkSplitter::step_reasoning(std::vector<Piece>& out) {
  if (!give_until(closing_, Piece::Kind::reasoning, out)) return false;
  mode_ = Mode::start;
  return true;
}

bool ThinkSplitter::give_until(std::string_view tag, Piece::Kind kind, std::vector<Piece>& out) {
  const std::size_t at = rest().find(tag);
  if (at == std::string_view::npos) {
    give(kind, rest().size() - begun(rest(), tag), out);
    return false;
  }
  give(kind, at, out);
  taken_ += tag.size();
  return true;
}

void ThinkSplitter::give(Piece::Kind kind, std::size_t bytes, std::vector<Piece>& out) {
  if (bytes > 0) out.push_back({kind, std::string(rest().substr(0, bytes))});
  taken_ += bytes;
}

}  // namespace yoke

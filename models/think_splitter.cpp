#include "models/think_splitter.h"

#include <algorithm>
#include <array>

namespace yoke {
namespace {

struct Tag {
  std::string_view opening;
  std::string_view closing;  // empty: the header of a channel's message follows
};

constexpr std::array kTags{
    Tag{"<think>", "</think>"},
    Tag{"\u25c1think\u25b7", "\u25c1/think\u25b7"},
    Tag{"<|start|>", ""},
    Tag{"<|channel|>", ""},
};
constexpr std::string_view kMessage = "<|message|>";  // ends a header
constexpr std::array<std::string_view, 3> kChannelEnds{"<|end|>", "<|return|>", "<|call|>"};
constexpr std::string_view kRecipient = "to=functions.";
constexpr std::size_t kHeaderBytesMax = 512;
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
  const bool blank = rest().find_first_not_of(kSpace) == std::string_view::npos;
  if (mode_ == Mode::start && tag_seen_ && blank) taken_ = held_.size();
  if (mode_ == Mode::header) taken_ = held_.size();  // of a message that never came
  give(kind_of_mode(), rest().size(), out);
}

ThinkSplitter::Piece::Kind ThinkSplitter::kind_of_mode() const {
  if (mode_ == Mode::reasoning) return Piece::Kind::reasoning;
  return mode_ == Mode::call ? Piece::Kind::call_args : Piece::Kind::text;
}

bool ThinkSplitter::step(std::vector<Piece>& out) {
  if (rest().empty()) return false;
  if (mode_ == Mode::start) return step_start(out);
  if (mode_ == Mode::header) return step_header(out);
  if (channel_) return step_channel(out);
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
      mode_ = tag.closing.empty() ? Mode::header : Mode::reasoning;
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

bool ThinkSplitter::step_header(std::vector<Piece>& out) {
  const std::size_t end = rest().find(kMessage);
  if (end == std::string_view::npos && rest().size() <= kHeaderBytesMax) return false;
  if (end == std::string_view::npos || end > kHeaderBytesMax) {
    mode_ = Mode::text;  // no header after all
    return true;
  }
  open_channel(rest().substr(0, end), out);
  taken_ += end + kMessage.size();
  return true;
}

// "assistant<|channel|>commentary to=functions.weather <|constrain|>json", in any order of its
// parts.
void ThinkSplitter::open_channel(std::string_view header, std::vector<Piece>& out) {
  channel_ = true;
  mode_ = header.find("analysis") == std::string_view::npos ? Mode::text : Mode::reasoning;
  const std::size_t at = header.find(kRecipient);
  if (at == std::string_view::npos) return;
  std::string_view name = header.substr(at + kRecipient.size());
  name = name.substr(0, name.find_first_of(" <\t\r\n"));
  out.push_back({Piece::Kind::call, std::string(name)});
  mode_ = Mode::call;
}

bool ThinkSplitter::step_channel(std::vector<Piece>& out) {
  std::string_view nearest;
  std::size_t at = std::string_view::npos;
  std::size_t held = 0;
  for (const std::string_view tag : kChannelEnds) {
    const std::size_t found = rest().find(tag);
    if (found < at) nearest = tag;
    at = std::min(at, found);
    held = std::max(held, begun(rest(), tag));
  }
  const bool ended = !nearest.empty();
  give(kind_of_mode(), ended ? at : rest().size() - held, out);
  if (!ended) return false;
  taken_ += nearest.size();
  channel_ = false;
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

#include "models/routes/commit_buffer.h"

#include <algorithm>

namespace yoke {

void CommitBuffer::take(const Delta& delta, Time now) {
  if (delta.kind == Delta::Kind::reset) return void_all();  // the backend begins again
  if (committed_) return show(delta);
  if (held_.empty()) first_at_ = now;
  held_chars_ += delta.text.size();
  held_.push_back(delta);
  if (is_due(now)) show_held();
}

bool CommitBuffer::is_due(Time now) const {
  switch (point_.kind) {
    case CommitPoint::Kind::first_token:
      return true;
    case CommitPoint::Kind::whole:
      return false;
    case CommitPoint::Kind::probe:
      break;
  }
  return held_chars_ >= point_.chars || now - first_at_ >= point_.after;
}

void CommitBuffer::show(const Delta& delta) {
  shows_ = true;
  if (delta.kind == Delta::Kind::tool_args) shows_arguments_ = true;
  if (delta.kind == Delta::Kind::text) shown_text_ += delta.text;
  if (delta.kind == Delta::Kind::reasoning) shown_reasoning_ += delta.text;
  if (sink_) sink_(delta);
}

void CommitBuffer::show_held() {
  committed_ = true;
  const std::vector<Delta> held = std::move(held_);
  held_.clear();
  held_chars_ = 0;
  for (const Delta& delta : held) show(delta);
}

void CommitBuffer::accept() { show_held(); }

void CommitBuffer::drop() {
  held_.clear();
  held_chars_ = 0;
  committed_ = false;
}

void CommitBuffer::void_all() {
  drop();
  if (shows_ && sink_) {
    Delta reset;
    reset.kind = Delta::Kind::reset;
    sink_(reset);
  }
  shows_ = false;
  shows_arguments_ = false;
  shown_text_.clear();
  shown_reasoning_.clear();
}

}  // namespace yoke

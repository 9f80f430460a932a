#include "models/routes/continuation.h"

#include <string_view>

namespace yoke {
namespace {

Delta text_delta(std::string text) {
  Delta delta;
  delta.text = std::move(text);
  return delta;
}

}  // namespace

ModelRequest continuing_request(const ModelRequest& request, std::string beginning) {
  ModelRequest rest = request;
  Message& message = rest.messages.emplace_back();
  message.role = Role::assistant;
  TextPart part;
  part.text = std::move(beginning);
  message.parts.emplace_back(std::move(part));
  return rest;
}

std::vector<Delta> Continuation::take(const Delta& delta) {
  std::vector<Delta> pieces;
  const bool is_text = delta.kind == Delta::Kind::text;
  if (delta.kind == Delta::Kind::reasoning) return pieces;  // it has been thought already
  if (delta.kind == Delta::Kind::reset) {  // it begins again from where the answer broke off
    held_.clear();
    parted_ = false;
    return pieces;
  }
  if (is_text && !parted_) {
    held_ += delta.text;
    const std::string_view held = held_;
    if (held.size() < text_.size() && std::string_view(text_).starts_with(held)) return pieces;
    parted_ = true;
    const bool repeated = held.starts_with(text_);
    std::string fresh(repeated ? held.substr(text_.size()) : held);
    if (!fresh.empty()) pieces.push_back(text_delta(std::move(fresh)));
    return pieces;
  }
  if (!is_text && !held_.empty() && !parted_) pieces.push_back(text_delta(held_));
  if (!is_text) parted_ = true;
  pieces.push_back(delta);
  return pieces;
}

void Continuation::join(Message& message) const {
  std::string written;
  std::vector<Part> others;
  for (Part& part : message.parts) {
    if (auto* text = std::get_if<TextPart>(&part)) {
      written += text->text;
    } else if (!std::holds_alternative<ReasoningPart>(part)) {
      others.push_back(std::move(part));
    }
  }
  message.parts.clear();
  if (!reasoning_.empty()) {
    ReasoningPart reasoning;
    reasoning.text = reasoning_;
    message.parts.emplace_back(std::move(reasoning));
  }
  TextPart whole;
  whole.text = written.starts_with(text_) ? written : text_ + written;
  message.parts.emplace_back(std::move(whole));
  for (Part& part : others) message.parts.push_back(std::move(part));
}

}  // namespace yoke

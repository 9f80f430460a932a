#include "models/wire/pauses.h"

#include <iterator>

#include "runtime/base/saturating.h"

namespace yoke {

bool Pauses::take(ModelOutcome& outcome, ModelRequest& request, NanoUsd attempt_cost) {
  auto* reply = std::get_if<ModelReply>(&outcome);
  if (reply == nullptr || !reply->paused || count_ == kPausesMax) return false;
  if (request.reserved && *request.reserved - reply->cost < attempt_cost) return false;
  ++count_;
  usage_ += reply->usage;
  cost_ = saturating_add(cost_, reply->cost);
  attempts_ += reply->attempts;
  if (request.reserved) *request.reserved -= reply->cost;
  parts_.insert(parts_.end(), reply->message.parts.begin(), reply->message.parts.end());
  request.messages.push_back(std::move(reply->message));
  return true;
}

void Pauses::tell(const DeltaSink& sink) const {
  for (const Part& part : parts_) {
    const auto* text = std::get_if<TextPart>(&part);
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    Delta delta;
    delta.kind = text != nullptr ? Delta::Kind::text : Delta::Kind::reasoning;
    if (text != nullptr) delta.text = text->text;
    if (reasoning != nullptr) {
      delta.text = reasoning->text;
      delta.thought = std::make_shared<const ReasoningPart>(
          ReasoningPart{{}, reasoning->opaque, reasoning->key});
    }
    if (!delta.text.empty() || delta.thought) sink(delta);
  }
}

DeltaSink Pauses::next_sink(const DeltaSink& sink) {
  if (!sink || count_ == 0) return sink;
  return [this, sink](const Delta& delta) {
    sink(delta);
    if (delta.kind == Delta::Kind::reset) tell(sink);
  };
}

void Pauses::settle(ModelOutcome& outcome) {
  std::visit(
      [this](auto& one) {
        one.usage += usage_;
        one.cost = saturating_add(one.cost, cost_);
        one.attempts += attempts_;
      },
      outcome);
  auto* reply = std::get_if<ModelReply>(&outcome);
  if (reply == nullptr) return;
  std::vector<Part> parts = std::move(parts_);
  std::move(reply->message.parts.begin(), reply->message.parts.end(), std::back_inserter(parts));
  reply->message.parts = std::move(parts);
  reply->paused = false;
}

}  // namespace yoke

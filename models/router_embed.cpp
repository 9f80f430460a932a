#include "models/router.h"
#include "runtime/base/saturating.h"

namespace yoke {
namespace {

bool another_may_embed(const ModelFailure& failure) {
  switch (failure.failure_class) {
    case FailureClass::key:
    case FailureClass::quota:
    case FailureClass::server:
    case FailureClass::network:
      return true;
    default:
      return false;
  }
}

ModelFailure not_asked(std::string message, std::string target) {
  ModelFailure failure;
  failure.failure_class = FailureClass::client;
  failure.message = std::move(message);
  failure.target = std::move(target);
  failure.attempts = 0;
  return failure;
}

}  // namespace

awaitable<EmbedOutcome> Router::embed(EmbedRequest request, Deadline deadline) {
  const auto targets = resolve(request.target);
  if (!targets) co_return not_asked(targets.error().message(), request.target);
  for (const Target& target : *targets) {
    const Target& first = targets->front();
    if (target.model == first.model) continue;
    co_return not_asked("the targets of '" + request.target + "' name different models ('" +
                            first.model + "' and '" + target.model +
                            "'), whose vectors do not compare; name one target, or a route over "
                            "backends of one model",
                        request.target);
  }
  std::string lost;
  NanoUsd cost = 0;
  int attempts = 0;
  for (std::size_t at = 0;; ++at) {
    const Target& target = (*targets)[at];
    EmbedRequest one = request;
    one.target = target.model;
    auto asked = target.backend->embed(std::move(one), deadline);
    EmbedOutcome outcome = co_await std::move(asked);
    auto* failure = std::get_if<ModelFailure>(&outcome);
    const bool next = failure != nullptr && at + 1 < targets->size() && another_may_embed(*failure);
    if (next) {
      lost += failure->message + "; then ";
      cost = saturating_add(cost, failure->cost);
      attempts += failure->attempts;
      continue;
    }
    if (failure != nullptr) failure->message.insert(0, lost);
    const auto settle = [&](auto& end) {
      end.target = target.name;
      end.cost = saturating_add(end.cost, cost);
      end.attempts += attempts;
    };
    std::visit(settle, outcome);
    co_return outcome;
  }
}

}  // namespace yoke

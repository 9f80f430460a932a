#include "models/backend.h"

namespace yoke {

awaitable<ModelOutcome> Backend::call_within(const CallTerms&, ModelRequest request,
                                             Deadline deadline, DeltaSink sink) {
  return call(std::move(request), deadline, std::move(sink));
}

awaitable<EmbedOutcome> Backend::embed(EmbedRequest request, Deadline) {
  ModelFailure failure;
  failure.failure_class = FailureClass::client;
  failure.message = "'" + request.target + "' makes no vectors here: its backend has no embeddings";
  failure.target = std::move(request.target);
  failure.attempts = 0;
  co_return failure;
}

}  // namespace yoke

#include "models/backend.h"

#include <algorithm>

#include "models/estimate.h"
#include "runtime/base/saturating.h"

namespace yoke {

GateRequest gate_request(const ModelRequest& request) {
  const std::int64_t output = std::max<std::int64_t>(request.output_tokens_max, 0);
  return {request.target, request.tenant, saturating_add(estimate_input_tokens(request), output)};
}

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

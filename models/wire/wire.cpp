#include "models/wire/wire.h"

namespace yoke {

awaitable<void> WireStream::work(Deadline) { co_return; }

awaitable<Result<WireRequest>> Wire::prepare(WireCall call) const {
  co_return encode(*call.request, *call.names, *call.form);
}

awaitable<ModelOutcome> Wire::read(WireAnswer answer) const {
  co_return decode(answer.body, *answer.context, std::move(answer.sink));
}

ModelFailure Wire::refused(const RefusedReply& refusal, const FailureContext& context) const {
  return failure_of_refusal(refusal, context);
}

}  // namespace yoke

#include "runtime/ports/call_wants.h"

namespace yoke {

awaitable<CallAnswer> CallContext::ask(CallQuestion question) {
  static_cast<void>(question);
  co_return CallAnswer{};
}

awaitable<SampleReply> CallContext::sample(CallSample request) {
  static_cast<void>(request);
  SampleReply refused;
  refused.outcome = Outcome::denied;
  refused.refusal = "no model can be asked outside a run";
  co_return refused;
}

}  // namespace yoke

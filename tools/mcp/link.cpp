#include "tools/mcp/link.h"

namespace yoke::mcp {

bool did_nothing(LinkFailure::Kind kind) {
  switch (kind) {
    case LinkFailure::Kind::unavailable:
    case LinkFailure::Kind::session_gone:
    case LinkFailure::Kind::unauthorized:
      return true;
    case LinkFailure::Kind::cut:
    case LinkFailure::Kind::timed_out:
    case LinkFailure::Kind::refused:
    case LinkFailure::Kind::bad_answer:
      break;
  }
  return false;
}

awaitable<bool> wait_in_time(Signal& signal, std::shared_ptr<const CallTime> time) {
  constexpr std::chrono::seconds kLook{1};  // while a person is asked
  while (true) {
    const Deadline until = time->pauses > 0 ? LoopClock::now() + kLook : time->until;
    const bool came = co_await signal.wait_until(until);
    if (came) co_return true;
    if (time->pauses == 0 && LoopClock::now() >= time->until) co_return false;
  }
}

LinkAnswer no_answer(LinkFailure::Kind kind, std::string why, int status) {
  LinkAnswer answer;
  answer.failure = {kind, std::move(why), status};
  answer.status = status;
  return answer;
}

}  // namespace yoke::mcp

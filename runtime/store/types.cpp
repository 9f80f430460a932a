#include "runtime/store/types.h"

#include "runtime/base/ensure.h"

namespace yoke {

std::string_view name_of(RunStatus status) {
  switch (status) {
    case RunStatus::ready:
    case RunStatus::owned:
      return "running";
    case RunStatus::waiting:
      return "waiting";
    case RunStatus::completed:
      return "completed";
    case RunStatus::failed:
      return "failed";
    case RunStatus::cancelled:
      return "cancelled";
    case RunStatus::quarantined:
      return "quarantined";
  }
  ENSURE(false);
}

std::string_view name_of(OutboxState state) {
  switch (state) {
    case OutboxState::unsent:
      return "unsent";
    case OutboxState::sent:
      return "sent";
    case OutboxState::given_up:
      return "given_up";
  }
  ENSURE(false);
}

}  // namespace yoke

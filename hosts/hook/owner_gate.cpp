#include "hosts/hook/owner_gate.h"

namespace yoke {

awaitable<Gatekeeper::Admission> OwnerGate::admit(const HttpRequest&) { co_return who_; }

}  // namespace yoke

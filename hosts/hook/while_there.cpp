#include "hosts/hook/while_there.h"

namespace yoke {

Refusal hung_up() {
  return {499, "client gone", "the client hung up before there was an answer", "client_gone"};
}

awaitable<void> detail::cancel_when_gone(HttpCaller& caller, TaskGroup& pair) {
  co_await caller.gone();
  pair.cancel();
}

}  // namespace yoke

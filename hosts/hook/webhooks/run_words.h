#pragma once

#include <string>

#include "hosts/hook/services.h"

namespace yoke {

// What there is to say of a run to the person who started it: its answer, why there is none, or,
// when it has not ended by then, that it goes on.
awaitable<std::string> words_of_run(HookServices services, std::string run_id, Deadline until);

}  // namespace yoke

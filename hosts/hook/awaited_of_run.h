#pragma once

#include <string>
#include <vector>

#include "hosts/hook/talk.h"
#include "runtime/store/store.h"

namespace yoke {

// What must be told from outside before a run that waits can go on: its own open questions and
// signals, then those of the runs below it that wait too.
struct AwaitedOfRun {
  std::vector<TalkQuestion> questions;
  std::vector<TalkSignal> signals;
};

// Of a run that cannot be read there is nothing: whoever reads it next is told why.
awaitable<AwaitedOfRun> awaited_of_run(Store& store, std::string run_id);

// The same for whoever asked on a wire that has no form for it: what is to be approved or told,
// with all that it is about, and how that is done. Empty: the run awaits nothing. Pure.
std::string waiting_words(const TalkReply& reply);

}  // namespace yoke

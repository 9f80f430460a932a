#pragma once

#include <map>
#include <string>
#include <vector>

#include "hosts/hook/principal.h"
#include "runtime/loop/asio.h"
#include "runtime/ports/message.h"
#include "runtime/store/store.h"

namespace yoke::openai {

// The replies of runs, by run.
using RepliesByRun = std::map<std::string, Message, std::less<>>;

// The ids of calls and of results, as they stand one after the other.
std::vector<std::string> call_ids_in(const std::vector<Message>& messages);

// The runs whose replies stand in a history that a client sends back: by the ids of calls and by
// the marks of reasoning that were handed out. The newest first, each once.
std::vector<std::string> runs_in(const std::vector<Message>& messages);

// Puts what a model said in place of what the client kept of it: its own call ids, its thoughts,
// and what only its vendor can read. What the client changed stays as the client has it. Marks are
// taken out. Pure.
void restore(std::vector<Message>& messages, const RepliesByRun& replies);

// The same, with the replies of runs that are visible to them; others are as runs that never were.
awaitable<void> restore_from_runs(Store& store, Principal who, std::vector<Message>& messages);

}  // namespace yoke::openai

#pragma once

#include <optional>

#include "runtime/engine/agent.h"
#include "runtime/journal/event.h"
#include "runtime/ports/recall.h"

// What is remembered, as a run begins with it: private to the engine.
namespace yoke {

// None: the program's runs are not to be shown what is remembered. `asked.text` is cut to what a
// search takes.
awaitable<std::optional<RecallFound>> recall_for(Program program, RecallAsked asked);

// Puts it into run.started, which is then labelled as what was found is.
void add_recalled(Event& started, const RecallFound& found);

// What a run is asked, in words.
std::string recall_text(const std::string& task, const Json& input);

}  // namespace yoke

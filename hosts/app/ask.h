#pragma once

#include <optional>
#include <string>

#include "hosts/terminal/terminal.h"
#include "runtime/engine/engine.h"
#include "runtime/loop/offload.h"

namespace yoke {

// How a person's answer was come by.
struct Asked {
  Json answer = nullptr;   // null: standard input has ended
  bool elsewhere = false;  // the run went on without it: answered, cancelled or expired
};

// Asks the person at the terminal, until they answer or the question is settled elsewhere. An
// interrupt meanwhile cancels the run.
//
// Ownership: borrows all references until it returns. `reader` reads standard input.
awaitable<Asked> ask_person(Terminal& terminal, Pool& reader, Store& store, Engine& engine,
                            std::string run_id, QuestionState question);

// The question and what it is about, as shown to a person.
std::string question_text(const QuestionState& question);

}  // namespace yoke

#include "runtime/engine/recalling.h"

#include "runtime/ports/run_extras.h"

namespace yoke {

awaitable<std::optional<RecallFound>> recall_for(Program program, RecallAsked asked) {
  const auto* extras = dynamic_cast<const RunExtras*>(program.tools.get());
  Recall* recall = extras == nullptr ? nullptr : extras->recall();
  if (recall == nullptr) co_return std::nullopt;
  asked.agent = program.agent->spec().name;
  RecallFound found = co_await recall->recall(std::move(asked));
  co_return found;
}

void add_recalled(Event& started, const RecallFound& found) {
  started.fields["recalled"] = found.entries;
  started.label = join(started.label, found.label);
}

std::string recall_text(const std::string& task, const Json& input) {
  if (!input.is_object() || input.empty()) return task;
  return task.empty() ? to_text(input) : task + "\n" + to_text(input);
}

}  // namespace yoke

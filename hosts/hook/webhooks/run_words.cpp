#include "hosts/hook/webhooks/run_words.h"

#include "runtime/journal/event.h"

namespace yoke {
namespace {

std::string still_working(const std::string& run_id) {
  return "I am still working on it. The answer will be in run " + run_id + ".";
}

// For a person: not for the time, nor for what was said before in the conversation.
bool waits_for_answer(const RunRow& row) {
  return row.status == RunStatus::waiting && row.reason == "question";
}

}  // namespace

awaitable<std::string> words_of_run(HookServices services, std::string run_id, Deadline until) {
  auto settling = services.drivers.settled(run_id, until);
  const Result<RunRow> row = co_await std::move(settling);
  if (!row) co_return still_working(run_id);
  if (waits_for_answer(*row)) {
    co_return "I wait for an answer to a question before I go on (run " + run_id + ").";
  }
  if (!is_final(row->status)) co_return still_working(run_id);
  if (row->status != RunStatus::completed) {
    co_return "I could not do it (run " + run_id + ": " + std::string(name_of(row->status)) + ").";
  }
  auto reading = services.app.store().read(run_id, row->head_seq - 1, 1);
  const Result<std::vector<Record>> records = co_await std::move(reading);
  if (!records || records->empty()) co_return still_working(run_id);
  const Result<Event> last = event_from_record(records->back());
  const std::string text = last ? string_at(last->fields, "text") : std::string();
  co_return text.empty() ? "It is done (run " + run_id + ")." : text;
}

}  // namespace yoke

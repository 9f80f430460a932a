#include "runtime/engine/reader.h"

#include <iterator>

#include "runtime/journal/history.h"

namespace yoke {
namespace {

constexpr int kPage = 500;
constexpr std::size_t kSessionRunsMax = 200;

Result<RunState> fold(const std::vector<Event>& events, const std::string& run_id) {
  RunState state;
  for (const Event& event : events) {
    const Result<void> pairing = check_pairing(state, event);
    if (!pairing) {
      return Error{Errc::invalid, "the journal of run " + run_id + " is broken at event " +
                                      std::to_string(event.seq) + ": " + pairing.error().detail};
    }
    state.apply(event);
  }
  if (state.seq == 0) return Error{Errc::not_found, "no run " + run_id};
  return state;
}

// The messages of a session's runs up to and with this one, oldest first.
awaitable<Result<std::vector<Message>>> session_before(Store& store, std::string run_id) {
  std::vector<std::vector<Message>> runs;
  while (!run_id.empty() && runs.size() < kSessionRunsMax) {
    Result<std::vector<Event>> events = co_await read_events(store, run_id);
    if (!events) co_return events.error();
    Result<RunState> state = fold(*events, run_id);
    if (!state) co_return state.error();
    runs.push_back(history_of(*state));
    run_id = state->after;
  }
  std::vector<Message> all;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    std::move(run->begin(), run->end(), std::back_inserter(all));
  }
  co_return all;
}

}  // namespace

awaitable<Result<std::vector<Record>>> read_records(Store& store, std::string run_id) {
  std::vector<Record> records;
  while (true) {
    const auto after = static_cast<std::int64_t>(records.size());
    Result<std::vector<Record>> page = co_await store.read(run_id, after, kPage);
    if (!page) co_return page.error();
    std::move(page->begin(), page->end(), std::back_inserter(records));
    if (page->size() < kPage) co_return records;
  }
}

awaitable<Result<std::vector<Event>>> read_events(Store& store, std::string run_id) {
  const Result<std::vector<Record>> records = co_await read_records(store, run_id);
  if (!records) co_return records.error();
  std::vector<Event> events;
  events.reserve(records->size());
  for (const Record& record : *records) {
    Result<Event> event = event_from_record(record);
    if (!event) co_return event.error();
    events.push_back(std::move(*event));
  }
  co_return events;
}

awaitable<Result<RunState>> read_state(Store& store, std::string run_id) {
  const Result<std::vector<Event>> events = co_await read_events(store, run_id);
  if (!events) co_return events.error();
  Result<RunState> state = fold(*events, run_id);
  if (!state || state->after.empty()) co_return state;
  Result<std::vector<Message>> prior = co_await session_before(store, state->after);
  if (!prior) co_return prior.error();
  state->prior = std::move(*prior);
  co_return state;
}

}  // namespace yoke

#include "runtime/engine/reader.h"

#include <iterator>
#include <optional>

#include "runtime/journal/history.h"

namespace yoke {
namespace {

constexpr int kPage = 500;
constexpr std::size_t kSessionRunsMax = 200;

// Of a run that is erased: the session's newest run before it that is not; empty when there is
// none. Of one that is not erased: nothing.
awaitable<std::optional<std::string>> whole_before(Store& store, std::string run_id) {
  const Result<RunRow> row = co_await store.get(run_id);
  if (!row || row->erased_at == 0) co_return std::nullopt;
  RunFilter filter;
  filter.tenant = row->tenant;
  filter.session = row->session;
  filter.before = std::move(run_id);
  const std::vector<RunRow> rows = co_await store.list(std::move(filter));
  for (const RunRow& earlier : rows) {
    if (earlier.erased_at == 0) co_return earlier.run_id;
  }
  co_return std::string();
}

}  // namespace

awaitable<Result<std::vector<Record>>> read_records(Store& store, std::string run_id) {
  std::vector<Record> records;
  while (true) {
    const std::int64_t after = records.empty() ? 0 : records.back().seq;
    Result<std::vector<Record>> page = co_await store.read(run_id, after, kPage);
    if (!page) co_return page.error();
    std::move(page->begin(), page->end(), std::back_inserter(records));
    if (page->size() < kPage) co_return records;
  }
}

awaitable<Result<std::vector<Event>>> read_events(Store& store, std::string run_id) {
  const Result<std::vector<Record>> records = co_await read_records(store, run_id);
  if (!records) co_return records.error();
  if (records->empty()) co_return damaged_at(run_id, 1, "it is not there");
  std::vector<Event> events;
  events.reserve(records->size());
  for (const Record& record : *records) {
    Result<Event> event = event_from_record(record);
    if (!event) co_return event.error();
    events.push_back(std::move(*event));
  }
  co_return events;
}

awaitable<Result<RunState>> read_state_at(Store& store, std::string run_id, std::int64_t seq) {
  Result<std::vector<Event>> events = co_await read_events(store, std::move(run_id));
  if (!events) co_return events.error();
  if (seq > 0) std::erase_if(*events, [seq](const Event& event) { return event.seq > seq; });
  co_return fold_journal(*events);
}

awaitable<Result<std::vector<Message>>> session_before(Store& store, std::string run_id,
                                                       std::int64_t seq) {
  std::vector<std::vector<Message>> runs;
  while (!run_id.empty() && runs.size() < kSessionRunsMax) {
    const Result<RunState> state = co_await read_state_at(store, run_id, seq);
    if (!state) {
      std::optional<std::string> earlier = co_await whole_before(store, run_id);
      if (!earlier) co_return state.error();
      run_id = std::move(*earlier);
      seq = 0;
      continue;
    }
    runs.push_back(history_of(*state));
    if (!state->compactions.empty()) break;  // its summary stands for what came before it
    run_id = state->after;
    seq = state->after_seq;
  }
  std::vector<Message> all;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    std::move(run->begin(), run->end(), std::back_inserter(all));
  }
  co_return all;
}

awaitable<Result<RunState>> read_state(Store& store, std::string run_id) {
  Result<RunState> state = co_await read_state_at(store, std::move(run_id), 0);
  if (!state || state->after.empty()) co_return state;
  Result<std::vector<Message>> prior =
      co_await session_before(store, state->after, state->after_seq);
  if (!prior) co_return prior.error();
  state->prior = std::move(*prior);
  co_return state;
}

}  // namespace yoke

#include "hosts/hook/requesters.h"

#include "runtime/engine/reader.h"

namespace yoke {
namespace {

constexpr const char* kRequesters = "requesters";

}  // namespace

Json note_of_requesters(const std::vector<std::string>& names) {
  return Json{{kRequesters, names}};
}

awaitable<Result<std::vector<std::string>>> requesters_of(Store& store, RunRow row) {
  std::vector<std::string> names{row.by};
  while (true) {
    auto reading = read_state_at(store, row.run_id, 0);
    const Result<RunState> state = co_await std::move(reading);
    if (!state) co_return state.error();
    for (const Json& name : member_at(state->note, kRequesters)) {
      if (name.is_string()) names.push_back(name.get<std::string>());
    }
    if (row.parent_run.empty()) break;
    auto finding = store.get(row.parent_run);
    Result<RunRow> above = co_await std::move(finding);
    if (!above) break;  // erased runs keep their rows: there is none to ask
    row = std::move(*above);
  }
  co_return names;
}

}  // namespace yoke

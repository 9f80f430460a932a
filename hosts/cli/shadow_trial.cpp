#include "hosts/cli/shadow_trial.h"

#include <algorithm>
#include <map>

#include "hosts/app/journal_cases.h"
#include "hosts/app/shadows.h"
#include "runtime/engine/reader.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

constexpr int kShadowsMax = 100'000;

// Puts shadows into a trial, one after the other.
class ShadowTrial {
 public:
  explicit ShadowTrial(std::string route) { trial_.routes.push_back(std::move(route)); }

  // The place of the call's case, when it is there already.
  std::optional<std::size_t> find(const std::string& call) const {
    const auto found = cases_.find(call);
    if (found == cases_.end()) return std::nullopt;
    return found->second;
  }

  std::size_t add_case(const std::string& call, TrialCase one, Cell answered) {
    one.id = call;
    trial_.cases.push_back(std::move(one));
    cases_[call] = trial_.cases.size() - 1;
    answered.case_at = trial_.cases.size() - 1;
    trial_.cells.push_back(std::move(answered));
    return trial_.cases.size() - 1;
  }

  void add_shadow(const std::string& target, std::size_t at, Cell cell) {
    const auto found = std::find(trial_.routes.begin() + 1, trial_.routes.end(), target);
    cell.route_at = static_cast<std::size_t>(found - trial_.routes.begin());
    if (found == trial_.routes.end()) trial_.routes.push_back(target);
    cell.case_at = at;
    trial_.cells.push_back(std::move(cell));
  }

  bool empty() const { return trial_.cells.empty(); }
  Trial take() { return std::move(trial_); }

 private:
  Trial trial_;
  std::map<std::string, std::size_t> cases_;
};

// A shadow that has not ended was not asked, as far as one can tell.
Cell shadow_cell(const std::vector<Event>& events, RunStatus status) {
  Cell cell = cell_of(events);
  cell.asked = is_final(status) && !cell.failure.starts_with("limit.");
  return cell;
}

awaitable<Result<void>> add(App& app, RunRow row, std::string route, ShadowTrial& into) {
  const Result<std::vector<Event>> events = co_await read_events(app.store(), row.run_id);
  if (!events) co_return events.error();
  const ShadowOf shadow = shadow_of(member_at(events->front().fields, "input"));
  if (shadow.route != route) co_return Result<void>();
  const std::string call = shadow.run + "/" + shadow.call;
  std::optional<std::size_t> at = into.find(call);
  if (!at) {
    Result<std::vector<TrialCase>> cases =
        co_await cases_of_run(app.store(), app.engine(), row.run_id);
    if (!cases) co_return cases.error();
    if (cases->empty()) co_return Result<void>();  // it was never asked
    const Result<std::vector<Event>> original = co_await read_events(app.store(), shadow.run);
    if (!original) co_return original.error();
    at = into.add_case(call, std::move(cases->front()), cell_of(*original, shadow.call));
  }
  into.add_shadow(shadow.target, *at, shadow_cell(*events, row.status));
  co_return Result<void>();
}

}  // namespace

awaitable<Result<Trial>> trial_of_shadows(App& app, std::string route, Micros since) {
  RunFilter filter;
  filter.agent = kShadowAgent;
  filter.limit = kShadowsMax;
  std::vector<RunRow> rows = co_await app.store().list(std::move(filter));
  std::reverse(rows.begin(), rows.end());  // oldest first
  ShadowTrial trial(route);
  for (const RunRow& row : rows) {
    if (row.created_at < since) continue;
    const Result<void> added = co_await add(app, row, route, trial);
    if (!added) co_return added.error();
  }
  if (trial.empty()) {
    co_return Error{Errc::not_found, "no shadow of route '" + route + "' is on record" +
                                         (since > 0 ? " since then" : "")};
  }
  Trial taken = trial.take();
  taken.id = "shadows of " + route;
  co_return taken;
}

}  // namespace yoke

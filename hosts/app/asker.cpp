#include "hosts/app/asker.h"

#include <algorithm>

#include "models/router.h"
#include "runtime/base/saturating.h"
#include "runtime/engine/reader.h"

namespace yoke {

bool is_money_limit(std::string_view reason) {
  return reason == "limit.budget" || reason == "limit.usd";
}

// Money set aside for as long as it lives.
class Asker::Reservation {
 public:
  Reservation(Asker& asker, NanoUsd amount) : asker_(asker), amount_(amount) {
    asker_.reserved_ += amount_;
  }
  ~Reservation() { asker_.reserved_ -= amount_; }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

 private:
  Asker& asker_;
  NanoUsd amount_;
};

// A run known to be asked in for as long as it lives.
class Asker::Driving {
 public:
  Driving(Asker& asker, const std::string& run_id) : asker_(asker), run_id_(run_id) {
    asker_.driven_.insert(run_id_);
  }
  ~Driving() { asker_.driven_.erase(run_id_); }
  Driving(const Driving&) = delete;
  Driving& operator=(const Driving&) = delete;

 private:
  Asker& asker_;
  std::string run_id_;
};

Asker::Asker(App& app, Options options) : app_(app), options_(std::move(options)) {
  if (options_.listens) app_.engine().subscribe(*this);
}

Asker::~Asker() {
  if (options_.listens) app_.engine().unsubscribe(*this);
}

Result<NanoUsd> Asker::price(const ModelRequest& request) const {
  const Result<ModelEstimate> estimate = app_.models().estimate(request);
  if (!estimate) return estimate.error();
  if (options_.limit > 0 && !estimate->priced) {
    return Error{Errc::invalid, "the limit of " + to_dollars(options_.limit) +
                                    " cannot be kept: " + estimate->unpriced};
  }
  return std::max(estimate->cost, estimate->cost_most);
}

bool Asker::fits(NanoUsd price) const {
  if (options_.limit <= 0) return true;
  return saturating_add(saturating_add(spent_, reserved_), price) <= options_.limit;
}

awaitable<Result<RunRow>> Asker::created_for(const Asking& asking, const Program& program,
                                             std::string key) {
  StartRun start;
  start.program = program;
  start.task = asking.task;
  start.input = asking.input;
  start.idem_key = std::move(key);
  start.by = options_.by;
  start.tenant = asking.tenant;
  start.parent_run = asking.parent_run;
  start.parent_call = asking.parent_call;
  const Result<Created> created = co_await app_.engine().create(std::move(start));
  if (!created) co_return created.error();
  std::string run_id = created->claim.run_id;
  co_return co_await app_.store().get(std::move(run_id));
}

awaitable<Result<std::string>> Asker::run_of(Asking asking) {
  const Result<Program> program = one_call_program(std::move(asking.call));
  if (!program) co_return program.error();
  std::string run_id;
  for (int turn = 1; run_id.empty(); ++turn) {
    std::string key = asking.key + (turn > 1 ? "/" + std::to_string(turn) : "");
    const Result<RunRow> row = co_await created_for(asking, *program, std::move(key));
    if (!row) co_return row.error();
    const bool ended = is_final(row->status);
    if (ended && is_money_limit(row->reason)) continue;
    if (ended) co_return row->run_id;
    run_id = row->run_id;
  }
  const Driving driving(*this, run_id);
  if (stopped_) co_await cancel(run_id);
  const Result<RunEnd> end = co_await app_.engine().drive(run_id);
  if (!end) co_return end.error();
  if (end->kind == RunEnd::Kind::stopped) {
    co_return Error{Errc::cancelled, "run " + run_id + " was stopped"};
  }
  if (end->kind != RunEnd::Kind::ended) {
    co_return Error{Errc::conflict, "another process may drive run " + run_id + " now"};
  }
  co_return run_id;
}

awaitable<void> Asker::cancel(std::string run_id) {
  std::string by = options_.by;
  const Result<Posted> posted = co_await app_.engine().cancel(std::move(run_id), std::move(by));
  static_cast<void>(posted);  // it has ended already: nothing to cancel
}

awaitable<void> Asker::stop() {
  stopped_ = true;
  const std::set<std::string> open = driven_;
  for (const std::string& run_id : open) co_await cancel(run_id);
}

awaitable<Result<std::vector<Event>>> Asker::ask(Asking asking) {
  if (stopped_) co_return Error{Errc::cancelled, "stopped"};
  const Result<NanoUsd> price = this->price(asking.call.request);
  if (!price) co_return price.error();
  if (!fits(*price)) {
    co_return Error{Errc::exhausted, "the next answer may cost " + to_dollars(*price) + ", and " +
                                         to_dollars(spent_) + " of " + to_dollars(options_.limit) +
                                         " are spent"};
  }
  const Reservation reservation(*this, *price);
  if (options_.limit > 0) asking.call.limits.usd = *price;
  Result<std::string> run_id = co_await run_of(std::move(asking));
  if (!run_id) co_return run_id.error();
  Result<std::vector<Event>> events = co_await read_events(app_.store(), std::move(*run_id));
  if (!events) co_return events.error();
  const Result<RunState> state = fold_journal(*events);
  if (!state) co_return state.error();
  const bool is_new = counted_.insert(events->front().run_id).second;
  if (is_new) spent_ = saturating_add(spent_, state->own_cost());
  co_return std::move(*events);
}

std::optional<std::chrono::microseconds> Asker::first_piece(const std::string& run_id) const {
  const auto found = watched_.find(run_id);
  if (found == watched_.end() || !found->second.first) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::microseconds>(*found->second.first -
                                                               found->second.called);
}

void Asker::on_event(const Event& event) {
  if (event.kind == EventKind::model_called) {
    watched_[event.run_id] = Watched{LoopClock::now(), std::nullopt};
  }
}

void Asker::on_delta(std::string_view run_id, std::string_view, const Delta& delta) {
  const auto found = watched_.find(run_id);
  if (found == watched_.end()) return;
  if (delta.kind == Delta::Kind::reset) {
    found->second.first.reset();
  } else if (!found->second.first && !delta.text.empty()) {
    found->second.first = LoopClock::now();
  }
}

}  // namespace yoke

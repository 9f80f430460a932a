#include "hosts/hook/drivers.h"

#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/fair_turns.h"
#include "runtime/loop/on_executor.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kLookAgain{30};  // at what is due: the wall clock may jump
constexpr int kPage = 200;

constexpr const char* kBehindOthers = "session";  // it waits for its session's earlier runs

// Whether it goes on only when somebody does something.
bool waits_for_somebody(const RunRow& row) {
  return row.status == RunStatus::waiting && row.ready_at == 0 && row.reason != kBehindOthers;
}

// Each run is driven on its tenant's line.
asio::any_io_executor line_of(const App& app, const Turns::Run& run) {
  return FairTurns::of(app.executor()).line(run.tenant);
}

// One more, for as long as this lives.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

}  // namespace

// What driving a run came to.
struct Drivers::Driven {
  std::optional<Result<RunEnd>> end;  // none: it failed
  std::exception_ptr failure;
  bool was_over = false;  // it had ended before: whoever woke it came late, and nothing is lost

  bool is_stopped() const {
    if (failure) return is_cancellation(failure);
    return *end && (*end)->kind == RunEnd::Kind::stopped;
  }

  // Why the run does not go on although nobody stopped it; empty when all is well.
  std::string why() const {
    if (was_over) return {};
    if (end && !*end) return end->error().message();
    if (end && (*end)->kind == RunEnd::Kind::fenced) {
      return "another process may drive it now" + ((*end)->why.empty() ? "" : ": " + (*end)->why);
    }
    if (!failure) return {};
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& fault) {
      return fault.what();
    }
  }

  bool has_ended() const {
    return was_over || (end && *end && (*end)->kind == RunEnd::Kind::ended);
  }

  Micros due() const {
    const bool waits = end && *end && (*end)->kind == RunEnd::Kind::waiting;
    return waits ? (*end)->ready_at : 0;
  }
};

// A run whose start is being journaled.
class Drivers::Beginning {
 public:
  explicit Beginning(Drivers& drivers) : drivers_(drivers) { ++drivers_.beginning_; }
  ~Beginning() {
    if (--drivers_.beginning_ == 0) drivers_.begun_.notify();
  }
  Beginning(const Beginning&) = delete;
  Beginning& operator=(const Beginning&) = delete;

 private:
  Drivers& drivers_;
};

Drivers::Drivers(App& app, WallClock& wall, Options options)
    : app_(app),
      wall_(wall),
      options_(std::move(options)),
      turns_(options_.at_once),
      helpers_(app.executor()),
      runs_(app.executor()) {
  app_.engine().subscribe(*this);
  helpers_.spawn(wake_when_due());
}

Drivers::~Drivers() { app_.engine().unsubscribe(*this); }

void Drivers::on_due(std::string_view run_id, std::string_view tenant) {
  const bool own = queued_.erase(std::string(run_id)) > 0;
  if (!own && options_.own_only) return;
  wake(std::string(run_id), std::string(tenant));
}

awaitable<Result<Created>> Drivers::start(StartRun start) {
  if (stopping_) co_return Error{Errc::unavailable, "this yoke is being stopped"};
  const std::string tenant = start.tenant;
  start.at_once = turns_.has_room_for_one_more(promised_);
  std::optional<Counted> place;
  if (start.at_once) place.emplace(promised_);
  const Beginning beginning(*this);
  const bool at_once = start.at_once;
  Result<Created> created = co_await app_.engine().create(std::move(start));
  place.reset();
  const bool began = created && !created->existed;  // else it is driven, or to be taken up
  const bool behind_others = began && created->queued && !created->due;
  // Even while the process is leaving: its first call may be on record.
  if (began && !behind_others && !is_held(created->claim.run_id)) {
    const Turns::Run run{created->claim.run_id, tenant};
    const bool promised = at_once && turns_.take_promised(run);
    if (promised) runs_.spawn(on_executor(line_of(app_, run), drive(run.id, run.tenant)));
    if (!at_once) drive_on(run.id, run.tenant);
  }
  if (behind_others && options_.own_only) queued_.insert(created->claim.run_id);
  begin_next();
  co_return created;
}

void Drivers::wake(const std::string& run_id, const std::string& tenant) {
  if (stopping_) return tell_lost(run_id, std::string());
  drive_on(run_id, tenant);
}

void Drivers::drive_on(const std::string& run_id, const std::string& tenant) {
  if (turns_.has_taken(run_id)) again_.insert(run_id);
  if (!is_held(run_id) && turns_.add({run_id, tenant})) begin_next();
}

bool Drivers::is_held(const std::string& run_id) const {
  return app_.engine().is_driving(run_id) || app_.attended().contains(run_id);
}

void Drivers::begin_next() {
  while (std::optional<Turns::Run> run = turns_.take(promised_)) {
    const auto line = line_of(app_, *run);
    runs_.spawn(on_executor(line, drive(std::move(run->id), std::move(run->tenant))));
  }
}

awaitable<void> Drivers::drive(std::string run_id, std::string tenant) {
  Driven driven;
  again_.erase(run_id);
  try {
    driven.end = co_await app_.engine().drive(run_id);
    if (!*driven.end) {
      const Result<RunRow> row = co_await app_.store().get(run_id);
      driven.was_over = row.has_value() && is_final(row->status);
    }
  } catch (...) {
    driven.failure = std::current_exception();
  }
  after(run_id, tenant, driven);
}

void Drivers::after(const std::string& run_id, const std::string& tenant, const Driven& driven) {
  turns_.give_back({run_id, tenant});
  const bool again = again_.erase(run_id) > 0;
  const std::string why = driven.is_stopped() ? std::string() : driven.why();
  const bool lost = driven.is_stopped() || !why.empty();
  if (lost) tell_lost(run_id, why);
  if (driven.due() > 0) {
    due_.emplace(driven.due(), Turns::Run{run_id, tenant});
    due_changed_.notify();
  }
  tell_rest(run_id);
  if (stopping_) return;
  if (again && !lost && !driven.has_ended()) turns_.add({run_id, tenant});
  begin_next();
}

void Drivers::tell_lost(const std::string& run_id, const std::string& why) const {
  if (options_.on_lost) options_.on_lost(run_id, why);
}

void Drivers::tell_rest(const std::string& run_id) {
  const auto [first, last] = watches_.equal_range(run_id);
  for (auto each = first; each != last; ++each) each->second();
}

Drivers::Watch::Watch(Drivers& drivers, const std::string& run_id, std::function<void()> on_rest)
    : drivers_(drivers), place_(drivers.watches_.emplace(run_id, std::move(on_rest))) {}

Drivers::Watch::~Watch() { drivers_.watches_.erase(place_); }

bool Drivers::is_active(const std::string& run_id) const {
  return turns_.has(run_id) || app_.engine().is_driving(run_id);
}

awaitable<Result<RunRow>> Drivers::settled(std::string run_id, Deadline until) {
  Signal rests;
  const Watch watch(*this, run_id, [&rests] { rests.notify(); });
  while (true) {
    const bool active = is_active(run_id);
    Result<RunRow> row = co_await app_.store().get(run_id);
    if (!row || is_final(row->status)) co_return row;
    if (!active && waits_for_somebody(*row)) co_return row;
    if (stopping_ && !active) co_return row;
    const bool came = co_await rests.wait_until(until);
    if (!came) co_return co_await app_.store().get(run_id);
  }
}

void Drivers::wake_due() {
  const Micros now = wall_.now();
  while (!due_.empty() && due_.begin()->first <= now) {
    const Turns::Run run = due_.begin()->second;
    due_.erase(due_.begin());
    wake(run.id, run.tenant);
  }
}

awaitable<void> Drivers::wake_when_due() {
  while (true) {
    wake_due();
    Deadline look = LoopClock::now() + kLookAgain;
    if (!due_.empty()) {
      const std::chrono::microseconds left(due_.begin()->first - wall_.now());
      look = std::min(look, LoopClock::now() + left);
    }
    co_await due_changed_.wait_until(look);
  }
}

awaitable<void> Drivers::take_up() {
  RunFilter filter;
  filter.tenant.reset();
  filter.status = StatusSet::active();
  filter.limit = kPage;
  while (true) {
    const std::vector<RunRow> page = co_await app_.store().list(filter);
    for (const RunRow& row : page) {
      if (row.status != RunStatus::waiting) wake(row.run_id, row.tenant);
      if (row.status == RunStatus::waiting && row.ready_at > 0) {
        due_.emplace(row.ready_at, Turns::Run{row.run_id, row.tenant});
      }
    }
    if (page.size() < kPage) break;
    filter.before = page.back().run_id;
  }
  due_changed_.notify();
}

void Drivers::cancel_later(std::string run_id, std::string tenant, std::string by) {
  if (stopping_) return;
  helpers_.spawn(cancel_now(std::move(run_id), std::move(tenant), std::move(by)));
}

awaitable<void> Drivers::cancel_now(std::string run_id, std::string tenant, std::string by) {
  std::string why;
  try {
    const Result<Posted> posted = co_await app_.engine().cancel(run_id, std::move(by));
    if (posted) wake(run_id, tenant);
  } catch (const Fault& fault) {
    why = fault.what();
  }
  if (!why.empty()) tell_lost(run_id, why);
}

std::vector<std::string> Drivers::active() const { return turns_.all(); }

awaitable<void> Drivers::rested() { co_await runs_.join(); }

void Drivers::cut() {
  stopping_ = true;
  turns_.drop_waiting();
  runs_.cancel();
}

awaitable<void> Drivers::stop(Deadline patience) {
  stopping_ = true;
  while (beginning_ > 0) co_await begun_.wait();  // it takes a commit, and no more
  turns_.drop_waiting();
  bool late = false;
  try {
    auto ended = runs_.join();
    co_await with_deadline(patience, std::move(ended));
  } catch (const DeadlineExceeded&) {
    late = true;
  }
  if (late) {
    runs_.cancel();
    co_await runs_.join();
  }
  helpers_.cancel();
  co_await helpers_.join();
  for (const std::string& run_id : queued_) tell_lost(run_id, std::string());
  queued_.clear();
}

std::string lost_text(const std::string& run_id, const std::string& why) {
  const std::string resume = "; go on with: yoke runs resume " + run_id;
  if (why.empty()) return "stopped run " + run_id + resume;
  return "yoke: run " + run_id + ": " + printable(why) + resume;
}

}  // namespace yoke

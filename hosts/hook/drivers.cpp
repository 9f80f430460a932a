#include "hosts/hook/drivers.h"

#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kLookAgain{30};  // at what is due: the wall clock may jump
constexpr int kPage = 200;

constexpr const char* kBehindOthers = "session";  // it waits for its session's earlier runs

// Whether it goes on only when somebody does something.
bool waits_for_somebody(const RunRow& row) {
  return row.status == RunStatus::waiting && row.ready_at == 0 && row.reason != kBehindOthers;
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

  bool is_stopped() const {
    if (failure) return is_cancellation(failure);
    return *end && (*end)->kind == RunEnd::Kind::stopped;
  }

  // Why the run does not go on although nobody stopped it; empty when all is well.
  std::string why() const {
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

  bool has_ended() const { return end && *end && (*end)->kind == RunEnd::Kind::ended; }

  Micros due() const {
    const bool waits = end && *end && (*end)->kind == RunEnd::Kind::waiting;
    return waits ? (*end)->ready_at : 0;
  }
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
  wake(std::string(run_id), std::string(tenant));
}

awaitable<Result<Created>> Drivers::start(StartRun start) {
  if (stopping_) co_return Error{Errc::unavailable, "this yoke is being stopped"};
  const std::string tenant = start.tenant;
  start.at_once = turns_.has_room_for_one_more(starting_);
  const Counted counted(starting_);
  Result<Created> created = co_await app_.engine().create(std::move(start));
  if (!created || created->existed) co_return created;  // that one is driven, or to be taken up
  const bool behind_others = created->queued && !created->due;
  if (!behind_others) wake(created->claim.run_id, tenant);
  co_return created;
}

void Drivers::wake(const std::string& run_id, const std::string& tenant) {
  if (stopping_) return tell_lost(run_id, std::string());
  if (turns_.has_taken(run_id)) again_.insert(run_id);
  const bool held = app_.engine().is_driving(run_id) || app_.attended().contains(run_id);
  if (!held && turns_.add({run_id, tenant})) begin_next();
}

void Drivers::begin_next() {
  while (std::optional<Turns::Run> run = turns_.take()) {
    runs_.spawn(drive(std::move(run->id), std::move(run->tenant)));
  }
}

awaitable<void> Drivers::drive(std::string run_id, std::string tenant) {
  Driven driven;
  again_.erase(run_id);
  try {
    driven.end = co_await app_.engine().drive(run_id);
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
}

std::string lost_text(const std::string& run_id, const std::string& why) {
  const std::string resume = "; go on with: yoke runs resume " + run_id;
  if (why.empty()) return "stopped run " + run_id + resume;
  return "yoke: run " + run_id + ": " + printable(why) + resume;
}

}  // namespace yoke

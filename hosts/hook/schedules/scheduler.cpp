#include "hosts/hook/schedules/scheduler.h"

#include <algorithm>

#include "runtime/base/ensure.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr const char* kTenants = "yoke:schedules";
constexpr const char* kAuthors = "authors";
constexpr int kSchedulesMax = 1000;  // of a tenant
constexpr int kTenantsMax = 10'000;
// The wall clock may be put forward meanwhile.
constexpr std::chrono::microseconds kLookMax = std::chrono::seconds(30);

// What is kept of one made by API: as it was written, and by whom.
Json kept_json(const Schedule& schedule) {
  Json kept = to_json(schedule.text);
  kept[kAuthors] = schedule.authors;
  return kept;
}

Result<Schedule> schedule_from_kept(const std::string& name, Json kept) {
  std::vector<std::string> authors;
  for (const Json& each : member_at(kept, kAuthors)) {
    if (each.is_string()) authors.push_back(each.get<std::string>());
  }
  if (kept.is_object()) kept.erase(kAuthors);
  const Result<ScheduleConfig> text = schedule_from_json(kept);
  if (!text) return text.error();
  Result<Schedule> schedule = make_schedule(name, *text);
  if (schedule) schedule->authors = std::move(authors);
  return schedule;
}

// Each once.
void add_authors(const std::vector<std::string>& more, std::vector<std::string>& authors) {
  for (const std::string& each : more) {
    const bool known = std::find(authors.begin(), authors.end(), each) != authors.end();
    if (!known) authors.push_back(each);
  }
}

}  // namespace

Json to_json(const ScheduleState& state) {
  return Json{{"rule", state.rule},
              {"handled", state.handled},
              {"last_at", state.last_at},
              {"last_run", state.last_run},
              {"last_error", state.last_error}};
}

ScheduleState schedule_state_from_json(const Json& value) {
  ScheduleState state;
  state.rule = string_at(value, "rule");
  state.handled = integer_at(value, "handled");
  state.last_at = integer_at(value, "last_at");
  state.last_run = string_at(value, "last_run");
  state.last_error = string_at(value, "last_error");
  return state;
}

std::string schedules_space(const std::string& tenant) { return "yoke:schedules/" + tenant; }

Scheduler::Scheduler(Parts parts, std::vector<Schedule> from_file)
    : parts_(std::move(parts)), from_file_(std::move(from_file)) {}

const Schedule* Scheduler::of_file(const std::string& tenant, const std::string& name) const {
  for (const Schedule& each : from_file_) {
    if (each.text.tenant == tenant && each.name == name) return &each;
  }
  return nullptr;
}

awaitable<void> Scheduler::load() {
  std::vector<std::string> tenants;
  auto listing = parts_.store.kv_list(kTenants, "", kTenantsMax);
  const std::vector<KvEntry> listed = co_await std::move(listing);
  for (const KvEntry& entry : listed) tenants.push_back(entry.key);
  for (const Schedule& each : from_file_) tenants.push_back(each.text.tenant);
  std::sort(tenants.begin(), tenants.end());
  tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
  for (const std::string& tenant : tenants) {
    auto loading = load_tenant(tenant);
    co_await std::move(loading);
  }
  loaded_ = true;
}

awaitable<void> Scheduler::load_tenant(std::string tenant) {
  const std::string space = schedules_space(tenant);
  for (const Schedule& each : from_file_) {
    if (each.text.tenant == tenant) entries_[Key(tenant, each.name)].schedule = each;
  }
  auto made = parts_.store.kv_list(space, "schedule/", kSchedulesMax);
  const std::vector<KvEntry> kept = co_await std::move(made);
  for (const KvEntry& each : kept) {
    const std::string name = each.key.substr(each.key.find('/') + 1);
    if (of_file(tenant, name) != nullptr) continue;
    Result<Schedule> schedule = schedule_from_kept(name, each.value);
    if (!schedule) {
      if (parts_.log) {
        parts_.log("schedule.unreadable",
                   Json{{"tenant", tenant}, {"schedule", name}, {"why", schedule.error().detail}});
      }
      continue;
    }
    schedule->text.tenant = tenant;
    entries_[Key(tenant, name)].schedule = std::move(*schedule);
  }
  auto states = parts_.store.kv_list(space, "state/", 2 * kSchedulesMax);
  const std::vector<KvEntry> stood = co_await std::move(states);
  for (const KvEntry& each : stood) {
    const auto entry = entries_.find(Key(tenant, each.key.substr(each.key.find('/') + 1)));
    if (entry != entries_.end()) entry->second.state = schedule_state_from_json(each.value);
  }
}

awaitable<void> Scheduler::keep(Key key, ScheduleState state) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) co_return;  // removed meanwhile
  entry->second.state = state;
  auto setting =
      parts_.store.kv_set(schedules_space(key.first), "state/" + key.second, to_json(state));
  const Result<void> kept = co_await std::move(setting);
  if (!kept) throw StoreFault("the state of a schedule cannot be kept: " + kept.error().message());
}

awaitable<bool> Scheduler::start_one(Entry& entry, Micros due) {
  const std::string key = start_key(entry.schedule.name, due);
  auto starting = parts_.start(entry.schedule, key);
  const Result<std::string> run = co_await std::move(starting);
  if (!run && run.error().code == Errc::unavailable) co_return false;
  entry.state.last_at = due;
  entry.state.last_run = run ? *run : std::string();
  entry.state.last_error = run ? std::string() : run.error().message();
  entry.state.handled = due;
  if (parts_.log) {
    Json fields{{"tenant", entry.schedule.text.tenant},
                {"schedule", entry.schedule.name},
                {"due", to_iso8601(due)}};
    fields[run ? "run" : "why"] = run ? *run : run.error().message();
    parts_.log(run ? "schedule.started" : "schedule.failed", fields);
  }
  co_return true;
}

// Works on a copy: what a list shows meanwhile, or who changes the schedule, is not disturbed.
awaitable<void> Scheduler::handle(Key key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) co_return;
  Entry entry = found->second;
  const Micros now = parts_.wall.now();
  const std::string rule = rule_stamp(entry.schedule);
  // A new rule has missed nothing. A time to come was set by a clock that was wrong; what is due
  // again since then has been started under its key.
  if (entry.state.rule != rule || entry.state.handled > now) {
    entry.state.rule = rule;
    entry.state.handled = now;
    auto keeping = keep(key, entry.state);
    co_await std::move(keeping);
    co_return;
  }
  const DueStarts due = due_starts(entry.schedule, entry.state.handled, now);
  if (due.times.empty() && !due.passed_over) co_return;
  for (const Micros at : due.times) {
    auto starting = start_one(entry, at);
    const bool started = co_await std::move(starting);
    stopping_ = !started;
    if (stopping_) co_return;
    auto keeping = keep(key, entry.state);
    co_await std::move(keeping);
  }
  entry.state.handled = now;
  if (due.passed_over && parts_.log) {
    parts_.log(
        "schedule.missed",
        Json{{"tenant", key.first}, {"schedule", key.second}, {"started", due.times.size()}});
  }
  auto keeping = keep(key, entry.state);
  co_await std::move(keeping);
}

Micros Scheduler::next_look(Micros now) const {
  Micros next = now + kLookMax.count();
  for (const auto& [key, entry] : entries_) {
    if (!entry.schedule.text.enabled) continue;
    const auto due = next_due(entry.schedule.cron, entry.schedule.zone, now);
    if (due) next = std::min(next, *due);
  }
  return next;
}

awaitable<void> Scheduler::run() {
  ENSURE(loaded_);
  while (!stopping_) {
    std::vector<Key> keys;
    for (const auto& [key, entry] : entries_) keys.push_back(key);
    for (const Key& key : keys) {
      if (stopping_) break;
      auto handling = handle(key);
      co_await std::move(handling);
    }
    const Micros now = parts_.wall.now();
    const Deadline until = LoopClock::now() + std::chrono::microseconds(next_look(now) - now);
    auto waiting = changed_.wait();
    auto racing = with_deadline(until, std::move(waiting));
    try {
      co_await std::move(racing);
    } catch (const DeadlineExceeded&) {
      // It is time to look again.
    }
  }
}

std::vector<Scheduler::Entry> Scheduler::list(const std::string& tenant) const {
  std::vector<Entry> out;
  for (const auto& [key, entry] : entries_) {
    if (key.first == tenant) out.push_back(entry);
  }
  return out;
}

awaitable<Result<void>> Scheduler::put(Schedule schedule) {
  const std::string tenant = schedule.text.tenant;
  const Key key(tenant, schedule.name);
  if (of_file(tenant, schedule.name) != nullptr) {
    co_return Error{Errc::conflict, "the schedule '" + schedule.name +
                                        "' is written in yoke.toml: change it there"};
  }
  const auto of_tenant = std::count_if(entries_.begin(), entries_.end(), [&](const auto& each) {
    return each.first.first == tenant;
  });
  if (of_tenant >= kSchedulesMax && entries_.find(key) == entries_.end()) {
    co_return Error{Errc::exhausted, "there are 1000 schedules already: remove some"};
  }
  if (const auto before = entries_.find(key); before != entries_.end()) {
    add_authors(before->second.schedule.authors, schedule.authors);
  }
  auto naming = parts_.store.kv_set(kTenants, tenant, Json(true));
  const Result<void> named = co_await std::move(naming);
  if (!named) co_return named.error();
  auto setting = parts_.store.kv_set(schedules_space(tenant), "schedule/" + schedule.name,
                                     kept_json(schedule));
  const Result<void> set = co_await std::move(setting);
  if (!set) co_return set.error();
  ScheduleState state = entries_[key].state;
  const std::string rule = rule_stamp(schedule);
  entries_[key].schedule = std::move(schedule);
  if (state.rule != rule) {
    state.rule = rule;
    state.handled = parts_.wall.now();
    auto keeping = keep(key, std::move(state));
    co_await std::move(keeping);
  }
  changed_.notify();
  co_return Result<void>();
}

awaitable<Result<void>> Scheduler::remove(std::string tenant, std::string name) {
  const Key key(tenant, name);
  if (entries_.find(key) == entries_.end()) {
    co_return Error{Errc::not_found, "there is no schedule '" + name + "'"};
  }
  if (of_file(tenant, name) != nullptr) {
    co_return Error{Errc::conflict,
                    "the schedule '" + name + "' is written in yoke.toml: take it out there"};
  }
  for (const char* kind : {"schedule/", "state/"}) {
    auto removing = parts_.store.kv_remove(schedules_space(tenant), kind + name);
    const Result<void> removed = co_await std::move(removing);
    if (!removed && removed.error().code != Errc::not_found) co_return removed.error();
  }
  entries_.erase(key);
  changed_.notify();
  co_return Result<void>();
}

}  // namespace yoke

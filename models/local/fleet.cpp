#include "models/local/fleet.h"

#include <algorithm>

#include "models/estimate.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"

namespace yoke {

using local::Schedule;
using local::Supervisor;
using Self = std::shared_ptr<LocalServers::State>;
using Now = LoopClock::time_point;

namespace {

constexpr std::chrono::seconds kNoteEvery{1};
constexpr std::chrono::seconds kProbeWithin{5};
constexpr std::chrono::seconds kUnloadWithin{10};
constexpr int kSlotsMax = 4'096;

// A task of the loop that nobody joins: it holds what it uses, and its faults are its own.
void begin(const asio::any_io_executor& executor, awaitable<void> task) {
  asio::co_spawn(executor, std::move(task), [](const std::exception_ptr&) {});
}

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.limits.body_bytes_max = 1u << 20;
  request.limits.idle_timeout = kProbeWithin;
  return request;
}

// A server that asks for a key is one that answers.
bool is_well(const HttpOutcome& outcome) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr) return false;
  const bool ok = response->status >= 200 && response->status <= 299;
  return ok || response->status == 401 || response->status == 403;
}

std::optional<int> slots_in(const HttpOutcome& outcome) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr || response->status != 200) return std::nullopt;
  const Result<Json> props = parse_json(response->body);
  if (!props || !props->is_object()) return std::nullopt;
  const auto slots = static_cast<std::int64_t>(number_at(*props, "total_slots"));
  if (slots < 1 || slots > kSlotsMax) return std::nullopt;
  return static_cast<int>(slots);
}

Error given_up(const std::string& name, const local::Server& server) {
  const int crashes = server.supervisor().crashes();
  const std::string times =
      server.supervisor().restarts() > 0 ? " " + std::to_string(crashes) + " times in a row" : "";
  return Error{Errc::unavailable, "the local server '" + name + "' could not be started" + times +
                                      ": " + server.last_words()};
}

// Gives the ticket back however the wait ends; a granted one passes that on to its permit.
class Place {
 public:
  Place(Self state, Schedule::Ticket ticket, local::Waiter& waiter)
      : state_(std::move(state)), ticket_(ticket) {
    state_->waiters.emplace(ticket_, &waiter);
  }
  ~Place() {
    if (!state_) return;
    state_->waiters.erase(ticket_);
    if (!kept_) give_back(state_, ticket_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Permit permit() {
    kept_ = true;
    return Permit([held = std::weak_ptr(state_), ticket = ticket_] {
      if (const Self state = held.lock()) give_back(state, ticket);
    });
  }

 private:
  static void give_back(const Self& state, Schedule::Ticket ticket) {
    if (state->closed) return;
    state->schedule.finish(ticket, LoopClock::now());
    LocalServers::State::turn(state);
  }

  Self state_;
  Schedule::Ticket ticket_;
  bool kept_ = false;
};

Error too_late(const Schedule::Look& look, const std::string& name) {
  if (look.residence == Schedule::Residence::in) {
    return Error{Errc::timed_out,
                 "no slot of the local server '" + name + "' came free before the deadline (" +
                     std::to_string(look.busy) + " of " + std::to_string(look.slots) + " busy, " +
                     std::to_string(look.waiting) + " waiting)"};
  }
  return Error{Errc::timed_out, "the local server '" + name + "' was still " +
                                    std::string(name_of(look.residence)) + " at the deadline"};
}

}  // namespace

awaitable<Result<Permit>> LocalServers::State::enter(Self self, std::string backend,
                                                     GateRequest request, Deadline deadline) {
  One& one = self->at(backend);
  if (self->schedule.look(backend).waiting >= kWaitingMax) {
    co_return Error{Errc::unavailable, "over " + std::to_string(kWaitingMax) +
                                           " requests wait for the local server '" + backend + "'"};
  }
  const Now now = LoopClock::now();
  one.model = request.model;
  if (one.kind->keeps_alive && !request.model.empty()) one.models.insert(request.model);
  const Schedule::Ticket ticket = self->schedule.ask(backend, request.tenant, request.tokens, now);
  local::Waiter waiter;
  Place place(self, ticket, waiter);
  turn(self);
  bool late = false;
  if (!waiter.granted && !waiter.refused) {
    try {
      auto wait = waiter.decided.wait();
      co_await with_deadline(deadline, std::move(wait));
    } catch (const DeadlineExceeded&) {
      late = true;
    }
  }
  if (waiter.granted) co_return place.permit();
  if (waiter.refused) co_return *waiter.refused;
  if (late) co_return too_late(self->schedule.look(backend), backend);
  co_return Error{Errc::unavailable, "the local server '" + backend + "' is being stopped"};
}

// Everything that is due, until nothing is.
void LocalServers::State::turn(const Self& self) {
  if (self->closed) return;
  self->again = true;
  if (self->turning) return;
  self->turning = true;
  while (self->again && !self->closed) {
    self->again = false;
    const Now now = LoopClock::now();
    for (auto& [name, one] : self->backends) {
      if (one.server && step(self, one, now)) self->again = true;
    }
    for (const Schedule::Act& one : self->schedule.next(now)) {
      act(self, one);
      self->again = true;
    }
  }
  self->turning = false;
  set_timer(self);
}

// True when the server's state has changed.
bool LocalServers::State::step(const Self& self, One& one, Now now) {
  if (one.server->step(now)) begin(self->executor, probe(self, one.name));
  if (one.server->supervisor().state() == one.told) return false;
  self->follow(one, now);
  return true;
}

void LocalServers::State::follow(One& one, Now now) {
  const Supervisor::State state = one.server->supervisor().state();
  one.told = state;
  switch (state) {
    case Supervisor::State::starting:
      one.loading_since = now;
      one.next_note = now + kNoteEvery;
      return note(one, LoadNote::Phase::loading, now);
    case Supervisor::State::ready:
      schedule.loaded(one.name, now);
      return note(one, LoadNote::Phase::ready, now);
    case Supervisor::State::pausing:
      schedule.lost(one.name, now);
      return note(one, LoadNote::Phase::restarting, now);
    case Supervisor::State::stopping:
      return;
    case Supervisor::State::stopped:
      return schedule.left(one.name, now);
    case Supervisor::State::given_up:
      note(one, LoadNote::Phase::failed, now);
      schedule.left(one.name, now);
      return fail_waiters(one);
  }
}

void LocalServers::State::fail_waiters(const One& one) {
  for (const Schedule::Ticket ticket : schedule.withdraw_all(one.name)) {
    local::Waiter* const waiter = waiters.at(ticket);
    waiter->refused = given_up(one.name, *one.server);
    waiter->decided.notify();
  }
}

void LocalServers::State::note(const One& one, LoadNote::Phase phase, Now now) const {
  if (!hooks.load) return;
  LoadNote told;
  told.backend = one.name;
  told.model = one.model;
  told.phase = phase;
  told.since = std::chrono::duration_cast<std::chrono::milliseconds>(now - one.loading_since);
  told.percent = one.server->percent();
  const bool ended = phase == LoadNote::Phase::restarting || phase == LoadNote::Phase::failed;
  if (ended) told.detail = one.server->supervisor().why();
  hooks.load(told);
}

void LocalServers::State::act(const Self& self, const Schedule::Act& act) {
  if (const auto* grant = std::get_if<Schedule::Grant>(&act)) {
    local::Waiter* const waiter = self->waiters.at(grant->ticket);
    waiter->granted = true;
    waiter->decided.notify();
  } else if (const auto* wanted = std::get_if<Schedule::Load>(&act)) {
    load(self, self->at(wanted->server));
  } else if (const auto* unwanted = std::get_if<Schedule::Unload>(&act)) {
    unload(self, self->at(unwanted->server));
  }
}

void LocalServers::State::load(const Self& self, One& one) {
  const Now now = LoopClock::now();
  if (!one.server) return self->schedule.loaded(one.name, now);  // its first request loads it
  one.server->supervisor().want(now);
  if (one.server->supervisor().state() != Supervisor::State::given_up) return;
  self->schedule.left(one.name, now);
  self->fail_waiters(one);
}

void LocalServers::State::unload(const Self& self, One& one) {
  if (one.server) return one.server->supervisor().unwant(LoopClock::now());
  begin(self->executor, unload_models(self, one.name));
}

awaitable<void> LocalServers::State::probe(Self self, std::string name) {
  One& one = self->at(name);
  const Deadline deadline = LoopClock::now() + kProbeWithin;
  HttpRequest question = get(one.server->health_url());
  auto sent = self->http.send(std::move(question), deadline, HttpSinks());
  const HttpOutcome answer = co_await std::move(sent);
  if (self->closed) co_return;
  const bool well = is_well(answer);
  if (well && !one.backend.settings.slots && !one.kind->slots_path.empty()) {
    HttpRequest further = get(one.server->root() + std::string(one.kind->slots_path));
    auto asked = self->http.send(std::move(further), deadline, HttpSinks());
    const HttpOutcome props = co_await std::move(asked);
    if (self->closed) co_return;
    if (const auto slots = slots_in(props)) self->schedule.set_slots(name, *slots);
  }
  one.server->supervisor().probed(well, LoopClock::now());
  turn(self);
}

// Ollama drops a model that is asked for with nothing to do and keep_alive 0.
awaitable<void> LocalServers::State::unload_models(Self self, std::string name) {
  One& one = self->at(name);
  const std::set<std::string> models = std::exchange(one.models, {});
  for (const std::string& model : models) {
    HttpRequest request = get(local::root_of(one.backend.base_url) + "/api/generate");
    request.method = "POST";
    request.headers.add("Content-Type", "application/json");
    request.body = to_text(Json{{"model", model}, {"keep_alive", 0}});
    const Deadline deadline = LoopClock::now() + kUnloadWithin;
    auto sent = self->http.send(std::move(request), deadline, HttpSinks());
    co_await std::move(sent);  // an Ollama that is not there has nothing loaded
    if (self->closed) co_return;
  }
  self->schedule.left(name, LoopClock::now());
  turn(self);
}

void LocalServers::State::note_loading(Now now) {
  for (auto& [name, one] : backends) {
    if (one.told != Supervisor::State::starting || now < one.next_note) continue;
    one.next_note = now + kNoteEvery;
    note(one, LoadNote::Phase::loading, now);
  }
}

bool LocalServers::State::is_loading_somewhere() const {
  return std::any_of(backends.begin(), backends.end(), [](const auto& entry) {
    return entry.second.told == Supervisor::State::starting;
  });
}

void LocalServers::State::set_timer(const Self& self) {
  if (self->closed) return;
  const Now now = LoopClock::now();
  std::optional<Now> at = self->schedule.wake(now);
  const auto by = [&at](std::optional<Now> time) {
    if (time && (!at || *time < *at)) at = time;
  };
  for (const auto& [name, one] : self->backends) {
    if (one.server) by(one.server->supervisor().wake());
  }
  const bool noting = self->hooks.load && self->is_loading_somewhere();
  if (noting) by(now + kNoteEvery);
  if (!at) {
    self->timer->cancel();
    return;
  }
  self->timer->expires_at(*at);
  self->timer->async_wait([self](boost::system::error_code failed) {
    if (failed || self->closed) return;
    self->note_loading(LoopClock::now());
    turn(self);
  });
}

void LocalServers::State::close() {
  closed = true;
  timer.reset();
  for (auto& [ticket, waiter] : waiters) waiter->decided.notify();
  for (auto& [name, one] : backends) {
    if (one.server) one.server->let_go();
  }
  for (auto& [name, one] : backends) one.server.reset();
}

}  // namespace yoke

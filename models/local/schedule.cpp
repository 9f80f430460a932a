#include "models/local/schedule.h"

#include <algorithm>
#include <limits>

#include "runtime/base/ensure.h"
#include "runtime/base/saturating.h"

namespace yoke::local {

using std::chrono::milliseconds;

namespace {

constexpr double kNewest = 0.3;  // the share of the newest measurement in a smoothed one

double ms_between(Schedule::Time from, Schedule::Time to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

void smooth(std::optional<double>& mean, double sample) {
  mean = mean ? *mean + kNewest * (sample - *mean) : sample;
}

}  // namespace

std::string_view name_of(Schedule::Residence residence) {
  switch (residence) {
    case Schedule::Residence::out:
      return "not loaded";
    case Schedule::Residence::loading:
      return "loading";
    case Schedule::Residence::in:
      return "ready";
    case Schedule::Residence::leaving:
      return "unloading";
  }
  return "";
}

Schedule::Schedule(std::vector<ServerRules> servers, ScheduleRules rules) : rules_(rules) {
  for (ServerRules& one : servers) {
    ENSURE(!rules_.memory_bytes || one.memory_bytes <= *rules_.memory_bytes);
    Server server;
    const std::string name = one.name;
    if (one.always_in) server.residence = Residence::in;
    server.rules = std::move(one);
    servers_.emplace(name, std::move(server));
  }
}

Schedule::Server& Schedule::at(const std::string& name) {
  const auto found = servers_.find(name);
  ENSURE(found != servers_.end());
  return found->second;
}

const Schedule::Server& Schedule::at(const std::string& name) const {
  const auto found = servers_.find(name);
  ENSURE(found != servers_.end());
  return found->second;
}

Schedule::Ticket Schedule::ask(const std::string& server, const std::string& tenant,
                               std::int64_t tokens, Time now) {
  const Ticket ticket = ++last_ticket_;
  at(server).queue.push(ticket, tenant, tokens);
  requests_.emplace(ticket, Request{server, std::max<std::int64_t>(tokens, 1), now});
  return ticket;
}

void Schedule::wish(const std::string& name) {
  Server& server = at(name);
  server.wished = server.residence == Residence::out;
}

bool Schedule::finish(Ticket ticket, Time now) {
  const auto found = requests_.find(ticket);
  ENSURE(found != requests_.end());
  const Request request = found->second;
  requests_.erase(found);
  Server& server = at(request.server);
  if (!request.granted) {
    server.queue.remove(ticket);
    return false;
  }
  --server.busy;
  server.idle_since = now;
  smooth(server.ms_per_token,
         ms_between(*request.granted, now) / static_cast<double>(request.tokens));
  return true;
}

void Schedule::loaded(const std::string& name, Time now) {
  Server& server = at(name);
  if (server.residence == Residence::leaving) return;  // it came too late: it is on its way out
  if (server.residence == Residence::loading) {
    smooth(server.load_ms, ms_between(server.loading_since, now));
  }
  server.residence = Residence::in;
  server.loaded_at = now;
  server.idle_since = now;
}

void Schedule::lost(const std::string& name, Time now) {
  Server& server = at(name);
  if (server.residence != Residence::in) return;
  server.residence = Residence::loading;
  server.loading_since = now;
}

std::vector<Schedule::Ticket> Schedule::withdraw_all(const std::string& name) {
  std::vector<Ticket> tickets;
  while (const std::optional<Ticket> ticket = at(name).queue.pop()) tickets.push_back(*ticket);
  return tickets;
}

void Schedule::left(const std::string& name, Time now) {
  Server& server = at(name);
  server.residence = Residence::out;
  server.out_since = now;
}

void Schedule::set_slots(const std::string& name, int slots) {
  at(name).rules.slots = std::max(slots, 1);
}

bool Schedule::is_idle(const Server& server) const {
  return server.residence == Residence::in && server.busy == 0 && server.queue.empty() &&
         !server.rules.always_in;
}

std::int64_t Schedule::memory_in_use() const {
  std::int64_t sum = 0;
  for (const auto& [name, server] : servers_) {
    if (server.residence == Residence::out) continue;
    sum = saturating_add(sum, server.rules.memory_bytes);
  }
  return sum;
}

std::int64_t Schedule::leaving_bytes() const {
  std::int64_t sum = 0;
  for (const auto& [name, server] : servers_) {
    if (server.residence == Residence::leaving) sum += server.rules.memory_bytes;
  }
  return sum;
}

// A server that was unloaded while some waited for it begins to wait anew, or two servers would
// take the memory from each other without ever serving.
Schedule::Time Schedule::waiting_since(const Server& server) const {
  return std::max(requests_.at(*server.queue.oldest()).asked, server.out_since);
}

// Those that are wanted and not loaded, the one that has been waited for longest first.
std::vector<Schedule::Server*> Schedule::needy() {
  std::vector<Server*> found;
  for (auto& [name, server] : servers_) {
    if (server.residence == Residence::out && !server.queue.empty()) found.push_back(&server);
  }
  std::stable_sort(found.begin(), found.end(), [this](const Server* one, const Server* other) {
    return waiting_since(*one) < waiting_since(*other);
  });
  return found;
}

std::vector<Schedule::Server*> Schedule::idle_ones() {
  std::vector<Server*> found;
  for (auto& [name, server] : servers_) {
    if (is_idle(server) && server.rules.memory_bytes > 0) found.push_back(&server);
  }
  std::sort(found.begin(), found.end(), [](const Server* one, const Server* other) {
    return one->idle_since < other->idle_since;
  });
  return found;
}

std::vector<Schedule::Server*> Schedule::busy_ones(Time now) {
  std::vector<Server*> found;
  for (auto& [name, server] : servers_) {
    const bool counts = server.rules.memory_bytes > 0 && !server.rules.always_in;
    if (server.residence != Residence::in || !counts || is_idle(server)) continue;
    if (now - server.loaded_at >= rules_.patience) found.push_back(&server);
  }
  std::sort(found.begin(), found.end(), [](const Server* one, const Server* other) {
    return one->loaded_at < other->loaded_at;
  });
  return found;
}

void Schedule::unload(Server& server, std::vector<Act>& acts) {
  server.residence = Residence::leaving;
  server.draining = false;
  acts.emplace_back(Unload{server.rules.name});
}

// True when `wanted` fits now. Otherwise what must go is on its way, or being emptied where
// patience has ended.
bool Schedule::make_room(Server& wanted, bool patient, Time now, std::vector<Act>& acts) {
  if (!rules_.memory_bytes) return true;
  const std::int64_t need = wanted.rules.memory_bytes;
  const std::int64_t free = *rules_.memory_bytes - memory_in_use();
  if (need <= free) return true;
  std::int64_t room = free + leaving_bytes();
  std::vector<Server*> going;
  for (Server* idle : idle_ones()) {
    if (room >= need) break;
    room += idle->rules.memory_bytes;
    going.push_back(idle);
  }
  if (room < need && patient) return false;
  for (Server* busy : busy_ones(now)) {
    if (room >= need) break;
    room += busy->rules.memory_bytes;
    going.push_back(busy);
  }
  if (room < need) return false;  // the rest has not been there for long enough
  for (Server* server : going) {
    server->draining = true;
    if (server->busy == 0) unload(*server, acts);
  }
  return false;
}

void Schedule::load_what_is_needed(Time now, std::vector<Act>& acts) {
  for (auto& [name, server] : servers_) server.draining = false;  // found out anew each time
  for (Server* wanted : needy()) {
    const bool patient = now - waiting_since(*wanted) < rules_.patience;
    if (make_room(*wanted, patient, now, acts)) {
      load(*wanted, now, acts);
    } else if (!patient) {
      return;  // what becomes free is for this one: nobody slips in before it
    }
  }
  for (auto& [name, server] : servers_) {
    if (!server.wished || leaving_bytes() > 0) continue;
    const bool out = server.residence == Residence::out;
    if (out && make_room(server, true, now, acts)) load(server, now, acts);
    server.wished = server.wished && out && leaving_bytes() > 0;
  }
}

void Schedule::load(Server& server, Time now, std::vector<Act>& acts) {
  server.residence = Residence::loading;
  server.loading_since = now;
  server.wished = false;
  acts.emplace_back(Load{server.rules.name});
}

void Schedule::unload_the_idle(Time now, std::vector<Act>& acts) {
  for (auto& [name, server] : servers_) {
    if (!server.rules.idle_unload || !is_idle(server)) continue;
    if (now - server.idle_since >= *server.rules.idle_unload) unload(server, acts);
  }
}

void Schedule::grant(Server& server, Time now, std::vector<Act>& acts) {
  while (server.residence == Residence::in && !server.draining &&
         server.busy < server.rules.slots) {
    const std::optional<Ticket> ticket = server.queue.pop();
    if (!ticket) return;
    requests_.at(*ticket).granted = now;
    ++server.busy;
    acts.emplace_back(Grant{*ticket});
  }
}

std::vector<Schedule::Act> Schedule::next(Time now) {
  std::vector<Act> acts;
  load_what_is_needed(now, acts);
  unload_the_idle(now, acts);
  for (auto& [name, server] : servers_) grant(server, now, acts);
  return acts;
}

std::optional<Schedule::Time> Schedule::wake(Time now) const {
  std::optional<Time> first;
  const auto at_latest = [&](Time time) {
    if (time > now && (!first || time < *first)) first = time;
  };
  for (const auto& [name, server] : servers_) {
    if (server.rules.idle_unload && is_idle(server)) {
      at_latest(server.idle_since + *server.rules.idle_unload);
    }
    const bool wanted = server.residence == Residence::out && !server.queue.empty();
    if (wanted) at_latest(waiting_since(server) + rules_.patience);
    const bool counts = server.residence == Residence::in && server.rules.memory_bytes > 0;
    if (counts) at_latest(server.loaded_at + rules_.patience);
  }
  return first;
}

std::optional<milliseconds> Schedule::expected_wait(const std::string& name,
                                                    const std::string& tenant, Time now) const {
  const Server& server = at(name);
  double wait = 0;
  if (server.residence != Residence::in || server.draining) {
    if (!server.load_ms) return std::nullopt;
    const bool loading = server.residence == Residence::loading;
    const double since = loading ? ms_between(server.loading_since, now) : 0;
    wait = std::max(*server.load_ms - since, 0.0);
  }
  const bool free = server.busy < server.rules.slots && server.queue.empty();
  if (free) return milliseconds(static_cast<std::int64_t>(wait));
  if (!server.ms_per_token) return std::nullopt;
  double ahead = static_cast<double>(server.queue.weight_ahead(tenant)) * *server.ms_per_token;
  for (const auto& [ticket, request] : requests_) {
    if (request.server != name || !request.granted) continue;
    const double whole = static_cast<double>(request.tokens) * *server.ms_per_token;
    ahead += std::max(whole - ms_between(*request.granted, now), 0.0);
  }
  wait += ahead / server.rules.slots;
  constexpr double kMost = 1e12;
  return milliseconds(static_cast<std::int64_t>(std::min(wait, kMost)));
}

Schedule::Look Schedule::look(const std::string& name) const {
  const Server& server = at(name);
  return Look{server.residence, server.busy, server.rules.slots, server.queue.size()};
}

}  // namespace yoke::local

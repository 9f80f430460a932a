#include <algorithm>

#include "hosts/hook/api/operation.h"
#include "hosts/hook/listed_agent.h"
#include "hosts/hook/schedules/schedules.h"
#include "hosts/hook/schedules/start_schedule.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr int kNextShown = 3;
constexpr const char* kItsName = "The schedule's name.";

HttpReply refused(const Error& error) { return problem(refusal_of(error)); }

// The endpoints' common ground.
//
// Ownership: borrows; shared by the endpoints' functions, so that it outlives their calls.
struct ScheduleApi {
  HookServices services;
  Scheduler& scheduler;

  const Scheduler::Entry* find(const std::vector<Scheduler::Entry>& all,
                               const std::string& name) const {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Scheduler::Entry& each) {
      return each.schedule.name == name;
    });
    return found == all.end() ? nullptr : &*found;
  }

  // Those of agents that they may use; the others are as schedules that never were.
  std::vector<Scheduler::Entry> visible_to(const Principal& who) const {
    std::vector<Scheduler::Entry> all = scheduler.list(who.tenant);
    std::erase_if(all, [&](const Scheduler::Entry& each) {
      return !may_use_agent(who, each.schedule.text.agent);
    });
    return all;
  }

  HttpReply one(const Principal& who, const std::string& name, int status) const {
    const std::vector<Scheduler::Entry> all = visible_to(who);
    const Scheduler::Entry* entry = find(all, name);
    if (entry == nullptr) return refused(no_such(name));
    HttpReply reply = json_reply(status, schedule_view(*entry, services.wall.now()));
    if (status == 201) reply.headers.add("Location", "/v1/schedules/" + name);
    return reply;
  }

  static Error no_such(const std::string& name) {
    return Error{Errc::not_found, "there is no schedule '" + name + "'"};
  }

  // Of the body, for the tenant that asks; its run can be started.
  Result<Schedule> read(const HookCall& call, const std::string& name) const {
    const Result<Json> body = json_body(call.request);
    if (!body) return body.error();
    Result<ScheduleConfig> text = schedule_from_json(*body);
    if (!text) return text.error();
    text->tenant = call.who.tenant;
    const std::string said = string_at(*body, "name");
    if (!name.empty() && body->contains("name") && said != name) {
      return Error{Errc::invalid, "'name' in the body is not the name in the path, '" +
                                      printable(name) + "': leave it out"};
    }
    Result<Schedule> schedule = make_schedule(name.empty() ? said : name, *text);
    if (!schedule) return schedule.error();
    if (!may_use_agent(call.who, text->agent)) {
      return Error{Errc::denied, "you may not start the agent '" + printable(text->agent) + "'"};
    }
    const Result<void> listed = check_listed_agent(services.app, call.who, text->agent);
    if (!listed) return listed.error();
    if (Result<StartRun> run = run_of_schedule(services.app, *schedule); !run) return run.error();
    schedule->authors = {call.who.name};
    return schedule;
  }

  awaitable<HttpReply> list(HookCall call) const {
    Json all = Json::array();
    for (const Scheduler::Entry& each : visible_to(call.who)) {
      all.push_back(schedule_view(each, services.wall.now()));
    }
    co_return json_reply(200, Json{{"schedules", all}});
  }

  awaitable<HttpReply> get(HookCall call) const { co_return one(call.who, call.args.at(0), 200); }

  awaitable<HttpReply> put(HookCall call, std::string name) const {
    Result<Schedule> schedule = read(call, name);
    if (!schedule) co_return refused(schedule.error());
    const std::string session = schedule->text.session;
    if (!session.empty() && is_bound(call.who)) {  // who hears what is said in it then?
      co_return problem(hidden_session(session));
    }
    name = schedule->name;
    const std::vector<Scheduler::Entry> all = scheduler.list(call.who.tenant);
    const Scheduler::Entry* known = find(all, name);
    const bool existed = known != nullptr;
    const bool taken = existed && !may_use_agent(call.who, known->schedule.text.agent);
    if (taken || (existed && call.request.method == "POST")) {
      co_return refused(Error{Errc::conflict, "there is a schedule '" + name + "' already"});
    }
    auto putting = scheduler.put(std::move(*schedule));
    const Result<void> put = co_await std::move(putting);
    if (!put) co_return refused(put.error());
    co_return one(call.who, name, existed ? 200 : 201);
  }

  awaitable<HttpReply> remove(HookCall call) const {
    const std::vector<Scheduler::Entry> all = visible_to(call.who);
    if (find(all, call.args.at(0)) == nullptr) co_return refused(no_such(call.args.at(0)));
    auto removing = scheduler.remove(call.who.tenant, call.args.at(0));
    const Result<void> removed = co_await std::move(removing);
    if (!removed) co_return refused(removed.error());
    HttpReply reply;
    reply.status = 204;
    co_return reply;
  }

  // Out of turn: as if it were due, and as often as it is asked for.
  awaitable<HttpReply> run_now(HookCall call) const {
    const std::vector<Scheduler::Entry> all = visible_to(call.who);
    const Scheduler::Entry* entry = find(all, call.args.at(0));
    if (entry == nullptr) co_return refused(no_such(call.args.at(0)));
    Result<StartRun> run = run_of_schedule(services.app, entry->schedule);
    if (!run) co_return refused(run.error());
    run->by = call.who.name;
    const bool heard = co_await may_see_session(services.app.store(), call.who, run->session);
    if (!heard) co_return problem(hidden_session(run->session));
    auto starting = services.drivers.start(std::move(*run));
    const Result<Created> created = co_await std::move(starting);
    if (!created) co_return refused(created.error());
    HttpReply reply = json_reply(201, Json{{"run", created->claim.run_id}});
    reply.headers.add("Location", "/v1/runs/" + created->claim.run_id);
    co_return reply;
  }
};

}  // namespace

Json schedule_view(const Scheduler::Entry& entry, Micros now) {
  const Schedule& schedule = entry.schedule;
  Json out = to_json(schedule.text);
  out["name"] = schedule.name;
  out["from"] = schedule.from_file ? "yoke.toml" : "api";
  out["next"] = Json::array();
  for (const Micros at : next_times(schedule, now, kNextShown)) {
    out["next"].push_back(Json{{"at", to_iso8601(at)}, {"local", schedule.zone.show(at)}});
  }
  const ScheduleState& state = entry.state;
  if (state.last_at == 0) return out;
  out["last"] = Json{{"at", to_iso8601(state.last_at)}};
  if (!state.last_run.empty()) out["last"]["run"] = state.last_run;
  if (!state.last_error.empty()) out["last"]["error"] = state.last_error;
  return out;
}

void add_schedules(Endpoints& endpoints, HookServices services, Scheduler& scheduler) {
  // Shared with the endpoints' functions.
  auto api = std::make_shared<const ScheduleApi>(ScheduleApi{services, scheduler});
  using Answer = std::function<awaitable<HttpReply>(HookCall)>;
  const auto add = [&](const char* method, const char* path, Scope scope,
                       const Operation& operation, Answer answer) {
    Endpoint endpoint;
    endpoint.method = method;
    endpoint.path = path;
    endpoint.scope = scope;
    endpoint.doc = operation.json();
    endpoint.answer = std::move(answer);
    endpoints.push_back(std::move(endpoint));
  };
  const char* group = "schedules";
  const char* all = "/v1/schedules";
  const char* named = "/v1/schedules/{name}";
  const char* as_it_stands = "The schedule as it stands.";
  Operation list("listSchedules", group, "The tenant's schedules");
  list.answers(200, "ScheduleList", "All of them.");
  add("GET", all, Scope::read, list, [api](HookCall call) { return api->list(std::move(call)); });
  Operation create("createSchedule", group, "Makes a schedule");
  create.body("ScheduleOrder").answers(201, "Schedule", as_it_stands).fails({402, 403, 409, 422});
  add("POST", all, Scope::manage, create,
      [api](HookCall call) { return api->put(std::move(call), std::string()); });
  Operation get("getSchedule", group, "One schedule");
  get.path("name", kItsName).answers(200, "Schedule", as_it_stands).fails({404});
  add("GET", named, Scope::read, get, [api](HookCall call) { return api->get(std::move(call)); });
  Operation put("putSchedule", group, "Makes or replaces a schedule");
  put.path("name", kItsName).body("ScheduleOrder").answers(200, "Schedule", as_it_stands);
  put.answers(201, "Schedule", as_it_stands).fails({402, 403, 409, 422});
  add("PUT", named, Scope::manage, put, [api](HookCall call) {
    std::string name = call.args.at(0);
    return api->put(std::move(call), std::move(name));
  });
  Operation remove("deleteSchedule", group, "Removes a schedule");
  remove.path("name", kItsName).answers_nothing(204, "It is gone.").fails({404, 409});
  add("DELETE", named, Scope::manage, remove,
      [api](HookCall call) { return api->remove(std::move(call)); });
  Operation run("runSchedule", group, "Starts the schedule's run now");
  run.path("name", kItsName).answers(201, "ScheduledRun", "Its run.");
  run.fails({402, 403, 404, 409, 422});
  add("POST", "/v1/schedules/{name}/run", Scope::manage, run,
      [api](HookCall call) { return api->run_now(std::move(call)); });
}

}  // namespace yoke

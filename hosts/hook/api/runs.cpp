#include "hosts/app/memory_settings.h"
#include "hosts/app/memory_view.h"
#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/page.h"
#include "hosts/hook/api/run_view.h"
#include "hosts/hook/api/start.h"
#include "hosts/hook/visible.h"
#include "runtime/base/id.h"

// POST and GET /v1/runs, GET and DELETE /v1/runs/{id}.
namespace yoke {
namespace {

constexpr int kPageMax = 500;
constexpr int kPageUsual = 50;
// For a page of who sees but a part of the runs.
constexpr int kLookedAtOnce = 200;
constexpr int kLookedMax = 5'000;

awaitable<HttpReply> start(ApiRef api, AskedOf asked) {
  OrderRead read = read_order(asked.body, asked.call.who, api->place, api->services.app.config());
  if (const auto* refusal = std::get_if<Refusal>(&read)) co_return problem(*refusal);
  RunOrder order = std::move(std::get<RunOrder>(read));
  order.run.by = actor_of(*api, asked);
  if (order.go_on) {
    Result<std::string> session = co_await api->services.app.last_session();
    if (!session) co_return problem(refusal_of(session.error()));
    order.run.session = std::move(*session);
  }
  co_return co_await start_order(api, std::move(asked), std::move(order));
}

awaitable<HttpReply> list(ApiRef api, AskedOf asked) {
  std::variant<Refusal, RunFilter> read = run_filter(asked);
  if (const auto* refusal = std::get_if<Refusal>(&read)) co_return problem(*refusal);
  RunFilter filter = std::move(std::get<RunFilter>(read));
  const Json page = co_await list_runs(api, asked.call.who, std::move(filter));
  co_return json_reply(200, page);
}

awaitable<HttpReply> show(ApiRef api, AskedOf asked) {
  RunFound found = co_await find_run_of(api, asked.call.who, asked.call.args.at(0));
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return problem(*refusal);
  const Json run = co_await describe_run(api, std::move(std::get<RunRow>(found)));
  co_return json_reply(200, run);
}

awaitable<HttpReply> erase(ApiRef api, AskedOf asked) {
  RunFound found = co_await find_run_of(api, asked.call.who, asked.call.args.at(0));
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return problem(*refusal);
  std::string run_id = std::get<RunRow>(found).run_id;
  std::string by = actor_of(*api, asked);
  App& app = api->services.app;
  auto erasing = erase_run(app.store(), memory_of(app), std::move(run_id), std::move(by));
  const Result<void> erased = co_await std::move(erasing);
  if (!erased) co_return problem(refusal_of(erased.error()));
  HttpReply reply;
  reply.status = 204;
  co_return reply;
}

Operation start_operation() {
  Operation operation("startRun", "runs", "Start a run");
  operation
      .says(
          "It is journaled before it is answered: what was accepted runs to its end, whatever "
          "becomes of this process. With `Accept: text/event-stream` the answer is the run's "
          "events, as of GET /v1/runs/{id}/events. A request that is sent again with its "
          "Idempotency-Key within a day is answered with the run that the first one started.")
      .query("wait", wait_schema(),
             "Answer when the run has ended or waits for somebody, at the latest after so long: "
             "30s, 2m.")
      .header("Idempotency-Key", Json{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}},
              "Any text of the client's own, new for each run that is wanted.")
      .body("StartRun")
      .answers(201, "Run", "The run; with `wait`, as it ended or waits.")
      .answers(202, "Run", "It goes on after what was waited.")
      .streams(200, "Its events.")
      .fails({400, 403, 409, 415, 422, 503});
  return operation;
}

Operation list_operation() {
  Operation operation("listRuns", "runs", "List runs, newest first");
  const Json text{{"type", "string"}, {"maxLength", 200}};
  operation.query("status", schema_ref("RunStatus"), "Those that have it.")
      .query("agent", text, "Those of this agent.")
      .query("session", text, "Those of this session.")
      .query("since", text, "Those begun then or later: 2026-11-21, or with a time.")
      .query("children", Json{{"type", "string"}, {"enum", Json::array({"true", "false"})}},
             "true: also the runs that a call of another run waits for, its subagents.")
      .query("limit", limit_schema(kPageMax, kPageUsual), "How many on a page.")
      .query("cursor", Json{{"type", "string"}, {"maxLength", 1024}}, "`next` of the page before.")
      .answers(200, "RunPage", "A page of them.")
      .fails({422});
  return operation;
}

Operation erase_operation() {
  Operation operation("eraseRun", "runs", "Erase what was said in a run");
  operation
      .says(
          "Of one that has ended: its task, messages, calls and answer. Its hashes, its sums and "
          "who erased it stay, so that the chain can still be verified.")
      .path("id", "The run.")
      .answers_nothing(204, "It is erased, now or earlier.")
      .fails({404, 409});
  return operation;
}

Operation show_operation() {
  Operation operation("getRun", "runs", "Look at a run");
  operation.path("id", "The run.").answers(200, "Run", "The run as it stands.").fails({404});
  return operation;
}

}  // namespace

std::variant<Refusal, RunFilter> run_filter(const AskedOf& asked) {
  RunFilter filter;
  filter.tenant = asked.call.who.tenant;
  filter.agent = string_at(asked.query, "agent");
  filter.session = string_at(asked.query, "session");
  filter.children_left_out = string_at(asked.query, "children") != "true";
  const std::optional<RunStatus> status = status_from_name(string_at(asked.query, "status"));
  if (status) filter.status = *status;
  filter.limit = static_cast<int>(integer_at(asked.query, "limit", kPageUsual));
  const std::string since = string_at(asked.query, "since");
  if (!since.empty()) {
    const Result<Micros> time = time_from_text(since);
    if (!time) return refusal_with(422, "invalid", time.error().message(), "since");
    filter.since = *time;
  }
  const std::string cursor = string_at(asked.query, "cursor");
  if (!cursor.empty()) {
    const Result<std::string> last = from_cursor("run", cursor);
    if (!last || !is_ulid(*last)) {
      return refusal_with(422, "invalid", "'cursor' is not `next` of a page of this list",
                          "cursor");
    }
    filter.before = *last;
  }
  return filter;
}

awaitable<Json> list_runs(ApiRef api, Principal who, RunFilter filter) {
  const int limit = filter.limit;
  filter.limit = is_bound(who) ? kLookedAtOnce : limit + 1;
  Json page{{"runs", Json::array()}};
  Json& shown = page["runs"];
  for (int looked = 0; looked < kLookedMax; looked += filter.limit) {
    const std::vector<RunRow> rows = co_await api->services.app.store().list(filter);
    for (const RunRow& row : rows) {
      if (!may_see(who, owner_of(row))) continue;
      if (static_cast<int>(shown.size()) == limit) {
        page["next"] = to_cursor("run", filter.before);
        co_return page;
      }
      shown.push_back(run_summary(row));
      filter.before = row.run_id;
    }
    if (static_cast<int>(rows.size()) < filter.limit) co_return page;
    filter.before = rows.back().run_id;
  }
  page["next"] = to_cursor("run", filter.before);
  co_return page;
}

Result<Micros> time_from_text(const std::string& text) {
  for (const char* kind : {"day:", "month:"}) {
    const std::optional<WindowRange> range = range_of(kind + text);
    if (range) return range->from;
  }
  Result<Micros> time = micros_from_iso8601(text);
  if (time) return time;
  return Error{Errc::invalid,
               "it is no time: write 2026-11-21, 2026-11 or 2026-11-21T10:00:00Z "
               "(all UTC)"};
}

void add_run_endpoints(const ApiRef& api, Endpoints& endpoints) {
  const auto add = [&](ApiRoute route, const Operation& operation, ApiHandler handler) {
    endpoints.push_back(api_endpoint(api, route, operation, handler));
  };
  add({"POST", "/v1/runs", Scope::run}, start_operation(), start);
  add({"GET", "/v1/runs", Scope::read}, list_operation(), list);
  add({"GET", "/v1/runs/{id}", Scope::read}, show_operation(), show);
  add({"DELETE", "/v1/runs/{id}", Scope::run}, erase_operation(), erase);
}

}  // namespace yoke

#include <charconv>

#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/page.h"
#include "hosts/hook/api/start.h"
#include "hosts/hook/session_name.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"

// Conversations: POST /v1/sessions/{id}/messages, GET /v1/sessions and /v1/sessions/{id}.
namespace yoke {
namespace {

constexpr int kPageMax = 500;
constexpr int kPageUsual = 50;
// For a page of who sees but a part of the sessions.
constexpr int kLookedAtOnce = 100;
constexpr int kLookedMax = 1'000;

awaitable<std::vector<RunRow>> newest_of(ApiRef api, std::string tenant, std::string session) {
  RunFilter filter;
  filter.tenant = std::move(tenant);
  filter.session = std::move(session);
  filter.limit = 1;
  co_return co_await api->services.app.store().list(std::move(filter));
}

awaitable<HttpReply> send(ApiRef api, AskedOf asked) {
  const std::string session = asked.call.args.at(0);
  const Result<void> named = check_session_name(session);
  if (!named) co_return problem(refusal_of(named.error()));
  OrderRead read = read_order(asked.body, asked.call.who, api->place, api->services.app.config());
  if (const auto* refusal = std::get_if<Refusal>(&read)) co_return problem(*refusal);
  RunOrder order = std::move(std::get<RunOrder>(read));
  order.run.by = actor_of(*api, asked);
  order.run.session = session;
  const bool visible = co_await may_see_session(api->services.app.store(), asked.call.who, session);
  if (!visible) co_return problem(hidden_session(session));
  if (order.choice.agent.empty()) {
    const std::vector<RunRow> newest = co_await newest_of(api, asked.call.who.tenant, session);
    if (newest.empty()) {
      co_return problem(
          refusal_with(422, "invalid",
                       "the session '" + session + "' has no run yet: name the 'agent'", "/agent"));
    }
    order.choice.agent = newest.front().agent;
  }
  co_return co_await start_order(api, std::move(asked), std::move(order));
}

Json session_view(const SessionRow& row) {
  return Json{{"session", row.session},
              {"runs", row.runs},
              {"agent", row.agent},
              {"title", row.title},
              {"last_run", row.last_run},
              {"status", name_of(row.last_status)},
              {"reason", row.last_reason},
              {"created_at", to_iso8601(row.first_at)},
              {"last_at", to_iso8601(row.last_at)}};
}

// A page goes on behind the time and the name of its last row.
std::string cursor_behind(const SessionRow& row) {
  return to_cursor("session", std::to_string(row.last_at) + "/" + row.session);
}

bool read_cursor(const std::string& cursor, SessionFilter& filter) {
  const Result<std::string> last = from_cursor("session", cursor);
  if (!last) return false;
  const char* begin = last->data();
  const char* end = begin + last->size();
  const auto read = std::from_chars(begin, end, filter.before_at);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != '/') return false;
  filter.before_session.assign(read.ptr + 1, end);
  return filter.before_at > 0;
}

// {"sessions", "next"?}: those that are visible. Who sees but a part may get short pages.
awaitable<Json> list_sessions(ApiRef api, Principal who, SessionFilter filter, int limit) {
  Store& store = api->services.app.store();
  filter.limit = is_bound(who) ? kLookedAtOnce : limit + 1;
  Json page{{"sessions", Json::array()}};
  Json& shown = page["sessions"];
  SessionRow last;
  for (int looked = 0; looked < kLookedMax; looked += filter.limit) {
    const std::vector<SessionRow> rows = co_await store.sessions(filter);
    for (const SessionRow& row : rows) {
      const bool visible = co_await may_see_session(store, who, row.session);
      if (!visible) continue;
      if (static_cast<int>(shown.size()) == limit) {
        page["next"] = cursor_behind(last);
        co_return page;
      }
      shown.push_back(session_view(row));
      last = row;
    }
    if (static_cast<int>(rows.size()) < filter.limit) co_return page;
    last = rows.back();
    filter.before_at = last.last_at;
    filter.before_session = last.session;
  }
  page["next"] = cursor_behind(last);
  co_return page;
}

awaitable<HttpReply> list(ApiRef api, AskedOf asked) {
  SessionFilter filter;
  filter.tenant = asked.call.who.tenant;
  const std::string cursor = string_at(asked.query, "cursor");
  if (!cursor.empty() && !read_cursor(cursor, filter)) {
    co_return problem(
        refusal_with(422, "invalid", "'cursor' is not `next` of a page of this list", "cursor"));
  }
  const auto limit = static_cast<int>(integer_at(asked.query, "limit", kPageUsual));
  const Json page = co_await list_sessions(api, asked.call.who, std::move(filter), limit);
  co_return json_reply(200, page);
}

awaitable<HttpReply> show(ApiRef api, AskedOf asked) {
  const std::string session = asked.call.args.at(0);
  std::variant<Refusal, RunFilter> read = run_filter(asked);
  if (const auto* refusal = std::get_if<Refusal>(&read)) co_return problem(*refusal);
  const std::vector<RunRow> newest = co_await newest_of(api, asked.call.who.tenant, session);
  const bool visible = co_await may_see_session(api->services.app.store(), asked.call.who, session);
  if (newest.empty() || !visible) {
    co_return problem(refusal_with(404, "not found", "no session '" + printable(session) + "'"));
  }
  RunFilter filter = std::move(std::get<RunFilter>(read));
  filter.session = session;
  Json page = co_await list_runs(api, asked.call.who, std::move(filter));
  page["session"] = session;
  co_return json_reply(200, page);
}

Operation send_operation() {
  Operation operation("sendMessage", "sessions", "Say something in a session");
  operation
      .says(
          "A run in the session: it is shown what was said there before. All else is as of "
          "POST /v1/runs.")
      .path("id", "The session; one that is new begins.")
      .query("wait", wait_schema(), "As of POST /v1/runs.")
      .header("Idempotency-Key", Json{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}},
              "As of POST /v1/runs.")
      .body("SendMessage")
      .answers(201, "Run", "The run; with `wait`, as it ended or waits.")
      .answers(202, "Run", "It goes on after what was waited.")
      .streams(200, "Its events.")
      .fails({400, 403, 409, 415, 422, 503});
  return operation;
}

Operation show_operation() {
  Operation operation("getSession", "sessions", "List a session's runs, newest first");
  operation.path("id", "The session.")
      .query("limit", limit_schema(kPageMax, kPageUsual), "How many on a page.")
      .query("cursor", Json{{"type", "string"}, {"maxLength", 1024}}, "`next` of the page before.")
      .answers(200, "SessionRuns", "A page of them.")
      .fails({404, 422});
  return operation;
}

Operation list_operation() {
  Operation operation("listSessions", "sessions", "List sessions, the last used first");
  operation.query("limit", limit_schema(kPageMax, kPageUsual), "How many on a page.")
      .query("cursor", Json{{"type", "string"}, {"maxLength", 1024}}, "`next` of the page before.")
      .answers(200, "SessionPage", "A page of them.")
      .fails({422});
  return operation;
}

}  // namespace

void add_session_endpoints(const ApiRef& api, Endpoints& endpoints) {
  endpoints.push_back(api_endpoint(api, {"POST", "/v1/sessions/{id}/messages", Scope::run},
                                   send_operation(), send));
  endpoints.push_back(
      api_endpoint(api, {"GET", "/v1/sessions", Scope::read}, list_operation(), list));
  endpoints.push_back(
      api_endpoint(api, {"GET", "/v1/sessions/{id}", Scope::read}, show_operation(), show));
}

}  // namespace yoke

#include "hosts/hook/api/api_context.h"

#include "hosts/app/open_store.h"
#include "hosts/hook/api/run_view.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/signals.h"

namespace yoke {
namespace {

awaitable<HttpReply> at_once(HttpReply reply) { co_return reply; }

constexpr std::int64_t kShortRun = 32;  // events: one question to the store is cheaper than two

// None: its content was erased, or it cannot be read.
std::optional<Event> event_of(const Record& record) {
  Result<Event> event = event_from_record(record);
  return event ? std::optional(std::move(*event)) : std::nullopt;
}

// The event of that number.
awaitable<std::optional<Event>> event_at(ApiRef api, std::string run_id, std::int64_t seq) {
  const Result<std::vector<Record>> records =
      co_await api->services.app.store().read(std::move(run_id), seq - 1, 1);
  if (!records || records->empty()) co_return std::nullopt;
  co_return event_of(records->front());
}

// The first event and the last of a run that has ended.
awaitable<void> read_ends(ApiRef api, RunRow row, RunParts& parts) {
  if (row.head_seq > kShortRun) {
    parts.start = co_await event_at(api, row.run_id, 1);
    parts.end = co_await event_at(api, row.run_id, row.head_seq);
    co_return;
  }
  const Result<std::vector<Record>> records =
      co_await api->services.app.store().read(row.run_id, 0, static_cast<int>(kShortRun));
  if (!records || records->empty()) co_return;
  parts.start = event_of(records->front());
  parts.end = event_of(records->back());
}

// Its row is told what it used each time it rests.
void take_usage(RunRow& row, const RunState& state) {
  row.summary["steps"] = state.own_steps();
  row.summary["tokens"] = state.own_tokens();
  row.summary["cost"] = state.own_cost();
  if (state.unpriced) row.summary["unpriced"] = true;
}

}  // namespace

Refusal refusal_with(int status, const char* title, std::string detail, std::string param) {
  Refusal refusal;
  refusal.status = status;
  refusal.title = title;
  refusal.detail = std::move(detail);
  refusal.param = std::move(param);
  return refusal;
}

Endpoint api_endpoint(const ApiRef& api, ApiRoute route, const Operation& operation,
                      ApiHandler handler) {
  Operation whole = operation;
  whole.fails({422});  // whatever it takes, an unknown name in the query is none of it
  Endpoint endpoint;
  endpoint.method = route.method;
  endpoint.path = route.path;
  endpoint.scope = route.scope;
  endpoint.doc = whole.json();
  const auto rules = std::make_shared<const RequestRules>(whole.json(), api->components);
  endpoint.answer = [api, rules, handler](HookCall call) {
    std::variant<Refusal, AskedOf> asked = rules->check(std::move(call));
    if (const auto* refusal = std::get_if<Refusal>(&asked)) return at_once(problem(*refusal));
    const auto wait = wait_of(std::get<AskedOf>(asked));
    if (!wait) {
      return at_once(problem(refusal_with(422, "invalid", wait.error().message(), "wait")));
    }
    return handler(api, std::move(std::get<AskedOf>(asked)));
  };
  return endpoint;
}

std::string actor_of(const ApiContext& api, const AskedOf& asked) {
  const std::string& known = asked.call.who.name;
  return api.place == ApiPlace::socket ? string_at(asked.body, "by", known) : known;
}

awaitable<RunFound> find_run_of(ApiRef api, Principal who, std::string typed) {
  Store& store = api->services.app.store();
  std::string id = std::move(typed);
  if (api->place == ApiPlace::socket) {
    Result<std::string> found = co_await find_run(store, std::move(id));
    if (!found) co_return refusal_of(found.error());
    id = std::move(*found);
  }
  Result<RunRow> row = co_await find_visible(store, std::move(who), std::move(id));
  if (!row) co_return refusal_of(row.error());
  co_return std::move(*row);
}

awaitable<Json> describe_run(ApiRef api, RunRow row) {
  RunParts parts;
  if (is_final(row.status)) {
    co_await read_ends(api, row, parts);
  } else {
    parts.start = co_await event_at(api, row.run_id, 1);
    const Result<RunState> state = co_await read_state_at(api->services.app.store(), row.run_id, 0);
    if (state) parts.questions = open_questions(*state);
    if (state) parts.signals = awaited_signals(*state);
    if (state) take_usage(row, *state);
  }
  co_return run_detail(row, parts);
}

bool wants_events(const HttpRequest& request) {
  return request.headers.get("Accept").find("text/event-stream") != std::string_view::npos;
}

Result<std::optional<std::chrono::milliseconds>> wait_of(const AskedOf& asked) {
  const std::string text = string_at(asked.query, "wait");
  if (text.empty()) return std::optional<std::chrono::milliseconds>{};
  const Result<std::chrono::milliseconds> wait = parse_duration(text);
  if (!wait) return wait.error();
  if (*wait <= kWaitMax) return std::optional<std::chrono::milliseconds>(*wait);
  return Error{Errc::invalid, "'wait' is at most " + std::to_string(kWaitMax.count()) +
                                  "s; follow the run's events for longer"};
}

Json wait_schema() {
  return Json{{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m)?$"}, {"maxLength", 12}};
}

Json limit_schema(int most, int usual) {
  return Json{{"type", "integer"}, {"minimum", 1}, {"maximum", most}, {"default", usual}};
}

}  // namespace yoke

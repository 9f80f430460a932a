#include "hosts/hook/mcp/task_view.h"

#include "hosts/hook/mcp/follower.h"
#include "hosts/hook/mcp/run_call.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/engine/reader.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::chrono::seconds kSettlePatience{2};

Json task_head(const std::string& run_id, Micros created, Micros updated) {
  return Json{{"taskId", run_id},
              {"createdAt", to_iso8601(created)},
              {"lastUpdatedAt", to_iso8601(updated)},
              {"ttlMs", nullptr},  // as long as the store has the run
              {"pollIntervalMs", kPollMs}};
}

mcp::RpcError no_such_task(const std::string& id) {
  return wrong_params("there is no task '" + shorten(printable(id), 80) + "'");
}

mcp::RpcError needs_tasks() {
  const Json extensions{{std::string(mcp::extension::kTasks), Json::object()}};
  return lacks_capability(Json{{"extensions", extensions}},
                          "tasks are for clients that declare the extension");
}

// The run, as its journal has it, if it is a task of this caller's.
awaitable<Result<RunState>> find_task(HookServices services, Principal who, std::string id) {
  const Error none{Errc::not_found, id};
  const std::string name = who.name;
  const Result<RunRow> row = co_await find_visible(services.app.store(), std::move(who), id);
  if (!row || row->by != name) co_return none;
  Result<RunState> state = co_await read_state_at(services.app.store(), id, 0);
  if (!state || !member_at(state->note, "mcp").is_object()) co_return none;
  co_return state;
}

std::vector<Wanted> asked_of(HookServices services, const RunState& state, const Client& client) {
  std::vector<Wanted> all;
  const bool may = client.who.scopes.has(Scope::answer) &&
                   !services.gate.may_answer(client.who, state.agent, state.caller);
  for (const auto& [id, question] : state.questions) {
    if (!question.is_open()) continue;
    std::optional<Wanted> wanted = wanted_of(question, client);
    if (wanted && (may || !wanted->of_person)) all.push_back(std::move(*wanted));
  }
  return all;
}

// What the task came to, as tools/call would have answered.
awaitable<void> add_end(HookServices services, const RunState& state, Json& task) {
  if (state.status == RunStatus::cancelled) {
    task["status"] = "cancelled";
    co_return;
  }
  const Result<Event> end = co_await last_event(services.app.store(), state.run_id);
  const Terms terms;
  Answer answer = end ? answer_of_end(*end, terms)
                      : Answer(mcp::RpcError{mcp::code::kInternal, end.error().message()});
  if (const auto* error = std::get_if<mcp::RpcError>(&answer)) {
    task["status"] = "failed";
    task["error"] = Json{{"code", error->code}, {"message", error->message}};
    co_return;
  }
  task["status"] = "completed";
  task["result"] = std::move(std::get<Json>(answer));
}

awaitable<Answer> get_task(HookServices services, const Request& request, RunState state) {
  Json task = task_head(state.run_id, state.started_at, state.last_at);
  if (is_final(state.status)) {
    co_await add_end(services, state, task);
    co_return task;
  }
  const std::vector<Wanted> wanted = asked_of(services, state, request.client);
  task["status"] = wanted.empty() ? "working" : "input_required";
  for (const Wanted& each : wanted) task["inputRequests"][each.key] = input_request(each);
  if (wanted.empty() && state.has_open_question()) {
    task["statusMessage"] = "it waits for a person elsewhere";
  }
  co_return task;
}

// Waits until the journal has what was just answered, so that who asks next sees it.
awaitable<void> until_heard(HookServices services, std::string run_id, std::int64_t from,
                            std::size_t answers) {
  auto reader = std::make_unique<RunFeed::Reader>(services.feed, run_id, FeedPosition{from, 0});
  Follower follower(services, run_id, std::move(reader));
  const Deadline until = LoopClock::now() + kSettlePatience;
  while (answers > 0) {
    const Follower::Next next = co_await follower.next(until);
    const auto* item = std::get_if<FeedItemRef>(&next);
    if (item == nullptr && !std::holds_alternative<Follower::Rests>(next)) co_return;
    if (item == nullptr) continue;
    if ((*item)->kind() == "question.answered") --answers;
  }
}

awaitable<Answer> update_task(HookServices services, const Request& request, RunState state) {
  const Json& given = member_at(request.params, "inputResponses");
  if (!given.is_object()) co_return wrong_params("'inputResponses' must be an object");
  const Principal& who = request.client.who;
  std::size_t answers = 0;
  for (const Wanted& each : asked_of(services, state, request.client)) {
    const Json& response = member_at(given, each.key);
    if (response.is_null()) continue;
    Result<Json> value = run_answer(state.questions.at(each.question), response);
    if (!value && value.error().code == Errc::cancelled) continue;
    if (!value) co_return wrong_params("inputResponses." + each.key + ": " + value.error().detail);
    std::string by = who.name;
    std::string question = each.question;
    const Result<Posted> posted = co_await services.app.engine().answer(
        state.run_id, std::move(question), std::move(*value), std::move(by));
    if (posted) ++answers;
  }
  if (answers > 0) {
    services.drivers.wake(state.run_id, who.tenant);
    co_await until_heard(services, state.run_id, state.seq, answers);
  }
  co_return Json::object();
}

awaitable<Answer> cancel_task(HookServices services, const Request& request, RunState state) {
  if (!is_final(state.status)) {
    std::string by = request.client.who.name;
    const Result<Posted> posted =
        co_await services.app.engine().cancel(state.run_id, std::move(by));
    if (posted) services.drivers.wake(state.run_id, request.client.who.tenant);
  }
  co_return Json::object();
}

}  // namespace

Json created_task(const RunRow& row) {
  Json task = task_head(row.run_id, row.created_at, row.created_at);
  task["resultType"] = mcp::result_type::kTask;
  task["status"] = "working";
  return task;
}

awaitable<Result<Event>> last_event(Store& store, std::string run_id) {
  const Result<RunRow> row = co_await store.get(run_id);
  if (!row) co_return row.error();
  const Result<std::vector<Record>> records =
      co_await store.read(run_id, std::max<std::int64_t>(row->head_seq - 1, 0), 1);
  if (!records) co_return records.error();
  if (records->empty()) co_return Error{Errc::not_found, "run " + run_id + " has no events"};
  co_return event_from_record(records->back());
}

awaitable<std::optional<Json>> task_now(HookServices services, const Request& request,
                                        std::string id) {
  Result<RunState> state = co_await find_task(services, request.client.who, std::move(id));
  if (!state) co_return std::nullopt;
  Answer answer = co_await get_task(services, request, std::move(*state));
  if (auto* task = std::get_if<Json>(&answer)) co_return std::move(*task);
  co_return std::nullopt;
}

awaitable<Answer> answer_task(HookServices services, const Request& request) {
  if (!request.client.speaks_tasks()) co_return needs_tasks();
  const std::string id = string_at(request.params, "taskId");
  Result<RunState> state = co_await find_task(services, request.client.who, id);
  if (!state) co_return no_such_task(id);
  Answer answer = Json::object();
  if (request.method == "tasks/get") {
    answer = co_await get_task(services, request, std::move(*state));
  } else if (request.method == "tasks/update") {
    answer = co_await update_task(services, request, std::move(*state));
  } else {
    answer = co_await cancel_task(services, request, std::move(*state));
  }
  co_return answer;
}

}  // namespace yoke::mcp_hook

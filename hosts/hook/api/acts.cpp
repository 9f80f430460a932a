#include <algorithm>

#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/run_view.h"
#include "hosts/hook/api/start.h"
#include "hosts/hook/requesters.h"
#include "hosts/hook/visible.h"
#include "models/router.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"

// POST /v1/runs/{id}/answers, /cancel, /resume and /fork.
namespace yoke {
namespace {

// 409: what was to be done is done; who did it and when.
HttpReply done_already(const InboxMessage& winner) {
  const std::string at = to_iso8601(winner.at);
  const Json body{
      {"title", "conflict"},    {"status", 409},
      {"code", "done_already"}, {"detail", "already done, by " + winner.by + " at " + at},
      {"by", winner.by},        {"at", at}};
  return json_reply(409, body, "application/problem+json");
}

bool is_one_of(const Json& choices, const Json& value) {
  return std::find(choices.begin(), choices.end(), value) != choices.end();
}

// A choice in other letters, which would pass for words why not.
bool is_nearly_one_of(const Json& choices, const Json& value) {
  const std::string said(trim(value.get<std::string>()));
  return std::any_of(choices.begin(), choices.end(), [&](const Json& choice) {
    return choice.is_string() && equal_ignoring_case(choice.get<std::string>(), said);
  });
}

// Whether the value answers the question: one of its choices where it has some; to an approval,
// words why not as well.
bool answers(const QuestionState& question, const Json& value) {
  const Json& choices = question.choices;
  if (!choices.is_array() || choices.empty() || is_one_of(choices, value)) return true;
  if (question.purpose == "approve" && value.is_object()) return true;  // the engine looks into it
  return question.purpose == "approve" && value.is_string() && !is_nearly_one_of(choices, value);
}

// Neither a choice nor words, which would pass for a "no".
bool says_nothing(const QuestionState& question, const Json& value) {
  return question.purpose == "approve" && value.is_string() &&
         trim(value.get<std::string>()).empty();
}

Refusal no_choice(const QuestionState& question) {
  std::vector<std::string> choices;
  for (const Json& choice : question.choices) choices.push_back(to_text(choice));
  return refusal_with(422, "invalid",
                      "'/value' in the body: the question '" + question.id + "' has the choices " +
                          join(choices, ", "),
                      "/value");
}

Refusal no_words(const QuestionState& question) {
  return refusal_with(422, "invalid",
                      "'/value' in the body: an empty text answers '" + question.id +
                          "' neither way: say yes or no, or why not",
                      "/value");
}

// That this answer may be given: by the value, and by who gives it.
awaitable<std::optional<Refusal>> check_answer(ApiRef api, AskedOf asked, RunRow row) {
  const Result<RunState> state = co_await read_state_at(api->services.app.store(), row.run_id, 0);
  if (!state) co_return refusal_of(state.error());
  const auto question = state->questions.find(string_at(asked.body, "question"));
  if (question == state->questions.end()) co_return std::nullopt;  // the engine says so
  const bool open = !question->second.answer && !question->second.expired;
  if (open && says_nothing(question->second, asked.body["value"])) {
    co_return no_words(question->second);
  }
  if (open && !answers(question->second, asked.body["value"])) {
    co_return no_choice(question->second);
  }
  std::string agent = row.agent;
  auto asking = requesters_of(api->services.app.store(), std::move(row));
  const Result<std::vector<std::string>> requesters = co_await std::move(asking);
  if (!requesters) co_return refusal_of(requesters.error());
  for (const std::string& requester : *requesters) {
    const auto refusal = api->services.gate.may_answer(asked.call.who, agent, requester);
    if (refusal) co_return refusal;
  }
  co_return std::nullopt;
}

awaitable<HttpReply> answer(ApiRef api, AskedOf asked) {
  RunFound found = co_await find_run_of(api, asked.call.who, asked.call.args.at(0));
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return problem(*refusal);
  const RunRow row = std::move(std::get<RunRow>(found));
  const std::optional<Refusal> refused = co_await check_answer(api, asked, row);
  if (refused) co_return problem(*refused);
  std::string question = string_at(asked.body, "question");
  std::string by = actor_of(*api, asked);
  Json value = asked.body["value"];
  const Result<Posted> posted = co_await api->services.app.engine().answer(
      row.run_id, std::move(question), std::move(value), std::move(by));
  if (!posted) co_return problem(refusal_of(posted.error()));
  if (!posted->first) co_return done_already(posted->winner);
  api->services.drivers.wake(row.run_id, row.tenant);
  const Json told{{"run", row.run_id},
                  {"question", string_at(asked.body, "question")},
                  {"by", posted->winner.by},
                  {"at", to_iso8601(posted->winner.at)}};
  co_return json_reply(200, told);
}

awaitable<HttpReply> cancel(ApiRef api, AskedOf asked) {
  RunFound found = co_await find_run_of(api, asked.call.who, asked.call.args.at(0));
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return problem(*refusal);
  std::string run_id = std::get<RunRow>(found).run_id;
  std::string by = actor_of(*api, asked);
  const Result<Posted> posted = co_await api->services.app.engine().cancel(run_id, std::move(by));
  if (!posted) co_return problem(refusal_of(posted.error()));
  api->services.drivers.wake(run_id, std::get<RunRow>(found).tenant);
  if (!posted->first) co_return done_already(posted->winner);
  RunStatuses statuses;
  statuses.at_once = 202;
  statuses.settled = 200;
  co_return co_await answer_with_run(api, std::move(asked), std::move(run_id), statuses);
}

awaitable<HttpReply> resume(ApiRef api, AskedOf asked) {
  RunFound found = co_await find_run_of(api, asked.call.who, asked.call.args.at(0));
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return problem(*refusal);
  const RunRow& row = std::get<RunRow>(found);
  if (is_final(row.status)) {
    co_return problem(refusal_with(409, "conflict",
                                   "run " + row.run_id +
                                       " has ended: " + std::string(name_of(row.status)) +
                                       "; a fork can go on from one of its events"));
  }
  api->services.drivers.wake(row.run_id, row.tenant);
  std::string run_id = row.run_id;
  RunStatuses statuses;
  statuses.at_once = 202;
  statuses.settled = 200;
  co_return co_await answer_with_run(api, std::move(asked), std::move(run_id), statuses);
}

// That the fork's model is there and may be used by who forks.
std::optional<Refusal> check_model(const ApiContext& api, const Principal& who,
                                   const std::string& model) {
  if (model.empty()) return std::nullopt;
  if (!may_use_model(who, model)) {
    return refusal_with(403, "denied", who.name + " may not use the model '" + model + "'",
                        "/model");
  }
  const Result<std::vector<std::string>> targets = api.services.app.models().targets_of(model);
  if (targets) return std::nullopt;
  return refusal_with(422, "invalid", targets.error().message(), "/model");
}

awaitable<HttpReply> fork(ApiRef api, AskedOf asked) {
  RunFound found = co_await find_run_of(api, asked.call.who, asked.call.args.at(0));
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return problem(*refusal);
  ForkRun request;
  request.run_id = std::get<RunRow>(found).run_id;
  const std::string tenant = std::get<RunRow>(found).tenant;
  // A fork is shown what was said in the session before its parent.
  const std::string session = std::get<RunRow>(found).session;
  const bool heard = co_await may_see_session(api->services.app.store(), asked.call.who, session);
  if (!heard) co_return problem(hidden_session(session));
  request.at = integer_at(asked.body, "at");
  request.model = string_at(asked.body, "model");
  request.by = actor_of(*api, asked);
  if (asked.body.contains("result")) request.result = asked.body["result"];
  const std::optional<Refusal> refused = check_model(*api, asked.call.who, request.model);
  if (refused) co_return problem(*refused);
  const Result<Created> created = co_await api->services.app.engine().fork(std::move(request));
  if (!created) co_return problem(refusal_of(created.error()));
  std::string child = created->claim.run_id;
  if (bool_at(asked.body, "drive", true)) {
    api->services.drivers.wake(child, tenant);
  }
  const RunStatuses statuses;
  co_return co_await answer_with_run(api, std::move(asked), std::move(child), statuses);
}

Operation answer_operation() {
  Operation operation("answerQuestion", "runs", "Answer a question of a run");
  operation
      .says(
          "The first answer counts; the run then goes on. Who may answer is a rule of the "
          "operator's; who did is in the journal.")
      .path("id", "The run.")
      .body("AnswerQuestion")
      .answers(200, "Answered", "It counts.")
      .fails({400, 403, 404, 409, 415, 422});
  return operation;
}

Operation woken(const char* id, const char* summary, const char* description) {
  Operation operation(id, "runs", summary);
  operation.says(description)
      .path("id", "The run.")
      .query("wait", wait_schema(), "Answer when it has ended or waits, at the latest after this.")
      .optional_body("Nothing")
      .answers(200, "Run", "After `wait`: it has ended, or waits for somebody.")
      .answers(202, "Run", "It will be seen to.")
      .fails({400, 404, 409, 415, 422});
  return operation;
}

Operation fork_operation() {
  Operation operation("forkRun", "runs", "Go on from an event of a run, in a run of its own");
  operation.says("The new run shares the events up to `at`; the other one is left as it is.")
      .path("id", "The run.")
      .query("wait", wait_schema(), "Answer when it has ended or waits, at the latest after this.")
      .body("ForkRun")
      .answers(201, "Run", "The new run.")
      .answers(202, "Run", "It goes on after what was waited.")
      .fails({400, 403, 404, 415, 422});
  return operation;
}

}  // namespace

void add_act_endpoints(const ApiRef& api, Endpoints& endpoints) {
  const auto add = [&](ApiRoute route, const Operation& operation, ApiHandler handler) {
    endpoints.push_back(api_endpoint(api, route, operation, handler));
  };
  add({"POST", "/v1/runs/{id}/answers", Scope::answer}, answer_operation(), answer);
  add({"POST", "/v1/runs/{id}/cancel", Scope::run},
      woken("cancelRun", "Cancel a run", "What it has under way is given up."), cancel);
  add({"POST", "/v1/runs/{id}/resume", Scope::run},
      woken("resumeRun", "Drive a run on",
            "For one that was stopped or lost its process; one that waits goes on by itself."),
      resume);
  add({"POST", "/v1/runs/{id}/fork", Scope::run}, fork_operation(), fork);
}

}  // namespace yoke

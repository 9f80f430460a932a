#include "hosts/hook/mcp/run_call.h"
#include "hosts/hook/mcp/server.h"
#include "hosts/hook/session_name.h"
#include "hosts/hook/trace_parent.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "tools/mcp/wire/names.h"

// Requests that a run answers.
namespace yoke::mcp_hook {
namespace {

using CallRun = RunCall::Run;

mcp::RpcError wrong_state() {
  return wrong_params(
      "'requestState' is not one that was given for this call, or is too old: call again without "
      "it");
}

// Of the protocol: the client's answers are an object, its state a text.
std::optional<mcp::RpcError> wrong_retry(const Request& request) {
  const Json& params = request.params;
  if (params.contains("inputResponses") && !params["inputResponses"].is_object()) {
    return wrong_params("'inputResponses' must be an object");
  }
  if (params.contains("requestState") && !params["requestState"].is_string()) {
    return wrong_params("'requestState' must be a text");
  }
  return std::nullopt;
}

mcp::RpcError refused(const Error& error) {
  const bool theirs = error.code == Errc::invalid || error.code == Errc::not_found ||
                      error.code == Errc::too_large || error.code == Errc::denied;
  return mcp::RpcError{theirs ? mcp::code::kInvalidParams : mcp::code::kInternal, error.message()};
}

// The run that the state names, from where it stands.
awaitable<Result<CallRun>> run_of_state(const CallParts& parts, const Request& request,
                                        CallPlace place) {
  const Principal& who = request.client.who;
  const Result<RunRow> row = co_await find_visible(parts.hook.app.store(), who, place.run_id);
  if (!row || row->by != who.name) co_return Error{Errc::not_found, "the run is gone"};
  const Result<RunState> state =
      co_await read_state_at(parts.hook.app.store(), place.run_id, row->head_seq);
  if (!state) co_return state.error();
  CallRun run;
  run.id = place.run_id;
  const FeedPosition here{state->seq, 0};
  run.reader = std::make_unique<RunFeed::Reader>(parts.hook.feed, run.id, here);
  for (const auto& [id, question] : state->questions) {
    if (question.is_open()) run.open.emplace(id, question);
  }
  run.place = std::move(place);
  co_return std::move(run);
}

void note_trace_of(const Request& request, Json& note) {
  HttpRequest carrier;
  const Json& in_meta = meta_of(request, "traceparent");
  const std::string said = in_meta.is_string() ? in_meta.get<std::string>() : request.traceparent;
  if (said.empty()) return;
  carrier.headers.add("traceparent", said);
  note_trace(carrier, note);
}

awaitable<Result<CallRun>> begin_run(const CallParts& parts, const Request& request,
                                     StartRun start) {
  const Principal& who = request.client.who;
  const Result<void> named = check_session_name(start.session);
  if (!named) co_return named.error();
  const bool visible = co_await may_see_session(parts.hook.app.store(), who, start.session);
  if (!visible) co_return Error{Errc::denied, hidden_session(start.session).detail};
  note_trace_of(request, start.note);
  const Result<Created> created = co_await parts.hook.drivers.start(std::move(start));
  if (!created) co_return created.error();
  CallRun run;
  run.id = created->claim.run_id;
  if (created->existed || created->queued) {
    run.reader = std::make_unique<RunFeed::Reader>(parts.hook.feed, run.id, FeedPosition{});
  } else {
    run.reader = RunFeed::Reader::of_new_run(parts.hook.feed, created->claim);
  }
  co_return std::move(run);
}

// Arguments that do not fit are for a model to mend, so its call is answered, not refused.
Answer not_started(const Error& error, const Terms& terms) {
  const bool mendable = error.code == Errc::invalid && terms.shape == Terms::Shape::tool;
  if (!mendable) return refused(error);
  const Json text{{"type", "text"}, {"text", error.message()}};
  return Json{{"content", Json::array({text})}, {"isError", true}};
}

}  // namespace

awaitable<Answer> answer_by_run(CallParts parts, const Request& request, const Offer& offer,
                                const Json& args, Terms terms) {
  if (std::optional<mcp::RpcError> wrong = wrong_retry(request)) co_return std::move(*wrong);
  const bool needs_tasks = terms.task == McpTask::required && !request.client.speaks_tasks();
  if (needs_tasks && terms.shape == Terms::Shape::tool) {
    const Json extensions{{std::string(mcp::extension::kTasks), Json::object()}};
    co_return lacks_capability(Json{{"extensions", extensions}},
                               "'" + offer.name + "' is answered by a task alone");
  }
  Result<CallRun> run = Error{Errc::invalid, ""};
  const std::string sealed = string_at(request.params, "requestState");
  if (sealed.empty()) {
    Result<StartRun> start = start_of(parts.hook, offer, request.client, args);
    if (!start) co_return not_started(start.error(), terms);
    run = co_await begin_run(parts, request, std::move(*start));
    if (!run) co_return refused(run.error());
  } else {
    std::optional<CallPlace> place =
        open_place(parts.state_key, request, sealed, parts.hook.wall.now() / 1000);
    if (!place) co_return wrong_state();
    run = co_await run_of_state(parts, request, std::move(*place));
    if (!run) co_return wrong_state();
  }
  terms.counts = offer.kind == Offer::Kind::tool;
  RunCall::Services services{parts.hook, parts.logs, parts.state_key};
  RunCall call(std::move(services), request, std::move(terms), std::move(*run));
  Answer answer = co_await call.finish();
  co_return answer;
}

}  // namespace yoke::mcp_hook

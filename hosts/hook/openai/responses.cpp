#include "hosts/hook/openai/responses.h"

#include <charconv>

#include "hosts/app/memory_settings.h"
#include "hosts/app/memory_view.h"
#include "hosts/hook/openai/call_ids.h"
#include "hosts/hook/openai/conversations.h"
#include "hosts/hook/openai/kept.h"
#include "hosts/hook/openai/opening.h"
#include "hosts/hook/openai/responses_request.h"
#include "hosts/hook/openai/streaming.h"
#include "hosts/hook/trace_parent.h"
#include "hosts/hook/while_there.h"

namespace yoke::openai {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::chrono::seconds kCancelPatience{5};
constexpr int kFailedRunsMax = 20;  // of a conversation, in a row

HttpReply refused(const Refusal& refusal) { return refuse(ErrorShape::openai, refusal); }

// What a request goes on from.
struct Prior {
  std::vector<Message> messages = {};
  std::optional<Conversation> conversation = {};
};

// The newest response of a conversation that has an answer: failed ones are passed over.
awaitable<Checked<std::vector<Message>>> said_in(HookServices services, Principal who,
                                                 std::string run_id) {
  for (int passed = 0; !run_id.empty() && passed < kFailedRunsMax; ++passed) {
    auto looking = newest_response(services.app.store(), run_id);
    std::string newest = co_await std::move(looking);
    auto finding = find_response(services.app.store(), who, std::move(newest));
    Checked<KeptResponse> kept = co_await std::move(finding);
    if (!kept) break;  // erased: the conversation begins anew
    if (reply_of(*kept)) {
      auto reading = history_of(services, std::move(*kept));
      Checked<std::vector<Message>> messages = co_await std::move(reading);
      co_return std::move(messages);
    }
    if (!is_final(kept->state.status)) {
      co_return busy_conversation("response '" + kept->head.id + "'");
    }
    run_id = before_of(kept->state);
  }
  co_return std::vector<Message>();
}

awaitable<Checked<Prior>> prior_of(HookServices services, Principal who, const ResponseAsk& asked,
                                   bool agent) {
  Prior prior;
  if (!asked.previous.empty()) {
    auto finding = find_response(services.app.store(), who, asked.previous);
    Checked<KeptResponse> kept = co_await std::move(finding);
    if (!kept) {
      co_return Refusal{404, "not found", kept.error().detail, "previous_response_not_found",
                        "previous_response_id"};
    }
    auto reading = history_of(services, std::move(*kept));
    Checked<std::vector<Message>> messages = co_await std::move(reading);
    if (!messages) co_return messages.error();
    prior.messages = std::move(*messages);
  }
  if (asked.conversation.empty()) co_return std::move(prior);
  auto finding = find_conversation(services.app.store(), who, asked.conversation);
  Checked<Conversation> conversation = co_await std::move(finding);
  if (!conversation) co_return conversation.error();
  prior.conversation = std::move(*conversation);
  if (agent) co_return std::move(prior);  // its session knows
  auto saying = said_in(services, who, prior.conversation->last_run);
  Checked<std::vector<Message>> messages = co_await std::move(saying);
  if (!messages) co_return messages.error();
  prior.messages = std::move(*messages);
  co_return std::move(prior);
}

// The whole of what is asked: what was said before, then this request's own.
std::optional<Refusal> assemble(Prior& prior, ResponseAsk& asked) {
  ModelRequest& request = asked.ask.request;
  request.messages.insert(request.messages.begin(), std::make_move_iterator(prior.messages.begin()),
                          std::make_move_iterator(prior.messages.end()));
  request.instructions = asked.instructions;
  lift_instructions(request);
  if (request.messages.empty()) {
    return bad_param("input", "'input' has nothing that anybody says");
  }
  // An agent's run knows the calls that it waits for; the request need not hold them.
  auto last = request.messages.rbegin();
  while (last != request.messages.rend() && last->role == Role::user) ++last;
  if (last != request.messages.rend() && last->role == Role::tool) {
    const auto* result = std::get_if<ToolResultPart>(&last->parts.front());
    const auto ref = result == nullptr ? std::nullopt : parse_call_id(result->id);
    if (ref && is_of_agent(*ref)) return std::nullopt;
  }
  Fields fields(asked.echo);
  name_results(fields, request, "input");
  return fields.problem();
}

ResponseHead head_of(const ResponseAsk& asked, bool agent, std::int64_t now_s) {
  ResponseHead head;
  head.model = asked.ask.model;
  head.created_s = now_s;
  head.of_agent = agent;
  head.encrypted_reasoning = asked.encrypted_reasoning;
  head.background = asked.background;
  head.store = asked.store;
  head.conversation = asked.conversation;
  head.echo = asked.echo;
  return head;
}

awaitable<HttpReply> answer_with(HttpCaller* caller, OpenedTalk opened, ResponseHead head,
                                 bool stream) {
  if (stream) {
    std::unique_ptr<EventStream> events = std::make_unique<ResponseStream>(head);
    StreamTerms terms;
    terms.caller = caller;
    auto streaming = stream_talk(std::move(opened.talk), std::move(events), terms);
    HttpReply reply = co_await std::move(streaming);
    co_return reply;
  }
  if (head.background) co_return json_reply(200, response_json(head, std::string("queued")));
  auto finishing = finish_talk(std::move(opened.talk));
  const std::optional<TalkEnd> end = co_await while_there(caller, std::move(finishing));
  if (!end) co_return refused(hung_up());
  if (const auto* failure = std::get_if<TalkFailure>(&*end)) {
    co_return refused(openai_status(failure->refusal));
  }
  co_return json_reply(200, response_json(head, std::get<TalkReply>(*end)));
}

// The newest of a conversation is the one that its next goes on from.
awaitable<void> move_on(HookServices services, std::string tenant, Prior prior,
                        std::string run_id) {
  prior.conversation->last_run = std::move(run_id);
  auto keeping = keep_conversation(services.app.store(), tenant, std::move(*prior.conversation));
  co_await std::move(keeping);
}

// How a response is asked for again.
struct Replay {
  bool stream = false;
  std::int64_t after = -1;  // the number of the last event that the client has
};
Checked<Replay> read_replay(const HookCall& call) {
  Replay replay;
  const std::string stream = call.asked("stream").value_or("false");
  replay.stream = stream == "true";
  if (!replay.stream && stream != "false") {
    return bad_param("stream", "'stream' is true or false");
  }
  const std::optional<std::string> after = call.asked("starting_after");
  if (!after) return replay;
  if (!replay.stream) {
    return bad_param("starting_after", "'starting_after' goes with stream=true");
  }
  const char* end = after->data() + after->size();
  const auto [stop, error] = std::from_chars(after->data(), end, replay.after);
  if (error != std::errc() || stop != end || replay.after < 0) {
    return bad_param("starting_after",
                     "'starting_after' is the sequence_number of an event: a whole number");
  }
  return replay;
}

// The stream that its creation had, or would have had, from after that event on.
awaitable<HttpReply> stream_again(HookServices services, Principal who, KeptResponse kept,
                                  std::int64_t after) {
  FollowTalk follow;
  follow.run_id = kept.head.run_id;
  follow.who = std::move(who);
  follow.one_call = !kept.head.of_agent;
  const Result<RunRow> row = co_await services.app.store().get(follow.run_id);
  follow.waits = row && row->status == RunStatus::waiting;
  follow.after_seq = kept.begin;
  std::unique_ptr<Talk> talk = follow_talk(services, std::move(follow));
  std::unique_ptr<EventStream> events =
      std::make_unique<ResponseStream>(std::move(kept.head), Sequence(after));
  StreamTerms terms;
  terms.failure_as_status = false;
  auto streaming = stream_talk(std::move(talk), std::move(events), terms);
  HttpReply reply = co_await std::move(streaming);
  co_return reply;
}

// Of a response whose run has gone on since: what it came to, without what was thought meanwhile.
HttpReply stream_of_past(const KeptResponse& kept, std::int64_t after) {
  ResponseStream events(kept.head, Sequence(after));
  HttpReply reply;
  reply.headers.add("Content-Type", "text/event-stream; charset=utf-8");
  reply.body = events.begin();
  const std::optional<TalkReply> said = reply_of(kept);
  reply.body += said ? events.end(*said) : events.fail(no_such_response(kept.head.id));
  return reply;
}

bool is_agent(HookServices services, const std::string& model) {
  const Result<ModelName> name = find_model_name(services.app, model);
  return name && name->kind == ModelName::Kind::agent;
}

}  // namespace

awaitable<HttpReply> answer_response(HookServices services, ConversationLineRef line,
                                     HookCall call) {
  const Result<Json> body = json_body(call.request);
  if (!body) co_return refused(body_refusal(body.error()));
  Checked<ResponseAsk> asked = read_response(*body);
  if (!asked) co_return refused(asked.error());
  const std::string tenant = call.who.tenant;
  const bool agent = is_agent(services, asked->ask.model);
  ConversationLine::Place place;
  if (!asked->conversation.empty()) {
    place = line->take(tenant, asked->conversation);
    if (!place) co_return refused(busy_conversation("another request that has just come"));
  }
  auto looking = prior_of(services, call.who, *asked, agent);
  Checked<Prior> prior = co_await std::move(looking);
  if (!prior) co_return refused(prior.error());
  const std::optional<Refusal> wrong = assemble(*prior, *asked);
  if (wrong) co_return refused(*wrong);
  ResponseHead head = head_of(*asked, agent, services.wall.now() / kMicrosPerSecond);
  const bool stream = asked->ask.stream;
  TalkTerms terms;
  terms.wire = kResponsesWire;
  const std::string session = session_of(call, asked->ask);
  terms.session = asked->conversation.empty() ? session : asked->conversation;
  terms.outlives_client = asked->background;
  terms.notes_call_ids = asked->store;
  const std::string before = prior->conversation ? prior->conversation->last_run : std::string();
  terms.note = note_of(head, before);
  note_trace(call.request, terms.note);
  auto opening = open_talk(services, call.who, std::move(asked->ask), std::move(terms));
  Opening opened = co_await std::move(opening);
  if (const auto* refusal = std::get_if<Refusal>(&opened)) co_return refused(*refusal);
  auto& talk = std::get<OpenedTalk>(opened);
  head.run_id = talk.talk->run_id();
  std::size_t turn = 1;
  if (talk.after_seq > 0) {
    auto noting = keep_turn(services.app.store(), head, talk.after_seq);
    turn = co_await std::move(noting);
  }
  head.id = response_id(head.run_id, turn);
  if (prior->conversation) {
    auto moving = move_on(services, tenant, std::move(*prior), head.run_id);
    co_await std::move(moving);
  }
  place.reset();
  auto answering = answer_with(call.request.caller, std::move(talk), std::move(head), stream);
  HttpReply reply = co_await std::move(answering);
  co_return reply;
}

awaitable<HttpReply> show_response(HookServices services, HookCall call) {
  const Checked<Replay> replay = read_replay(call);
  if (!replay) co_return refused(replay.error());
  auto finding = find_response(services.app.store(), call.who, call.args.at(0));
  Checked<KeptResponse> kept = co_await std::move(finding);
  if (!kept) co_return refused(kept.error());
  if (!replay->stream) co_return json_reply(200, response_json(*kept));
  if (kept->end > 0) co_return stream_of_past(*kept, replay->after);
  auto replaying = stream_again(services, std::move(call.who), std::move(*kept), replay->after);
  HttpReply reply = co_await std::move(replaying);
  co_return reply;
}

// Its run is erased: what was said is gone, what it cost stays.
awaitable<HttpReply> delete_response(HookServices services, HookCall call) {
  const std::string id = call.args.at(0);
  auto finding = find_response(services.app.store(), call.who, id, ResponseUse::act);
  const Checked<KeptResponse> kept = co_await std::move(finding);
  if (!kept) co_return refused(kept.error());
  auto erasing =
      erase_run(services.app.store(), memory_of(services.app), kept->head.run_id, call.who.name);
  const Result<void> erased = co_await std::move(erasing);
  if (!erased) co_return refused(openai_status(refusal_of(erased.error())));
  co_return json_reply(200, Json{{"id", id}, {"object", "response"}, {"deleted", true}});
}

awaitable<HttpReply> cancel_response(HookServices services, HookCall call) {
  const std::string id = call.args.at(0);
  auto finding = find_response(services.app.store(), call.who, id, ResponseUse::act);
  Checked<KeptResponse> kept = co_await std::move(finding);
  if (!kept) co_return refused(kept.error());
  if (!kept->head.background) {
    co_return refused(bad_param("response_id",
                                "only a response in the background is cancelled "
                                "so; hang up on any other"));
  }
  if (!is_final(kept->state.status)) {
    const std::string run_id = kept->head.run_id;
    std::string by = call.who.name;
    const Result<Posted> posted = co_await services.app.engine().cancel(run_id, std::move(by));
    if (posted) services.drivers.wake(run_id, call.who.tenant);
    auto settling = services.drivers.settled(run_id, LoopClock::now() + kCancelPatience);
    const Result<RunRow> settled = co_await std::move(settling);
    if (!settled) co_return refused(no_such_response(id));
    auto again = find_response(services.app.store(), call.who, id, ResponseUse::act);
    kept = co_await std::move(again);
    if (!kept) co_return refused(kept.error());
  }
  co_return json_reply(200, response_json(*kept));
}

}  // namespace yoke::openai

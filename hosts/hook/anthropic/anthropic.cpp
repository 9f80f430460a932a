#include "hosts/hook/anthropic/anthropic.h"

#include "hosts/hook/anthropic/ids.h"
#include "hosts/hook/anthropic/stream.h"
#include "hosts/hook/anthropic/target.h"
#include "hosts/hook/caller_words.h"
#include "hosts/hook/talk.h"
#include "hosts/hook/trace_parent.h"
#include "hosts/hook/while_there.h"
#include "models/router.h"
#include "runtime/base/base64.h"
#include "runtime/base/id.h"

namespace yoke {
namespace anthropic {
namespace {

constexpr const char* kSpace = "yoke:anthropic";  // of the store; no tool can have it
constexpr const char* kSealKey = "seal";
constexpr std::chrono::seconds kPingEvery{15};
// An error that comes before the first piece has a status of its own: so long it is waited for.
constexpr std::chrono::seconds kFirstWait{5};

// Shared by the endpoints.
struct Wire {
  HookServices services;
  std::string seal_key = {};  // empty: not read yet
};
using WireRef = std::shared_ptr<Wire>;

HttpReply refused(const Refusal& refusal) {
  return refuse(ErrorShape::anthropic, anthropic_status(refusal));
}

// Of this store, made when it is first needed: what clients carry is good for as long as it is.
awaitable<void> read_seal_key(WireRef wire) {
  if (!wire->seal_key.empty()) co_return;
  auto getting = wire->services.app.store().kv_get(kSpace, kSealKey);
  const Result<Json> kept = co_await std::move(getting);
  if (!wire->seal_key.empty()) co_return;
  if (kept) {
    const std::optional<std::string> key = from_base64(string_at(*kept, "key"));
    if (key && key->size() >= 32) wire->seal_key = *key;
    if (!wire->seal_key.empty()) co_return;
  }
  SystemRandom random;
  std::string key;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t bits = random.next();
    for (int byte = 0; byte < 8; ++byte) key += static_cast<char>((bits >> (8 * byte)) & 0xff);
  }
  wire->seal_key = key;
  const bool is_new = !kept && kept.error().code == Errc::not_found;
  if (!kept && !is_new) co_return;  // the store does not say: good for this process alone
  Json value{{"key", to_base64(key)}};
  auto setting = wire->services.app.store().kv_set(kSpace, kSealKey, std::move(value));
  co_await std::move(setting);
}

Thoughts thoughts_for(const Wire& wire, const Principal& who) {
  return Thoughts(Seal(wire.seal_key, who.tenant), anthropic_origins(wire.services.app.config()));
}

// One reply on its way, in pieces. Owned by the stream of its HTTP reply.
struct MessagesStreaming {
  MessagesStreaming(std::unique_ptr<Talk> begun, ReplyForm form, Thoughts kept)
      : talk(std::move(begun)), thoughts(std::move(kept)), events(std::move(form), thoughts) {}

  std::unique_ptr<Talk> talk;
  Thoughts thoughts;
  MessageStream events;
  std::int64_t input_tokens = 0;
  Talk::Next first = Talk::Quiet{};
};
using MessagesStreamingRef = std::shared_ptr<MessagesStreaming>;

Refusal began_anew() {
  return {500, "began anew", "the model broke off and began its answer anew: ask again"};
}

// The events of one step, and whether it was the last.
struct Step {
  std::string text;
  bool last = false;
};

Step take(MessagesStreaming& streaming, const Talk::Next& next) {
  MessageStream& events = streaming.events;
  if (const auto* delta = std::get_if<Delta>(&next)) {
    Step step{events.take(*delta)};
    if (!events.is_void()) return step;
    return Step{events.fail(began_anew()), true};
  }
  if (std::holds_alternative<Talk::Turn>(next)) return Step{events.take_turn()};
  if (std::holds_alternative<Talk::Quiet>(next)) return Step{MessageStream::ping()};
  const auto* end = std::get_if<TalkEnd>(&next);
  if (end == nullptr) return {};
  if (const auto* failure = std::get_if<TalkFailure>(end)) {
    return Step{events.fail(anthropic_status(failure->refusal)), true};
  }
  return Step{events.end(std::get<TalkReply>(*end)), true};
}

awaitable<void> write_events(MessagesStreamingRef streaming, HttpWriter& writer) {
  std::string text = streaming->events.begin(streaming->input_tokens);
  Talk::Next next = std::move(streaming->first);
  if (std::holds_alternative<Talk::Quiet>(next)) next = Talk::Note{};
  for (;;) {
    Step step = take(*streaming, next);
    text += step.text;
    if (!text.empty()) {
      auto writing = writer.write(std::exchange(text, {}));
      const bool open = co_await std::move(writing);
      if (!open) co_return;
    }
    if (step.last) co_return;
    auto waiting = streaming->talk->next(LoopClock::now() + kPingEvery);
    next = co_await std::move(waiting);
  }
}

awaitable<HttpReply> answer_streaming(HttpCaller* caller, MessagesStreamingRef streaming) {
  auto waiting = streaming->talk->next(LoopClock::now() + kFirstWait);
  std::optional<Talk::Next> first = co_await while_there(caller, std::move(waiting));
  if (!first) co_return refused(hung_up());
  streaming->first = std::move(*first);
  if (const auto* end = std::get_if<TalkEnd>(&streaming->first)) {
    if (const auto* failure = std::get_if<TalkFailure>(end)) co_return refused(failure->refusal);
  }
  HttpReply reply;
  reply.headers.add("Content-Type", "text/event-stream; charset=utf-8");
  reply.stream = [streaming](HttpWriter& writer) { return write_events(streaming, writer); };
  co_return reply;
}

awaitable<HttpReply> answer_whole(HttpCaller* caller, MessagesStreamingRef streaming,
                                  ReplyForm form) {
  auto finishing = finish_talk(std::move(streaming->talk));
  const std::optional<TalkEnd> end = co_await while_there(caller, std::move(finishing));
  if (!end) co_return refused(hung_up());
  if (const auto* failure = std::get_if<TalkFailure>(&*end)) co_return refused(failure->refusal);
  co_return json_reply(200, reply_json(std::get<TalkReply>(*end), form, streaming->thoughts));
}

// An agent's run that waits for its caller's tools goes on with the results that the last message
// brings. Of several runs, or of none: nothing does.
std::optional<Refusal> go_on(TalkRequest& talk, const Ask& ask) {
  std::string run_id;
  std::vector<ToolResultPart> results;
  for (const ToolResultPart& result : ask.results) {
    const std::optional<CallRef> ref = parse_tool_use_id(result.id);
    if (!ref || (!run_id.empty() && run_id != ref->run_id)) return std::nullopt;
    run_id = ref->run_id;
    results.push_back(result);
    results.back().id = ref->call;
  }
  if (results.empty()) return std::nullopt;
  const Message& last = ask.request.messages.back();
  if (last.role == Role::user) results.back().content += "\n\n" + text_of(last);
  talk.run_id = std::move(run_id);
  talk.results = std::move(results);
  if (!has_image(last)) return std::nullopt;
  return Refusal{400, "invalid",
                 "messages." + std::to_string(ask.last_message) +
                     ".content: an agent's run takes what its caller's tools came to as texts, "
                     "and no image; say in words what it shows, or ask a route or a model"};
}

std::int64_t input_tokens_of(App& app, const ModelRequest& request) {
  const Result<ModelEstimate> estimate = app.models().estimate(request);
  if (estimate) return estimate->input_tokens;
  return static_cast<std::int64_t>(to_text(request).size() / 4);  // of an agent
}

std::variant<Refusal, TalkRequest> talk_request(HookCall& call, const Target& target,
                                                const Ask& ask) {
  TalkRequest talk;
  talk.target = target.name;
  talk.request = ask.request;
  talk.wire = kMessagesWire;
  talk.note = ask.note;
  note_trace(call.request, talk.note);
  if (target.name.kind == ModelName::Kind::agent) {
    talk.session = std::string(call.request.headers.get("X-Yoke-Session"));
    const std::optional<Refusal> refusal = go_on(talk, ask);
    if (refusal) return *refusal;
  }
  talk.who = std::move(call.who);
  return talk;
}

// What both endpoints do first.
struct Read {
  Ask ask;
  Target target;
};
std::variant<Refusal, Read> read_call(Wire& wire, const HookCall& call, bool counting) {
  const Result<Json> body = json_body(call.request);
  if (!body) return bad_request(body.error());
  const std::string_view betas = call.request.headers.get("anthropic-beta");
  const AskForm form{counting, betas.find("interleaved-thinking-") != std::string_view::npos};
  Result<Ask> ask = read_ask(*body, thoughts_for(wire, call.who), form);
  if (!ask) return bad_request(ask.error());
  App& app = wire.services.app;
  auto target = find_target(app, call.who, ask->model);
  if (auto* refusal = std::get_if<Refusal>(&target)) return std::move(*refusal);
  Read read{std::move(*ask), std::get<Target>(std::move(target))};
  fit(app, read.target, read.ask);
  const ModelName& name = read.target.name;
  if (name.kind != ModelName::Kind::agent) read.ask.request.target = name.name;
  return read;
}

awaitable<HttpReply> answer_message(WireRef wire, HookCall call) {
  auto reading = read_seal_key(wire);
  co_await std::move(reading);
  auto read = read_call(*wire, call, false);
  if (const auto* refusal = std::get_if<Refusal>(&read)) co_return refused(*refusal);
  Read& what = std::get<Read>(read);
  Thoughts thoughts = thoughts_for(*wire, call.who);
  const std::int64_t input_tokens = input_tokens_of(wire->services.app, what.ask.request);
  auto asking = talk_request(call, what.target, what.ask);
  if (const auto* refusal = std::get_if<Refusal>(&asking)) co_return refused(*refusal);
  TalkRequest& asked = std::get<TalkRequest>(asking);
  ReplyForm form;
  if (!asked.results.empty()) form.after = asked.results.back().id;
  auto beginning = begin_talk(wire->services, std::move(asked));
  TalkBegun begun = co_await std::move(beginning);
  if (const auto* refusal = std::get_if<Refusal>(&begun)) co_return refused(*refusal);
  auto talk = std::get<std::unique_ptr<Talk>>(std::move(begun));
  form.run_id = talk->run_id();
  form.model = what.ask.model;
  form.show = what.ask.show;
  form.agent = what.target.name.kind == ModelName::Kind::agent;
  auto streaming = std::make_shared<MessagesStreaming>(std::move(talk), form, std::move(thoughts));
  streaming->input_tokens = input_tokens;
  if (!what.ask.stream) {
    auto answering = answer_whole(call.request.caller, std::move(streaming), std::move(form));
    co_return co_await std::move(answering);
  }
  auto answering = answer_streaming(call.request.caller, std::move(streaming));
  co_return co_await std::move(answering);
}

awaitable<HttpReply> answer_count(WireRef wire, HookCall call) {
  auto reading = read_seal_key(wire);
  co_await std::move(reading);
  const auto read = read_call(*wire, call, true);
  if (const auto* refusal = std::get_if<Refusal>(&read)) co_return refused(*refusal);
  const Read& what = std::get<Read>(read);
  const std::int64_t tokens = input_tokens_of(wire->services.app, what.ask.request);
  co_return json_reply(200, Json{{"input_tokens", tokens}});
}

Endpoint endpoint(const char* path, std::function<awaitable<HttpReply>(HookCall)> answer) {
  Endpoint one;
  one.method = "POST";
  one.path = path;
  one.scope = Scope::models;
  one.or_scope = Scope::run;  // what is asked for decides
  one.errors = ErrorShape::anthropic;
  one.answer = std::move(answer);
  return one;
}

}  // namespace
}  // namespace anthropic

void add_anthropic(Endpoints& endpoints, HookServices services) {
  auto wire = std::make_shared<anthropic::Wire>(anthropic::Wire{services});
  endpoints.push_back(anthropic::endpoint("/v1/messages", [wire](HookCall call) {
    return anthropic::answer_message(wire, std::move(call));
  }));
  endpoints.push_back(anthropic::endpoint("/v1/messages/count_tokens", [wire](HookCall call) {
    return anthropic::answer_count(wire, std::move(call));
  }));
}

}  // namespace yoke

#include "hosts/hook/openai/chat.h"

#include "hosts/hook/openai/chat_reply.h"
#include "hosts/hook/openai/chat_request.h"
#include "hosts/hook/openai/opening.h"
#include "hosts/hook/openai/streaming.h"
#include "hosts/hook/trace_parent.h"
#include "hosts/hook/while_there.h"

namespace yoke::openai {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

HttpReply refused(const Refusal& refusal) { return refuse(ErrorShape::openai, refusal); }

}  // namespace

awaitable<HttpReply> answer_chat(HookServices services, HookCall call) {
  const Result<Json> body = json_body(call.request);
  if (!body) co_return refused(body_refusal(body.error()));
  Checked<Ask> ask = read_chat(*body);
  if (!ask) co_return refused(ask.error());
  CompletionHead head;
  head.model = ask->model;
  head.created_s = services.wall.now() / kMicrosPerSecond;
  const bool stream = ask->stream;
  const bool usage_chunk = ask->usage_chunk;
  TalkTerms terms;
  terms.wire = kChatWire;
  terms.session = session_of(call, *ask);
  terms.note = {{"metadata", ask->metadata}};
  note_trace(call.request, terms.note);
  auto opening = open_talk(services, call.who, std::move(*ask), std::move(terms));
  Opening opened = co_await std::move(opening);
  if (const auto* refusal = std::get_if<Refusal>(&opened)) co_return refused(*refusal);
  auto& talk = std::get<OpenedTalk>(opened);
  head.run_id = talk.talk->run_id();
  head.of_agent = talk.target.kind == ModelName::Kind::agent;
  if (stream) {
    std::unique_ptr<EventStream> events = std::make_unique<ChatStream>(head, usage_chunk);
    StreamTerms how;
    how.caller = call.request.caller;
    auto streaming = stream_talk(std::move(talk.talk), std::move(events), how);
    HttpReply reply = co_await std::move(streaming);
    co_return reply;
  }
  auto finishing = finish_talk(std::move(talk.talk));
  const std::optional<TalkEnd> end =
      co_await while_there(call.request.caller, std::move(finishing));
  if (!end) co_return refused(hung_up());
  if (const auto* failure = std::get_if<TalkFailure>(&*end)) {
    co_return refused(openai_status(failure->refusal));
  }
  co_return json_reply(200, chat_completion(head, std::get<TalkReply>(*end)));
}

}  // namespace yoke::openai

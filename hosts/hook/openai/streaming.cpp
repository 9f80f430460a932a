#include "hosts/hook/openai/streaming.h"

#include "hosts/hook/openai/fields.h"
#include "hosts/hook/while_there.h"

namespace yoke::openai {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};
// So long a failure can still have a status of its own.
constexpr std::chrono::seconds kStatusWithin{3};

struct Streaming {
  std::unique_ptr<Talk> talk;
  std::unique_ptr<EventStream> events;
  Talk::Next first;
};

struct Told {
  std::string bytes;
  bool over = false;
};

Told told(EventStream& events, const Talk::Next& next) {
  if (const auto* delta = std::get_if<Delta>(&next)) return {events.add(*delta)};
  if (const auto* note = std::get_if<Talk::Note>(&next)) return {events.add_note(note->text)};
  if (std::holds_alternative<Talk::Quiet>(next)) return {": heartbeat\n\n"};
  if (const auto* turn = std::get_if<Talk::Turn>(&next)) return {events.end_turn(turn->reply)};
  if (std::holds_alternative<Talk::Cut>(next)) {
    std::string bytes = events.cut();
    const bool over = !bytes.empty();
    return {std::move(bytes), over};
  }
  const TalkEnd& end = std::get<TalkEnd>(next);
  if (const auto* failure = std::get_if<TalkFailure>(&end)) {
    return {events.fail(openai_status(failure->refusal)), true};
  }
  return {events.end(std::get<TalkReply>(end)), true};
}

awaitable<void> write_all(std::shared_ptr<Streaming> streaming, HttpWriter& writer) {
  std::string bytes = streaming->events->begin();
  Talk::Next next = std::move(streaming->first);
  while (true) {
    Told now = told(*streaming->events, next);
    bytes += now.bytes;
    if (!bytes.empty()) {
      auto writing = writer.write(std::move(bytes));
      const bool open = co_await std::move(writing);
      if (!open) co_return;
    }
    if (now.over) co_return;
    bytes.clear();
    auto waiting = streaming->talk->next(LoopClock::now() + kHeartbeat);
    next = co_await std::move(waiting);
  }
}

}  // namespace

awaitable<HttpReply> stream_talk(std::unique_ptr<Talk> talk, std::unique_ptr<EventStream> events,
                                 StreamTerms terms) {
  auto waiting = talk->next(LoopClock::now() + kStatusWithin);
  std::optional<Talk::Next> first = co_await while_there(terms.caller, std::move(waiting));
  if (!first) co_return refuse(ErrorShape::openai, hung_up());
  const auto* end = std::get_if<TalkEnd>(&*first);
  if (end != nullptr && terms.failure_as_status) {
    const auto* failure = std::get_if<TalkFailure>(end);
    if (failure != nullptr) co_return refuse(ErrorShape::openai, openai_status(failure->refusal));
  }
  // Shared by the copies of the function that the server makes of it; one of them runs.
  auto streaming = std::make_shared<Streaming>();
  streaming->talk = std::move(talk);
  streaming->events = std::move(events);
  streaming->first = std::move(*first);
  HttpReply reply;
  reply.headers.add("Content-Type", "text/event-stream; charset=utf-8");
  reply.headers.add("Cache-Control", "no-cache");
  reply.headers.add("X-Accel-Buffering", "no");
  reply.stream = [streaming](HttpWriter& writer) { return write_all(streaming, writer); };
  co_return reply;
}

}  // namespace yoke::openai

#pragma once

#include <memory>

#include "hosts/hook/talk.h"

namespace yoke::openai {

// The events of one protocol's stream, as bytes to be sent.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual std::string begin() = 0;
  virtual std::string add(const Delta& delta) = 0;
  virtual std::string add_note(const std::string& text) = 0;
  virtual std::string end_turn(const Message& reply) = 0;
  // What was told of this turn is void, because its process went down. Not empty: that was the end.
  virtual std::string cut() { return {}; }
  virtual std::string end(const TalkReply& reply) = 0;
  virtual std::string fail(const Refusal& refusal) = 0;
};

struct StreamTerms {
  bool failure_as_status = true;  // before the first piece; else it is an event like any other
  HttpCaller* caller = nullptr;   // who is to be there until then; null: nobody is looked after
};

// Answers with the talk as it goes. A failure before the first piece has its own status; one after
// it is the stream's last event. The run is cancelled when the client goes, unless it outlives it.
awaitable<HttpReply> stream_talk(std::unique_ptr<Talk> talk, std::unique_ptr<EventStream> events,
                                 StreamTerms terms = {});

}  // namespace yoke::openai

#pragma once

#include <memory>
#include <string>
#include <variant>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/openai/ask.h"
#include "hosts/hook/talk.h"

namespace yoke::openai {

inline constexpr const char* kCallIdsNote = "call_ids";

// How the run of a request is begun, beside what is asked.
struct TalkTerms {
  std::string wire;
  std::string session = {};
  std::string idem_key = {};
  Json note = Json::object();
  bool outlives_client = false;
  // The note says which ids the client knows the calls of its history by.
  bool notes_call_ids = false;
};

struct OpenedTalk {
  ModelName target;
  std::unique_ptr<Talk> talk;
  std::int64_t after_seq = 0;  // of a run that goes on: the last event before; 0: it is new
};
using Opening = std::variant<Refusal, OpenedTalk>;

// Finds who is asked, whether this one may ask them and whether they can do what is asked, and
// begins. An agent's run that waits for its caller's tools goes on where the last messages are
// their results.
awaitable<Opening> open_talk(HookServices services, Principal who, Ask ask, TalkTerms terms);

// The conversation that a request names, by X-Yoke-Session or metadata.session; empty: none.
std::string session_of(const HookCall& call, const Ask& ask);

}  // namespace yoke::openai

#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "hosts/hook/model_name.h"
#include "hosts/hook/services.h"
#include "runtime/ports/model.h"

// Answering what was asked on somebody else's wire: each request is a run, so that it is journaled,
// within the budgets and can be shown; a wire's own code translates, and knows nothing of runs.
namespace yoke {

// What the runs of routes and models that were asked by themselves are listed under: the wire.
inline constexpr const char* kChatWire = "openai.chat";
inline constexpr const char* kResponsesWire = "openai.responses";
inline constexpr const char* kMessagesWire = "anthropic";

struct TalkRequest {
  ModelName target;
  // Of a route or model: asked as it is, save `target`. Of an agent: its messages are what was said
  // before, the last one of the user is the task; its tools are the caller's own, which the agent
  // may call beside its own and the caller carries out; the rest of it is not used.
  ModelRequest request;
  Principal who;
  std::string wire;          // one of the above: of a route or model, the run's agent name
  std::string session = {};  // of an agent: goes on with it; then only the last message is new
  std::string idem_key = {};
  // Goes on with this run of an agent, which waits for its caller's tools; nothing is started, and
  // `request` is not used. Errors: not_found (another tenant's, too), conflict (it does not wait
  // for these).
  std::string run_id = {};
  std::vector<ToolResultPart> results = {};  // by the ids of the calls as its TalkReply has them
  Json note = Json::object();                // in the run's input: the client's own metadata
  bool outlives_client = false;  // goes on when the client hangs up; else it is cancelled
};

// What an agent's run waits to be told by a person.
struct TalkQuestion {
  std::string run_id;  // of whoever asks: the run itself, or one below it
  std::string id;      // as it is answered by
  std::string title;
  Json body = nullptr;
  Json choices = Json::array();
};

struct TalkSignal {
  std::string run_id;  // of whoever waits for it
  std::string name;
};

// How it ended. A run of an agent that waits has not: it goes on by what it waits for.
struct TalkReply {
  std::string run_id;
  Message message;     // of an agent: its final text; or the calls of its caller's tools
  std::string finish;  // name_of(Finish); tool_calls: it waits for their results
  std::string stop_sequence = {};  // of a route or model: what it stopped at, if known
  // That the run waits for; where it waits for runs below it, what those wait for.
  std::vector<TalkQuestion> questions = {};
  std::vector<TalkSignal> signals = {};
  Usage usage;  // of all calls together, of the runs below it too
  NanoUsd cost = 0;
  std::string model;      // that answered last, "backend/model"
  Json output = nullptr;  // of an agent with a schema of its own
};
struct TalkFailure {
  std::string run_id;
  Refusal refusal;  // with the status that a wire's clients are told
};
using TalkEnd = std::variant<TalkFailure, TalkReply>;

// One request on its way. Gone before its end: the run is cancelled, as a client that hung up
// wants it, unless it outlives its client or others wait for it.
class Talk {
 public:
  virtual ~Talk() = default;
  virtual const std::string& run_id() const = 0;

  // What comes next: a piece (a reset voids those since the last Turn), a note, silence until then,
  // or the end, which is given again when it is asked for again.
  struct Quiet {};
  // A tool of an agent's is called: for wires that can show it.
  struct Note {
    std::string text;
  };
  // The model's reply is whole; another may follow, or the end.
  struct Turn {
    Message reply;
  };
  // Of a talk that is followed: the process that drove it went down while the model spoke. What was
  // told since the last Turn is void.
  struct Cut {};
  using Next = std::variant<Delta, Note, Turn, Cut, Quiet, TalkEnd>;
  virtual awaitable<Next> next(Deadline quiet_until) = 0;
};

// Begins. Errors become a refusal: nothing was started.
using TalkBegun = std::variant<Refusal, std::unique_ptr<Talk>>;
awaitable<TalkBegun> begin_talk(HookServices services, TalkRequest request);
// The talk of a run that was begun before, told again from its journal and then live. Gone before
// its end, the run goes on. The caller has checked whose the run is.
struct FollowTalk {
  std::string run_id;
  Principal who;
  bool one_call = false;
  std::int64_t after_seq = 0;  // told from after this event on
  bool waits = false;          // its row says so: whatever it waits for may be the end of the talk
};
std::unique_ptr<Talk> follow_talk(HookServices services, FollowTalk follow);
// The whole of it, for clients that do not stream.
awaitable<TalkEnd> finish_talk(std::unique_ptr<Talk> talk);

// What a failed run means to whoever asked: its reason ("model.quota", "limit.usd", "refused" …).
Refusal refusal_of_failure(const std::string& reason, const std::string& message);
// An agent's answer whose model declined: what it said, or why; calls are nobody's any more.
Message declined(Message said, const std::string& why);
// With "x-should-retry: false": the SDKs of both vendors send a 409 or 5xx again by themselves, and
// the same would come of it.
Refusal for_good(Refusal refusal);

}  // namespace yoke

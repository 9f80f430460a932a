#pragma once

#include <string>
#include <vector>

#include "runtime/base/label.h"
#include "runtime/ports/message.h"
#include "runtime/ports/tool.h"

// What a running call may want of the run it belongs to, beside its own work.
namespace yoke {

// What a person is to say before the call can go on.
struct CallQuestion {
  std::string title;  // one line
  std::string body;
  // JSON Schema of the answer, an object of plain fields (strings, numbers, booleans, enums); null:
  // nothing but yes or no.
  Json schema = nullptr;
  std::string url;  // where the person does it instead, in a browser; empty: here
};

struct CallAnswer {
  // decline: the person said no. cancel: nobody answered, or nobody is there to ask.
  enum class Action : std::uint8_t { accept, decline, cancel };
  Action action = Action::cancel;
  Json value = nullptr;  // when accepted, of the question's schema
  std::string by;
};

// A model's words on the call's behalf: paid for, limited and journaled as any call of the run.
struct CallSample {
  std::string target;  // a route or "backend/model"; empty: the agent's own
  std::string instructions;
  std::vector<Message> messages;  // text and images only
  std::int64_t output_tokens_max = 1024;
};

struct SampleReply {
  Outcome outcome = Outcome::ok;
  Message message;      // when ok
  std::string model;    // as the vendor names it
  std::string refusal;  // when not ok: why, and what would mend it
};

}  // namespace yoke

#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/ports/call_wants.h"
#include "tools/mcp/link.h"
#include "tools/mcp/wire/capabilities.h"

// What a server may want of us while it works on a call: a person's answer, a model's words, the
// folders it may look at.
namespace yoke::mcp {

struct Root {
  std::string uri;  // "file:///…"
  std::string name;
};

enum class Sampling : std::uint8_t { off, ask, allow };

struct WantRules {
  std::string server;  // its name in yoke.toml, for people
  Sampling sampling = Sampling::off;
  bool asks_people = true;
  std::vector<Root> roots = {};
};
// What follows of them for the capabilities that we declare.
ClientCapabilities capabilities_for(const WantRules& rules);

using WantAnswer = std::variant<Json, RpcError>;

// Answers elicitation/create, sampling/createMessage, roots/list or ping. `context` null: there is
// no call that a person or a model could be asked for. `time` stands still while one is.
// What the server says is untrusted: it is shown as its words.
awaitable<WantAnswer> answer_want(std::string method, Json params, CallContext* context,
                                  WantRules rules, std::shared_ptr<CallTime> time);

// The parts of these that are pure.
Result<CallQuestion> question_from(const Json& params, const std::string& server);
Json elicitation_result(const CallAnswer& answer, const Json& schema);
Result<CallSample> sample_from(const Json& params);
Json sampling_result(const SampleReply& reply);

}  // namespace yoke::mcp

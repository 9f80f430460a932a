#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/ports/call_options.h"
#include "runtime/ports/message.h"
#include "runtime/ports/tool_spec.h"

namespace yoke {

// What is asked of a model. `target` is a route name or "backend/model".
struct ModelRequest {
  std::string target;
  std::string instructions;
  std::vector<Message> messages;
  std::vector<ToolSpec> tools;
  Json output_schema = nullptr;  // null: free text
  std::int64_t output_tokens_max = 4096;
  std::optional<double> temperature = {};
  CallOptions options = {};
  std::string cache_key = {};  // a stable prefix of this conversation, for vendors that ask
  // What follows is no part of the request's text.
  // What the call was granted; none: no limit of money is in force. No further attempt begins that
  // could cost more together with what those before it did.
  std::optional<NanoUsd> reserved = {};
  std::string tenant = {};  // whose it is: waiting is fair, and caches are apart, by tenant
};

// The request as canonical JSON (instructions, messages, tools, schema, parameters; `options` only
// where any is set). Its SHA-256 is
// what the journal keeps of a request; a scripted model is given exactly this.
Json to_json(const ModelRequest& request);
std::string to_text(const ModelRequest& request);  // the same, written without the tree

enum class Finish : std::uint8_t { stop, tool_calls, length, content_filter, refusal, other };
std::string_view name_of(Finish finish);
Result<Finish> finish_from_name(std::string_view name);

enum class FailureClass : std::uint8_t {
  key,          // 401, 402, 403, out of credit
  quota,        // 429
  server,       // 5xx, overloaded
  network,      // no connection, cut, idle
  content,      // refused by a filter
  client,       // our request is wrong; never retried
  malformed,    // an answer that is no answer: bad JSON, no choices, empty, cut stream
  interrupted,  // we stopped (crash) before it ended
  cancelled,
  timed_out,
  budget,  // no money left for it
};
std::string_view name_of(FailureClass failure_class);
Result<FailureClass> failure_class_from_name(std::string_view name);

// In which way an answer that had begun was no whole answer.
enum class StreamFault : std::uint8_t {
  none,         // it was whole, or refused before it began
  cut,          // the connection or the stream ended before the vendor's terminal event
  idle,         // it fell silent
  malformed,    // an event or a body that cannot be read
  error_in_ok,  // an error after status 200
  empty,        // the vendor's end, and nothing said
  too_large,    // over a bound
};
std::string_view name_of(StreamFault fault);
Result<StreamFault> stream_fault_from_name(std::string_view name);

// What was asked of one target on behalf of a call, and what came of it.
struct ModelTry {
  std::string target;     // "backend/model"
  std::string role = {};  // "", "hedge", "escalated", "repair", "restart", "continue"
  std::optional<FailureClass> failure = {};  // none: it answered
  StreamFault fault = StreamFault::none;
  std::string message = {};  // of the failure, or why its answer was not taken
  Usage usage = {};
  NanoUsd cost = 0;
  int attempts = 1;           // requests sent
  std::int64_t first_us = 0;  // until its first piece; 0: nothing streamed
  std::int64_t total_us = 0;
};
Json to_json(const ModelTry& one);
ModelTry model_try_from_json(const Json& value);

// How an answer got the shape that was asked for.
struct StructuredNote {
  std::string mode;       // "native", "grammar" or "prompted"
  int attempts = 1;       // answers it took
  bool degraded = false;  // the last one does not fit the schema either
};

// How a route came by an answer. Empty for a plain call of one target that answered at once.
struct RouteNote {
  std::string route = {};     // its name; empty: the target was named itself
  std::string strategy = {};  // "fallback"
  std::string why = {};       // this target and no other, in few words
  std::vector<ModelTry> tries = {};
  std::vector<std::string> shadows = {};  // who else is to be asked, only to be compared
  bool from_cache = false;
  std::optional<StructuredNote> structured = {};
};

struct ModelReply {
  Message message;  // role assistant
  Finish finish = Finish::stop;
  // Which of CallOptions::stop ended it, where the vendor says so; else empty.
  std::string stop_sequence = {};
  Usage usage;
  NanoUsd cost = 0;
  std::string target;  // the "backend/model" that answered
  std::string model;   // as the vendor names it
  int attempts = 1;    // requests sent, over all targets
  Json raw_usage = nullptr;
  bool paused = false;  // the vendor wants it sent back as it is, to go on with it
  RouteNote route = {};
};

struct ModelFailure {
  FailureClass failure_class = FailureClass::server;
  std::string message;  // one line, names the backend and the mend; never a key
  std::optional<std::chrono::milliseconds> retry_after = {};
  bool retryable = false;
  Usage usage;  // what was streamed before it broke, estimated
  NanoUsd cost = 0;
  std::string target;
  int attempts = 1;
  StreamFault fault = StreamFault::none;
  RouteNote route = {};
};

using ModelOutcome = std::variant<ModelFailure, ModelReply>;

// A piece of a reply as it streams.
struct Delta {
  enum class Kind : std::uint8_t {
    text,
    reasoning,
    tool_args,
    reset,  // void what came before
  };
  Kind kind = Kind::text;
  std::string text;
  int index = 0;          // which tool call
  std::string tool = {};  // its name, on its first piece
  // Of reasoning that has come whole, on its last piece: what else its part holds, without the
  // text. `text` may be empty then.
  std::shared_ptr<const ReasoningPart> thought = {};  // shared by all who keep the piece
};
using DeltaSink = std::function<void(const Delta&)>;

// What a call may cost at most, estimated before it is made.
struct ModelEstimate {
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  NanoUsd cost = 0;           // with the dearest one request that must be covered
  bool priced = false;        // false: a target's price is not known, and cost leaves it out
  std::string unpriced = {};  // then: which target's, and where to write it
  // `cost` with all that a route may add to it: a hedge, an escalation, repairs; 0: nothing.
  NanoUsd cost_most = 0;
};

// A model, a backend or a router over them.
class Model {
 public:
  virtual ~Model() = default;
  // Never throws for what the model did: that is in the outcome. Cancelled: throws; what was sent
  // may be billed. `sink` is called on the loop thread; it may be empty (then nothing need be
  // streamed).
  virtual awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) = 0;
  virtual Result<ModelEstimate> estimate(
      const ModelRequest& request) const = 0;  // not_found: no such target
};

}  // namespace yoke

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/failure.h"
#include "models/structured.h"
#include "models/tool_names.h"
#include "models/wire/reply_context.h"
#include "runtime/base/result.h"
#include "runtime/http/headers.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/ports/model.h"

namespace yoke {

// How a request is to be written.
struct WireForm {
  std::string model;   // as the vendor names it
  std::string origin;  // of this backend's opaque parts, as Wire::origin gives it
  bool stream = false;
  bool continues = false;  // the last message is the beginning of the answer: to be written on
  Json extra_body = Json::object();  // the operator's own fields, added as they are
};

struct WireRequest {
  std::string path;          // below the base address, with its query: "/chat/completions"
  HttpHeaders headers = {};  // beside the content's type, the key and the operator's own
  std::string body;
};

// One piece of a stream: a server-sent event, or a line.
struct WireEvent {
  std::string_view type;  // of a server-sent event; "message" when it gives none
  std::string_view data;
};

// Reads a streamed reply, piece by piece. What reads the socket pushes the pieces and then says how
// the stream ended. A reply is whole only with the vendor's terminal event.
class WireStream {
 public:
  virtual ~WireStream() = default;

  // False: nothing more is wanted.
  virtual bool push(const WireEvent& event) = 0;
  virtual void fail(StreamFault fault, std::string_view what) = 0;
  virtual bool failed() const = 0;

  // For a protocol that takes its time over the pieces: work() runs beside the sending, from before
  // the first piece until after no_more(), and is done when all pieces are read.
  virtual bool works_aside() const { return false; }
  virtual awaitable<void> work(Deadline deadline);
  virtual void no_more() {}

  virtual ModelOutcome end() = 0;  // the body ended properly
  // The connection broke, fell silent, or the deadline passed. A reply that was whole by then
  // stands.
  virtual ModelOutcome cut(const StreamCut& cut) = 0;
};

// Whose way of asking for vectors a server has.
enum class EmbedDialect : std::uint8_t { openai, ollama, gemini };

// What prepare() and read() work on; both outlive the call.
struct WireCall {
  const ModelRequest* request;
  const ToolNames* names;
  const WireForm* form;
  Deadline deadline;
};
struct WireAnswer {
  std::string_view body;
  const ReplyContext* context;
  DeltaSink sink;
  Deadline deadline;
};

// A vendor's protocol: how a request is written and an answer read. Pure, save where it is written
// in a script: that overrides prepare() and read(), which otherwise are encode() and decode().
class Wire {
 public:
  enum class Framing : std::uint8_t { events, lines };  // server-sent events; a JSON text a line

  virtual ~Wire() = default;

  // Reasoning and opaque parts of other origins are left out. Errors: invalid (it cannot be said on
  // this wire; names what and the mend).
  virtual Result<WireRequest> encode(const ModelRequest& request, const ToolNames& names,
                                     const WireForm& form) const = 0;
  // A whole answer of status 200 as a reply, or as the failure it really is. `sink` may be empty.
  virtual ModelOutcome decode(std::string_view body, const ReplyContext& context,
                              DeltaSink sink) const = 0;
  virtual awaitable<Result<WireRequest>> prepare(WireCall call) const;
  virtual awaitable<ModelOutcome> read(WireAnswer answer) const;
  // `context` outlives the stream.
  virtual std::unique_ptr<WireStream> stream(const ReplyContext& context, DeltaSink sink) const = 0;
  virtual Framing framing() const { return Framing::events; }
  // An answer of another status, as the failure that it is.
  virtual ModelFailure refused(const RefusedReply& refusal, const FailureContext& context) const;
  // Fields of the body that encode() writes itself: the operator's own may not be among them.
  virtual std::vector<std::string_view> own_fields() const { return {}; }
  // Whether its servers write on from the beginning of an answer (WireForm::continues).
  virtual bool can_continue(std::string_view) const { return false; }
  // How an answer of a given shape is got from a model; the weakest way where that depends on the
  // rest of the request.
  virtual SchemaMode schema_mode(std::string_view) const { return SchemaMode::prompted; }
  // How its servers are asked for vectors; none: they make none.
  virtual std::optional<EmbedDialect> embeddings() const { return std::nullopt; }
  // The most that one piece of a stream may hold; more where it may be an image.
  virtual std::size_t event_bytes_max() const { return 4u << 20; }

  // Whose opaque parts a backend's are: what they are kept under, and sent back by.
  virtual std::string origin(std::string_view backend, std::string_view model) const = 0;
};

}  // namespace yoke

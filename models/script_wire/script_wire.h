#pragma once

#include <memory>
#include <string>

#include "models/wire/wire.h"
#include "runtime/ports/script_host.h"

namespace yoke::script_wire {

// A vendor's protocol written in Lua: `backend { name = …, request = …, reply = …, stream = … }`.
// The script says what is sent and what an answer means; the sending, the key, the retries and the
// money are the host's. It reaches no other address than base_url, and never sees a key.
//
//   request(request, options) -> {path =, headers =, body =}
//   reply(answer, options)    -> {text =, reasoning =, calls =, usage =, finish =, error = …}
//   stream(events, state, options) -> {pieces = {…}, state = …}   left out: it never streams
//
// Ownership: borrows `scripts`, which outlives it and every call.
class ScriptWire final : public Wire {
 public:
  struct Definition {
    std::string name;
    int index = 0;  // in what the file returned
    bool streams = false;
    Framing framing = Framing::events;
  };

  // Errors: the file's own, or that it defines no backend. `place` is named in front:
  // "backends.acme".
  static Result<std::unique_ptr<Wire>> make(const std::string& place,
                                            std::shared_ptr<const ScriptSource> source,
                                            ScriptHost& scripts);
  ScriptWire(Definition definition, std::shared_ptr<const ScriptSource> source, ScriptHost& scripts)
      : definition_(std::move(definition)), source_(std::move(source)), scripts_(scripts) {}

  Result<WireRequest> encode(const ModelRequest& request, const ToolNames& names,
                             const WireForm& form) const override;
  ModelOutcome decode(std::string_view body, const ReplyContext& context,
                      DeltaSink sink) const override;
  awaitable<Result<WireRequest>> prepare(WireCall call) const override;
  awaitable<ModelOutcome> read(WireAnswer answer) const override;
  std::unique_ptr<WireStream> stream(const ReplyContext& context, DeltaSink sink) const override;
  Framing framing() const override { return definition_.framing; }
  SchemaMode schema_mode(std::string_view) const override { return SchemaMode::prompted; }
  std::string origin(std::string_view backend, std::string_view model) const override;

  // Calls a function of the script. The error is for people: it names the script.
  awaitable<Result<Json>> run(std::string function, Json args, Deadline deadline) const;

 private:
  const Definition definition_;
  const std::shared_ptr<const ScriptSource> source_;  // shared with the calls under way
  ScriptHost& scripts_;
};

}  // namespace yoke::script_wire

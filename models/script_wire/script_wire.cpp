#include "models/script_wire/script_wire.h"

#include <algorithm>

#include "models/script_wire/pieces.h"
#include "models/script_wire/stream.h"
#include "runtime/base/ensure.h"
#include "runtime/base/text.h"

namespace yoke::script_wire {
namespace {

class NoContext final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

bool has(const ScriptDefinition& definition, std::string_view function) {
  const auto& functions = definition.functions;
  return std::find(functions.begin(), functions.end(), function) != functions.end();
}

Result<ScriptWire::Definition> read_definition(const ScriptDefinition& one, int index) {
  ScriptWire::Definition definition;
  definition.index = index;
  definition.name = string_at(one.fields, "name");
  if (definition.name.empty()) return Error{Errc::invalid, "a backend has a name"};
  for (const char* needed : {"request", "reply"}) {
    if (has(one, needed)) continue;
    return Error{Errc::invalid,
                 "backend '" + definition.name + "' has no function '" + std::string(needed) + "'"};
  }
  definition.streams = has(one, "stream");
  const std::string framing = string_at(one.fields, "framing", "events");
  if (framing != "events" && framing != "lines") {
    return Error{Errc::invalid,
                 "framing is \"events\" (server-sent events) or \"lines\" (a JSON "
                 "text a line), not '" +
                     shorten(printable(framing), 40) + "'"};
  }
  definition.framing = framing == "lines" ? Wire::Framing::lines : Wire::Framing::events;
  return definition;
}

}  // namespace

Result<std::unique_ptr<Wire>> ScriptWire::make(const std::string& place,
                                               std::shared_ptr<const ScriptSource> source,
                                               ScriptHost& scripts) {
  const std::string where = place + ".script: ";
  const Result<std::vector<ScriptDefinition>> defined = scripts.define(*source);
  if (!defined) return Error{defined.error().code, where + defined.error().message()};
  for (std::size_t at = 0; at < defined->size(); ++at) {
    const ScriptDefinition& one = (*defined)[at];
    if (one.kind != "backend") continue;
    Result<Definition> definition = read_definition(one, static_cast<int>(at));
    if (!definition) {
      const std::string at_line = source->name + ":" + std::to_string(one.line) + ": ";
      return Error{Errc::invalid, where + at_line + definition.error().detail};
    }
    std::unique_ptr<Wire> wire =
        std::make_unique<ScriptWire>(std::move(*definition), std::move(source), scripts);
    return wire;
  }
  return Error{Errc::invalid, where + source->name + " returns no backend { … }"};
}

// What the port promises is asked for through prepare() and read(): a script takes its time.
Result<WireRequest> ScriptWire::encode(const ModelRequest&, const ToolNames&,
                                       const WireForm&) const {
  ENSURE(!"a script's protocol is asked with prepare()");
  return WireRequest{};
}

ModelOutcome ScriptWire::decode(std::string_view, const ReplyContext&, DeltaSink) const {
  ENSURE(!"a script's protocol is asked with read()");
  return ModelFailure{};
}

awaitable<Result<Json>> ScriptWire::run(std::string function, Json args, Deadline deadline) const {
  ScriptCall call;
  call.definition = definition_.index;
  call.function = function;
  call.args = std::move(args);
  call.profile = "model";
  call.identity.call_id = function;
  call.identity.deadline = deadline;
  NoContext context;
  auto calling = scripts_.call(source_, std::move(call), context);
  ToolOutcome outcome = co_await std::move(calling);
  if (outcome.outcome == Outcome::ok) co_return std::move(outcome.value);
  co_return Error{Errc::invalid, "its script's '" + function + "' failed: " + outcome.message};
}

awaitable<Result<WireRequest>> ScriptWire::prepare(WireCall call) const {
  const bool streams = call.form->stream && definition_.streams;
  Json args = Json::array();
  args.push_back(request_for(*call.request, *call.names, call.form->origin));
  args.push_back(
      Json{{"model", call.form->model}, {"stream", streams}, {"body", call.form->extra_body}});
  auto running = run("request", std::move(args), call.deadline);
  const Result<Json> returned = co_await std::move(running);
  if (!returned) co_return returned.error();
  Result<WireRequest> request = request_of(*returned);
  if (!request) co_return Error{Errc::invalid, source_->name + ": " + request.error().detail};
  co_return std::move(*request);
}

awaitable<ModelOutcome> ScriptWire::read(WireAnswer answer) const {
  Pieces pieces(*answer.context, std::move(answer.sink));
  Result<Json> parsed = parse_vendor_json(answer.body);
  if (!parsed) {
    pieces.reply().fail(FailureClass::malformed, StreamFault::malformed,
                        no_json("the answer", parsed.error(), answer.body, answer.context->key),
                        true);
    co_return pieces.reply().finish();
  }
  Json args = Json::array();
  args.push_back(std::move(*parsed));
  args.push_back(Json{{"model", answer.context->model}});
  auto running = run("reply", std::move(args), answer.deadline);
  const Result<Json> returned = co_await std::move(running);
  if (returned) {
    pieces.add_whole(*returned);
  } else {
    pieces.wrong(returned.error().detail);
  }
  co_return pieces.reply().finish();
}

std::unique_ptr<WireStream> ScriptWire::stream(const ReplyContext& context, DeltaSink sink) const {
  return std::make_unique<ScriptStream>(*this, context, std::move(sink));
}

std::string ScriptWire::origin(std::string_view backend, std::string_view) const {
  return "script/" + std::string(backend);
}

}  // namespace yoke::script_wire

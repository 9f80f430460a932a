#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/wire/stream_reader.h"
#include "runtime/base/ensure.h"

// What every wire promises of whatever a server sends.
namespace yoke::fuzz {

inline ModelOutcome streamed(const Wire& wire, const ReplyContext& context, std::string_view bytes,
                             std::size_t step, const DeltaSink& sink) {
  StreamReader reader(wire, context, sink);
  const bool lines = wire.framing() == Wire::Framing::lines;
  const HttpHeaders headers{{"Content-Type", lines ? "application/x-ndjson" : "text/event-stream"}};
  ENSURE(reader.on_head(HttpResponseHead{200, headers}));
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!reader.on_data(bytes.substr(at, step))) break;
  }
  reader.on_end();
  return reader.stream().end();
}

inline void check_usage(const Usage& usage) {
  ENSURE(usage.input >= 0 && usage.input <= kTokensMax);
  ENSURE(usage.output >= 0 && usage.output <= kTokensMax);
  ENSURE(usage.cached + usage.cache_write <= usage.input && usage.reasoning <= usage.output);
}

inline void check_reply(const Wire& wire, const ModelReply& reply, const WireForm& form) {
  ENSURE(!reply.message.parts.empty());
  const Result<Message> kept = message_from_json(to_json(reply.message));
  ENSURE(kept.has_value());
  ModelRequest request;
  request.messages.push_back(user_message("Hi"));
  request.messages.push_back(*kept);
  const ToolNames names(request.tools);
  const Result<WireRequest> written = wire.encode(request, names, form);
  ENSURE(written.has_value() || !written.error().message().empty());
  if (!written) return;
  JsonLimits limits;
  limits.depth_max = 80;  // what was taken stands a few levels deeper in a request
  const Result<Json> body = parse_json(written->body, limits);
  ENSURE(body.has_value());
}

inline void check(const ModelOutcome& outcome, const Wire& wire, const WireForm& form) {
  if (const auto* failure = std::get_if<ModelFailure>(&outcome)) {
    ENSURE(failure->message.starts_with("backend 'lab'"));
    ENSURE(failure->message.find('\n') == std::string::npos);
    return check_usage(failure->usage);
  }
  const auto& reply = std::get<ModelReply>(outcome);
  check_usage(reply.usage);
  check_reply(wire, reply, form);
}

// How a server's bytes are given to a wire.
struct Given {
  std::string_view bytes;
  bool streams = false;
  std::size_t step = 1;  // of a stream: how many bytes at a time
};

inline void check_wire(const Wire& wire, const std::string& model, const Given& given) {
  WireForm form;
  form.model = model;
  form.origin = wire.origin("lab", model);
  const ToolNames names(std::vector<ToolSpec>{});
  const Secret key("sk-very-secret-key");
  const ReplyContext context{names, key, "lab", form.model, form.origin, 100, 1000};
  std::size_t told = 0;
  const DeltaSink sink = [&told](const Delta& delta) { told += delta.text.size(); };
  const ModelOutcome outcome = given.streams
                                   ? streamed(wire, context, given.bytes, given.step, sink)
                                   : wire.decode(given.bytes, context, sink);
  check(outcome, wire, form);
}

}  // namespace yoke::fuzz

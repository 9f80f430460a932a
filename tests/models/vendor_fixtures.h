#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/anthropic/messages_wire.h"
#include "models/gemini/generate_wire.h"
#include "models/wire/stream_reader.h"
#include "tests/models/fixtures.h"

namespace yoke {

inline WireForm form_of(const Wire& wire, std::string model = "m", Json extra = Json::object()) {
  WireForm form;
  form.origin = wire.origin("lab", model);
  form.model = std::move(model);
  form.extra_body = std::move(extra);
  return form;
}

// What backend 'lab' sends on this wire.
inline Json body_of(const Wire& wire, const ModelRequest& request, const WireForm& form) {
  const ToolNames names(request.tools);
  const Result<WireRequest> written = wire.encode(request, names, form);
  if (!written) throw std::runtime_error(written.error().message());
  const Result<Json> body = parse_json(written->body);
  ENSURE(body.has_value());
  return *body;
}

// What backend 'lab' cannot send, and why.
inline std::string unsayable(const Wire& wire, const ModelRequest& request, const WireForm& form) {
  const ToolNames names(request.tools);
  const Result<WireRequest> written = wire.encode(request, names, form);
  return written ? "(it was written)" : written.error().message();
}

// What backend 'lab' makes of what it receives on a wire.
class WireReading {
 public:
  explicit WireReading(const Wire& wire, std::vector<ToolSpec> tools = {}, std::string model = "m")
      : wire_(wire), names_(tools), context_{names_, key_, "lab", model, wire.origin("lab", model),
                                             100,    1000} {}
  // … that was asked to stop at these.
  void stop_at(std::vector<std::string> stops) { context_.stops = std::move(stops); }
  WireReading(const WireReading&) = delete;
  WireReading& operator=(const WireReading&) = delete;

  ModelOutcome whole(const Json& body, DeltaSink sink = {}) const {
    return wire_.decode(to_text(body), context_, std::move(sink));
  }
  ModelOutcome whole_text(std::string_view body) const { return wire_.decode(body, context_, {}); }

  // The bytes of a stream, given `step` at a time, and then its end.
  ModelOutcome stream(std::string_view bytes, DeltaSink sink = {}, std::size_t step = 1u << 20) {
    StreamReader reader(wire_, context_, std::move(sink));
    const bool lines = wire_.framing() == Wire::Framing::lines;
    HttpHeaders headers{{"Content-Type", lines ? "application/x-ndjson" : "text/event-stream"}};
    ENSURE(reader.on_head(HttpResponseHead{200, headers}));
    bool wanted = true;
    for (std::size_t at = 0; at < bytes.size() && wanted; at += step) {
      wanted = reader.on_data(bytes.substr(at, step));
    }
    reader.on_end();
    return reader.stream().end();
  }

  // … and then a broken connection.
  ModelOutcome broken_stream(std::string_view bytes) {
    StreamReader reader(wire_, context_, {});
    HttpHeaders headers{{"Content-Type", "text/event-stream"}};
    ENSURE(reader.on_head(HttpResponseHead{200, headers}));
    reader.on_data(bytes);
    StreamCut cut;
    cut.reason = "it broke";
    return reader.stream().cut(cut);
  }

 private:
  const Wire& wire_;
  ToolNames names_;
  Secret key_{"sk-very-secret-key"};
  ReplyContext context_;
};

// A stream's bytes from its events' data, with the type of each as its name where it has one.
inline std::string stream_of(const std::vector<Json>& events) {
  std::string bytes;
  for (const Json& event : events) {
    const std::string type = string_at(event, "type");
    if (!type.empty()) bytes += "event: " + type + "\n";
    bytes += "data: " + to_text(event) + "\n\n";
  }
  return bytes;
}

inline Json json(std::string_view text) { return parse_json(text).value(); }

// The message in its neutral form, as the journal has it.
inline Json parts_of(const ModelOutcome& outcome) {
  return to_json(reply_in(outcome).message)["parts"];
}

}  // namespace yoke

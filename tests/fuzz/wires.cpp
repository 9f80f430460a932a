#include <memory>
#include <string>
#include <vector>

#include "models/anthropic/messages_wire.h"
#include "models/gemini/generate_wire.h"
#include "models/wire/stream_reader.h"
#include "runtime/base/ensure.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

// Whatever a vendor sends, whole or as a stream in any pieces, is a reply that says something or a
// failure with a sentence; its counts are within bounds; and what it is as a message can be sent
// back. The first byte says which vendor, how it answers and in what pieces.
namespace yoke::fuzz {
namespace {

std::unique_ptr<Wire> wire_of(unsigned char kind) {
  if ((kind & 1) == 0) return std::make_unique<anthropic::MessagesWire>();
  return std::make_unique<gemini::GenerateWire>();
}

ModelOutcome streamed(const Wire& wire, const ReplyContext& context, std::string_view bytes,
                      std::size_t step, const DeltaSink& sink) {
  StreamReader reader(wire, context, sink);
  const HttpHeaders headers{{"Content-Type", "text/event-stream"}};
  ENSURE(reader.on_head(HttpResponseHead{200, headers}));
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!reader.on_data(bytes.substr(at, step))) break;
  }
  reader.on_end();
  return reader.stream().end();
}

void check_usage(const Usage& usage) {
  ENSURE(usage.input >= 0 && usage.input <= kTokensMax);
  ENSURE(usage.output >= 0 && usage.output <= kTokensMax);
  ENSURE(usage.cached + usage.cache_write <= usage.input && usage.reasoning <= usage.output);
}

void check_reply(const Wire& wire, const ModelReply& reply, const WireForm& form) {
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

void check(const ModelOutcome& outcome, const Wire& wire, const WireForm& form) {
  if (const auto* failure = std::get_if<ModelFailure>(&outcome)) {
    ENSURE(failure->message.starts_with("backend 'lab'"));
    ENSURE(failure->message.find('\n') == std::string::npos);
    return check_usage(failure->usage);
  }
  const auto& reply = std::get<ModelReply>(outcome);
  check_usage(reply.usage);
  check_reply(wire, reply, form);
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = yoke::fuzz::text_of(data, size);
  if (input.empty()) return 0;
  const auto kind = static_cast<unsigned char>(input.front());
  const std::string_view bytes = input.substr(1);
  const std::unique_ptr<yoke::Wire> wire = yoke::fuzz::wire_of(kind);
  yoke::WireForm form;
  form.model = "gemini-3-pro";
  form.origin = wire->origin("lab", form.model);
  const yoke::ToolNames names(std::vector<yoke::ToolSpec>{});
  const yoke::Secret key("sk-very-secret-key");
  const yoke::ReplyContext context{names, key, "lab", form.model, form.origin, 100, 1000};
  std::size_t told = 0;
  const yoke::DeltaSink sink = [&told](const yoke::Delta& delta) { told += delta.text.size(); };
  const std::size_t step = 1 + (kind >> 2);
  const bool streams = (kind & 2) != 0;
  const yoke::ModelOutcome outcome = streams
                                         ? yoke::fuzz::streamed(*wire, context, bytes, step, sink)
                                         : wire->decode(bytes, context, sink);
  yoke::fuzz::check(outcome, *wire, form);
  return 0;
}

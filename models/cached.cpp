#include "models/cached.h"

#include "runtime/base/hash.h"

namespace yoke {

ReplyCache::Place cache_place(const ModelRequest& request, std::string_view route,
                              const std::vector<std::string>& targets, std::string_view setup) {
  constexpr std::int64_t kForm = 2;  // of the texts that are kept
  Hasher hasher;
  hasher.field(kForm).field(to_text(request));
  for (const std::string& target : targets) hasher.field(target);
  hasher.field(setup);
  ReplyCache::Place place;
  place.tenant = request.tenant;
  place.route = route;
  place.key = to_hex(hasher.finish());
  return place;
}

bool may_cache(const ModelRequest& request, const ReplyCacheSettings& settings) {
  return settings.sampled || request.temperature.value_or(0) <= 0;
}

bool may_cache(const ModelReply& reply) {
  const bool whole = reply.finish == Finish::stop || reply.finish == Finish::tool_calls;
  return whole && !(reply.route.structured && reply.route.structured->degraded);
}

std::string cached_text(const ModelReply& reply) {
  Json kept{{"message", to_json(reply.message)},
            {"finish", name_of(reply.finish)},
            {"target", reply.target},
            {"model", reply.model}};
  if (!reply.stop_sequence.empty()) kept["stop_sequence"] = reply.stop_sequence;
  if (reply.route.structured) kept["mode"] = reply.route.structured->mode;
  return to_text(kept);
}

std::optional<ModelReply> cached_reply(const std::string& text) {
  const Result<Json> kept = parse_json(text);
  if (!kept) return std::nullopt;
  Result<Message> message = message_from_json(member_at(*kept, "message"));
  const Result<Finish> finish = finish_from_name(string_at(*kept, "finish"));
  if (!message || !finish) return std::nullopt;
  ModelReply reply;
  reply.message = std::move(*message);
  reply.finish = *finish;
  reply.stop_sequence = string_at(*kept, "stop_sequence");
  reply.target = string_at(*kept, "target");
  reply.model = string_at(*kept, "model");
  reply.attempts = 0;
  reply.route.from_cache = true;
  reply.route.why = "the same request was answered before";
  const std::string mode = string_at(*kept, "mode");
  if (!mode.empty()) reply.route.structured = StructuredNote{mode, 0, false};
  return reply;
}

void show(const Message& message, const DeltaSink& sink) {
  if (!sink) return;
  int index = 0;
  for (const Part& part : message.parts) {
    Delta delta;
    if (const auto* text = std::get_if<TextPart>(&part)) {
      delta.text = text->text;
    } else if (const auto* reasoning = std::get_if<ReasoningPart>(&part)) {
      delta.kind = Delta::Kind::reasoning;
      delta.text = reasoning->text;
      delta.thought = std::make_shared<const ReasoningPart>(
          ReasoningPart{{}, reasoning->opaque, reasoning->key});
    } else if (const auto* call = std::get_if<ToolCallPart>(&part)) {
      delta.kind = Delta::Kind::tool_args;
      delta.text = to_text(call->args);
      delta.index = index++;
      delta.tool = call->name;
    }
    if (!delta.text.empty() || delta.thought) sink(delta);
  }
}

}  // namespace yoke

#include "hosts/hook/openai/chat_reply.h"

#include "hosts/hook/openai/call_ids.h"

namespace yoke::openai {
namespace {

std::string event(const Json& data) { return "data: " + to_text(data) + "\n\n"; }

Json usage_of(const Usage& usage) {
  return {{"prompt_tokens", usage.input},
          {"completion_tokens", usage.output},
          {"total_tokens", usage.input + usage.output},
          {"prompt_tokens_details", {{"cached_tokens", usage.cached}}},
          {"completion_tokens_details", {{"reasoning_tokens", usage.reasoning}}}};
}

std::string finish_reason(const TalkReply& reply) {
  for (const char* same : {"stop", "tool_calls", "length", "content_filter"}) {
    if (reply.finish == same) return same;
  }
  return "stop";  // a refusal, and what no client knows a word for
}

Json call_json(const std::string& id, const std::string& name, const std::string& args) {
  return {{"id", id}, {"type", "function"}, {"function", {{"name", name}, {"arguments", args}}}};
}

Json calls_json(const TalkReply& reply, bool of_agent) {
  Json calls = Json::array();
  for (const ToolCallPart* call : calls_in(reply.message)) {
    const std::string id = handed_out_id(reply, calls.size(), of_agent);
    calls.push_back(call_json(id, call->name, arguments_text(*call)));
  }
  return calls;
}

Json message_json(const TalkReply& reply, bool of_agent) {
  Json message{{"role", "assistant"}, {"refusal", nullptr}};
  const std::string text = shown_text(reply);
  const std::string refusal = refusal_in(reply.message);
  Json calls = calls_json(reply, of_agent);
  const bool only_calls = text.empty() && (!calls.empty() || !refusal.empty());
  message["content"] = only_calls ? Json(nullptr) : Json(text);
  if (!refusal.empty()) message["refusal"] = refusal;
  const std::string thought = reasoning_of(reply.message);
  if (!thought.empty()) message["reasoning_content"] = thought;
  if (!calls.empty()) message["tool_calls"] = std::move(calls);
  return message;
}

}  // namespace

Json error_of(const Refusal& refusal) {
  const Result<Json> whole = parse_json(refuse(ErrorShape::openai, refusal).body);
  return whole ? member_at(*whole, "error") : Json::object();
}

Json chat_completion(const CompletionHead& head, const TalkReply& reply) {
  const Json choice{{"index", 0},
                    {"message", message_json(reply, head.of_agent)},
                    {"logprobs", nullptr},
                    {"finish_reason", finish_reason(reply)}};
  return {{"id", completion_id(head.run_id)},  {"object", "chat.completion"},
          {"created", head.created_s},         {"model", head.model},
          {"choices", Json::array({choice})},  {"usage", usage_of(reply.usage)},
          {"system_fingerprint", reply.model}, {"service_tier", "default"}};
}

std::string ChatStream::chunk(Json delta, Json finish) const {
  const Json choice{{"index", 0},
                    {"delta", std::move(delta)},
                    {"logprobs", nullptr},
                    {"finish_reason", std::move(finish)}};
  Json body{{"id", completion_id(head_.run_id)},
            {"object", "chat.completion.chunk"},
            {"created", head_.created_s},
            {"model", head_.model},
            {"choices", Json::array({choice})}};
  if (usage_chunk_) body["usage"] = nullptr;
  return event(body);
}

std::string ChatStream::begin() { return chunk({{"role", "assistant"}, {"content", ""}}); }

std::string ChatStream::add(const Delta& delta) {
  const std::string shown = streamed_.add(delta);
  if (streamed_.begins_call()) {
    Json call = call_json(call_id({head_.run_id, std::to_string(delta.index)}), delta.tool, shown);
    call["index"] = delta.index;
    return chunk({{"tool_calls", Json::array({call})}});
  }
  if (shown.empty()) return {};
  if (delta.kind == Delta::Kind::text) return chunk({{"content", shown}});
  if (delta.kind == Delta::Kind::reasoning) return chunk({{"reasoning_content", shown}});
  const Json call{{"index", delta.index}, {"function", {{"arguments", shown}}}};
  return chunk({{"tool_calls", Json::array({call})}});
}

std::string ChatStream::add_note(const std::string& text) {
  return chunk({{"reasoning_content", text + "\n"}});
}

std::string ChatStream::end(const TalkReply& reply) {
  const std::optional<Streamed::Rest> rest = streamed_.rest(reply);
  if (!rest) return fail(begun_anew());
  std::string bytes;
  const std::string thought = reasoning_of(reply.message);
  if (!thought.empty() && !streamed_.any_reasoning() && !streamed_.any_text()) {
    bytes += chunk({{"reasoning_content", thought}});
  }
  if (!rest->text.empty()) bytes += chunk({{"content", rest->text}});
  const std::vector<const ToolCallPart*> calls = calls_in(reply.message);
  for (const std::size_t index : rest->bare) {  // a client parses what it was sent of them
    const Json none{{"index", index}, {"function", {{"arguments", "{}"}}}};
    bytes += chunk({{"tool_calls", Json::array({none})}});
  }
  for (std::size_t index = rest->calls_shown; index < calls.size(); ++index) {
    Json call = call_json(handed_out_id(reply, index, head_.of_agent), calls[index]->name,
                          arguments_text(*calls[index]));
    call["index"] = index;
    bytes += chunk({{"tool_calls", Json::array({call})}});
  }
  if (!rest->refusal.empty()) bytes += chunk({{"refusal", rest->refusal}});
  bytes += chunk(Json::object(), finish_reason(reply));
  if (usage_chunk_) bytes += usage_chunk(reply.usage);
  return bytes + "data: [DONE]\n\n";
}

std::string ChatStream::usage_chunk(const Usage& usage) const {
  return event({{"id", completion_id(head_.run_id)},
                {"object", "chat.completion.chunk"},
                {"created", head_.created_s},
                {"model", head_.model},
                {"choices", Json::array()},
                {"usage", usage_of(usage)}});
}

std::string ChatStream::fail(const Refusal& refusal) {
  return event({{"error", error_of(refusal)}});
}

}  // namespace yoke::openai

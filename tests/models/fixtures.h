#pragma once

#include <string>
#include <vector>

#include "models/openai_chat/chat_wire.h"
#include "models/openai_chat/request.h"
#include "models/openai_chat/stream.h"
#include "models/presets.h"
#include "runtime/base/ensure.h"

namespace yoke {

inline ToolSpec tool_named(std::string name) {
  ToolSpec tool;
  tool.name = std::move(name);
  tool.description = "Does it.";
  tool.input_schema = {{"type", "object"}, {"properties", Json::object()}};
  return tool;
}

inline Message assistant(std::vector<Part> parts) {
  Message message;
  message.role = Role::assistant;
  message.parts = std::move(parts);
  return message;
}

inline Message tool_result(std::string id, std::string name, std::string content) {
  Message message;
  message.role = Role::tool;
  ToolResultPart part;
  part.id = std::move(id);
  part.name = std::move(name);
  part.content = std::move(content);
  message.parts.emplace_back(std::move(part));
  return message;
}

inline ToolCallPart call_part(std::string id, std::string name, Json args) {
  ToolCallPart part;
  part.id = std::move(id);
  part.name = std::move(name);
  part.args = std::move(args);
  return part;
}

// Reasoning as backend 'lab' gives it.
inline ReasoningPart reasoning_of_lab(std::string text, std::string key) {
  ReasoningPart part;
  part.text = std::move(text);
  part.opaque = Opaque{"openai-chat/lab", key, nullptr};
  part.key = std::move(key);
  return part;
}

inline const openai_chat::Profile& profile_of(std::string_view preset) {
  const Preset* found = find_preset(preset);
  ENSURE(found != nullptr);
  return found->profile;
}

// What backend 'lab' with the preset sends for the request, as JSON.
inline Json encoded(const ModelRequest& request, std::string_view preset, std::string model = "m",
                    bool stream = false) {
  WireForm form;
  const openai_chat::Profile profile = openai_chat::profile_for_model(profile_of(preset), model);
  form.model = std::move(model);
  form.origin = "openai-chat/lab";
  form.stream = stream;
  const ToolNames names(request.tools);
  const Result<Json> body = parse_json(encode_request(request, names, profile, form));
  ENSURE(body.has_value());
  return *body;
}

// A context for decoding what backend 'lab' receives. Owns what a ReplyContext refers to.
struct Reading {
  explicit Reading(std::string_view preset = "openai-compatible", std::string_view model = "m",
                   std::vector<ToolSpec> tools = {})
      : profile(profile_of(preset)),
        names(tools),
        context{names, key, "lab", std::string(model), "openai-chat/lab", 100, 1000} {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  ModelOutcome decode(std::string_view body, DeltaSink sink = {}) const {
    const openai_chat::ChatWire wire(profile);
    return wire.decode(body, context, std::move(sink));
  }
  std::unique_ptr<WireStream> stream(DeltaSink sink = {}) const {
    const openai_chat::ChatWire wire(profile);
    return wire.stream(context, std::move(sink));
  }

  openai_chat::Profile profile;
  ToolNames names;
  Secret key{"sk-very-secret-key"};
  ReplyContext context;
};

// The deltas a sink got, as text: "text:Hi", "reasoning:…", "args0(name):…", "reset:".
struct Deltas {
  std::vector<std::string> seen;
  std::vector<std::shared_ptr<const ReasoningPart>> thoughts;  // what came with each

  DeltaSink sink() {
    return [this](const Delta& delta) {
      if (!delta.thought || !delta.text.empty()) seen.push_back(shown(delta));
      if (delta.thought) thoughts.push_back(delta.thought);
    };
  }
  static std::string shown(const Delta& delta) {
    switch (delta.kind) {
      case Delta::Kind::text:
        return "text:" + delta.text;
      case Delta::Kind::reasoning:
        return "reasoning:" + delta.text;
      case Delta::Kind::reset:
        return "reset:" + delta.text;
      case Delta::Kind::tool_args:
        break;
    }
    const std::string tool = delta.tool.empty() ? "" : "(" + delta.tool + ")";
    return "args" + std::to_string(delta.index) + tool + ":" + delta.text;
  }
};

inline const ModelReply& reply_in(const ModelOutcome& outcome) {
  const auto* reply = std::get_if<ModelReply>(&outcome);
  if (reply == nullptr) throw std::runtime_error(std::get<ModelFailure>(outcome).message);
  return *reply;
}

inline const ModelFailure& failure_in(const ModelOutcome& outcome) {
  const auto* failure = std::get_if<ModelFailure>(&outcome);
  if (failure == nullptr) throw std::runtime_error("a reply, although a failure was expected");
  return *failure;
}

inline std::vector<ToolCallPart> calls_in(const Message& message) {
  std::vector<ToolCallPart> calls;
  for (const Part& part : message.parts) {
    if (const auto* call = std::get_if<ToolCallPart>(&part)) calls.push_back(*call);
  }
  return calls;
}

}  // namespace yoke

#include "runtime/ports/message.h"

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/saturating.h"
#include "runtime/base/text.h"
#include "runtime/ports/model.h"
#include "runtime/ports/script_host.h"
#include "runtime/ports/tool_spec.h"

namespace yoke {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::system:
      return "system";
    case Role::user:
      return "user";
    case Role::assistant:
      return "assistant";
    case Role::tool:
      return "tool";
  }
  return "user";
}

namespace {

std::optional<Role> role_from_name(std::string_view name) {
  for (const Role role : {Role::system, Role::user, Role::assistant, Role::tool}) {
    if (name == name_of(role)) return role;
  }
  return std::nullopt;
}

void put_opaque(Json& object, const std::optional<Opaque>& opaque) {
  if (!opaque) return;
  object["opaque"] = {{"origin", opaque->origin}, {"kind", opaque->kind}, {"value", opaque->value}};
}

void put_unless_empty(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

Json part_to_json(const TextPart& part) {
  Json object = {{"type", "text"}, {"text", part.text}};
  put_opaque(object, part.opaque);
  return object;
}

Json part_to_json(const ReasoningPart& part) {
  Json object = {{"type", "reasoning"}, {"text", part.text}};
  put_unless_empty(object, "key", part.key);
  put_opaque(object, part.opaque);
  return object;
}

Json part_to_json(const ImagePart& part) {
  Json object = {{"type", "image"}, {"media_type", part.media_type}, {"url", part.url}};
  put_opaque(object, part.opaque);
  return object;
}

Json part_to_json(const ToolCallPart& part) {
  Json object = {{"type", "tool_call"}, {"id", part.id}, {"name", part.name}, {"args", part.args}};
  put_unless_empty(object, "bad_args", part.bad_args);
  put_opaque(object, part.opaque);
  return object;
}

Json part_to_json(const ToolResultPart& part) {
  return {{"type", "tool_result"},
          {"id", part.id},
          {"name", part.name},
          {"content", part.content},
          {"is_error", part.is_error}};
}

Json part_to_json(const RefusalPart& part) { return {{"type", "refusal"}, {"text", part.text}}; }

std::optional<Opaque> opaque_from_json(const Json& part) {
  const Json& object = member_at(part, "opaque");
  if (!object.is_object()) return std::nullopt;
  Opaque opaque;
  opaque.origin = string_at(object, "origin");
  opaque.kind = string_at(object, "kind");
  opaque.value = member_at(object, "value");
  return opaque;
}

// True when each member in `keys` is there and is text.
bool has_texts(const Json& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (!member_at(object, key).is_string()) return false;
  }
  return true;
}

std::optional<Part> reasoning_from_json(const Json& value) {
  if (!has_texts(value, {"text"})) return std::nullopt;
  ReasoningPart part;
  part.text = string_at(value, "text");
  part.key = string_at(value, "key");
  part.opaque = opaque_from_json(value);
  return part;
}

std::optional<Part> tool_call_from_json(const Json& value) {
  if (!has_texts(value, {"id", "name"})) return std::nullopt;
  ToolCallPart part;
  part.id = string_at(value, "id");
  part.name = string_at(value, "name");
  part.args = member_at(value, "args");
  part.bad_args = string_at(value, "bad_args");
  part.opaque = opaque_from_json(value);
  if (!part.args.is_object() && !part.args.is_null()) return std::nullopt;
  return part;
}

std::optional<Part> tool_result_from_json(const Json& value) {
  if (!has_texts(value, {"id", "name", "content"})) return std::nullopt;
  ToolResultPart part;
  part.id = string_at(value, "id");
  part.name = string_at(value, "name");
  part.content = string_at(value, "content");
  part.is_error = bool_at(value, "is_error");
  return part;
}

std::optional<Part> part_from_json(const Json& value) {
  const std::string type = string_at(value, "type");
  if (type == "text" && has_texts(value, {"text"})) {
    return TextPart{string_at(value, "text"), opaque_from_json(value)};
  }
  if (type == "refusal" && has_texts(value, {"text"})) return RefusalPart{string_at(value, "text")};
  if (type == "image" && has_texts(value, {"media_type", "url"})) {
    return ImagePart{string_at(value, "media_type"), string_at(value, "url"),
                     opaque_from_json(value)};
  }
  if (type == "reasoning") return reasoning_from_json(value);
  if (type == "tool_call") return tool_call_from_json(value);
  if (type == "tool_result") return tool_result_from_json(value);
  return std::nullopt;
}

}  // namespace

Message user_message(std::string text) {
  Message message;
  message.parts.emplace_back(TextPart{std::move(text)});
  return message;
}

std::string text_of(const Message& message) {
  std::string text;
  for (const Part& part : message.parts) {
    if (const auto* piece = std::get_if<TextPart>(&part)) text += piece->text;
  }
  return text;
}

std::string reasoning_of(const Message& message) {
  std::string text;
  for (const Part& part : message.parts) {
    if (const auto* piece = std::get_if<ReasoningPart>(&part)) text += piece->text;
  }
  return text;
}

Json to_json(const Message& message) {
  Json parts = Json::array();
  for (const Part& part : message.parts) {
    parts.push_back(std::visit([](const auto& one) { return part_to_json(one); }, part));
  }
  return {{"role", name_of(message.role)}, {"parts", std::move(parts)}};
}

Result<Message> message_from_json(const Json& value) {
  const auto role = role_from_name(string_at(value, "role"));
  if (!role) {
    return Error{Errc::invalid, "a message's role is system, user, assistant or tool", "/role"};
  }
  const Json& parts = member_at(value, "parts");
  if (!parts.is_array()) return Error{Errc::invalid, "a message has a list of parts", "/parts"};
  Message message;
  message.role = *role;
  for (const Json& one : parts) {
    auto part = part_from_json(one);
    if (!part) {
      const std::string place = "/parts/" + std::to_string(message.parts.size());
      return Error{Errc::invalid,
                   "not a message part of type '" + shorten(string_at(one, "type"), 40) + "'",
                   place};
    }
    message.parts.push_back(std::move(*part));
  }
  return message;
}

Usage& Usage::operator+=(const Usage& other) {
  input = saturating_add(input, other.input);
  cached = saturating_add(cached, other.cached);
  cache_write = saturating_add(cache_write, other.cache_write);
  output = saturating_add(output, other.output);
  reasoning = saturating_add(reasoning, other.reasoning);
  estimated = estimated || other.estimated;
  return *this;
}

Usage plausible(const Usage& usage) {
  Usage result;
  result.input = std::clamp<std::int64_t>(usage.input, 0, kTokensMax);
  result.cached = std::clamp<std::int64_t>(usage.cached, 0, result.input);
  result.cache_write = std::clamp<std::int64_t>(usage.cache_write, 0, result.input - result.cached);
  result.output = std::clamp<std::int64_t>(usage.output, 0, kTokensMax);
  result.reasoning = std::clamp<std::int64_t>(usage.reasoning, 0, result.output);
  result.estimated = usage.estimated;
  return result;
}

Json to_json(const Usage& usage) {
  return {
      {"input", usage.input},   {"cached", usage.cached},       {"cache_write", usage.cache_write},
      {"output", usage.output}, {"reasoning", usage.reasoning}, {"estimated", usage.estimated}};
}

Usage usage_from_json(const Json& value) {
  Usage usage;
  usage.input = integer_at(value, "input");
  usage.cached = integer_at(value, "cached");
  usage.cache_write = integer_at(value, "cache_write");
  usage.output = integer_at(value, "output");
  usage.reasoning = integer_at(value, "reasoning");
  usage.estimated = bool_at(value, "estimated");
  return usage;
}

Json to_json(const ToolSpec& spec) {
  return {{"name", spec.name},
          {"description", spec.description},
          {"input_schema", spec.input_schema},
          {"output_schema", spec.output_schema},
          {"effect", name_of(spec.effect)},
          {"timeout_ms", spec.timeout.count()},
          {"has_probe", spec.has_probe},
          {"origin", spec.origin},
          {"source_hash", spec.source_hash},
          {"permissions", spec.permissions}};
}

Json to_json(const ModelRequest& request) {
  // What a model is told, and nothing else: not the target, so that the same conversation keeps its
  // hash on another backend, and of a tool only what is shown to a model.
  Json messages = Json::array();
  for (const Message& message : request.messages) messages.push_back(to_json(message));
  Json tools = Json::array();
  for (const ToolSpec& tool : request.tools) {
    tools.push_back({{"name", tool.name},
                     {"description", tool.description},
                     {"input_schema", tool.input_schema}});
  }
  Json temperature = nullptr;
  if (request.temperature) temperature = *request.temperature;
  Json out{{"instructions", request.instructions},
           {"messages", std::move(messages)},
           {"tools", std::move(tools)},
           {"output_schema", request.output_schema},
           {"output_tokens_max", request.output_tokens_max},
           {"temperature", std::move(temperature)}};
  if (request.options != CallOptions{}) out["options"] = to_json(request.options);
  return out;
}

Json to_json(const ScriptSource& source) {
  Json libs = Json::object();
  for (const auto& [name, text] : source.libs) libs[name] = text;
  return {{"name", source.name}, {"text", source.text}, {"libs", std::move(libs)}};
}

Result<ScriptSource> script_source_from_json(const Json& value) {
  if (!has_texts(value, {"name", "text"})) {
    return Error{Errc::invalid, "a script source has a name and a text"};
  }
  ScriptSource source;
  source.name = string_at(value, "name");
  source.text = string_at(value, "text");
  const Json& libs = member_at(value, "libs");
  if (!libs.is_object() && !libs.is_null()) {
    return Error{Errc::invalid, "a script's libs are an object of texts", "/libs"};
  }
  for (const auto& [name, text] : libs.items()) {
    if (!text.is_string()) return Error{Errc::invalid, "a script's lib is a text", "/libs/" + name};
    source.libs.emplace_back(name, text.get<std::string>());
  }
  return source;
}

std::string hash_of(const ScriptSource& source) {
  // The file's own name is left out: a script that is moved is still the same script.
  Hasher hasher;
  hasher.field("yoke.script.1").field(source.text);
  for (const auto& [name, text] : source.libs) hasher.field(name).field(text);
  return to_hex(hasher.finish());
}

}  // namespace yoke

#include "tools/mcp/wire/message.h"

#include "runtime/base/text.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp {
namespace {

constexpr std::size_t kErrorTextBytesMax = 2'000;

bool is_id(const Json& id) { return id.is_string() || id.is_number_integer(); }

BadMessage invalid_message(const Json& id, std::string why) {
  return BadMessage{is_id(id) ? id : Json(nullptr), {code::kInvalidRequest, std::move(why)}};
}

ReadMessage call_from(const Json& value, const Json& id) {
  RpcMessage message;
  message.kind = value.contains("id") ? RpcMessage::Kind::request : RpcMessage::Kind::notification;
  message.method = string_at(value, "method");
  if (message.method.empty()) return invalid_message(id, "'method' must be a text");
  if (message.kind == RpcMessage::Kind::request) {
    if (!is_id(id)) return invalid_message(id, "'id' must be a text or an integer");
    message.id = id;
  }
  const Json& params = member_at(value, "params");
  if (params.is_object()) message.params = params;
  if (!params.is_object() && value.contains("params")) {
    return invalid_message(id, "'params' must be an object");
  }
  return message;
}

ReadMessage error_from(const Json& value, const Json& id) {
  const Json& error = member_at(value, "error");
  const Json& number = member_at(error, "code");
  if (!error.is_object() || !number.is_number_integer()) {
    return invalid_message(id, "'error' must be an object with an integer 'code'");
  }
  RpcMessage message;
  message.kind = RpcMessage::Kind::error;
  message.id = is_id(id) ? id : Json(nullptr);
  message.error.code = static_cast<int>(number.get<std::int64_t>());
  message.error.message = shorten(string_at(error, "message"), kErrorTextBytesMax);
  message.error.data = member_at(error, "data");
  return message;
}

}  // namespace

bool is_modern_code(int code) {
  return code == code::kHeaderMismatch || code == code::kMissingCapability ||
         code == code::kUnsupportedVersion;
}

RpcMessage request_message(Json id, std::string method, Json params) {
  RpcMessage message;
  message.kind = RpcMessage::Kind::request;
  message.id = std::move(id);
  message.method = std::move(method);
  message.params = std::move(params);
  return message;
}

RpcMessage notification_message(std::string method, Json params) {
  RpcMessage message;
  message.kind = RpcMessage::Kind::notification;
  message.method = std::move(method);
  message.params = std::move(params);
  return message;
}

RpcMessage result_message(Json id, Json result) {
  RpcMessage message;
  message.kind = RpcMessage::Kind::result;
  message.id = std::move(id);
  message.result = std::move(result);
  return message;
}

RpcMessage error_message(Json id, RpcError error) {
  RpcMessage message;
  message.kind = RpcMessage::Kind::error;
  message.id = std::move(id);
  message.error = std::move(error);
  return message;
}

ReadMessage read_message(std::string_view text, const JsonLimits& limits) {
  const Result<Json> value = parse_json(text, limits);
  if (!value) return BadMessage{nullptr, {code::kParse, value.error().message()}};
  return message_from_json(*value);
}

ReadMessage message_from_json(const Json& value) {
  if (value.is_array()) return invalid_message(nullptr, "batches of messages are not taken");
  if (!value.is_object()) return invalid_message(nullptr, "a message must be an object");
  const Json& id = member_at(value, "id");
  if (string_at(value, "jsonrpc") != "2.0") return invalid_message(id, "'jsonrpc' must be \"2.0\"");
  if (value.contains("method")) return call_from(value, id);
  if (value.contains("error")) return error_from(value, id);
  const Json& result = member_at(value, "result");
  if (!result.is_object()) {
    return invalid_message(id,
                           "a message has a 'method', a 'result' that is an object, or an "
                           "'error'");
  }
  if (!is_id(id)) return invalid_message(id, "'id' must be a text or an integer");
  return result_message(id, result);
}

Json to_json(const RpcMessage& message) {
  Json out = {{"jsonrpc", "2.0"}};
  if (message.kind != RpcMessage::Kind::notification && !message.id.is_null()) {
    out["id"] = message.id;
  }
  if (message.kind == RpcMessage::Kind::result) {
    out["result"] = message.result;
    return out;
  }
  if (message.kind == RpcMessage::Kind::error) {
    Json& error = out["error"];
    error = {{"code", message.error.code}, {"message", message.error.message}};
    if (!message.error.data.is_null()) error["data"] = message.error.data;
    return out;
  }
  out["method"] = message.method;
  if (!message.params.empty()) out["params"] = message.params;
  return out;
}

std::string to_text(const RpcMessage& message) { return yoke::to_text(to_json(message)); }

std::string id_text(const Json& id) { return yoke::to_text(id); }

std::string result_type_of(const Json& result) {
  return string_at(result, "resultType", result_type::kComplete);
}

}  // namespace yoke::mcp

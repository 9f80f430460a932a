#include "models/script_wire/pieces.h"

#include <array>

#include "models/failure.h"
#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke::script_wire {
namespace {

constexpr std::string_view kOpaqueKind = "script";

bool is_foreign(const std::optional<Opaque>& opaque, const std::string& origin) {
  return opaque && opaque->origin != origin;
}

// The part as this backend may see it; none: it is another's alone.
std::optional<Part> own_part(Part part, const ToolNames& names, const std::string& origin) {
  if (auto* reasoning = std::get_if<ReasoningPart>(&part)) {
    if (!reasoning->opaque || is_foreign(reasoning->opaque, origin)) return std::nullopt;
  } else if (auto* call = std::get_if<ToolCallPart>(&part)) {
    call->name = names.wire(call->name);
    if (is_foreign(call->opaque, origin)) call->opaque.reset();
  } else if (auto* result = std::get_if<ToolResultPart>(&part)) {
    result->name = names.wire(result->name);
  } else if (auto* text = std::get_if<TextPart>(&part)) {
    if (is_foreign(text->opaque, origin)) text->opaque.reset();
  } else if (auto* image = std::get_if<ImagePart>(&part)) {
    if (is_foreign(image->opaque, origin)) image->opaque.reset();
  }
  return part;
}

Error wrong_request(const std::string& detail) {
  return Error{Errc::invalid, "what 'request' returned: " + detail};
}

Result<void> check_path(const std::string& path) {
  if (!path.starts_with('/') || path.starts_with("//")) {
    return wrong_request("'path' begins with one '/': it is added to base_url");
  }
  for (const char c : path) {
    const auto code = static_cast<unsigned char>(c);
    if (code > 0x20 && code < 0x7F && c != '#' && c != '\\') continue;
    return wrong_request("'path' holds a character that an address may not have");
  }
  const std::string before_query = path.substr(0, path.find('?')) + "/";
  if (before_query.find("/../") != std::string::npos) {
    return wrong_request("'path' stays below base_url: no '..'");
  }
  return {};
}

Result<void> add_headers(const Json& headers, HttpHeaders& out) {
  constexpr std::array<std::string_view, 9> kNotTheirs{"authorization",
                                                       "x-api-key",
                                                       "api-key",
                                                       "cookie",
                                                       "host",
                                                       "content-length",
                                                       "transfer-encoding",
                                                       "connection",
                                                       "proxy-authorization"};
  if (headers.is_null() || headers.empty()) return {};
  if (!headers.is_object()) return wrong_request("'headers' must be a table of names and texts");
  for (const auto& [name, value] : headers.items()) {
    for (const std::string_view taken : kNotTheirs) {
      if (to_lower(name) != taken) continue;
      return wrong_request("header '" + name + "' is not a script's to set; see api_key and " +
                           "headers under [backends]");
    }
    const bool sendable = value.is_string() && is_http_token(name) &&
                          is_http_field_value(value.get_ref<const std::string&>());
    if (!sendable) return wrong_request("header '" + printable(name) + "' cannot be sent");
    out.set(name, value.get<std::string>());
  }
  return {};
}

}  // namespace

Json request_for(const ModelRequest& request, const ToolNames& names, const std::string& origin) {
  ModelRequest seen = request;
  for (ToolSpec& tool : seen.tools) tool.name = names.wire(tool.name);
  for (Message& message : seen.messages) {
    std::vector<Part> parts = std::move(message.parts);
    message.parts.clear();
    for (Part& part : parts) {
      std::optional<Part> own = own_part(std::move(part), names, origin);
      if (own) message.parts.push_back(std::move(*own));
    }
  }
  return to_json(seen);
}

Result<WireRequest> request_of(const Json& value) {
  if (!value.is_object()) return wrong_request("it must be a table with 'path' and 'body'");
  WireRequest request;
  request.path = string_at(value, "path");
  if (const Result<void> path = check_path(request.path); !path) return path.error();
  const Result<void> headers = add_headers(member_at(value, "headers"), request.headers);
  if (!headers) return headers.error();
  const Json& body = member_at(value, "body");
  if (body.is_null()) return wrong_request("'body' is missing");
  request.body = body.is_string() ? body.get<std::string>() : to_text(body);
  return request;
}

Pieces::Pieces(const ReplyContext& context, DeltaSink sink)
    : context_(context), builder_(context, std::move(sink)) {}

void Pieces::wrong(std::string_view what) {
  builder_.fail(FailureClass::client, StreamFault::none, what, false);
}

bool Pieces::text_in(const Json& piece, const char* key, std::string& out) {
  const Json& value = member_at(piece, key);
  if (value.is_null()) return false;
  if (!value.is_string()) {
    wrong(std::string("its script gave '") + key + "', which is no string");
    return false;
  }
  out = value.get<std::string>();
  return true;
}

void Pieces::add(const Json& piece) {
  if (builder_.failed()) return;
  if (!piece.is_object()) return wrong("its script gave a piece that is no table");
  std::string text;
  if (text_in(piece, "model", text)) builder_.set_model(text);
  if (text_in(piece, "reasoning", text)) builder_.reasoning(text, "reasoning");
  const Json& opaque = member_at(piece, "opaque");
  if (!opaque.is_null()) builder_.reasoning_opaque(kOpaqueKind, opaque, "reasoning");
  if (text_in(piece, "text", text)) builder_.plain_text(text);
  if (text_in(piece, "refusal", text)) builder_.refusal(text);
  const Json& call = member_at(piece, "call");
  if (!call.is_null()) add_call(call);
  const Json& usage = member_at(piece, "usage");
  if (usage.is_object()) builder_.set_usage(usage_from_json(usage), usage);
  if (text_in(piece, "finish", text)) {
    const Result<Finish> finish = finish_from_name(text);
    if (!finish) return wrong("its script's 'finish': " + finish.error().detail);
    builder_.set_finish(*finish);
  }
  if (text_in(piece, "stop_sequence", text)) builder_.set_stop_sequence(text);
  const Json& error = member_at(piece, "error");
  if (!error.is_null()) add_error(error);
  if (bool_at(piece, "done")) done_ = true;
}

void Pieces::add_whole(const Json& reply) {
  add(reply);
  const Json& calls = member_at(reply, "calls");
  if (calls.is_array()) {
    for (std::size_t at = 0; at < calls.size(); ++at) {
      Json call = calls[at];
      if (call.is_object()) call["slot"] = at;
      add_call(call);
    }
  } else if (!calls.is_null() && !calls.empty()) {
    wrong("its script gave 'calls', which is no list");
  }
  if (!builder_.finished()) builder_.set_finish(Finish::stop);
  done_ = true;
}

void Pieces::add_call(const Json& call) {
  if (builder_.failed()) return;
  if (!call.is_object()) return wrong("its script gave a call that is no table");
  const std::string key = to_text(member_at(call, "slot"));
  auto slot = slots_.find(key);
  if (slot == slots_.end()) {
    const std::optional<std::size_t> opened = builder_.open_call(ReplyBuilder::CallPlace::in_order);
    if (!opened) return;
    slot = slots_.emplace(key, *opened).first;
  }
  const std::string id = string_at(call, "id");
  const std::string tool = string_at(call, "tool");
  const Json& args = member_at(call, "args");
  const std::string text = args.is_string() ? args.get<std::string>()
                           : args.is_null() ? std::string()
                                            : to_text(args);
  CallPiece piece;
  piece.id = id;
  piece.name = tool;
  piece.args = text == "[]" ? "{}" : text;  // an empty table of Lua
  const Json& opaque = member_at(call, "opaque");
  piece.opaque_kind = kOpaqueKind;
  if (!opaque.is_null()) piece.opaque = &opaque;
  builder_.call(slot->second, piece);
}

void Pieces::add_error(const Json& error) {
  const Result<FailureClass> named = failure_class_from_name(string_at(error, "class", "server"));
  if (!named) return wrong("its script's 'error.class': " + named.error().detail);
  const bool retryable = *named == FailureClass::server || *named == FailureClass::quota ||
                         *named == FailureClass::network;
  const std::string said = string_at(error, "message", "it failed and did not say how");
  builder_.fail(*named, StreamFault::error_in_ok, safe_text(said, context_.key), retryable);
}

}  // namespace yoke::script_wire

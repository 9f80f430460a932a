#include "hosts/hook/webhooks/delivery.h"

#include <algorithm>
#include <array>
#include <optional>

#include "runtime/base/ascii.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kIdMax = 100;
constexpr std::size_t kEventMax = 100;
constexpr std::size_t kFieldsMax = 200;
constexpr std::size_t kSessionMax = 200;

Refusal bad_request(int status, std::string title, std::string detail) {
  Refusal refusal;
  refusal.status = status;
  refusal.title = std::move(title);
  refusal.detail = std::move(detail);
  return refusal;
}

bool is_plain_id(std::string_view id) {
  return !id.empty() && id.size() <= kIdMax && std::all_of(id.begin(), id.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != ':';
  });
}

std::string hash_text(std::string_view text) { return to_hex(sha256(text)); }
std::string safe_id(const std::string& id) { return is_plain_id(id) ? id : hash_text(id); }

std::string safe_event(std::string event) {
  const bool odd = std::any_of(event.begin(), event.end(),
                               [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return odd || event.size() > kEventMax || !is_valid_utf8(event) ? std::string() : event;
}

std::string media_type(const HttpHeaders& headers) {
  const std::string_view value = headers.get("Content-Type");
  return to_lower(trim(value.substr(0, value.find(';'))));
}

bool is_json(std::string_view type) {
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

Result<Json> json_payload(std::string_view text) {
  Result<Json> payload = parse_json(text);
  if (payload && !payload->is_object()) {
    return Error{Errc::invalid, "the payload is no JSON object"};
  }
  return payload;
}

// A form holds the payload in one field, or is itself the payload.
Result<Json> form_payload(std::string_view body) {
  const auto fields = parse_form(body);
  if (!fields) return Error{Errc::invalid, "the body is no form"};
  Json payload = Json::object();
  for (const auto& [name, value] : *fields) {
    if (name == "payload") return json_payload(value);
    payload[name] = value;
  }
  return payload;
}

Result<Json> payload_of(HookScheme scheme, const HttpHeaders& headers, const std::string& body) {
  const std::string type = media_type(headers);
  const bool takes_forms = scheme == HookScheme::github || scheme == HookScheme::slack;
  if (takes_forms && type == "application/x-www-form-urlencoded") return form_payload(body);
  if (is_json(type)) return json_payload(body);
  return Error{Errc::unsupported, std::string("the content type is to be application/json") +
                                      (takes_forms ? " or application/x-www-form-urlencoded" : "")};
}

std::string github_event(const HttpHeaders& headers, const Json& payload) {
  std::string event(headers.get("X-GitHub-Event"));
  const std::string action = string_at(payload, "action");
  return action.empty() ? event : event + "." + action;
}

std::string slack_event(const Json& payload) {
  const std::string type = string_at(payload, "type");
  if (type == "event_callback") return string_at(member_at(payload, "event"), "type");
  return type.empty() ? string_at(payload, "command") : type;
}

std::string event_of(HookScheme scheme, const HttpHeaders& headers, const Json& payload) {
  switch (scheme) {
    case HookScheme::github:
      return github_event(headers, payload);
    case HookScheme::slack:
      return slack_event(payload);
    case HookScheme::standard:
    case HookScheme::teams:
      break;
  }
  return string_at(payload, "type");
}

// Slack signs each attempt anew, so its own names for what happened are what stays the same.
std::string slack_id(const Json& payload) {
  for (const char* name : {"event_id", "trigger_id"}) {
    const std::string id = string_at(payload, name);
    if (!id.empty()) return id;
  }
  return {};
}

std::string id_of(HookScheme scheme, const HookProof& proof, const Json& payload,
                  const std::string& body) {
  std::string id = scheme == HookScheme::slack ? slack_id(payload) : proof.id;
  // No scheme without an id signs a time that a second attempt would change.
  return id.empty() ? hash_text(body) : safe_id(id);
}

HttpReply text_reply(std::string text) {
  HttpReply reply;
  reply.headers.add("Content-Type", "text/plain; charset=utf-8");
  reply.body = std::move(text);
  return reply;
}

std::string without_mention(std::string_view text) {
  std::string out(trim(text));
  // Teams: "<at>Yoke</at> how …"; Slack: "<@U0LAN0Z89> how …".
  if (out.starts_with("<at>")) {
    const std::size_t end = out.find("</at>");
    if (end != std::string::npos) out = out.substr(end + 5);
  } else if (out.starts_with("<@")) {
    const std::size_t end = out.find('>');
    if (end != std::string::npos) out = out.substr(end + 1);
  }
  for (std::size_t at = out.find("&nbsp;"); at != std::string::npos; at = out.find("&nbsp;")) {
    out.replace(at, 6, " ");
  }
  return std::string(trim(out));
}

std::string words_of(HookScheme scheme, const Json& payload) {
  if (scheme == HookScheme::teams) return without_mention(string_at(payload, "text"));
  if (scheme != HookScheme::slack) return {};
  const std::string said = string_at(member_at(payload, "event"), "text");
  return without_mention(said.empty() ? string_at(payload, "text") : said);
}

const Json* find_path(const Json& payload, std::string_view path) {
  const Json* at = &payload;
  for (const std::string& part : split(path, '.')) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(part);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::optional<std::string> plain_text(const Json* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number_integer()) return to_text(*value);
  return std::nullopt;
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> form_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) return std::nullopt;
      out += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  return is_valid_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view body) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (body.empty()) return fields;
  for (const std::string& field : split(body, '&')) {
    const std::size_t equals = field.find('=');
    const std::string_view text(field);
    auto name = form_text(text.substr(0, equals));
    auto value = form_text(equals == std::string::npos ? "" : text.substr(equals + 1));
    if (!name || !value || fields.size() == kFieldsMax) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

Received read_delivery(HookScheme scheme, const HttpHeaders& headers, const std::string& body,
                       const HookProof& proof) {
  Result<Json> payload = payload_of(scheme, headers, body);
  if (!payload) {
    const bool is_type = payload.error().code == Errc::unsupported;
    return bad_request(is_type ? 415 : 400, is_type ? "unsupported media type" : "bad request",
                       payload.error().message());
  }
  if (scheme == HookScheme::slack && string_at(*payload, "type") == "url_verification") {
    return DeliveryAnswer{text_reply(string_at(*payload, "challenge"))};
  }
  // Slack looks whether its certificate holds: nobody has said anything.
  if (scheme == HookScheme::slack && string_at(*payload, "ssl_check") == "1") {
    return DeliveryAnswer{};
  }
  if (scheme == HookScheme::github && headers.get("X-GitHub-Event") == "ping") {
    return DeliveryAnswer{text_reply("pong\n")};
  }
  // Slack's older proof, which whoever has it could use: nobody here needs it.
  if (scheme == HookScheme::slack) payload->erase("token");
  Delivery delivery;
  delivery.id = id_of(scheme, proof, *payload, body);
  delivery.event = safe_event(event_of(scheme, headers, *payload));
  delivery.payload = std::move(*payload);
  return delivery;
}

bool wants_event(const std::vector<std::string>& globs, const std::string& event) {
  if (globs.empty()) return true;
  const std::string first = event.substr(0, event.find('.'));
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return glob_match(glob, event) || glob == first;
  });
}

Json safe_headers(const HttpHeaders& headers) {
  constexpr std::array<std::string_view, 6> kSafe{"content-type",      "user-agent",
                                                  "webhook-id",        "webhook-timestamp",
                                                  "x-slack-retry-num", "x-slack-retry-reason"};
  Json out = Json::object();
  for (const auto& [name, value] : headers) {
    const std::string lower = to_lower(name);
    const bool safe = lower.starts_with("x-github-") ||
                      std::find(kSafe.begin(), kSafe.end(), lower) != kSafe.end();
    if (safe) out[lower] = to_valid_utf8(value);
  }
  return out;
}

HookStart plain_start(HookScheme scheme, const std::string& hook, const Delivery& delivery) {
  HookStart start;
  start.task = words_of(scheme, delivery.payload);
  if (start.task.empty()) {
    start.task = "The webhook '" + hook + "' has told of" +
                 (delivery.event.empty() ? " an event" : " '" + delivery.event + "'") +
                 "; its payload is in the input.";
  }
  start.input = Json{{"event", delivery.event}, {"payload", delivery.payload}};
  return start;
}

Result<void> check_session_pattern(const std::string& pattern) {
  bool inside = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '{' && !inside) {
      inside = true;
      start = i + 1;
    } else if (pattern[i] == '}' && inside && i > start) {
      inside = false;
    } else if (pattern[i] == '{' || pattern[i] == '}') {
      return Error{Errc::invalid, "'" + pattern + "': write {a.b} for what the payload has there"};
    }
  }
  if (!inside) return {};
  return Error{Errc::invalid, "'" + pattern + "' lacks the closing }"};
}

Result<std::string> fill_session(const std::string& pattern, const Json& payload) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = pattern.find('{', at);
    out += pattern.substr(at, open - at);
    if (open == std::string::npos) break;
    const std::size_t close = pattern.find('}', open);
    const std::string path = pattern.substr(open + 1, close - open - 1);
    const std::optional<std::string> value = plain_text(find_path(payload, path));
    if (!value) {
      return Error{Errc::invalid, "the payload has no text at '" + path +
                                      "', of which the session's name is made"};
    }
    out += *value;
    at = close + 1;
  }
  // What comes from outside is no name to be shown.
  if (out.size() > kSessionMax || printable(out) != out) out = hash_text(out);
  return out;
}

}  // namespace yoke

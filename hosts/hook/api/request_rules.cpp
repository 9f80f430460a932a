#include "hosts/hook/api/request_rules.h"

#include <charconv>

#include "runtime/base/ensure.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kShownMax = 400;  // bytes of what is said of a wrong value

std::shared_ptr<const Schema> compiled(Json schema, const Json& components) {
  schema["components"] = components;
  Result<std::shared_ptr<const Schema>> made = Schema::compile(schema);
  ENSURE(made.has_value());
  return std::move(*made);
}

Refusal wrong(int status, std::string detail, std::string param) {
  Refusal refusal;
  refusal.status = status;
  refusal.title = status == 422 ? "invalid" : "bad request";
  refusal.detail = std::move(detail);
  refusal.code = status == 422 ? "invalid" : "bad_request";
  refusal.param = std::move(param);
  return refusal;
}

Refusal unreadable(const Error& error) {
  Refusal refusal = wrong(400, error.message(), "");
  if (error.code != Errc::unsupported) return refusal;
  refusal.status = 415;
  refusal.title = "wrong type";
  refusal.code = "wrong_type";
  return refusal;
}

// A whole number as one, so that its schema sees what was meant; all else stays text.
Json value_of(const std::string& text, bool whole) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const bool is_number = whole && !text.empty() && read.ec == std::errc() && read.ptr == end;
  return is_number ? Json(number) : Json(text);
}

std::string said_of(const SchemaError& error) {
  return shorten("expected " + error.expected + "; found " + error.found, kShownMax);
}

}  // namespace

RequestRules::RequestRules(const Json& operation, const Json& components) {
  Json query{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  for (const Json& parameter : member_at(operation, "parameters")) {
    if (string_at(parameter, "in") != "query") continue;
    const std::string name = string_at(parameter, "name");
    names_[name] = string_at(member_at(parameter, "schema"), "type") == "integer";
    query["properties"][name] = parameter["schema"];
  }
  query_ = compiled(std::move(query), components);
  const Json& body = member_at(operation, "requestBody");
  if (!body.is_object()) return;
  body_required_ = bool_at(body, "required");
  body_ = compiled(body["content"]["application/json"]["schema"], components);
}

std::variant<Refusal, AskedOf> RequestRules::check(HookCall call) const {
  AskedOf asked;
  asked.call = std::move(call);
  std::optional<Refusal> refusal = read_query(asked);
  if (!refusal) refusal = read_body(asked);
  if (refusal) return std::move(*refusal);
  return asked;
}

std::optional<Refusal> RequestRules::read_query(AskedOf& asked) const {
  for (const auto& [name, text] : asked.call.query) {
    if (asked.query.contains(name)) {
      return wrong(422, "'" + printable(name) + "' is in the query twice", name);
    }
    const auto known = names_.find(name);
    asked.query[to_valid_utf8(name)] =
        value_of(to_valid_utf8(text), known != names_.end() && known->second);
  }
  const std::vector<SchemaError> errors = query_->check(asked.query);
  if (errors.empty()) return std::nullopt;
  const std::string name = errors.front().path.substr(1);
  return wrong(422, "'" + printable(name) + "' in the query: " + said_of(errors.front()), name);
}

std::optional<Refusal> RequestRules::read_body(AskedOf& asked) const {
  if (!body_) return std::nullopt;
  if (!asked.call.request.body.empty() || body_required_) {
    Result<Json> body = json_body(asked.call.request);
    if (!body) return unreadable(body.error());
    asked.body = std::move(*body);
  }
  const std::vector<SchemaError> errors = body_->check(asked.body);
  if (errors.empty()) return std::nullopt;
  const SchemaError& first = errors.front();
  const std::string path = first.path == "/" ? "" : first.path;
  const std::string where = path.empty() ? "the body" : "'" + printable(path) + "' in the body";
  return wrong(422, where + ": " + said_of(first), path);
}

}  // namespace yoke

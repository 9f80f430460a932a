#include "tests/hook/api/contract.h"

#include <algorithm>

#include "runtime/schema/schema.h"

namespace yoke::testing {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  return text;
}

std::string essence(const std::string& type) { return type.substr(0, type.find(';')); }

// An object schema lets in only what it names, unless it says otherwise.
void close(Json& schema) {
  if (schema.is_array()) {
    for (Json& each : schema) close(each);
    return;
  }
  if (!schema.is_object()) return;
  for (auto& [name, each] : schema.items()) close(each);
  const bool named = schema.contains("properties") && schema["properties"].is_object();
  const bool open = schema.contains("additionalProperties");
  if (!named || open) return;
  schema["unevaluatedProperties"] = false;
}

// What allOf brings in is closed by whoever brings it in.
void open_parts(Json& schemas) {
  for (const char* part : {"RunSummary", "SpendSum"}) {
    schemas[part].erase("unevaluatedProperties");
  }
}

}  // namespace

Contract::Contract(Json document) : document_(std::move(document)) {
  closed_ = document_["components"];
  close(closed_["schemas"]);
  open_parts(closed_["schemas"]);
  for (const auto& [path, methods] : document_["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      operations_.push_back(Operation{upper(method), path, operation});
    }
  }
}

const Json& Contract::resolve(const Json& value) const {
  const std::string ref = string_at(value, "$ref");
  if (ref.empty()) return value;
  return document_.at(Json::json_pointer(ref.substr(1)));
}

std::string Contract::breach(const Operation& operation, int status, const std::string& type,
                             const std::string& body) {
  const std::string what = operation.name() + " " + std::to_string(status);
  const Json& responses = operation.json["responses"];
  if (!responses.contains(std::to_string(status))) return what + " is not documented: " + body;
  const Json& response = resolve(responses[std::to_string(status)]);
  const Json& content = member_at(response, "content");
  if (!content.is_object()) {
    seen_.insert(what + " ");
    return body.empty() ? "" : what + " has a body";
  }
  if (!content.contains(essence(type))) return what + " as '" + type + "' is not documented";
  seen_.insert(what + " " + essence(type));
  if (essence(type) == "text/event-stream") return "";
  const Result<Json> value = parse_json(body);
  if (!value) return what + " is no JSON: " + body;
  Json schema = content[essence(type)]["schema"];
  schema["components"] = closed_;
  const Result<std::shared_ptr<const Schema>> compiled = Schema::compile(schema);
  if (!compiled) return what + ": " + compiled.error().message();
  const std::vector<SchemaError> errors = (*compiled)->check(*value);
  return errors.empty() ? "" : what + ": " + describe(errors) + " in " + body;
}

std::set<std::string> Contract::documented() const {
  std::set<std::string> all;
  for (const Operation& operation : operations_) {
    for (const auto& [status, response] : operation.json["responses"].items()) {
      const std::string what = operation.name() + " " + status + " ";
      const Json& content = member_at(resolve(response), "content");
      if (!content.is_object()) all.insert(what);
      for (const auto& [type, value] : content.items()) all.insert(what + type);
    }
  }
  return all;
}

std::set<std::string> Contract::unseen() const {
  std::set<std::string> unseen;
  for (const std::string& each : documented()) {
    if (!seen_.contains(each)) unseen.insert(each);
  }
  return unseen;
}

}  // namespace yoke::testing

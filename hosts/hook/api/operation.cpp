#include "hosts/hook/api/operation.h"

#include "runtime/base/ensure.h"

namespace yoke {

Json schema_ref(const char* name) {
  return Json{{"$ref", std::string("#/components/schemas/") + name}};
}

std::string problem_response(int status) {
  switch (status) {
    case 400:
      return "BadRequest";
    case 401:
      return "NotKnown";
    case 402:
      return "LimitReached";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 409:
      return "Conflict";
    case 413:
      return "TooLarge";
    case 415:
      return "WrongType";
    case 422:
      return "Invalid";
    case 429:
      return "TooMany";
    case 500:
      return "Failed";
    case 503:
      return "Unavailable";
    default:
      return {};
  }
}

Operation::Operation(const char* id, const char* group, const char* summary)
    : json_{{"operationId", id},
            {"summary", summary},
            {"tags", Json::array({group})},
            {"responses", Json::object()}} {}

Operation& Operation::says(const char* description) {
  json_["description"] = description;
  return *this;
}

Operation& Operation::parameter(const char* name, const char* in, Json schema,
                                const char* description) {
  Json parameter{{"name", name}, {"in", in}, {"description", description}};
  parameter["schema"] = std::move(schema);
  if (std::string_view(in) == "path") parameter["required"] = true;
  json_["parameters"].push_back(std::move(parameter));
  return *this;
}

Operation& Operation::path(const char* name, const char* description) {
  return parameter(name, "path", Json{{"type", "string"}}, description);
}

Operation& Operation::query(const char* name, Json schema, const char* description) {
  return parameter(name, "query", std::move(schema), description);
}

Operation& Operation::header(const char* name, Json schema, const char* description) {
  return parameter(name, "header", std::move(schema), description);
}

Operation& Operation::takes(const char* schema, bool required) {
  Json& body = json_["requestBody"];
  body["required"] = required;
  body["content"]["application/json"]["schema"] = schema_ref(schema);
  return *this;
}

Operation& Operation::body(const char* schema) { return takes(schema, true); }

Operation& Operation::optional_body(const char* schema) { return takes(schema, false); }

Operation& Operation::answers(int status, const char* schema, const char* description) {
  Json& response = json_["responses"][std::to_string(status)];
  response["description"] = description;
  response["content"]["application/json"]["schema"] = schema_ref(schema);
  return *this;
}

Operation& Operation::answers_nothing(int status, const char* description) {
  json_["responses"][std::to_string(status)]["description"] = description;
  return *this;
}

Operation& Operation::streams(int status, const char* description) {
  Json& response = json_["responses"][std::to_string(status)];
  if (!response.contains("description")) response["description"] = description;
  Json& content = response["content"]["text/event-stream"];
  content["schema"] = Json{{"type", "string"}, {"description", description}};
  return *this;
}

Operation& Operation::fails(std::initializer_list<int> statuses) {
  for (const int status : statuses) {
    const std::string name = problem_response(status);
    ENSURE(!name.empty());
    json_["responses"][std::to_string(status)] = Json{{"$ref", "#/components/responses/" + name}};
  }
  return *this;
}

}  // namespace yoke

#include "hosts/hook/api/schemas.h"

#include "hosts/hook/api/operation.h"
#include "hosts/hook/api/schema_texts.h"
#include "runtime/base/ensure.h"

namespace yoke {
namespace {

void add_texts(Json& schemas, const char* text) {
  Result<Json> parsed = parse_json(text);
  ENSURE(parsed.has_value());
  for (auto& [name, schema] : parsed->items()) schemas[name] = std::move(schema);
}

constexpr int kPathBytesMax = 4096;

// What the commands of the same user may say besides.
void open_to_socket(Json& schemas) {
  add_texts(schemas, kGrantSchemas);
  add_texts(schemas, kKeySchemas);
  add_texts(schemas, kRecordSchemas);
  Json& start = schemas["StartRun"];
  start.erase("required");
  start["properties"]["agent"]["description"] = "Its name, its file or its folder.";
  start["properties"]["agent"]["maxLength"] = kPathBytesMax;
  start["properties"]["plain"] = {{"type", "boolean"},
                                  {"description", "No agent: one with all tools."}};
  start["properties"]["continue"] = {{"type", "boolean"},
                                     {"description", "Goes on with the newest session."}};
  start["properties"]["project"] = {{"type", "string"},
                                    {"description", "The folder that the command stands in."}};
  for (const char* name :
       {"StartRun", "SendMessage", "AnswerQuestion", "SendSignal", "Nothing", "ForkRun"}) {
    schemas[name]["properties"]["by"] = {
        {"type", "string"}, {"maxLength", 200}, {"description", "Who acts, for the record."}};
  }
}

struct Failure {
  int status;
  const char* description;
};
constexpr Failure kFailures[] = {
    {400, "The body is no JSON, or is too deep, too large or not UTF-8."},
    {401, "No key, or one that is not valid."},
    {402, "There are as many of these as there may be."},
    {403, "The key does not allow this."},
    {404, "There is no such thing, or it is another tenant's."},
    {409, "Somebody was first, or it is too late for this."},
    {413, "The body is larger than this server takes."},
    {415, "The content type is not application/json."},
    {422, "Something in it is wrong; `param` says where."},
    {429, "Too many requests; Retry-After says when to come again."},
    {500, "Something failed here; the log says more under the X-Request-Id."},
    {503, "Not now: this process is leaving or full, or its store cannot be written."}};

Json failures() {
  Json responses = Json::object();
  for (const Failure& failure : kFailures) {
    Json& response = responses[problem_response(failure.status)];
    response["description"] = failure.description;
    response["content"]["application/problem+json"]["schema"] = schema_ref("Problem");
  }
  return responses;
}

}  // namespace

Json api_components(ApiPlace place) {
  Json components;
  Json& schemas = components["schemas"] = Json::object();
  for (const char* text : {kAskedSchemas, kRunSchemas, kPlaceSchemas, kMoneySchemas,
                           kTriggerSchemas, kMemorySchemas}) {
    add_texts(schemas, text);
  }
  if (place == ApiPlace::socket) open_to_socket(schemas);
  components["responses"] = failures();
  return components;
}

}  // namespace yoke

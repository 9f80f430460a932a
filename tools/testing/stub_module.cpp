#include "tools/testing/stub_module.h"

namespace yoke {
namespace {

// What http.* gives, from as much of it as the test wrote.
Json http_reply(Json value, const Json& args) {
  if (!value.is_object()) value = Json::object();
  if (!value.contains("status")) value["status"] = 200;
  if (!value.contains("headers") || !value["headers"].is_object())
    value["headers"] = Json::object();
  const Json& first = argument(args, 0);
  if (!value.contains("url")) value["url"] = first.is_string() ? first : member_at(first, "url");
  if (value.contains("json") && !value.contains("body")) {
    value["body"] = to_text(value["json"]);
    if (!value["headers"].contains("content-type")) {
      value["headers"]["content-type"] = "application/json";
    }
  }
  if (!value.contains("body")) value["body"] = "";
  const std::string type = string_at(value["headers"], "content-type");
  if (!value.contains("json") && type.find("json") != std::string::npos) {
    const Result<Json> parsed = parse_json(string_at(value, "body"));
    if (parsed) value["json"] = *parsed;
  }
  if (!value.contains("json")) value["json"] = nullptr;
  return value;
}

}  // namespace

awaitable<Result<Json>> StubModule::call(std::string function, Json args, CallScope& scope) {
  const Result<Json> admitted = real_.admit(function, args, scope);
  if (!admitted) co_return admitted.error();
  scope.saw(Label{});
  talk_.steps.push(AskedOfTest{std::string(name()) + "." + function, *admitted});
  TestAnswer answer = co_await talk_.answers.pop();
  if (!answer.ok) co_return Error{Errc::unavailable, answer.error};
  if (name() == "http") co_return json_result(http_reply(std::move(answer.value), args));
  co_return json_result(std::move(answer.value));
}

}  // namespace yoke

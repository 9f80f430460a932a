#include "hosts/hook/mcp/questions.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/schema/schema.h"

namespace yoke::mcp_hook {
namespace {

constexpr const char* kElicit = "client.elicit";
constexpr const char* kSample = "client.sample";
constexpr const char* kRoots = "client.roots";
constexpr const char* kAnswer = "answer";  // the one field of a plain question
constexpr std::size_t kKeyMax = 64;
constexpr std::size_t kBodyMax = 4000;
constexpr std::int64_t kTokensUsual = 1024;

bool is_of_client(const QuestionState& question) { return question.purpose == kPurposeTool; }
std::string tool_of(const QuestionState& question) { return string_at(question.body, "tool"); }
const Json& args_of(const QuestionState& question) { return member_at(question.body, "args"); }

std::string text_of_body(const Json& body) {
  if (body.is_null()) return {};
  return body.is_string() ? body.get<std::string>() : to_pretty_text(body);
}

// What a person is shown of a question.
std::string message_of(const QuestionState& question) {
  std::string body;
  if (question.purpose == "approve") {
    body = text_of_body(member_at(question.body, "args"));
    const std::string words = string_at(question.body, "maker_body");
    if (!words.empty()) body += "\n(the tool's maker says: " + words + ")";
  } else if (question.purpose == "input") {
    body = string_at(question.body, "message");
  } else {
    body = text_of_body(question.body);
  }
  const std::string shown = shorten(body, kBodyMax);
  return question.title + (shown.empty() ? "" : "\n\n" + shown);
}

Json object_schema(Json properties, Json required) {
  return Json{
      {"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

// Of a question with choices, or with none.
Json plain_schema(const QuestionState& question) {
  Json field{{"type", "string"}, {"title", question.title}};
  Json names = Json::array();
  for (const Json& choice : question.choices) {
    names.push_back(choice.is_string() ? choice : Json(to_text(choice)));
  }
  if (!names.empty()) field["enum"] = std::move(names);
  return object_schema(Json{{kAnswer, std::move(field)}}, Json::array({kAnswer}));
}

Json schema_of(const QuestionState& question) {
  if (is_of_client(question)) {
    const Json& schema = member_at(args_of(question), "schema");
    return schema.is_object() ? schema : object_schema(Json::object(), Json::array());
  }
  const Json& schema = member_at(question.body, "schema");
  if (question.purpose == "input") {
    return schema.is_object() ? schema : object_schema(Json::object(), Json::array());
  }
  if (question.purpose == "approve") {
    const Json field{{"type", "string"}, {"title", question.title}, {"enum", {"yes", "no"}}};
    return object_schema(Json{{kAnswer, field}}, Json::array({kAnswer}));
  }
  return plain_schema(question);
}

std::string url_of(const QuestionState& question) {
  return string_at(is_of_client(question) ? args_of(question) : question.body, "url");
}

bool can_elicit(const Client& client, bool by_url) {
  const Json& can = member_at(client.capabilities, "elicitation");
  if (!can.is_object()) return false;
  const bool says_form = member_at(can, "form").is_object();
  const bool says_url = member_at(can, "url").is_object();
  return by_url ? says_url : says_form || !says_url;
}

std::optional<Wanted> elicitation(const QuestionState& question, const Client& client) {
  const std::string url = url_of(question);
  if (!can_elicit(client, !url.empty())) return std::nullopt;
  Wanted wanted;
  wanted.method = "elicitation/create";
  const bool names_modes = client.version >= mcp::kLegacyVersion;
  const bool of_client = is_of_client(question);
  const std::string said = string_at(args_of(question), "message");
  wanted.params["message"] = of_client ? said : message_of(question);
  if (url.empty()) {
    wanted.params["requestedSchema"] = schema_of(question);
    if (names_modes) wanted.params["mode"] = "form";
  } else {
    wanted.params["mode"] = "url";
    wanted.params["url"] = url;
    wanted.params["elicitationId"] = question.id;
  }
  return wanted;
}

std::optional<Wanted> sampling(const QuestionState& question, const Client& client) {
  if (!client.can("sampling")) return std::nullopt;
  const Json& args = args_of(question);
  Wanted wanted;
  wanted.method = "sampling/createMessage";
  const Json& messages = member_at(args, "messages");
  if (messages.is_array()) {
    wanted.params["messages"] = messages;
  } else {
    const Json text{{"type", "text"}, {"text", string_at(args, "prompt")}};
    wanted.params["messages"] = Json::array({Json{{"role", "user"}, {"content", text}}});
  }
  wanted.params["maxTokens"] = integer_at(args, "max_tokens", kTokensUsual);
  const std::string instructions = string_at(args, "instructions");
  if (!instructions.empty()) wanted.params["systemPrompt"] = instructions;
  return wanted;
}

std::string key_of(const QuestionState& question) {
  const std::string key = string_at(args_of(question), "key");
  const bool usable = is_of_client(question) && !key.empty() && key.size() <= kKeyMax;
  return usable ? key : question.id;
}

Error not_asked_for(const std::string& what) { return Error{Errc::invalid, what}; }

// The content of an accepted elicitation, held against its schema.
Result<Json> fitting_content(const QuestionState& question, const Json& result) {
  Json content = member_at(result, "content");
  if (content.is_null()) content = Json::object();
  if (!content.is_object()) return not_asked_for("'content' must be an object");
  const Result<std::shared_ptr<const Schema>> schema = Schema::compile(schema_of(question));
  if (!schema) return not_asked_for("the schema cannot be checked: " + schema.error().message());
  const std::vector<SchemaError> errors = (*schema)->check(content);
  if (!errors.empty()) return not_asked_for("'content' does not fit: " + describe(errors));
  return content;
}

Result<Json> elicited(const QuestionState& question, const Json& result) {
  const std::string action = string_at(result, "action");
  if (action != "accept" && action != "decline" && action != "cancel") {
    return not_asked_for("'action' must be accept, decline or cancel");
  }
  Json content = Json::object();
  if (action == "accept" && url_of(question).empty()) {
    Result<Json> fitting = fitting_content(question, result);
    if (!fitting) return fitting.error();
    content = std::move(*fitting);
  }
  if (is_of_client(question)) return Json{{"action", action}, {"content", std::move(content)}};
  if (action == "cancel") return Error{Errc::cancelled, "put off"};
  if (question.purpose == "approve") {
    return Json(action == "accept" && string_at(content, kAnswer) == "yes");
  }
  if (question.purpose == "input") {
    if (action == "decline") return Json("decline");
    const bool has_form = member_at(question.body, "schema").is_object();
    return has_form ? content : Json("accept");
  }
  if (action == "decline") return Error{Errc::cancelled, "put off"};
  const std::string said = string_at(content, kAnswer);
  for (const Json& choice : question.choices) {
    if (!choice.is_string() && to_text(choice) == said) return choice;
  }
  return Json(said);
}

Result<Json> sampled(const Json& result) {
  const Json& content = member_at(result, "content");
  if (!content.is_object() && !content.is_array()) {
    return not_asked_for("a reply has 'role' and 'content'");
  }
  Json value = result;
  std::string text;
  const Json blocks = content.is_array() ? content : Json::array({content});
  for (const Json& block : blocks) text += string_at(block, "text");
  value["text"] = text;
  value.erase("_meta");
  return value;
}

ToolSpec client_tool(const char* name, const char* description, Json properties, Json required) {
  ToolSpec spec;
  spec.name = name;
  spec.description = description;
  spec.input_schema = object_schema(std::move(properties), std::move(required));
  spec.input_schema["additionalProperties"] = false;
  spec.effect = Effect::read;
  spec.origin = "mcp client";
  return spec;
}

const Json kText = {{"type", "string"}};

}  // namespace

std::optional<Wanted> wanted_of(const QuestionState& question, const Client& client) {
  std::optional<Wanted> wanted;
  if (!is_of_client(question) || tool_of(question) == kElicit) {
    wanted = elicitation(question, client);
  } else if (tool_of(question) == kSample) {
    wanted = sampling(question, client);
  } else if (tool_of(question) == kRoots && client.can("roots")) {
    wanted.emplace();
    wanted->method = "roots/list";
  }
  if (!wanted) return std::nullopt;
  wanted->key = key_of(question);
  wanted->question = question.id;
  wanted->of_person = !is_of_client(question);
  return wanted;
}

Json input_request(const Wanted& wanted) {
  return Json{{"method", wanted.method}, {"params", wanted.params}};
}

Result<Json> run_answer(const QuestionState& question, const Json& result) {
  if (!result.is_object()) return not_asked_for("it must be an object");
  if (!is_of_client(question) || tool_of(question) == kElicit) return elicited(question, result);
  if (tool_of(question) == kSample) return sampled(result);
  const Json& roots = member_at(result, "roots");
  if (!roots.is_array()) return not_asked_for("'roots' must be a list");
  return Json{{"roots", roots}};
}

std::optional<Json> run_failure(const QuestionState& question, const std::string& why) {
  if (!is_of_client(question)) return std::nullopt;
  return Json{{"error", why}};
}

std::vector<ToolSpec> client_tools(const Client& client) {
  std::vector<ToolSpec> tools;
  if (client.can("elicitation")) {
    tools.push_back(client_tool(
        kElicit, "Asks the person at the client.",
        Json{{"message", kText}, {"schema", {{"type", "object"}}}, {"url", kText}, {"key", kText}},
        Json::array({"message"})));
  }
  if (client.can("roots")) {
    tools.push_back(client_tool(kRoots, "The folders that the client works in.",
                                Json{{"key", kText}}, Json::array()));
  }
  if (client.can("sampling")) {
    tools.push_back(client_tool(kSample, "Asks the client's model.",
                                Json{{"prompt", kText},
                                     {"messages", {{"type", "array"}}},
                                     {"instructions", kText},
                                     {"max_tokens", {{"type", "integer"}}},
                                     {"key", kText}},
                                Json::array()));
  }
  return tools;
}

Json capability_of_tool(std::string_view tool) {
  if (tool == kElicit) return Json{{"elicitation", Json::object()}};
  if (tool == kSample) return Json{{"sampling", Json::object()}};
  if (tool == kRoots) return Json{{"roots", Json::object()}};
  return nullptr;
}

QuestionState question_from(const Event& event) {
  QuestionState question;
  question.id = string_at(event.fields, "question");
  question.call_id = event.call_id;
  question.purpose = string_at(event.fields, "purpose");
  question.title = string_at(event.fields, "title");
  question.body = member_at(event.fields, "body");
  const Json& choices = member_at(event.fields, "choices");
  if (choices.is_array()) question.choices = choices;
  return question;
}

}  // namespace yoke::mcp_hook

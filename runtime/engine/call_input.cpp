#include "runtime/engine/call_input.h"

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/schema/schema.h"

namespace yoke {
namespace {

using AnswerAction = CallAnswer::Action;

bool is_no(const Json& value) {
  return value == false || value == "no" || value == "n" || value == "decline";
}

bool is_yes(const Json& value) {
  return value == true || value == "yes" || value == "y" || value == "accept";
}

// The only field that the schema has; empty: it has none, or several.
std::string only_field(const Json& schema) {
  const Json& fields = member_at(schema, "properties");
  return fields.is_object() && fields.size() == 1 ? fields.items().begin().key() : "";
}

// What a person typed, as the field's type has it.
Json typed(const Json& field, const Json& value) {
  if (!value.is_string() || string_at(field, "type") == "string") return value;
  if (string_at(field, "type") == "boolean" && is_yes(value)) return true;
  if (string_at(field, "type") == "boolean" && is_no(value)) return false;
  const std::string& text = value.get_ref<const std::string&>();
  Result<Json> parsed = parse_json(text);
  if (parsed) return std::move(*parsed);
  if (string_at(field, "type") != "array") return value;
  Json list = Json::array();
  for (const std::string& each : split(text, ',')) list.push_back(std::string(trim(each)));
  return list;
}

Json typed_fields(const Json& schema, Json values) {
  const Json& fields = member_at(schema, "properties");
  for (auto& [name, value] : values.items()) value = typed(member_at(fields, name), value);
  return values;
}

std::string form_of(const Json& schema) {
  std::string names;
  for (const auto& [name, field] : member_at(schema, "properties").items()) {
    names += (names.empty() ? "" : ", ") + to_text(Json(printable(name))) + ": " +
             string_at(field, "type", "…");
  }
  return "write {" + names + "}, or decline, or cancel";
}

Error no_input(const QuestionState& question, const std::string& why, const std::string& mend) {
  return Error{Errc::invalid, "the answer to '" + question.id + "' " + why + "; " + mend};
}

Result<CallAnswer> read_form(const QuestionState& question, const Json& schema, const Json& value) {
  const std::string only = only_field(schema);
  Json values = value;
  if (!value.is_object() && only.empty())
    return no_input(question, "is no object", form_of(schema));
  if (!value.is_object()) {
    values = Json::object();
    values[only] = value;
  }
  const Result<std::shared_ptr<const Schema>> compiled = Schema::compile(schema);
  if (!compiled) {
    return no_input(question, "cannot be checked: " + compiled.error().message(),
                    "decline, or cancel");
  }
  values = (*compiled)->with_defaults(typed_fields(schema, std::move(values)));
  const std::vector<SchemaError> wrong = (*compiled)->check(values);
  if (!wrong.empty()) {
    return no_input(question, "does not fit: " + describe(wrong), form_of(schema));
  }
  CallAnswer answer;
  answer.action = AnswerAction::accept;
  answer.value = std::move(values);
  return answer;
}

}  // namespace

std::string input_question_id(const std::string& call_id, int nth) {
  return "i." + call_id + "." + std::to_string(nth);
}

std::string hash_of(const CallQuestion& question) {
  const Json all{{"title", question.title},
                 {"body", question.body},
                 {"schema", question.schema},
                 {"url", question.url}};
  return to_hex(sha256(to_text(all)));
}

Json input_fields(const std::string& id, const std::string& tool, const CallQuestion& question) {
  Json body{{"tool", tool}};
  if (!question.body.empty()) body["message"] = question.body;
  if (!question.schema.is_null()) body["schema"] = question.schema;
  if (!question.url.empty()) body["url"] = question.url;
  Json choices = Json::array();
  if (question.schema.is_null()) choices = Json::array({"accept", "decline", "cancel"});
  return Json{
      {"question", id},          {"purpose", kPurposeInput},      {"title", question.title},
      {"body", std::move(body)}, {"choices", std::move(choices)}, {"args_hash", hash_of(question)}};
}

Result<CallAnswer> read_input(const QuestionState& question, const Json& value) {
  const Json& schema = member_at(question.body, "schema");
  CallAnswer answer;
  answer.by = question.by;
  if (value == "cancel") return answer;
  const bool takes_no = !schema.is_object() ||
                        string_at(member_at(member_at(schema, "properties"), only_field(schema)),
                                  "type") != "boolean";
  if (value == "decline" || (takes_no && is_no(value))) {
    answer.action = AnswerAction::decline;
    return answer;
  }
  if (schema.is_object()) {
    Result<CallAnswer> form = read_form(question, schema, value);
    if (form) form->by = question.by;
    return form;
  }
  if (!is_yes(value)) {
    return no_input(question, "is " + shorten(printable(to_text(value)), 60),
                    "write accept, decline or cancel");
  }
  answer.action = AnswerAction::accept;
  return answer;
}

}  // namespace yoke

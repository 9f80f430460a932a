#include "trials/case.h"

#include <set>

#include "runtime/base/text.h"
#include "runtime/ports/check_script.h"
#include "runtime/schema/schema.h"

namespace yoke {
namespace {

constexpr std::size_t kCasesMax = 10'000;
constexpr std::int64_t kOutputTokensMax = 1'000'000;

const std::vector<std::string> kFields = {"id",       "prompt", "system",      "schema",
                                          "expected", "images", "temperature", "max_tokens"};

Error wrong(std::string detail) { return Error{Errc::invalid, std::move(detail)}; }

Result<std::string> text_field(const Json& fields, const std::string& name) {
  const Json& value = member_at(fields, name);
  if (value.is_null()) return std::string();
  if (!value.is_string()) return wrong("'" + name + "' must be a string");
  return value.get<std::string>();
}

Result<void> read_sampling(const Json& fields, ModelRequest& request) {
  const Json& temperature = member_at(fields, "temperature");
  if (!temperature.is_null()) {
    const double value = temperature.is_number() ? temperature.get<double>() : -1;
    if (!(value >= 0 && value <= 2)) return wrong("'temperature' must be a number from 0 to 2");
    request.temperature = value;
  }
  const Json& tokens = member_at(fields, "max_tokens");
  if (tokens.is_null()) return {};
  const std::int64_t most = tokens.is_number_integer() ? tokens.get<std::int64_t>() : 0;
  if (most < 1 || most > kOutputTokensMax) {
    return wrong("'max_tokens' must be a whole number from 1 to 1000000");
  }
  request.output_tokens_max = most;
  return {};
}

Result<void> read_images(const Json& fields, TrialCase& into) {
  const Json& images = member_at(fields, "images");
  if (images.is_null()) return {};
  const Error bad = wrong("'images' must be a list of files or addresses");
  if (!images.is_array()) return bad;
  for (const Json& each : images) {
    if (!each.is_string()) return bad;
    into.images.push_back(each.get<std::string>());
  }
  return {};
}

Result<TrialCase> fields_of_case(const Json& fields, const std::vector<std::string>& known) {
  if (!fields.is_object()) return wrong("a case is an object such as {\"prompt\": \"…\"}");
  for (const auto& [name, value] : fields.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return wrong("'" + name + "' is no field of a case" + did_you_mean(name, known));
  }
  TrialCase out;
  for (const auto& [name, into] : {std::pair<const char*, std::string*>{"id", &out.id},
                                   {"prompt", &out.prompt},
                                   {"system", &out.request.instructions}}) {
    Result<std::string> text = text_field(fields, name);
    if (!text) return text.error();
    *into = std::move(*text);
  }
  if (out.prompt.empty()) return wrong("'prompt' is missing");
  out.expected = member_at(fields, "expected");
  const Json& schema = member_at(fields, "schema");
  if (!schema.is_null()) {
    const Result<std::shared_ptr<const Schema>> compiled = Schema::compile(schema);
    if (!compiled) return wrong("schema: " + compiled.error().message());
    out.request.output_schema = schema;
  }
  if (const Result<void> read = read_sampling(fields, out.request); !read) return read.error();
  if (const Result<void> read = read_images(fields, out); !read) return read.error();
  return out;
}

Result<TrialCase> case_of_line(std::string_view line, bool is_json) {
  if (!is_json) {
    TrialCase plain;
    plain.prompt = line;
    return plain;
  }
  const Result<Json> parsed = parse_json(line);
  if (!parsed) return wrong(parsed.error().detail);
  return fields_of_case(*parsed, kFields);
}

}  // namespace

Result<TrialCase> case_from_json(const Json& fields, const std::vector<std::string>& more) {
  std::vector<std::string> known = kFields;
  known.insert(known.end(), more.begin(), more.end());
  Result<TrialCase> one = fields_of_case(fields, known);
  if (one) one->request.messages.push_back(user_message(one->prompt));
  return one;
}

TrialAnswer answer_of(const Message& reply, std::string finish) {
  CheckedReply checked = checked_reply(reply, std::move(finish));
  TrialAnswer answer;
  answer.text = std::move(checked.text);
  answer.reasoning = std::move(checked.reasoning);
  answer.finish = std::move(checked.finish);
  answer.calls = std::move(checked.calls);
  return answer;
}

Result<std::vector<TrialCase>> read_cases(std::string_view text, const std::string& file) {
  std::vector<TrialCase> cases;
  std::set<std::string> ids;
  if (!is_valid_utf8(text)) return Error{Errc::invalid, "it is not valid UTF-8", file};
  const bool is_json = trim(text).starts_with("{");
  int number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty()) continue;
    const std::string place = file + ":" + std::to_string(number);
    Result<TrialCase> one = case_of_line(line, is_json);
    if (!one) return Error{Errc::invalid, one.error().detail, place};
    if (one->id.empty()) one->id = std::to_string(number);
    if (!ids.insert(one->id).second) {
      return Error{Errc::invalid, "the id '" + one->id + "' is there twice", place};
    }
    if (cases.size() == kCasesMax) return Error{Errc::too_large, "over 10000 cases", place};
    one->place = place;
    one->request.messages.push_back(user_message(one->prompt));
    cases.push_back(std::move(*one));
  }
  if (cases.empty()) return Error{Errc::invalid, "there is no prompt in it", file};
  return cases;
}

}  // namespace yoke

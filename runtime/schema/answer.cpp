#include "runtime/schema/answer.h"

#include "runtime/base/text.h"

namespace yoke {
namespace {

std::string_view json_text(std::string_view text) {
  text = trim(text);
  if (!text.starts_with("```")) return text;
  const std::size_t begin = text.find('\n');
  const std::size_t end = text.rfind("```");
  if (begin == std::string_view::npos || end <= begin) return text;
  return trim(text.substr(begin, end - begin));
}

}  // namespace

Result<Json> read_answer(std::string_view text) {
  Result<Json> value = parse_json(json_text(text));
  if (!value) return Error{Errc::invalid, "the answer is no JSON: " + value.error().detail};
  return value;
}

Result<Json> read_answer(std::string_view text, const Schema& schema) {
  Result<Json> value = read_answer(text);
  if (!value) return value;
  const std::vector<SchemaError> errors = schema.check(*value);
  if (!errors.empty()) return Error{Errc::invalid, describe(errors)};
  return value;
}

}  // namespace yoke

#include "hosts/hook/openai/fields.h"

#include <utility>

#include "runtime/base/text.h"

namespace yoke::openai {
namespace {

constexpr std::size_t kShownMax = 80;  // of a name that is not known
constexpr const char* kWrongType = "invalid_type";

const Json kNone = nullptr;

}  // namespace

Refusal bad_param(std::string param, std::string detail, std::string code) {
  return {400, "bad request", std::move(detail), std::move(code), std::move(param)};
}

Refusal unsupported(std::string param, std::string why) {
  const std::string detail = "'" + param + "' is not supported here: " + why;
  return bad_param(std::move(param), detail, "unsupported_parameter");
}

Refusal no_such_model(std::string detail) {
  return {404, "not found", std::move(detail), "model_not_found", "model"};
}

Refusal openai_status(Refusal refusal) {
  if (refusal.status == 422) refusal.status = 400;
  return refusal;
}

Refusal body_refusal(const Error& error) {
  const int status = error.code == Errc::unsupported ? 415 : 400;
  return {status, "bad request", error.detail, "invalid_body"};
}

Fields::Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (object_.is_object()) return;
  const std::string what = path_.empty() ? "the body" : "'" + path_ + "'";
  refuse(bad_param(path_, what + " must be an object", kWrongType));
}

std::string Fields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void Fields::refuse(Refusal refusal) {
  if (!problem_) problem_ = std::move(refusal);
}

const Json& Fields::take(const char* name) {
  taken_.insert(name);
  return problem_ ? kNone : member_at(object_, name);
}

std::string Fields::text(const char* name) {
  const Json& value = take(name);
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  refuse(bad_param(path_of(name), "'" + path_of(name) + "' must be a string", kWrongType));
  return {};
}

std::string Fields::needed_text(const char* name) {
  std::string value = text(name);
  if (value.empty()) {
    refuse(bad_param(path_of(name), "'" + path_of(name) + "' is required",
                     "missing_required_parameter"));
  }
  return value;
}

std::optional<double> Fields::number(const char* name, double least, double most) {
  const Json& value = take(name);
  if (value.is_null()) return std::nullopt;
  const bool fits =
      value.is_number() && value.get<double>() >= least && value.get<double>() <= most;
  if (fits) return value.get<double>();
  refuse(bad_param(path_of(name), "'" + path_of(name) + "' must be a number from " +
                                      to_text(Json(least)) + " to " + to_text(Json(most))));
  return std::nullopt;
}

std::optional<std::int64_t> Fields::whole(const char* name, std::int64_t least, std::int64_t most) {
  const Json& value = take(name);
  if (value.is_null()) return std::nullopt;
  const bool is_whole = value.is_number_integer();
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
  if (is_whole && !huge && value.get<std::int64_t>() >= least &&
      value.get<std::int64_t>() <= most) {
    return value.get<std::int64_t>();
  }
  refuse(bad_param(path_of(name), "'" + path_of(name) + "' must be a whole number from " +
                                      std::to_string(least) + " to " + std::to_string(most)));
  return std::nullopt;
}

std::optional<bool> Fields::flag(const char* name) {
  const Json& value = take(name);
  if (value.is_null()) return std::nullopt;
  if (value.is_boolean()) return value.get<bool>();
  refuse(bad_param(path_of(name), "'" + path_of(name) + "' must be true or false", kWrongType));
  return std::nullopt;
}

const Json& Fields::list(const char* name) {
  const Json& value = take(name);
  if (value.is_null() || value.is_array()) return value;
  refuse(bad_param(path_of(name), "'" + path_of(name) + "' must be an array", kWrongType));
  return kNone;
}

const Json& Fields::object(const char* name) {
  const Json& value = take(name);
  if (value.is_null() || value.is_object()) return value;
  refuse(bad_param(path_of(name), "'" + path_of(name) + "' must be an object", kWrongType));
  return kNone;
}

const Json& Fields::any(const char* name) { return take(name); }

void Fields::pass(std::initializer_list<const char*> names) {
  for (const char* name : names) taken_.insert(name);
}

void Fields::only(const char* name, const Json& value, const char* why) {
  const Json& given = take(name);
  if (!given.is_null() && given != value) refuse(unsupported(path_of(name), why));
}

void Fields::refuse_rest() {
  if (problem_) return;
  for (const auto& [name, value] : object_.items()) {
    if (value.is_null() || taken_.contains(name)) continue;
    const std::string shown = shorten(printable(path_of(name)), kShownMax);
    return refuse(bad_param(shown, "'" + shown + "' is not known here, so it is not passed over",
                            "unknown_parameter"));
  }
}

}  // namespace yoke::openai

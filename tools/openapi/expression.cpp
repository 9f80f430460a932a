#include "tools/openapi/expression.h"

#include <algorithm>

#include "tools/openapi/encode.h"
#include "tools/openapi/pointer.h"

namespace yoke::openapi {
namespace {

Json header_value(const HttpHeaders& headers, std::string_view name) {
  const std::string* const value = headers.find(name);
  return value == nullptr ? Json() : Json(*value);
}

Json body_value(const Json& body, std::string_view rest) {
  if (rest.empty()) return body;
  return rest.starts_with('#') ? value_at_pointer(body, rest.substr(1)) : Json();
}

Json argument_value(const Exchange& exchange, std::string_view place, std::string_view name) {
  for (const Parameter& parameter : exchange.operation.parameters) {
    if (name_of(parameter.place) != place || parameter.name != name) continue;
    const Json& own = member_at(exchange.arguments, parameter.argument);
    return own.is_null() ? member_at(exchange.arguments, parameter.name) : own;
  }
  return nullptr;
}

Json expression_value(std::string_view text, const Exchange& exchange) {
  if (text == "$url") return exchange.sent.url;
  if (text == "$method") return exchange.sent.method;
  if (text == "$statusCode") return exchange.status;
  const auto after = [&](std::string_view lead) {
    return text.starts_with(lead) ? text.substr(lead.size()) : std::string_view();
  };
  if (text.starts_with("$response.body")) return body_value(exchange.body, after("$response.body"));
  if (const auto name = after("$response.header."); !name.empty()) {
    return header_value(exchange.headers, name);
  }
  if (const auto name = after("$request.header."); !name.empty()) {
    return header_value(exchange.sent.headers, name);
  }
  for (const std::string_view place : {"query", "path"}) {
    const std::string lead = "$request." + std::string(place) + ".";
    if (const auto name = after(lead); !name.empty()) return argument_value(exchange, place, name);
  }
  return nullptr;
}

}  // namespace

Json value_at_pointer(const Json& value, std::string_view pointer) {
  const Result<std::vector<std::string>> steps = steps_of(pointer);
  if (!steps) return nullptr;
  const Json* at = &value;
  for (const std::string& step : *steps) {
    if (at->is_object()) {
      at = &member_at(*at, step);
      continue;
    }
    const bool is_index =
        at->is_array() && !step.empty() && step.size() < 8 &&
        std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_index || std::stoul(step) >= at->size()) return nullptr;
    at = &(*at)[std::stoul(step)];
  }
  return *at;
}

Json evaluated(const Json& expression, const Exchange& exchange) {
  if (!expression.is_string()) return expression;
  const std::string_view text = expression.get_ref<const std::string&>();
  if (text.starts_with('$')) return expression_value(text, exchange);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find("{$", at);
    out += text.substr(at, open == std::string_view::npos ? text.size() - at : open - at);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) return nullptr;
    const Json value = expression_value(text.substr(open + 1, close - open - 1), exchange);
    const Result<std::string> plain = plain_text(value);
    if (!plain) return nullptr;
    out += *plain;
    at = close + 1;
  }
  return out;
}

}  // namespace yoke::openapi

#include "hosts/hook/reply.h"

#include <algorithm>

namespace yoke {
namespace {

// Seconds, as Retry-After has them: never too early.
std::string whole_seconds(std::chrono::milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return std::to_string(std::max<std::int64_t>(seconds, 1));
}

const char* openai_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 429:
      return "rate_limit_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

const char* anthropic_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 504:
      return "timeout_error";
    case 503:
    case 529:
      return "overloaded_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

// What stands where no refusal has a code of its own: one for each status.
std::string usual_code(int status) {
  switch (status) {
    case 400:
      return "bad_request";
    case 401:
      return "not_known";
    case 402:
      return "limit_reached";
    case 403:
      return "denied";
    case 404:
      return "not_found";
    case 405:
      return "method_not_allowed";
    case 409:
      return "conflict";
    case 413:
      return "too_large";
    case 415:
      return "wrong_type";
    case 421:
      return "misdirected";
    case 422:
      return "invalid";
    case 429:
      return "too_many";
    case 502:
      return "upstream_error";
    case 503:
      return "unavailable";
    case 504:
      return "timed_out";
    default:
      return status >= 500 ? "failed" : "refused";
  }
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

HttpReply shaped(ErrorShape shape, const Refusal& refusal) {
  if (shape == ErrorShape::openai) {
    // The one code for whatever is wrong with a key: its clients look for it.
    const std::string code = refusal.status == 401 ? "invalid_api_key" : refusal.code;
    const Json error{{"message", refusal.detail},
                     {"type", openai_type(refusal.status)},
                     {"param", text_or_null(refusal.param)},
                     {"code", text_or_null(code)}};
    return json_reply(refusal.status, Json{{"error", error}});
  }
  if (shape == ErrorShape::anthropic) {
    const Json error{{"type", anthropic_type(refusal.status)}, {"message", refusal.detail}};
    return json_reply(refusal.status, Json{{"type", "error"}, {"error", error}});
  }
  Json body{{"title", refusal.title}, {"status", refusal.status}, {"detail", refusal.detail}};
  body["code"] = refusal.code.empty() ? usual_code(refusal.status) : refusal.code;
  if (!refusal.param.empty()) body["param"] = refusal.param;
  return json_reply(refusal.status, body, "application/problem+json");
}

}  // namespace

Refusal refusal_of(const Error& error) {
  const std::string detail = error.message();
  switch (error.code) {
    case Errc::invalid:
      return {422, "invalid", detail};
    case Errc::not_found:
      return {404, "not found", detail};
    case Errc::conflict:
      return {409, "conflict", detail};
    case Errc::denied:
      return {403, "denied", detail};
    case Errc::too_large:
      return {413, "too large", detail};
    case Errc::unsupported:
      return {422, "not possible here", detail};
    case Errc::timed_out:
      return {504, "timed out", detail};
    case Errc::exhausted:
      return {402, "limit reached", detail};
    case Errc::cancelled:
      return {409, "cancelled", detail};
    case Errc::unavailable:
    case Errc::fenced:
      return {503, "unavailable", detail};
  }
  return {500, "failed", detail};
}

HttpReply json_reply(int status, const Json& body, const char* type) {
  HttpReply reply;
  reply.status = status;
  reply.headers.add("Content-Type", type);
  reply.body = to_text(body);
  return reply;
}

HttpReply problem(const Refusal& refusal) { return refuse(ErrorShape::native, refusal); }

HttpReply refuse(ErrorShape shape, const Refusal& refusal) {
  HttpReply reply = shaped(shape, refusal);
  if (refusal.retry_after) reply.headers.add("Retry-After", whole_seconds(*refusal.retry_after));
  for (const auto& [name, value] : refusal.headers) reply.headers.add(name, value);
  const bool challenged = reply.headers.has("WWW-Authenticate");
  if (refusal.status == 401 && !challenged)
    reply.headers.add("WWW-Authenticate", "Bearer realm=\"yoke\"");
  return reply;
}

}  // namespace yoke

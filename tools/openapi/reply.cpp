#include "tools/openapi/reply.h"

#include <array>

#include "runtime/base/base64.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/openapi/media_type.h"
#include "tools/openapi/reply_status.h"

namespace yoke::openapi {
namespace {

constexpr std::size_t kMessageBytes = 500;

// What an error's body says of itself, as the usual kinds write it.
std::string complaint_in(const Json& body) {
  const Json& error = member_at(body, "error");
  for (const Json* place : {&error, &body}) {
    for (const char* name : {"message", "error_description", "detail", "title", "description"}) {
      const std::string text = string_at(*place, name);
      if (!text.empty()) return text;
    }
  }
  if (error.is_string()) return error.get<std::string>();
  const Json& errors = member_at(body, "errors");
  if (!errors.is_array() || errors.empty()) return "";
  const Json& first = errors.front();
  return first.is_string() ? first.get<std::string>() : string_at(first, "message");
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : printable(to_valid_utf8(text))) {
    const bool is_space = c == '\n' || c == '\t' || c == ' ';
    if (is_space && (line.empty() || line.back() == ' ')) continue;
    line += is_space ? ' ' : c;
  }
  return shorten(trim(line), kMessageBytes);
}

std::string failure_text(const Operation& operation, const Reply& reply, const Json& body) {
  std::string text = "the service answered " + std::to_string(reply.status);
  const std::string_view location = reply.headers.get("Location");
  if (reply.status >= 300 && reply.status < 400 && !location.empty()) {
    return text + ": it redirects to '" + shorten(printable(shown_url(location)), 200) +
           "', which is not followed";
  }
  std::string why = body.is_string() ? body.get<std::string>() : complaint_in(body);
  if (why.empty()) {
    const Response* const response = response_for(operation, reply.status);
    if (response != nullptr && response->status != "default") why = response->description;
  }
  why = one_line(why);
  return why.empty() ? text : text + ": " + why;
}

Json bytes_value(const std::string& content_type, const std::string& body) {
  return Json{{"content_type", content_type.empty() ? "application/octet-stream" : content_type},
              {"base64", to_base64(body)}};
}

struct ReadBody {
  Json value;
  std::string wrong;  // not empty: it is not what its content type says
};

ReadBody read_body_of(const Operation& operation, const Reply& reply) {
  ReadBody read;
  if (reply.body.empty()) return read;
  const std::string given(reply.headers.get("Content-Type"));
  const std::string type = given.empty() ? promised_type(operation, reply.status) : given;
  if (is_json_type(type)) {
    const std::string_view text = reply.body;
    Result<Json> value = parse_json(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text);
    if (value) {
      read.value = std::move(*value);
    } else {
      read.wrong = "its reply is no JSON that can be read: " + value.error().detail;
    }
  } else if (is_valid_utf8(reply.body) && (type.empty() || is_text_type(type))) {
    read.value = reply.body;
  } else if (is_text_type(type)) {
    read.value = to_valid_utf8(reply.body);
  } else {
    read.value = bytes_value(to_valid_utf8(type), reply.body);
  }
  return read;
}

}  // namespace

const Response* response_for(const Operation& operation, int status) {
  const std::string exact = std::to_string(status);
  const std::array<std::string, 3> wanted = {exact, exact.substr(0, 1) + "XX", "default"};
  for (const std::string& name : wanted) {
    for (const Response& response : operation.responses) {
      if (response.status == name) return &response;
    }
  }
  return nullptr;
}

std::string promised_type(const Operation& operation, int status) {
  const Response* const response = response_for(operation, status);
  return response == nullptr || response->content_types.empty() ? std::string()
                                                                : response->content_types.front();
}

Answer read_reply(const Operation& operation, const Reply& reply) {
  Answer answer;
  ReadBody body = read_body_of(operation, reply);
  const bool is_success = reply.status >= 200 && reply.status < 300;
  answer.ok = is_success && body.wrong.empty();
  answer.value = std::move(body.value);
  if (answer.ok) return answer;
  answer.message =
      is_success ? "the service answered " + std::to_string(reply.status) + ", but " + body.wrong
                 : failure_text(operation, reply, answer.value);
  return answer;
}

}  // namespace yoke::openapi

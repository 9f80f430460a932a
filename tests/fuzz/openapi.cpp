#include "runtime/base/ensure.h"
#include "runtime/schema/schema.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"
#include "tools/openapi/document.h"
#include "tools/openapi/operation.h"
#include "tools/openapi/request.h"

// Any text is a document whose operations can each be used or are refused with a reason: what is
// used has a schema that compiles, and makes requests on one line, or none with a reason.
namespace yoke::fuzz {
namespace {

constexpr std::size_t kOperationsTried = 40;

openapi::DocumentLimits small_limits() {
  openapi::DocumentLimits limits;
  limits.text_bytes_max = 64 << 10;
  limits.part_bytes_max = 64 << 10;
  limits.nodes_max = 20'000;
  limits.whole_bytes_max = 64 << 10;
  limits.whole_nodes_max = 50'000;
  return limits;
}

bool is_on_one_line(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void check_request(const openapi::Operation& operation, const Json& arguments) {
  const Result<openapi::Request> request = openapi::make_request(operation, arguments);
  if (!request) {
    ENSURE(!request.error().detail.empty());
    return;
  }
  ENSURE(!request->method.empty() && is_on_one_line(request->method));
  ENSURE(is_on_one_line(request->url));
  for (const auto& [name, value] : request->headers) {
    ENSURE(is_http_token(name) && is_http_field_value(value));
  }
}

// One text for each argument, whatever it wants.
Json some_arguments(const Json& schema) {
  Json arguments = Json::object();
  for (const auto& [name, property] : member_at(schema, "properties").items()) {
    arguments[name] = string_at(property, "type") == "integer" ? Json(1) : Json("a b/\r\n");
  }
  return arguments;
}

void check_operation(const openapi::Document& document, const openapi::OperationEntry& entry) {
  ENSURE(document.find(entry.name) == &entry);
  const Result<openapi::Operation> operation = document.operation(entry);
  if (!operation) {
    ENSURE(!operation.error().detail.empty());
    return;
  }
  ENSURE(Schema::compile(operation->input_schema).has_value());
  for (const openapi::Finding& finding : operation->findings) {
    ENSURE(!openapi::describe(finding).empty());
  }
  check_request(*operation, Json::object());
  check_request(*operation, some_arguments(operation->input_schema));
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(yoke::fuzz::text_of(data, size));
  const auto document = yoke::openapi::Document::parse(text, "https://a.example/api.json",
                                                       yoke::fuzz::small_limits());
  if (!document) {
    ENSURE(!document.error().detail.empty());
    return 0;
  }
  std::size_t tried = 0;
  for (const yoke::openapi::OperationEntry& entry : (*document)->entries()) {
    if (tried++ == yoke::fuzz::kOperationsTried) break;
    yoke::fuzz::check_operation(**document, entry);
  }
  return 0;
}

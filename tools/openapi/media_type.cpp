#include "tools/openapi/media_type.h"

#include <array>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke::openapi {

std::string bare_media_type(std::string_view content_type) {
  return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_json_type(std::string_view content_type) {
  const std::string type = bare_media_type(content_type);
  return type.ends_with("/json") || type.ends_with("+json");
}

bool is_text_type(std::string_view content_type) {
  const std::string type = bare_media_type(content_type);
  constexpr std::array<std::string_view, 9> kTexts = {
      "application/xml",        "application/yaml",     "application/x-yaml",
      "application/javascript", "application/x-ndjson", "application/jsonl",
      "application/graphql",    "application/sql",      "application/x-www-form-urlencoded"};
  for (const std::string_view text : kTexts) {
    if (type == text) return true;
  }
  return type.starts_with("text/") || type.ends_with("+xml") || type.ends_with("+yaml");
}

Body::Kind body_kind_of(std::string_view content_type) {
  const std::string type = bare_media_type(content_type);
  if (is_json_type(type) || type == "*/*" || type == "application/*") return Body::Kind::json;
  if (type == "application/x-www-form-urlencoded") return Body::Kind::form;
  if (type == "multipart/form-data") return Body::Kind::multipart;
  return is_text_type(type) ? Body::Kind::text : Body::Kind::binary;
}

}  // namespace yoke::openapi

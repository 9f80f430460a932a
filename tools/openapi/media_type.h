#pragma once

#include <string>
#include <string_view>

#include "tools/openapi/operation.h"

namespace yoke::openapi {

std::string bare_media_type(std::string_view content_type);  // lower case, without parameters
bool is_json_type(std::string_view content_type);            // …/json, …+json
bool is_text_type(std::string_view content_type);            // text/…, XML, YAML, form
// How a body of that type is made. A type with a wildcard is JSON.
Body::Kind body_kind_of(std::string_view content_type);

}  // namespace yoke::openapi

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"
#include "tools/openapi/operation.h"

namespace yoke::openapi {

enum class Charset : std::uint8_t {
  unreserved,  // all else is encoded
  name,        // of a query parameter: '$', '@' and ':' stand as they are
  reserved,    // allowReserved: what a query can carry, but '&'; "%41" stays as it is
  cookie,      // what a cookie's value can carry
  path,        // the fixed text of a path template
};
std::string percent_encoded(std::string_view text, Charset charset);

// A text, number or boolean as text. invalid: a list, an object, null.
Result<std::string> plain_text(const Json& value);

// How one value is written; of a Parameter or a BodyField.
struct Writing {
  std::string name;
  Style style = Style::form;
  bool explode = true;
  bool allow_reserved = false;
  bool allow_empty = false;
};

// The pieces between the '&' of a query or form: "tags=a", "tags=b". None: nothing to write.
Result<std::vector<std::string>> query_pieces(const Writing& writing, const Json& value);
// What stands for the parameter in a path: "5", ".5", ";id=5".
Result<std::string> path_text(const Writing& writing, const Json& value);
// In a header field, where nothing is encoded: "a,b".
Result<std::string> header_text(const Writing& writing, const Json& value);
// The pieces of a Cookie field: "id=5".
Result<std::vector<std::string>> cookie_pieces(const Writing& writing, const Json& value);

}  // namespace yoke::openapi

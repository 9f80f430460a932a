#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace yoke::openapi {

std::string pointer_step(std::string_view name);  // "/a~1b" of "a/b"
// The names that a JSON pointer goes through. invalid: it does not begin with '/'.
Result<std::vector<std::string>> steps_of(std::string_view pointer);
// The JSON pointer of a $ref into the same document: "/components/schemas/a b" of
// "#/components/schemas/a%20b". unsupported: it leads to another document; invalid: no pointer.
Result<std::string> local_pointer(std::string_view reference);
// None when a '%' is not followed by two hexadecimal digits.
Result<std::string> percent_decoded(std::string_view text);

}  // namespace yoke::openapi

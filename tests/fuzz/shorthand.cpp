#include "runtime/base/ensure.h"
#include "runtime/base/json.h"
#include "runtime/schema/schema.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

// What the shorthand expands to is a schema, unless it holds a full one or a pattern of its own;
// what it refuses is refused with a reason. Input: the shorthand, and a value to check.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = yoke::fuzz::text_of(data, size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const auto shorthand = yoke::parse_json(input.substr(0, end));
  if (!shorthand) return 0;
  const auto schema = yoke::expand_shorthand(*shorthand);
  if (!schema) {
    ENSURE(!schema.error().detail.empty());
    return 0;
  }
  const auto compiled = yoke::Schema::compile(*schema);
  if (!compiled) {
    ENSURE(!compiled.error().detail.empty());
    return 0;
  }
  const auto value = yoke::parse_json(end < input.size() ? input.substr(end + 1) : "{}");
  if (!value) return 0;
  const yoke::Json filled = (*compiled)->with_defaults(*value);
  const auto errors = (*compiled)->check(filled);
  ENSURE(errors.empty() == (*compiled)->fits(filled));
  ENSURE(errors.empty() || !yoke::describe(errors).empty());
  return 0;
}

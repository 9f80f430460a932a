#include <set>

#include "tools/plugins/json_path.h"

#include "runtime/base/ensure.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

// A query selects nodes of the value it is given, the same ones each time, and at most one where it
// is singular; or it is refused with a reason. Input: the query, and on the next line a value.
namespace yoke::fuzz {
namespace {

void collect(const Json& value, std::set<const Json*>& nodes) {
  nodes.insert(&value);
  if (!value.is_structured()) return;
  for (const Json& item : value) collect(item, nodes);
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = yoke::fuzz::text_of(data, size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const auto path = yoke::JsonPath::parse(input.substr(0, end));
  if (!path) {
    ENSURE(!path.error().detail.empty());
    return 0;
  }
  yoke::JsonLimits limits;
  limits.text_bytes_max = 16 << 10;
  const auto value = yoke::parse_json(end < input.size() ? input.substr(end + 1) : "{}", limits);
  if (!value) return 0;
  const auto selected = path->select(*value);
  if (!selected) {
    ENSURE(!selected.error().detail.empty());
    return 0;
  }
  std::set<const yoke::Json*> nodes;
  yoke::fuzz::collect(*value, nodes);
  for (const yoke::Json* node : *selected) ENSURE(nodes.contains(node));
  ENSURE(!path->is_singular() || selected->size() <= 1);
  const auto again = path->select(*value);
  ENSURE(again.has_value() && *again == *selected);
  return 0;
}

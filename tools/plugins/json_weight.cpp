#include "tools/plugins/json_weight.h"

#include <string>
#include <vector>

namespace yoke {

std::size_t weight_of(const Json& value, std::size_t most) {
  std::size_t weight = 0;
  std::vector<const Json*> open{&value};
  while (!open.empty() && weight <= most) {
    const Json& one = *open.back();
    open.pop_back();
    weight += 1;
    if (one.is_string()) weight += one.get_ref<const std::string&>().size() / 64;
    if (!one.is_structured()) continue;
    if (one.size() > most) return most + 1;
    for (const Json& child : one) open.push_back(&child);
  }
  return weight;
}

}  // namespace yoke

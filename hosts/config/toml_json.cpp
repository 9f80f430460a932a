#include "hosts/config/toml_json.h"

#include <cmath>

namespace yoke {

std::optional<Json> json_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return Json(*text);
  if (const auto truth = node.value_exact<bool>()) return Json(*truth);
  if (const auto whole = node.value_exact<std::int64_t>()) return Json(*whole);
  const auto number = node.value_exact<double>();
  if (number && std::isfinite(*number)) return Json(*number);
  if (const toml::array* list = node.as_array()) {
    Json out = Json::array();
    for (const toml::node& each : *list) {
      std::optional<Json> value = json_of(each);
      if (!value) return std::nullopt;
      out.push_back(std::move(*value));
    }
    return out;
  }
  if (const toml::table* table = node.as_table()) {
    Json out = Json::object();
    for (const auto& [key, each] : *table) {
      std::optional<Json> value = json_of(each);
      if (!value) return std::nullopt;
      out[std::string(key.str())] = std::move(*value);
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace yoke

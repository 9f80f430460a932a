#include <algorithm>

#include "hosts/config/sections.h"
#include "runtime/store/money.h"

namespace yoke {
namespace {

const std::vector<std::string> kAmounts = {"input", "cached", "cache_write", "output"};

bool is_amount(std::string_view key) {
  return std::find(kAmounts.begin(), kAmounts.end(), key) != kAmounts.end();
}

void read_amount(TomlReader& reader, const toml::node& node, const std::string& key,
                 const std::string& path, Json& price) {
  const auto value = dollars_of(&node, kDollarsMax);
  if (value) {
    price[key] = *value;
  } else {
    reader.fail(node, "'" + path + "' holds dollars per million tokens");
  }
}

// The price of the models whose names match.
void read_model(TomlReader& reader, const toml::table& table, const std::string& path,
                Json& price) {
  reader.check_keys(table, path, kAmounts);
  price = Json::object();
  for (const auto& [name, node] : table) {
    read_amount(reader, node, std::string(name.str()), path, price);
  }
  for (const char* needed : {"input", "output"}) {
    if (!price.contains(needed)) reader.fail(table, "'" + path + "." + needed + "' is missing");
  }
}

// Where the prices are from, for whoever reads a bill: nothing is reckoned by it.
void read_origin(TomlReader& reader, const toml::table& prices, const std::string& path,
                 Json& out) {
  for (const char* key : {"date", "source"}) {
    const std::string text = reader.text(prices, path, key);
    if (!text.empty()) out[key] = text;
  }
  const std::string date = string_at(out, "date");
  if (!date.empty() && !range_of("day:" + date)) {
    reader.fail(*prices.get("date"), "'" + path + ".date' must be a day, as \"2026-11-21\"");
  }
}

}  // namespace

Json read_prices(TomlReader& reader, const toml::table& table, const std::string& path) {
  const std::string place = path + ".prices";
  const toml::table* prices = reader.table(table, path, "prices");
  if (prices == nullptr) return nullptr;
  std::vector<std::string> known = kAmounts;
  known.insert(known.end(), {"date", "source"});
  Json out = Json::object();
  for (const auto& [name, node] : *prices) {
    const std::string key(name.str());
    const toml::table* model = node.as_table();
    if (model != nullptr) {
      known.push_back(key);
      read_model(reader, *model, place + "." + key, out["models"][key]);
    } else if (is_amount(key)) {
      read_amount(reader, node, key, place, out);
    }
  }
  reader.check_keys(*prices, place, known);
  read_origin(reader, *prices, place, out);
  return out;
}

}  // namespace yoke

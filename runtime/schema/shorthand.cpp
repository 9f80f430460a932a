#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/schema/schema.h"
#include "runtime/schema/values.h"

namespace yoke {
namespace {

constexpr int kShorthandDepthMax = 32;

const std::vector<std::string>& spec_keys() {
  static const std::vector<std::string> kKeys{"type", "enum", "default", "doc",  "description",
                                              "min",  "max",  "pattern", "list", "fields"};
  return kKeys;
}

const std::vector<std::string>& type_names() {
  static const std::vector<std::string> kNames{"string", "integer", "number", "boolean",
                                               "object", "array",   "null",   "any"};
  return kNames;
}

// One property: its schema, and whether it may be left out.
struct Property {
  Json schema = Json::object();
  bool is_optional = false;
};

Error at(const std::string& place, std::string detail, Errc code = Errc::invalid) {
  return Error{code, std::move(detail), place.empty() ? "/" : place};
}

Result<Property> property_of_type(std::string_view written, const std::string& place) {
  Property property;
  std::string_view name = trim(written);
  property.is_optional = name.ends_with('?');
  if (property.is_optional) name.remove_suffix(1);
  const auto& names = type_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return at(place, "no type is named '" + shorten(name, 60) + "'" + did_you_mean(name, names));
  }
  if (name != "any") property.schema["type"] = name;
  return property;
}

Result<Json> expand_map(const Json& map, const std::string& place, int depth);

// A spec table on its way to a schema.
class Spec {
 public:
  Spec(const Json& table, std::string place, int depth)
      : table_(table), place_(std::move(place)), depth_(depth) {}

  Result<Property> run() {
    using Step = Result<void> (Spec::*)();
    for (const Step step :
         {&Spec::check_keys, &Spec::read_type, &Spec::read_list, &Spec::read_fields,
          &Spec::read_enum, &Spec::read_default, &Spec::infer_type, &Spec::read_bounds,
          &Spec::read_pattern, &Spec::read_doc, &Spec::check_default}) {
      const Result<void> done = (this->*step)();
      if (!done) return done.error();
    }
    return std::move(property_);
  }

 private:
  bool has(std::string_view key) const { return table_.contains(key); }
  const Json& get(std::string_view key) const { return member_at(table_, key); }
  Json& schema() { return property_.schema; }
  std::string type() { return string_at(schema(), "type"); }

  Error wrong(std::string_view key, std::string_view expected) const {
    return at(place_ + schema::pointer_step(key),
              std::string("'").append(key).append("' must be ").append(expected));
  }

  Result<void> check_keys() {
    for (const auto& [key, value] : table_.items()) {
      const auto& keys = spec_keys();
      if (key == "1" || std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      return at(place_ + schema::pointer_step(key),
                "a property's description has no '" + shorten(key, 60) + "'" +
                    did_you_mean(key, keys) + "; the properties of an object go into 'fields'");
    }
    return {};
  }

  Result<void> read_type() {
    if (has("1") && has("type")) return wrong("type", "given once, not also as the first element");
    const std::string_view key = has("1") ? "1" : "type";
    if (!has(key)) return {};
    if (!get(key).is_string()) return wrong(key, "a type name");
    const auto named = property_of_type(get(key).get_ref<const std::string&>(),
                                        place_ + schema::pointer_step(key));
    if (!named) return named.error();
    property_ = *named;
    return {};
  }

  Result<void> take_type(std::string_view key, const char* implied) {
    if (!type().empty() && type() != implied) {
      return wrong(key, "left out: the type is " + type());
    }
    schema()["type"] = implied;
    return {};
  }

  Result<void> read_list();
  Result<void> read_fields() {
    if (!has("fields")) return {};
    const Result<void> taken = take_type("fields", "object");
    if (!taken) return taken;
    auto fields = expand_map(get("fields"), place_ + "/fields", depth_ + 1);
    if (!fields) return fields.error();
    schema().update(*fields);
    return {};
  }

  Result<void> read_enum() {
    if (!has("enum")) return {};
    const Json& values = get("enum");
    if (!values.is_array() || values.empty()) return wrong("enum", "a list of values, not empty");
    schema()["enum"] = values;
    return {};
  }

  Result<void> read_default() {
    if (!has("default")) return {};
    schema()["default"] = get("default");
    property_.is_optional = true;
    return {};
  }

  // The type that the rest of the table implies, when it names none.
  Result<void> infer_type() {
    if (!type().empty() || has("1") || has("type")) return {};
    std::uint8_t types = 0;
    if (has("enum")) {
      types = types_of_all(get("enum"));
    } else if (has("default")) {
      types = types_of_all(Json::array({get("default")}));
      if (types == schema::kNull) return {};  // says nothing of other values
    } else if (has("pattern")) {
      types = schema::kString;
    } else if (has("min") || has("max")) {
      types = schema::kNumber;
    }
    const std::string name = schema::names_of_types(types);
    if (schema::type_from_name(name) != 0) schema()["type"] = name;
    return {};
  }

  // Integers count as integers only as long as there is no fraction among the values.
  static std::uint8_t types_of_all(const Json& values) {
    std::uint8_t types = 0;
    for (const Json& value : values) {
      const std::uint8_t one = schema::types_of(value);
      types |= (one & schema::kInteger) != 0 ? std::uint8_t{schema::kInteger} : one;
    }
    const bool has_fraction = (types & schema::kNumber) != 0;
    return has_fraction ? types & ~schema::kInteger : types;
  }

  Result<void> read_bounds() {
    const std::string kind = type();
    const bool is_number = kind == "integer" || kind == "number";
    for (const std::string key : {"min", "max"}) {
      if (!has(key)) continue;
      const bool is_least = key == "min";
      if (!get(key).is_number()) return wrong(key, "a number");
      if (is_number) schema()[is_least ? "minimum" : "maximum"] = get(key);
      if (is_number) continue;
      const bool is_count = (schema::types_of(get(key)) & schema::kInteger) != 0 &&
                            get(key).get<double>() >= 0 && get(key).get<double>() < 1e15;
      if (!is_count) return wrong(key, "a whole number, not below 0");
      const std::string noun = kind == "string" ? "Length" : kind == "array" ? "Items" : "";
      if (noun.empty()) return wrong(key, "left out: only numbers, strings and lists have bounds");
      schema()[(is_least ? "min" : "max") + noun] = get(key);
    }
    return {};
  }

  Result<void> read_pattern() {
    if (!has("pattern")) return {};
    if (!get("pattern").is_string()) return wrong("pattern", "a regular expression");
    const Result<void> taken = take_type("pattern", "string");
    if (!taken) return taken;
    schema()["pattern"] = get("pattern");
    return {};
  }

  Result<void> read_doc() {
    for (const char* key : {"description", "doc"}) {
      if (!has(key)) continue;
      if (!get(key).is_string()) return wrong(key, "a text");
      schema()["description"] = get(key);
    }
    return {};
  }

  Result<void> check_default() {
    if (!has("default")) return {};
    const auto compiled = Schema::compile(schema());
    if (!compiled) return at(place_, compiled.error().message(), compiled.error().code);
    const auto errors = (*compiled)->check(get("default"));
    if (errors.empty()) return {};
    return at(place_ + "/default", "the default does not fit: " + describe({errors.data(), 1}));
  }

  const Json& table_;
  std::string place_;
  int depth_;
  Property property_;
};

Result<Property> expand_property(const Json& spec, const std::string& place, int depth) {
  if (depth > kShorthandDepthMax) return at(place, "nested deeper than 32 levels", Errc::too_large);
  if (spec.is_string()) return property_of_type(spec.get_ref<const std::string&>(), place);
  if (spec.is_object() && spec.contains("$schema_full")) {
    Property property;
    property.schema = spec["$schema_full"];
    property.is_optional = member_at(property.schema, "default") != nullptr;
    return property;
  }
  if (spec.is_object()) return Spec(spec, place, depth).run();
  // A Lua table with nothing but a first element arrives as a list.
  if (spec.is_array() && spec.empty()) return Property{};
  if (spec.is_array() && spec.size() == 1 && spec[0].is_string()) {
    return property_of_type(spec[0].get_ref<const std::string&>(), place);
  }
  return at(place, "a property is a type name or a table that describes it; this is " +
                       schema::show(spec));
}

Result<void> Spec::read_list() {
  if (!has("list")) return {};
  const Result<void> taken = take_type("list", "array");
  if (!taken) return taken;
  auto items = expand_property(get("list"), place_ + "/list", depth_ + 1);
  if (!items) return items.error();
  if (items->is_optional && get("list").is_string()) {
    return wrong("list", "a type without '?': an item is there or it is no item");
  }
  schema()["items"] = std::move(items->schema);
  return {};
}

Result<Json> expand_map(const Json& map, const std::string& place, int depth) {
  Json properties = Json::object();
  Json required = Json::array();
  const bool is_empty_list = map.is_array() && map.empty();  // what an empty Lua table may become
  if (!map.is_object() && !is_empty_list) {
    return at(place, "properties are a table of names; this is " + schema::show(map));
  }
  for (const auto& [name, spec] : map.items()) {
    auto property = expand_property(spec, place + schema::pointer_step(name), depth);
    if (!property) return property.error();
    if (!property->is_optional) required.push_back(name);
    properties[name] = std::move(property->schema);
  }
  Json schema = {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace

Result<Json> expand_shorthand(const Json& shorthand) {
  if (shorthand.is_null()) return expand_map(Json::object(), "", 0);
  if (shorthand.is_object() && shorthand.contains("$schema_full")) return shorthand["$schema_full"];
  if (!shorthand.is_string()) return expand_map(shorthand, "", 0);
  auto property = property_of_type(shorthand.get_ref<const std::string&>(), "");
  if (!property) return property.error();
  return std::move(property->schema);
}

}  // namespace yoke

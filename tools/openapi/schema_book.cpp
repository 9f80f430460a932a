#include "tools/openapi/schema_book.h"

#include <algorithm>
#include <functional>

#include "runtime/base/text.h"
#include "runtime/schema/schema.h"
#include "tools/openapi/pointer.h"
#include "tools/openapi/schema_words.h"

namespace yoke::openapi {
namespace {

constexpr int kDepthMax = 24;        // of a schema as written
constexpr int kPlacedDepthMax = 40;  // of one with its definitions in place
constexpr std::string_view kDefinitions = "#/$defs/";

bool is_string(const Json& value) { return value.is_string(); }
bool is_bool(const Json& value) { return value.is_boolean(); }
bool is_number(const Json& value) { return value.is_number(); }
bool is_count(const Json& value) {
  return value.is_number_unsigned() ||
         (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}
bool is_name_list(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), is_string);
}

}  // namespace

void SchemaBook::drop(const Found& keyword, std::string_view why) {
  findings_.add(Finding::Kind::changed, keyword.pointer, std::string(why) + "; it is left out");
}

bool SchemaBook::is_hidden(const Found& schema) const {
  if (!schema.value) return false;
  const char* word = direction_ == Direction::request ? "readOnly" : "writeOnly";
  return bool_at(*schema.value, word);
}

Json SchemaBook::rewrite(const Found& schema, int depth) {
  if (schema.value->is_boolean()) return *schema.value;
  if (!schema.value->is_object()) {
    drop(schema, "a schema is an object");
    return Json::object();
  }
  if (depth > kDepthMax) {
    drop(schema, "the schema is nested deeper than 24 levels");
    return Json::object();
  }
  if (schema.value->contains("$ref")) return rewrite_reference(schema, depth);
  Json out = Json::object();
  rewrite_texts(schema, out);
  rewrite_type(schema, out);
  rewrite_bounds(schema, out);
  rewrite_values(schema, out);
  rewrite_children(schema, out, depth);
  add_null(schema, out);
  fit_choices(schema, out);
  return out;
}

Json SchemaBook::rewrite_reference(const Found& schema, int depth) {
  const Found reference = member_of(schema, "$ref");
  const Result<std::string> pointer =
      reference.value->is_string() ? local_pointer(reference.value->get_ref<const std::string&>())
                                   : Result<std::string>(Error{Errc::invalid, "a $ref is a text"});
  if (!pointer) {
    if (!failure_) {
      failure_ = Error{pointer.error().code, pointer.error().detail, reference.pointer};
    }
    return Json::object();
  }
  Json out = Json::object();
  if (dialect_ == Dialect::openapi31 && schema.value->size() > 1) {
    Json rest = *schema.value;
    rest.erase("$ref");
    out = rewrite(Found{std::make_shared<const Json>(std::move(rest)), schema.pointer}, depth + 1);
  } else if (const Json& text = member_at(*schema.value, "description"); text.is_string()) {
    out["description"] = text;
  }
  out["$ref"] = std::string(kDefinitions) + refer(*pointer);
  return out;
}

std::string SchemaBook::refer(const std::string& pointer) {
  Definition& definition = definitions_[pointer];
  if (definition.uses++ == 0) {
    definition.name = new_name(pointer);
    pointers_[definition.name] = pointer;
    waiting_.push_back(pointer);
  }
  return definition.name;
}

std::string SchemaBook::new_name(const std::string& pointer) const {
  std::string name;
  for (const char c : pointer.substr(pointer.rfind('/') + 1)) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.';
    name += fits ? c : '_';
  }
  if (name.empty()) name = "schema";
  if (name.size() > 64) name.resize(64);
  const std::string first = name;
  for (int i = 2; pointers_.contains(name); ++i) name = first + "_" + std::to_string(i);
  return name;
}

void SchemaBook::rewrite_texts(const Found& schema, Json& out) {
  for (const char* word :
       {"title", "description", "format", "contentEncoding", "contentMediaType"}) {
    const Json& text = member_at(*schema.value, word);
    if (text.is_string()) out[word] = text;
  }
  // A title of one word is the type's name in some program: nothing that a model needs.
  if (string_at(out, "title").find(' ') == std::string::npos) out.erase("title");
  const Found pattern = member_of(schema, "pattern");
  if (!pattern.value) return;
  const Json alone{{"pattern", *pattern.value}};
  if (const auto compiled = Schema::compile(alone); !compiled) {
    return drop(pattern, compiled.error().detail);
  }
  out["pattern"] = *pattern.value;
}

void SchemaBook::rewrite_type(const Found& schema, Json& out) {
  const Found type = member_of(schema, "type");
  if (!type.value) return;
  if (*type.value == "file") {  // Swagger's
    out["type"] = "string";
    out["contentEncoding"] = "base64";
    return;
  }
  Json names = Json::array();
  for (const Json& name : type.value->is_array() ? *type.value : Json::array({*type.value})) {
    if (!is_type_name(name)) return drop(type, "no type of JSON Schema");
    names.push_back(name);
  }
  if (names.size() == 1) names = names.front();
  if (!names.empty()) out["type"] = std::move(names);
}

void SchemaBook::rewrite_bounds(const Found& schema, Json& out) {
  const auto take = [&](const char* word, bool (*fits)(const Json&), const char* why) {
    const Found found = member_of(schema, word);
    if (!found.value) return;
    if (!fits(*found.value)) return drop(found, why);
    out[word] = *found.value;
  };
  for (const char* word : {"minimum", "maximum"}) take(word, is_number, "no number");
  for (const char* word : {"minLength", "maxLength", "minItems", "maxItems", "minProperties",
                           "maxProperties", "minContains", "maxContains"}) {
    take(word, is_count, "no whole number from 0");
  }
  for (const char* word : {"uniqueItems", "deprecated"})
    take(word, is_bool, "neither true nor false");
  take(
      "multipleOf", [](const Json& step) { return is_number(step) && step.get<double>() > 0; },
      "no number above 0");
  // OpenAPI 3.0 marks a bound as exclusive with a boolean.
  for (const auto& [word, bound] :
       {std::pair("exclusiveMinimum", "minimum"), std::pair("exclusiveMaximum", "maximum")}) {
    const Found found = member_of(schema, word);
    if (!found.value) continue;
    if (found.value->is_number()) {
      out[word] = *found.value;
    } else if (*found.value == true && out.contains(bound)) {
      out[word] = out[bound];
      out.erase(bound);
    } else if (!found.value->is_boolean()) {
      drop(found, "no number");
    }
  }
}

void SchemaBook::rewrite_values(const Found& schema, Json& out) {
  if (const Found choices = member_of(schema, "enum"); choices.value) {
    if (choices.value->is_array() && !choices.value->empty()) {
      out["enum"] = *choices.value;
    } else {
      drop(choices, "no list of values");
    }
  }
  for (const char* word : {"const", "default"}) {
    if (const Found value = member_of(schema, word); value.value) out[word] = *value.value;
  }
  const Found required = member_of(schema, "required");
  if (required.value && is_name_list(*required.value)) {
    Json names = Json::array();
    for (const Json& name : *required.value) {
      const bool asked = direction_ == Direction::response ||
                         !is_odata_control(name.get_ref<const std::string&>());
      if (asked) names.push_back(name);
    }
    if (!names.empty()) out["required"] = std::move(names);
  } else if (required.value) {
    drop(required, "no list of property names");
  }
  if (const Json& one = member_at(*schema.value, "example"); !one.is_null()) {
    out["examples"] = Json::array({one});
  } else if (const Json& many = member_at(*schema.value, "examples"); many.is_array()) {
    out["examples"] = many;
  }
}

void SchemaBook::rewrite_children(const Found& schema, Json& out, int depth) {
  rewrite_properties(schema, out, depth);
  for (const std::string_view word : kOneSchemaWords) {
    const Found child = member_of(schema, std::string(word));
    if (!child.value) continue;
    if (word == "items" && child.value->is_array()) {
      drop(child, "a list of schemas");
    } else {
      out[std::string(word)] = rewrite(child, depth + 1);
    }
  }
  for (const std::string_view word : kListWords)
    rewrite_list(schema, std::string(word), out, depth);
  for (const char* word : {"patternProperties", "dependentSchemas"}) {
    const Found children = member_of(schema, word);
    if (!children.value || !children.value->is_object()) continue;
    for (const auto& item : children.value->items()) {
      out[word][item.key()] = rewrite(member_of(children, item.key()), depth + 1);
    }
  }
  if (out.contains("patternProperties")) {
    const Json alone{{"patternProperties", out["patternProperties"]}};
    for (const auto& item : alone["patternProperties"].items()) {
      if (Schema::compile(Json{{"pattern", item.key()}})) continue;
      drop(member_of(member_of(schema, "patternProperties"), item.key()), "no usable pattern");
      out["patternProperties"].erase(item.key());
    }
  }
  // One schema in an allOf is how a $ref gets a description: say it in one.
  const bool is_single =
      out.contains("allOf") && out["allOf"].size() == 1 && out["allOf"].front().is_object();
  if (!is_single) return;
  const Json only = out["allOf"].front();
  for (const auto& item : only.items()) {
    if (out.contains(item.key()) && !is_annotation(item.key())) return;
  }
  out.erase("allOf");
  for (const auto& item : only.items()) {
    if (!out.contains(item.key())) out[item.key()] = item.value();
  }
}

void SchemaBook::rewrite_properties(const Found& schema, Json& out, int depth) {
  const Found properties = member_of(schema, "properties");
  if (!properties.value) return;
  if (!properties.value->is_object()) return drop(properties, "no object");
  Json shown = Json::object();
  for (const auto& item : properties.value->items()) {
    const Found property = member_of(properties, item.key());
    if (!is_hidden(property)) {
      shown[item.key()] = rewrite(property, depth + 1);
    } else if (out.contains("required")) {
      Json& required = out["required"];
      required.erase(std::remove(required.begin(), required.end(), Json(item.key())),
                     required.end());
      if (required.empty()) out.erase("required");
    }
  }
  if (!shown.empty()) out["properties"] = std::move(shown);
}

void SchemaBook::rewrite_list(const Found& schema, const std::string& name, Json& out, int depth) {
  const Found list = member_of(schema, name);
  if (!list.value) return;
  if (!list.value->is_array() || list.value->empty()) return drop(list, "no list of schemas");
  Json children = Json::array();
  for (std::size_t i = 0; i < list.value->size(); ++i) {
    children.push_back(rewrite(element_of(list, i), depth + 1));
  }
  if (name == "oneOf" || name == "anyOf") add_discriminator(schema, name, children);
  out[name] = std::move(children);
}

// Says in each alternative which value of the discriminator chooses it.
void SchemaBook::add_discriminator(const Found& schema, const std::string& name, Json& list) {
  const Json& discriminator = member_at(*schema.value, "discriminator");
  const std::string property = string_at(discriminator, "propertyName");
  if (property.empty()) return;
  const Json& given = member_at(discriminator, "mapping");
  const Json mapping = given.is_object() ? given : Json::object();
  const Json& variants = member_at(*schema.value, name);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string reference = string_at(variants[i], "$ref");
    const std::string own_name = reference.substr(reference.rfind('/') + 1);
    if (reference.empty() || !list[i].is_object() || list[i].contains("properties")) continue;
    Json values = Json::array();
    for (const auto& item : mapping.items()) {
      if (item.value() == reference || item.value() == own_name) values.push_back(item.key());
    }
    if (values.empty()) values.push_back(own_name);
    list[i]["properties"][property] =
        values.size() == 1 ? Json{{"const", values.front()}} : Json{{"enum", values}};
    list[i]["required"] = Json::array({property});
  }
}

void SchemaBook::add_null(const Found& schema, Json& out) const {
  const bool takes_null = dialect_ != Dialect::openapi31 && (bool_at(*schema.value, "nullable") ||
                                                             bool_at(*schema.value, "x-nullable"));
  if (!takes_null) return;
  if (out.contains("type")) {
    Json names = out["type"].is_array() ? out["type"] : Json::array({out["type"]});
    if (std::find(names.begin(), names.end(), Json("null")) == names.end()) names.push_back("null");
    out["type"] = std::move(names);
    Json* const choices = out.contains("enum") ? &out["enum"] : nullptr;
    if (choices != nullptr &&
        std::find(choices->begin(), choices->end(), Json(nullptr)) == choices->end()) {
      choices->push_back(nullptr);
    }
    return;
  }
  const bool restricts = std::any_of(out.items().begin(), out.items().end(),
                                     [](const auto& item) { return !is_annotation(item.key()); });
  if (!restricts) return;
  Json described = Json::object();
  for (const char* word : {"description", "title", "default"}) {
    if (!out.contains(word)) continue;
    described[word] = out[word];
    out.erase(word);
  }
  described["anyOf"] = Json::array({std::move(out), Json{{"type", "null"}}});
  out = std::move(described);
}

// YAML without quotes makes numbers of what was meant as text; and a default that does not fit
// would be filled into every call.
void SchemaBook::fit_choices(const Found& schema, Json& out) {
  if (out.contains("enum") && takes_text_alone(out)) {
    for (Json& choice : out["enum"]) {
      if (choice.is_number() || choice.is_boolean()) choice = to_text(choice);
    }
  }
  if (!out.contains("default")) return;
  Json& value = out["default"];
  if (takes_text_alone(out) && (value.is_number() || value.is_boolean())) value = to_text(value);
  if (has_placeholder(value)) {
    drop(member_of(schema, "default"),
         "the default " + shorten(to_text(value), 80) + " has a placeholder that nobody filled in");
    out.erase("default");
    return;
  }
  if (fits_plainly(out, value)) return;
  if (const Json meant = meant_by(out, value); !meant.is_null()) {
    value = meant;
    return;
  }
  out.erase("default");
  drop(member_of(schema, "default"), "the default does not fit its own schema");
}

Result<Json> SchemaBook::finish(Json root) {
  std::size_t bytes = to_text(root).size();
  std::size_t count = 0;
  std::size_t cut = 0;
  while (!waiting_.empty() && !failure_) {
    const std::string pointer = waiting_.front();
    waiting_.pop_front();
    if (bytes > limits_.bytes_max || count >= limits_.definitions_max) {
      definitions_[pointer].schema = Json{{"description", "any value: not described here"}};
      ++cut;
      continue;
    }
    const Result<Found> found = lookup_.at(pointer);
    if (!found) return found.error();
    Json schema = rewrite(*found, 0);
    bytes += to_text(schema).size();
    ++count;
    definitions_[pointer].schema = std::move(schema);
  }
  if (failure_) return *failure_;
  if (cut > 0) {
    findings_.add(Finding::Kind::changed, "",
                  std::to_string(cut) +
                      " schemas are shown as any value: with them a tool's schema would be over " +
                      std::to_string(limits_.bytes_max) + " bytes or " +
                      std::to_string(limits_.definitions_max) + " definitions");
  }
  std::set<std::string> kept;
  Json whole = placed(std::move(root), 0, kept);
  Json definitions = Json::object();
  while (definitions.size() < kept.size()) {
    for (const std::string& name : std::set<std::string>(kept)) {
      if (definitions.contains(name)) continue;
      definitions[name] = placed(definitions_.at(pointers_.at(name)).schema, 2, kept);
    }
  }
  if (!definitions.empty()) whole["$defs"] = std::move(definitions);
  return whole;
}

const SchemaBook::Definition* SchemaBook::once_used(const Json& schema) const {
  const std::string name = string_at(schema, "$ref").substr(kDefinitions.size());
  const Definition& definition = definitions_.at(pointers_.at(name));
  return definition.uses == 1 ? &definition : nullptr;
}

// What is referred to once stands where it is used; the rest, and so all that is recursive, stays a
// definition.
Json SchemaBook::placed(Json schema, int depth, std::set<std::string>& kept) const {
  if (!schema.is_object()) return schema;
  if (schema.contains("$ref")) {
    const Definition* const once = once_used(schema);
    const bool fits = once != nullptr && once->schema.is_object() &&
                      depth + levels_of(once->schema) <= kPlacedDepthMax;
    Json target = fits ? once->schema : Json();
    for (const auto& item : schema.items()) {
      const bool clashes =
          fits && item.key() != "$ref" && target.contains(item.key()) && !is_annotation(item.key());
      if (clashes) target = nullptr;
      if (target.is_null()) break;
      if (item.key() != "$ref") target[item.key()] = item.value();
    }
    if (target.is_null()) {
      kept.insert(schema["$ref"].get_ref<const std::string&>().substr(kDefinitions.size()));
    } else {
      return placed(std::move(target), depth, kept);
    }
  }
  for_each_child(schema, [&](Json& child, int levels) {
    child = placed(std::move(child), depth + levels, kept);
  });
  return schema;
}

}  // namespace yoke::openapi

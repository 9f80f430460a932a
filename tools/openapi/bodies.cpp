#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/http/headers.h"
#include "tools/openapi/media_type.h"
#include "tools/openapi/pointer.h"
#include "tools/openapi/reading.h"
#include "tools/openapi/schema_words.h"

namespace yoke::openapi {
namespace {

constexpr int kFlatDepthMax = 16;

// An object whose properties can each be an argument.
struct FlatObject {
  struct Field {
    std::string name;
    Found schema;
  };
  bool is_flat = false;
  std::vector<Field> fields;
  std::vector<std::string> required;
};

bool takes_objects(const Json& schema) {
  const Json& type = member_at(schema, "type");
  if (type.is_array()) return std::find(type.begin(), type.end(), Json("object")) != type.end();
  return type.is_null() || type == "object";
}

// What would be lost if only the properties were arguments.
bool says_more(const Json& schema) {
  for (const char* word : {"oneOf", "anyOf", "not", "if", "patternProperties", "dependentSchemas",
                           "$dynamicRef", "enum", "const"}) {
    if (schema.contains(word)) return true;
  }
  const Json& others = member_at(schema, "additionalProperties");
  return others.is_object() && !others.empty();
}

void add_field(FlatObject& flat, std::string name, Found schema) {
  const auto same = std::find_if(flat.fields.begin(), flat.fields.end(),
                                 [&](const FlatObject::Field& one) { return one.name == name; });
  if (same == flat.fields.end()) {
    flat.fields.push_back({std::move(name), std::move(schema)});
  } else {
    same->schema = std::move(schema);
  }
}

Result<FlatObject> flatten(Reading& reading, const Found& schema, int depth) {
  FlatObject flat;
  const Result<Found> found = reading.lookup.follow(schema);
  if (!found) return found.error();
  if (!found->value || !found->value->is_object() || depth > kFlatDepthMax) return flat;
  if (!takes_objects(*found->value) || says_more(*found->value)) return flat;
  const Found parts = member_of(*found, "allOf");
  for (std::size_t i = 0; parts.value && parts.value->is_array() && i < parts.value->size(); ++i) {
    Result<FlatObject> part = flatten(reading, element_of(parts, i), depth + 1);
    if (!part || !part->is_flat) return part;
    for (FlatObject::Field& field : part->fields) {
      add_field(flat, std::move(field.name), std::move(field.schema));
    }
    flat.required.insert(flat.required.end(), part->required.begin(), part->required.end());
  }
  const Found properties = member_of(*found, "properties");
  if (properties.value && properties.value->is_object()) {
    for (const auto& item : properties.value->items()) {
      const Found property = member_of(properties, item.key());
      if (!reading.book.is_hidden(property)) add_field(flat, item.key(), property);
    }
  }
  const Json& names = member_at(*found->value, "required");
  for (const Json& name : names.is_array() ? names : Json::array()) {
    const bool asked = name.is_string() && !is_odata_control(name.get_ref<const std::string&>());
    if (asked) flat.required.push_back(name.get<std::string>());
  }
  flat.is_flat = depth > 0 || !flat.fields.empty();
  return flat;
}

Json file_schema(const std::string& description) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}};
  schema["description"] =
      description + (description.empty() ? "" : " ") + "Give either text or base64.";
  schema["properties"] = {{"text", {{"type", "string"}}},
                          {"base64", {{"type", "string"}, {"contentEncoding", "base64"}}},
                          {"filename", {{"type", "string"}}},
                          {"content_type", {{"type", "string"}}}};
  return schema;
}

bool is_file(const Json& schema) {
  const Json& type = member_at(schema, "type");
  if (type == "file") return true;
  if (type != "string") return type.is_null() && schema.contains("contentMediaType");
  return string_at(schema, "format") == "binary" ||
         (schema.contains("contentMediaType") &&
          !is_text_type(string_at(schema, "contentMediaType")));
}

// A schema as it is read for what kind of field it is: references followed, or empty.
Json plain_of(Reading& reading, const Found& schema) {
  const Result<Found> found = reading.lookup.follow(schema);
  return found && found->value && found->value->is_object() ? *found->value : Json::object();
}

void read_encoding(Reading& reading, const Found& encoding, BodyField& field) {
  const Found own = member_of(encoding, field.name);
  if (!own.value || !own.value->is_object()) return;
  const std::string types = string_at(*own.value, "contentType");
  const std::string first(trim(types.substr(0, types.find(','))));
  if (first.find('*') == std::string::npos && is_http_field_value(first)) {
    field.content_type = first;
  }
  for (const char* word : {"style", "explode", "allowReserved"}) {
    field.styled = field.styled || own.value->contains(word);
  }
  const std::string style = string_at(*own.value, "style", "form");
  if (style == "spaceDelimited") field.style = Style::space_delimited;
  if (style == "pipeDelimited") field.style = Style::pipe_delimited;
  if (style == "deepObject") field.style = Style::deep_object;
  field.explode = bool_at(*own.value, "explode", style == "form");
  field.allow_reserved = bool_at(*own.value, "allowReserved");
  if (const Found headers = member_of(own, "headers"); headers.value && !headers.value->empty()) {
    reading.findings.add(Finding::Kind::changed, headers.pointer,
                         "header fields of one part of a body are not sent");
  }
}

void read_file_field(const Json& plain, Reading& reading, const Found& schema, BodyField& field) {
  Json items = Json::object();
  if (member_at(plain, "type") == "array") {
    const Found list =
        member_of(Found{std::make_shared<const Json>(plain), schema.pointer}, "items");
    if (list.value) items = plain_of(reading, list);
  }
  field.is_list = member_at(plain, "type") == "array";
  const bool typed_as_bytes = member_at(plain, "type") == "string" && !field.content_type.empty() &&
                              body_kind_of(field.content_type) == Body::Kind::binary;
  field.binary = is_file(plain) || is_file(items) || typed_as_bytes;
}

void add_field_argument(Reading& reading, const Body& body, const Found& encoding,
                        const FlatObject::Field& from, bool required, BodyField& field) {
  field.name = from.name;
  field.required = required;
  field.argument = reading.names.add(from.name, Place::body);
  const Json plain = plain_of(reading, from.schema);
  if (body.kind != Body::Kind::json) read_encoding(reading, encoding, field);
  if (body.kind == Body::Kind::multipart) read_file_field(plain, reading, from.schema, field);
  Json& shown = reading.properties[field.argument];
  if (field.binary) {
    shown = file_schema(string_at(plain, "description"));
    if (field.is_list) shown = Json{{"type", "array"}, {"items", std::move(shown)}};
  } else {
    shown = reading.book.convert(from.schema);
  }
  if (!required) return;
  field.fallback = field.binary ? Json() : fallback_of(reading, from.schema);
  if (field.fallback.is_null() && body.required) reading.required.push_back(field.argument);
}

void add_whole_argument(Reading& reading, const std::string& description, const Found& schema,
                        Body& body) {
  body.argument = reading.names.add("body", Place::body);
  Json& shown = reading.properties[body.argument];
  if (body.kind == Body::Kind::binary) {
    shown = file_schema(description);
  } else {
    const bool is_text = body.kind == Body::Kind::text;
    shown = is_text || !schema.value ? Json::object() : reading.book.convert(schema);
    if (is_text) shown["type"] = "string";
    if (!shown.is_object()) shown = Json::object();
    const bool is_form = body.kind == Body::Kind::form || body.kind == Body::Kind::multipart;
    if (is_form && !shown.contains("type") && !shown.contains("$ref")) shown["type"] = "object";
    if (!description.empty() && !shown.contains("description")) shown["description"] = description;
  }
  if (body.required) reading.required.push_back(body.argument);
}

// How well a kind of body carries what a model gives.
int rank_of(const std::string& content_type) {
  const std::string type = bare_media_type(content_type);
  if (type == "application/json") return 6;
  switch (body_kind_of(content_type)) {
    case Body::Kind::json:
      return type.find('*') == std::string::npos ? 5 : 2;
    case Body::Kind::form:
      return 4;
    case Body::Kind::multipart:
      return 4;
    case Body::Kind::text:
      return 3;
    case Body::Kind::binary:
      break;
  }
  return type.starts_with("multipart/") ? 0 : 1;
}

struct BodySource {
  Found schema;
  Found encoding;
  std::string content_type;
  std::string description;
  std::optional<bool> required;
};

Result<std::optional<Body>> make_body(Reading& reading, const BodySource& source) {
  Body body;
  body.kind = body_kind_of(source.content_type);
  body.content_type =
      source.content_type.find('*') == std::string::npos ? source.content_type : "application/json";
  const bool has_fields = body.kind == Body::Kind::json || body.kind == Body::Kind::form ||
                          body.kind == Body::Kind::multipart;
  FlatObject flat;
  if (has_fields && source.schema.value) {
    Result<FlatObject> read = flatten(reading, source.schema, 0);
    if (!read) return read.error();
    flat = std::move(*read);
  }
  // A document that does not say whether its body is required, but has required fields, means it.
  body.required = source.required.value_or(flat.is_flat && !flat.required.empty());
  if (!flat.is_flat) {
    add_whole_argument(reading, source.description, source.schema, body);
    return std::optional<Body>(std::move(body));
  }
  for (const FlatObject::Field& from : flat.fields) {
    const bool required =
        std::find(flat.required.begin(), flat.required.end(), from.name) != flat.required.end();
    BodyField field;
    add_field_argument(reading, body, source.encoding, from, required, field);
    body.fields.push_back(std::move(field));
  }
  return std::optional<Body>(std::move(body));
}

}  // namespace

Result<std::optional<Body>> read_body(Reading& reading, const Found& operation) {
  const Found given = member_of(operation, "requestBody");
  if (!given.value) return std::optional<Body>();
  const Result<Found> found = reading.lookup.follow(given);
  if (!found) return found.error();
  const Found content = member_of(*found, "content");
  BodySource source;
  int best = 0;
  if (content.value && content.value->is_object()) {
    for (const auto& item : content.value->items()) {
      if (rank_of(item.key()) <= best || !is_http_field_value(item.key())) continue;
      best = rank_of(item.key());
      source.content_type = item.key();
    }
  }
  if (best == 0) {
    return Error{Errc::unsupported, "a request body without a content type that can be sent",
                 found->pointer};
  }
  const Found chosen = member_of(content, source.content_type);
  source.schema = member_of(chosen, "schema");
  source.encoding = member_of(chosen, "encoding");
  source.description = string_at(*found->value, "description");
  const Json& required = member_at(*found->value, "required");
  if (required.is_boolean()) source.required = required.get<bool>();
  return make_body(reading, source);
}

Result<std::optional<Body>> read_swagger_body(Reading& reading, const Found& operation,
                                              const std::vector<RawParameter>& raw) {
  const Json& own = member_at(*operation.value, "consumes");
  const Json& consumes = own.is_array() ? own : reading.head.consumes;
  const auto consumed = [&](auto&& fits, const char* otherwise) {
    for (const Json& type : consumes.is_array() ? consumes : Json::array()) {
      if (type.is_string() && fits(type.get<std::string>())) return type.get<std::string>();
    }
    return std::string(otherwise);
  };
  BodySource source;
  Json fields = Json::object();
  Json required = Json::array();
  bool has_file = false;
  for (const RawParameter& one : raw) {
    if (one.in == "body") {
      source.schema = member_of(one.found, "schema");
      source.description = string_at(*one.found.value, "description");
      source.required = bool_at(*one.found.value, "required");
      source.content_type =
          consumed([](const std::string& type) { return is_json_type(type); }, "application/json");
      const bool is_json_here = consumes.empty() || is_json_type(source.content_type);
      if (!is_json_here) source.content_type = consumes.front().get<std::string>();
      return make_body(reading, source);
    }
    if (one.in != "formData") continue;
    fields[one.name] = *swagger_schema(one.found).value;
    const std::string text = string_at(*one.found.value, "description");
    if (!text.empty()) fields[one.name]["description"] = text;
    has_file = has_file || string_at(*one.found.value, "type") == "file";
    if (bool_at(*one.found.value, "required")) required.push_back(one.name);
    source.encoding.pointer = one.found.pointer;
  }
  if (fields.empty()) return std::optional<Body>();
  const bool has_form =
      !has_file &&
      consumed([](const std::string& type) { return body_kind_of(type) == Body::Kind::multipart; },
               "")
          .empty();
  source.content_type = has_form ? "application/x-www-form-urlencoded" : "multipart/form-data";
  Json encoding = Json::object();
  for (const RawParameter& one : raw) {
    const std::string format = string_at(*one.found.value, "collectionFormat");
    if (one.in != "formData" || string_at(*one.found.value, "type") != "array") continue;
    encoding[one.name] = {{"explode", format == "multi"}};
    if (format == "ssv") encoding[one.name]["style"] = "spaceDelimited";
    if (format == "pipes") encoding[one.name]["style"] = "pipeDelimited";
  }
  source.encoding.value = std::make_shared<const Json>(std::move(encoding));
  source.schema.pointer = reading.pointer + "/parameters";
  Json schema = {{"type", "object"}, {"properties", fields}, {"required", required}};
  source.schema.value = std::make_shared<const Json>(std::move(schema));
  source.required = !required.empty();
  return make_body(reading, source);
}

}  // namespace yoke::openapi

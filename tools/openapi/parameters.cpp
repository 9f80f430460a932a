#include <algorithm>
#include <array>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "runtime/http/headers.h"
#include "tools/openapi/media_type.h"
#include "tools/openapi/path.h"
#include "tools/openapi/reading.h"
#include "tools/openapi/schema_words.h"

namespace yoke::openapi {
namespace {

// Fields that a request has by other means, or that would change how it is read.
constexpr std::array<std::string_view, 14> kOwnFields = {
    "accept",     "content-type",      "authorization", "host",      "content-length",
    "connection", "transfer-encoding", "cookie",        "te",        "trailer",
    "upgrade",    "proxy-connection",  "expect",        "keep-alive"};

bool is_own_field(const std::string& name) {
  const std::string lower = to_lower(name);
  return std::find(kOwnFields.begin(), kOwnFields.end(), lower) != kOwnFields.end() ||
         lower.starts_with("proxy-");
}

std::optional<Place> place_from(std::string_view in) {
  if (in == "path") return Place::path;
  if (in == "query") return Place::query;
  if (in == "header") return Place::header;
  if (in == "cookie") return Place::cookie;
  return std::nullopt;
}

std::optional<Style> style_from(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Style>, 7> kStyles = {{
      {"simple", Style::simple},
      {"label", Style::label},
      {"matrix", Style::matrix},
      {"form", Style::form},
      {"spaceDelimited", Style::space_delimited},
      {"pipeDelimited", Style::pipe_delimited},
      {"deepObject", Style::deep_object},
  }};
  for (const auto& [text, style] : kStyles) {
    if (text == name) return style;
  }
  return std::nullopt;
}

bool fits_place(Style style, Place place) {
  switch (place) {
    case Place::path:
      return style == Style::simple || style == Style::label || style == Style::matrix;
    case Place::header:
      return style == Style::simple;
    case Place::cookie:
      return style == Style::form;
    default:
      break;
  }
  return style != Style::simple && style != Style::label && style != Style::matrix;
}

void read_style(Reading& reading, const RawParameter& raw, Parameter& parameter) {
  const bool takes_form = parameter.place == Place::query || parameter.place == Place::cookie;
  parameter.style = takes_form ? Style::form : Style::simple;
  if (const Found style = member_of(raw.found, "style"); style.value) {
    const std::string name = style.value->is_string() ? style.value->get<std::string>() : "";
    const std::optional<Style> known = style_from(name);
    if (known && fits_place(*known, parameter.place)) {
      parameter.style = *known;
    } else {
      reading.findings.add(Finding::Kind::changed, style.pointer,
                           "'" + shorten(printable(name), 40) + "' is no style of a " +
                               std::string(name_of(parameter.place)) +
                               " parameter; its usual style is taken");
    }
  }
  parameter.explode = bool_at(*raw.found.value, "explode", parameter.style == Style::form);
  parameter.allow_reserved =
      parameter.place == Place::query && bool_at(*raw.found.value, "allowReserved");
}

void read_collection_format(Reading& reading, const RawParameter& raw, Parameter& parameter) {
  const bool in_query = parameter.place == Place::query;
  parameter.style = in_query ? Style::form : Style::simple;
  parameter.explode = false;
  const Found format = member_of(raw.found, "collectionFormat");
  if (!format.value || *format.value == "csv") return;
  if (in_query && *format.value == "multi") {
    parameter.explode = true;
  } else if (in_query && *format.value == "ssv") {
    parameter.style = Style::space_delimited;
  } else if (in_query && *format.value == "tsv") {
    parameter.style = Style::tab_delimited;
  } else if (in_query && *format.value == "pipes") {
    parameter.style = Style::pipe_delimited;
  } else {
    reading.findings.add(Finding::Kind::changed, format.pointer,
                         "not a collectionFormat of that place; commas are taken");
  }
}

// The schema of a parameter; a `content` parameter is written as its media type.
Found schema_of(const Reading& reading, const RawParameter& raw, Parameter& parameter) {
  if (reading.head.dialect == Dialect::swagger20) return swagger_schema(raw.found);
  const Found content = member_of(raw.found, "content");
  if (!content.value || !content.value->is_object() || content.value->empty()) {
    return member_of(raw.found, "schema");
  }
  std::string type = content.value->begin().key();
  for (const auto& item : content.value->items()) {
    if (is_json_type(item.key())) type = item.key();
  }
  parameter.content_type = type;
  return member_of(member_of(content, type), "schema");
}

// False: the parameter is not taken, as a finding says.
bool may_be_taken(Reading& reading, const RawParameter& raw,
                  const std::vector<std::string>& names) {
  std::string why;
  if (raw.in == "path") {
    if (std::find(names.begin(), names.end(), raw.name) != names.end()) return true;
    why = "the path has no '{" + printable(raw.name) + "}'";
  } else if (raw.in == "header") {
    if (!is_own_field(raw.name) && is_http_token(raw.name)) return true;
    why = is_http_token(raw.name)
              ? "the header field '" + raw.name + "' is not a parameter's to set"
              : "'" + shorten(printable(raw.name), 80) + "' is no name of a header field";
  } else if (raw.in == "cookie") {
    if (is_http_token(raw.name)) return true;
    why = "'" + shorten(printable(raw.name), 80) + "' is no name of a cookie";
  } else {
    return true;
  }
  reading.findings.add(Finding::Kind::changed, raw.found.pointer, why + "; it is left out");
  return false;
}

Json described(Json schema, const Json& parameter) {
  if (!schema.is_object())
    schema = schema == false ? Json{{"not", Json::object()}} : Json::object();
  const std::string text = string_at(parameter, "description");
  if (!text.empty()) schema["description"] = text;
  if (bool_at(parameter, "deprecated")) schema["deprecated"] = true;
  return schema;
}

Parameter read_one(Reading& reading, const RawParameter& raw, Place place) {
  Parameter parameter;
  parameter.name = raw.name;
  parameter.place = place;
  if (reading.head.dialect == Dialect::swagger20) {
    read_collection_format(reading, raw, parameter);
  } else {
    read_style(reading, raw, parameter);
  }
  parameter.required = place == Place::path || bool_at(*raw.found.value, "required");
  parameter.allow_empty = place == Place::query && bool_at(*raw.found.value, "allowEmptyValue");
  const Found schema = schema_of(reading, raw, parameter);
  parameter.argument = reading.names.add(raw.name, place);
  const Json converted = schema.value ? reading.book.convert(schema) : Json::object();
  reading.properties[parameter.argument] = described(converted, *raw.found.value);
  if (!parameter.required) return parameter;
  parameter.fallback = fallback_of(reading, schema);
  if (parameter.fallback.is_null()) reading.required.push_back(parameter.argument);
  return parameter;
}

Parameter undeclared(Reading& reading, const std::string& name, const std::string& path) {
  reading.findings.add(Finding::Kind::changed, reading.pointer,
                       "'{" + printable(name) + "}' of the path '" + shorten(printable(path), 120) +
                           "' is not declared; it is taken as a text");
  Parameter parameter;
  parameter.name = name;
  parameter.place = Place::path;
  parameter.style = Style::simple;
  parameter.explode = false;
  parameter.required = true;
  parameter.argument = reading.names.add(name, Place::path);
  reading.properties[parameter.argument] = Json{{"type", "string"}};
  reading.required.push_back(parameter.argument);
  return parameter;
}

Result<void> gather(Reading& reading, const Found& list, std::vector<RawParameter>& all) {
  if (!list.value) return {};
  if (!list.value->is_array()) {
    return Error{Errc::invalid, "'parameters' is a list", list.pointer};
  }
  for (std::size_t i = 0; i < list.value->size(); ++i) {
    RawParameter raw;
    const Found element = element_of(list, i);
    Result<Found> found = reading.lookup.follow(element);
    if (!found) return found.error();
    raw.found = std::move(*found);
    raw.name = string_at(*raw.found.value, "name");
    raw.in = string_at(*raw.found.value, "in");
    if (raw.name.empty()) {
      return Error{Errc::invalid, "a parameter without a name", element.pointer};
    }
    const auto same = std::find_if(all.begin(), all.end(), [&](const RawParameter& one) {
      return one.name == raw.name && one.in == raw.in;
    });
    if (same == all.end()) {
      all.push_back(std::move(raw));
    } else {
      *same = std::move(raw);
    }
  }
  return {};
}

}  // namespace

Found swagger_schema(const Found& parameter) {
  Json schema = *parameter.value;
  for (const char* word :
       {"name", "in", "required", "description", "collectionFormat", "allowEmptyValue"}) {
    schema.erase(word);
  }
  return Found{std::make_shared<const Json>(std::move(schema)), parameter.pointer};
}

Json fallback_of(Reading& reading, const Found& schema) {
  if (!schema.value) return nullptr;
  const Result<Found> found = reading.lookup.follow(schema);
  if (!found || !found->value || !found->value->is_object()) return nullptr;
  const Json& value = member_at(*found->value, "default");
  if (has_placeholder(value)) return nullptr;
  if (!value.is_null()) return value;
  const Json& constant = member_at(*found->value, "const");
  if (!constant.is_null()) return constant;
  const Json& choices = member_at(*found->value, "enum");
  return choices.is_array() && choices.size() == 1 ? choices.front() : Json();
}

Result<std::vector<RawParameter>> gather_parameters(Reading& reading, const Found& of_path,
                                                    const Found& of_operation) {
  std::vector<RawParameter> all;
  if (Result<void> done = gather(reading, of_path, all); !done) return done.error();
  if (Result<void> done = gather(reading, of_operation, all); !done) return done.error();
  return all;
}

Result<std::vector<Parameter>> read_parameters(Reading& reading,
                                               const std::vector<RawParameter>& raw,
                                               const std::string& path) {
  const Result<std::vector<std::string>> names = names_in_path(path);
  if (!names) return names.error();
  std::vector<Parameter> parameters;
  for (const Place place : {Place::path, Place::query, Place::header, Place::cookie}) {
    for (const RawParameter& one : raw) {
      if (place_from(one.in) != place || !may_be_taken(reading, one, *names)) continue;
      parameters.push_back(read_one(reading, one, place));
    }
    if (place != Place::path) continue;
    for (const std::string& name : *names) {
      const bool is_known = std::any_of(parameters.begin(), parameters.end(),
                                        [&](const Parameter& one) { return one.name == name; });
      if (!is_known) parameters.push_back(undeclared(reading, name, path));
    }
  }
  for (const RawParameter& one : raw) {
    const bool is_body = one.in == "body" || one.in == "formData";
    if (place_from(one.in) || (is_body && reading.head.dialect == Dialect::swagger20)) continue;
    const std::string what =
        "a parameter in '" + shorten(printable(one.in), 40) + "', which is no place here";
    if (bool_at(*one.found.value, "required")) {
      return Error{Errc::unsupported, what, one.found.pointer};
    }
    reading.findings.add(Finding::Kind::changed, one.found.pointer, what + "; it is left out");
  }
  return parameters;
}

}  // namespace yoke::openapi

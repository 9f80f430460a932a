#pragma once

#include <array>
#include <functional>
#include <string_view>

#include "runtime/base/json.h"

namespace yoke::openapi {

// Where JSON Schema holds schemas: one, a list of them, an object of them.
inline constexpr std::array<std::string_view, 10> kOneSchemaWords = {
    "items", "additionalProperties",  "contains",         "propertyNames", "not", "if",
    "then",  "unevaluatedProperties", "unevaluatedItems", "else"};
inline constexpr std::array<std::string_view, 4> kListWords = {"allOf", "anyOf", "oneOf",
                                                               "prefixItems"};
inline constexpr std::array<std::string_view, 3> kMapWords = {"properties", "patternProperties",
                                                              "dependentSchemas"};

bool is_annotation(std::string_view word);  // says something, checks nothing
bool is_type_name(const Json& name);
// "@odata.type" and the like. OData lets a client leave them out where the declared type is meant,
// although the documents of such services list them as required.
bool is_odata_control(std::string_view name);
bool takes_text_alone(const Json& schema);  // its type is string, or string and null
// By `type` and `enum` alone.
bool fits_plainly(const Json& schema, const Json& value);
// What the schema takes in place of a text such as "true" where a boolean belongs; null: nothing.
Json meant_by(const Json& schema, const Json& value);
bool has_placeholder(const Json& value);  // a text with "${{NAME}}", which nobody filled in
int levels_of(const Json& value);
// Each schema that stands in `schema`, and how many levels below it.
void for_each_child(Json& schema, const std::function<void(Json& child, int levels)>& visit);

}  // namespace yoke::openapi

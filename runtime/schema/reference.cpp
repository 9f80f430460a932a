#include "runtime/schema/reference.h"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <charconv>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/schema/values.h"

namespace yoke::schema {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kPlaceBytesMax = 8192;  // a bound on nesting, and on what an error can say

constexpr std::array<std::string_view, 12> kOneSchema{"additionalItems",
                                                      "additionalProperties",
                                                      "contains",
                                                      "contentSchema",
                                                      "else",
                                                      "if",
                                                      "items",
                                                      "not",
                                                      "propertyNames",
                                                      "then",
                                                      "unevaluatedItems",
                                                      "unevaluatedProperties"};
constexpr std::array<std::string_view, 5> kSchemaLists{"allOf", "anyOf", "oneOf", "prefixItems",
                                                       "items"};
constexpr std::array<std::string_view, 6> kSchemaMaps{
    "$defs", "definitions", "properties", "patternProperties", "dependentSchemas", "dependencies"};

Error bad_reference(const std::string& reference, std::string_view reason) {
  std::string detail = "the reference '" + shorten(reference, 120) + "' ";
  return Error{Errc::invalid, detail.append(reason)};
}

// The absolute URI, without fragment, of a URI reference seen from `base`.
Result<std::string> resolve(const std::string& base, std::string_view reference) {
  if (reference.empty()) return base;
  const auto base_url = urls::parse_uri(base);
  const auto reference_url = urls::parse_uri_reference(reference);
  const auto is_no_uri = [&] { return bad_reference(std::string(reference), "is no URI"); };
  if (!base_url || !reference_url) return is_no_uri();
  urls::url absolute(*base_url);
  if (!absolute.resolve(*reference_url)) return is_no_uri();
  absolute.normalize();
  absolute.remove_fragment();
  return std::string(absolute.buffer());
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const char* const digits = text.data() + i + 1;
    const bool is_escape = text[i] == '%' && i + 2 < text.size() &&
                           std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2;
    decoded += is_escape ? static_cast<char>(code) : text[i];
    if (is_escape) i += 2;
  }
  return decoded;
}

std::string pointer_unescaped(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const std::string_view two = token.substr(i, 2);
    const bool is_escape = two == "~0" || two == "~1";
    name += two == "~1" ? '/' : token[i];
    if (is_escape) ++i;
  }
  return name;
}

const Json* child_of(const Json& value, const std::string& name) {
  if (value.is_object()) {
    const auto found = value.find(name);
    return found == value.end() ? nullptr : &*found;
  }
  if (!value.is_array()) return nullptr;
  std::size_t index = 0;
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data(), end, index);
  const bool is_index = read.ec == std::errc() && read.ptr == end && index < value.size();
  return is_index ? &value[index] : nullptr;
}

bool is_schema(const Json& value) { return value.is_object() || value.is_boolean(); }

void add_child(std::vector<Location>& children, const Json& child, std::string place,
               const std::string& base) {
  if (is_schema(child)) children.push_back(Location{&child, std::move(place), base});
}

// The subschemas right under one schema.
std::vector<Location> children_of(const Location& location) {
  std::vector<Location> children;
  for (const std::string_view keyword : kOneSchema) {
    add_child(children, member_at(*location.schema, keyword),
              location.place + pointer_step(keyword), location.base);
  }
  for (const std::string_view keyword : kSchemaLists) {
    const Json& list = member_at(*location.schema, keyword);
    const std::string place = location.place + pointer_step(keyword) + "/";
    for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
      add_child(children, list[i], place + std::to_string(i), location.base);
    }
  }
  for (const std::string_view keyword : kSchemaMaps) {
    const Json& map = member_at(*location.schema, keyword);
    if (!map.is_object()) continue;
    for (const auto& [name, child] : map.items()) {
      add_child(children, child, location.place + pointer_step(keyword) + pointer_step(name),
                location.base);
    }
  }
  return children;
}

}  // namespace

Result<Location> References::add(const Location& location) {
  if (const auto found = known_.find(location.schema); found != known_.end()) return found->second;
  std::vector<Location> waiting{location};
  while (!waiting.empty()) {
    Location next = std::move(waiting.back());
    waiting.pop_back();
    if (known_.contains(next.schema)) continue;
    if (next.place.size() > kPlaceBytesMax) {
      return Error{Errc::too_large, "the schema is nested too deeply", shorten(next.place, 80)};
    }
    const Result<void> named = add_names(next);
    if (!named) return named.error();
    for (Location& child : children_of(next)) waiting.push_back(std::move(child));
    known_.emplace(next.schema, std::move(next));
  }
  return known_.at(location.schema);
}

Result<void> References::add_names(Location& location) {
  const Json& schema = *location.schema;
  const bool is_root = resources_.empty();
  const bool has_ref = dialect_ != Dialect::modern && member_at(schema, "$ref").is_string();
  const std::string id =
      has_ref ? std::string() : string_at(schema, dialect_ == Dialect::draft4 ? "id" : "$id");
  const std::size_t hash = id.find('#');
  if (hash != 0 && !id.empty()) {
    const Result<std::string> base = resolve(location.base, id.substr(0, hash));
    if (!base) return Error{base.error().code, base.error().detail, location.place + "/$id"};
    location.base = *base;
  }
  if (is_root || (hash != 0 && !id.empty())) {
    if (!resources_.emplace(location.base, location).second) {
      return Error{Errc::invalid, "two schemas are named '" + shorten(location.base, 120) + "'",
                   location.place};
    }
  }
  if (hash != std::string::npos && hash + 1 < id.size()) {
    const Result<void> added = add_anchor(location, id.substr(hash + 1));
    if (!added) return added;
  }
  const std::string dynamic = string_at(schema, "$dynamicAnchor");
  if (!dynamic.empty()) ++dynamic_anchors_[dynamic];
  if (bool_at(schema, "$recursiveAnchor")) ++recursive_anchors_;
  for (const std::string& name : {string_at(schema, "$anchor"), dynamic}) {
    const Result<void> added = name.empty() ? Result<void>() : add_anchor(location, name);
    if (!added) return added;
  }
  return {};
}

Result<void> References::add_anchor(const Location& location, const std::string& name) {
  const auto [at, is_new] = anchors_.emplace(location.base + "#" + name, location);
  if (is_new || at->second.schema == location.schema) return {};
  return Error{Errc::invalid, "two anchors are named '" + shorten(name, 80) + "'", location.place};
}

Result<Location> References::find(const std::string& reference, const std::string& base) const {
  const std::size_t hash = reference.find('#');
  const Result<std::string> uri =
      resolve(base, std::string_view(reference).substr(0, std::min(hash, reference.size())));
  if (!uri) return uri.error();
  const std::string fragment = hash == std::string::npos
                                   ? ""
                                   : percent_decoded(std::string_view(reference).substr(hash + 1));
  if (!fragment.empty() && fragment.front() != '/') {
    const auto anchor = anchors_.find(*uri + "#" + fragment);
    if (anchor != anchors_.end()) return anchor->second;
  }
  const auto resource = resources_.find(*uri);
  if (resource == resources_.end()) {
    Error error = bad_reference(reference, "leads out of the schema; nothing is ever fetched");
    error.code = Errc::unsupported;
    return error;
  }
  if (fragment.empty()) return resource->second;
  if (fragment.front() != '/') return bad_reference(reference, "names no anchor");
  const Result<Location> found = walk(resource->second, fragment);
  if (!found) return bad_reference(reference, "leads nowhere");
  return found;
}

Result<Location> References::walk(Location from, std::string_view pointer) const {
  for (const std::string& token : split(pointer.substr(1), '/')) {
    const std::string name = pointer_unescaped(token);
    const Json* const child = child_of(*from.schema, name);
    if (child == nullptr) return Error{Errc::not_found, "no such place"};
    from.schema = child;
    from.place += pointer_step(name);
    if (const auto known = known_.find(child); known != known_.end()) from = known->second;
  }
  return from;
}

bool References::is_ambiguous(const std::string& dynamic_anchor) const {
  const auto found = dynamic_anchors_.find(dynamic_anchor);
  return found != dynamic_anchors_.end() && found->second > 1;
}

}  // namespace yoke::schema

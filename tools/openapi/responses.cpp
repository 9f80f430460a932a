#include <algorithm>

#include "runtime/base/text.h"
#include "tools/openapi/media_type.h"
#include "tools/openapi/reading.h"

namespace yoke::openapi {
namespace {

bool is_status(const std::string& status) {
  if (status == "default") return true;
  if (status.size() != 3 || status[0] < '1' || status[0] > '5') return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_range = (status[1] == 'X' || status[1] == 'x') && status[2] == status[1];
  return is_range || (is_digit(status[1]) && is_digit(status[2]));
}

Json read_links(Reading& reading, const Found& response) {
  Json links = Json::object();
  const Found given = member_of(response, "links");
  if (!given.value || !given.value->is_object()) return links;
  for (const auto& item : given.value->items()) {
    const Result<Found> link = reading.lookup.follow(member_of(given, item.key()));
    if (link && link->value && link->value->is_object()) {
      links[item.key()] = *link->value;
    } else {
      reading.findings.add(Finding::Kind::changed, given.pointer + "/" + item.key(),
                           "a link that cannot be read; it is left out");
    }
  }
  return links;
}

// The content types of a response, and the schema of its JSON.
Found read_content(const Reading& reading, const Found& operation, const Found& found,
                   Response& response) {
  Found schema;
  if (reading.head.dialect == Dialect::swagger20) {
    schema = member_of(found, "schema");
    const Json& own = member_at(*operation.value, "produces");
    const Json& produces = own.is_array() ? own : reading.head.produces;
    for (const Json& type : produces.is_array() ? produces : Json::array({"application/json"})) {
      if (type.is_string() && schema.value)
        response.content_types.push_back(type.get<std::string>());
    }
    if (schema.value && string_at(*schema.value, "type") == "file") schema.value = nullptr;
    return schema;
  }
  const Found content = member_of(found, "content");
  if (!content.value || !content.value->is_object()) return schema;
  for (const auto& item : content.value->items()) {
    response.content_types.push_back(item.key());
    const bool is_json = is_json_type(item.key()) || item.key() == "*/*";
    if (is_json && !schema.value) schema = member_of(member_of(content, item.key()), "schema");
  }
  std::stable_partition(response.content_types.begin(), response.content_types.end(),
                        [](const std::string& type) { return is_json_type(type); });
  return schema;
}

}  // namespace

Result<ReadResponses> read_responses(Reading& reading, const Found& operation, SchemaBook* output) {
  ReadResponses read;
  const Found all = member_of(operation, "responses");
  if (!all.value || !all.value->is_object()) return read;
  std::vector<Found> successes;
  Found otherwise;
  for (const auto& item : all.value->items()) {
    if (item.key().starts_with("x-")) continue;
    const Found given = member_of(all, item.key());
    const Result<Found> found = reading.lookup.follow(given);
    if (!found || !found->value->is_object() || !is_status(item.key())) {
      reading.findings.add(Finding::Kind::changed, found ? given.pointer : found.error().place,
                           found ? "not a response by its status" : found.error().detail);
      continue;
    }
    Response& response = read.responses.emplace_back();
    response.status = item.key();
    if (response.status.ends_with("xx")) response.status = response.status.substr(0, 1) + "XX";
    response.description = string_at(*found->value, "description");
    response.links = read_links(reading, *found);
    const Found schema = read_content(reading, operation, *found, response);
    if (schema.value && item.key().starts_with('2')) successes.push_back(schema);
    if (item.key() == "default") otherwise = schema;
  }
  const bool only_default = successes.empty() && read.responses.size() == 1 && otherwise.value;
  if (only_default) successes.push_back(otherwise);
  if (output == nullptr || successes.empty()) return read;
  Json schemas = Json::array();
  for (const Found& schema : successes) {
    Json one = output->convert(schema);
    if (std::find(schemas.begin(), schemas.end(), one) == schemas.end()) schemas.push_back(one);
  }
  Result<Json> whole =
      output->finish(schemas.size() == 1 ? schemas.front() : Json{{"anyOf", schemas}});
  if (whole) {
    read.output_schema = std::move(*whole);
  } else {
    reading.findings.add(Finding::Kind::changed, whole.error().place,
                         whole.error().detail + "; what the operation replies is not described");
  }
  return read;
}

}  // namespace yoke::openapi

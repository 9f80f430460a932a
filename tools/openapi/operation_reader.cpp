#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/schema/schema.h"
#include "tools/openapi/pointer.h"
#include "tools/openapi/reading.h"
#include "tools/openapi/servers.h"

namespace yoke::openapi {
namespace {

constexpr std::size_t kFindingsMax = 50;  // of one operation

std::vector<std::vector<SecurityNeed>> read_security(Reading& reading, const Found& operation) {
  const Json& own = member_at(*operation.value, "security");
  const Json& all = own.is_array() ? own : reading.head.security;
  std::vector<std::vector<SecurityNeed>> alternatives;
  for (const Json& one : all.is_array() ? all : Json::array()) {
    if (!one.is_object()) continue;
    std::vector<SecurityNeed>& needs = alternatives.emplace_back();
    for (const auto& item : one.items()) {
      SecurityNeed& need = needs.emplace_back();
      need.scheme = item.key();
      for (const Json& scope : item.value().is_array() ? item.value() : Json::array()) {
        if (scope.is_string()) need.scopes.push_back(scope.get<std::string>());
      }
      const auto& schemes = reading.head.schemes;
      const bool is_known = std::any_of(schemes.begin(), schemes.end(), [&](const auto& scheme) {
        return scheme.name == need.scheme;
      });
      if (is_known) continue;
      reading.findings.add(Finding::Kind::changed, operation.pointer + "/security",
                           "the security scheme '" + shorten(printable(item.key()), 80) +
                               "' is not described in the document");
    }
  }
  return alternatives;
}

std::optional<Paging> read_paging(const Found& operation) {
  const Json& given = member_at(*operation.value, "x-ms-pageable");
  if (!given.is_object()) return std::nullopt;
  Paging paging;
  paging.next_link = string_at(given, "nextLinkName");  // null: all comes on one page
  paging.items = string_at(given, "itemName", "value");
  return paging;
}

void read_texts(const Found& operation, const Found& item_summary, Operation& read) {
  const Json& value = *operation.value;
  read.summary = string_at(value, "summary");
  read.description = string_at(value, "description");
  if (read.summary.empty() && read.description.empty() && item_summary.value &&
      item_summary.value->is_string()) {
    read.summary = item_summary.value->get<std::string>();
  }
  read.deprecated = bool_at(value, "deprecated");
  const Json& tags = member_at(value, "tags");
  for (const Json& tag : tags.is_array() ? tags : Json::array()) {
    if (tag.is_string()) read.tags.push_back(tag.get<std::string>());
  }
  for (const char* word : {"x-oai-isConsequential", "x-openai-isConsequential"}) {
    const Json& says = member_at(value, word);
    if (says.is_boolean()) read.consequential = says.get<bool>();
  }
}

void add_server_arguments(Reading& reading, Operation& read) {
  if (read.servers.empty()) return;
  const Server& server = read.servers.front();
  for (const ServerVariable& variable : server.variables) {
    const VariablePlace place = place_of(server, variable);
    // A host in a model's hands could be anybody's.
    const bool is_safe =
        place == VariablePlace::path || (place != VariablePlace::none && !variable.choices.empty());
    if (!is_safe) continue;
    ServerArgument& argument = read.server_arguments.emplace_back();
    argument.variable = variable.name;
    argument.argument = reading.names.add(variable.name, Place::server);
    Json& shown = reading.properties[argument.argument];
    shown = {{"type", "string"}, {"default", variable.fallback}};
    if (!variable.choices.empty()) shown["enum"] = variable.choices;
    if (!variable.description.empty()) shown["description"] = variable.description;
  }
}

Result<Json> whole_schema(Reading& reading) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}};
  schema["properties"] = reading.properties;
  if (!reading.required.empty()) schema["required"] = reading.required;
  Result<Json> whole = reading.book.finish(std::move(schema));
  if (!whole) return whole.error();
  if (const auto compiled = Schema::compile(*whole); !compiled) {
    return Error{compiled.error().code,
                 "its arguments have no schema that can be checked: " + compiled.error().message(),
                 reading.pointer};
  }
  return whole;
}

// A member of the path item, or an absent one where it cannot be read.
Result<Found> item_member(Lookup& lookup, const std::string& item, const char* name) {
  const std::string pointer = item + pointer_step(name);
  Result<Found> found = lookup.at(pointer);
  if (!found && found.error().code == Errc::not_found) return Found{nullptr, pointer};
  return found;
}

Result<void> read_servers_of(Reading& reading, const Found& operation, const std::string& item,
                             Operation& read) {
  Found own = member_of(operation, "servers");
  if (!own.value) {
    Result<Found> of_path = item_member(reading.lookup, item, "servers");
    if (!of_path) return of_path.error();
    own = std::move(*of_path);
  }
  const bool has_own = own.value && own.value->is_array() && !own.value->empty();
  read.servers =
      has_own ? read_servers(own, reading.head.base_url, reading.findings) : reading.head.servers;
  return {};
}

struct Inputs {
  Found operation;
  Found path_parameters;
  Found path_summary;
};

Result<Inputs> read_inputs(Lookup& lookup, const OperationPlace& place) {
  Inputs inputs;
  Result<Found> operation = lookup.at(place.item + pointer_step(place.member));
  if (!operation) return operation.error();
  if (!operation->value->is_object()) {
    return Error{Errc::invalid, "an operation is an object", operation->pointer};
  }
  inputs.operation = std::move(*operation);
  Result<Found> parameters = item_member(lookup, place.item, "parameters");
  if (!parameters) return parameters.error();
  inputs.path_parameters = std::move(*parameters);
  Result<Found> summary = item_member(lookup, place.item, "summary");
  if (summary) inputs.path_summary = std::move(*summary);
  return inputs;
}

Result<void> read_arguments(Reading& reading, const Inputs& inputs, Operation& read) {
  const auto raw =
      gather_parameters(reading, inputs.path_parameters, member_of(inputs.operation, "parameters"));
  if (!raw) return raw.error();
  Result<std::vector<Parameter>> parameters = read_parameters(reading, *raw, read.path);
  if (!parameters) return parameters.error();
  read.parameters = std::move(*parameters);
  Result<std::optional<Body>> body = reading.head.dialect == Dialect::swagger20
                                         ? read_swagger_body(reading, inputs.operation, *raw)
                                         : read_body(reading, inputs.operation);
  if (!body) return body.error();
  read.body = std::move(*body);
  return {};
}

}  // namespace

Result<Operation> read_operation(const DocumentHead& head, Lookup& lookup,
                                 const DocumentLimits& limits, const OperationEntry& entry,
                                 const OperationPlace& place, const ReadOptions& options) {
  const Result<Inputs> inputs = read_inputs(lookup, place);
  if (!inputs) return inputs.error();
  FindingList findings(lookup.source(), kFindingsMax);
  const BookLimits bounds{limits.schema_bytes_max, limits.definitions_max};
  SchemaBook book(lookup, findings, head.dialect, Direction::request, bounds);
  SchemaBook output(lookup, findings, head.dialect, Direction::response, bounds);
  Reading reading{head, lookup, findings, book, entry.pointer};

  Operation read;
  read.id = entry.id;
  read.name = entry.name;
  read.method = entry.method;
  read.path = entry.path;
  read.pointer = entry.pointer;
  read_texts(inputs->operation, inputs->path_summary, read);
  if (Result<void> done = read_servers_of(reading, inputs->operation, place.item, read); !done) {
    return done.error();
  }
  if (Result<void> done = read_arguments(reading, *inputs, read); !done) return done.error();
  if (options.server_variables) add_server_arguments(reading, read);
  Result<Json> schema = whole_schema(reading);
  if (!schema) return schema.error();
  read.input_schema = std::move(*schema);
  Result<ReadResponses> responses =
      read_responses(reading, inputs->operation, options.output_schema ? &output : nullptr);
  if (!responses) return responses.error();
  read.responses = std::move(responses->responses);
  read.output_schema = std::move(responses->output_schema);
  read.security = read_security(reading, inputs->operation);
  read.paging = read_paging(inputs->operation);
  read.findings = findings.take();
  return read;
}

const std::string* argument_of(const Operation& operation, std::string_view wire_name) {
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.name == wire_name) return &parameter.argument;
  }
  if (operation.body) {
    for (const BodyField& field : operation.body->fields) {
      if (field.name == wire_name) return &field.argument;
    }
  }
  for (const ServerArgument& argument : operation.server_arguments) {
    if (argument.variable == wire_name) return &argument.argument;
  }
  return nullptr;
}

}  // namespace yoke::openapi

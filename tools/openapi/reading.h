#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/openapi/lookup.h"
#include "tools/openapi/naming.h"
#include "tools/openapi/operation.h"
#include "tools/openapi/schema_book.h"

namespace yoke::openapi {

// What is said once in a document and holds for each of its operations.
struct DocumentHead {
  Dialect dialect = Dialect::openapi30;
  std::string base_url;
  std::vector<Server> servers;
  std::vector<SecurityScheme> schemes;
  Json security = nullptr;
  Json consumes = nullptr;  // Swagger's
  Json produces = nullptr;
};

// What is at hand while one operation is read; each reader adds to the flat object of arguments.
struct Reading {
  const DocumentHead& head;
  Lookup& lookup;
  FindingList& findings;
  SchemaBook& book;     // of requests
  std::string pointer;  // of the operation
  ArgumentNames names = {};
  Json properties = Json::object();
  Json required = Json::array();
};

// A parameter as the document has it, of the operation or its path.
struct RawParameter {
  Found found;
  std::string name;
  std::string in;
};

// Errors: a parameter without a name, a $ref that leads nowhere; `place` is its pointer.
Result<std::vector<RawParameter>> gather_parameters(Reading& reading, const Found& of_path,
                                                    const Found& of_operation);
// Those outside the body, in the order of their places.
Result<std::vector<Parameter>> read_parameters(Reading& reading,
                                               const std::vector<RawParameter>& raw,
                                               const std::string& path);
Result<std::optional<Body>> read_body(Reading& reading, const Found& operation);
Result<std::optional<Body>> read_swagger_body(Reading& reading, const Found& operation,
                                              const std::vector<RawParameter>& raw);

// A parameter of Swagger 2.0 without what is no schema.
Found swagger_schema(const Found& parameter);
// `schema`'s default, or its only choice; null: neither.
Json fallback_of(Reading& reading, const Found& schema);

struct ReadResponses {
  std::vector<Response> responses;
  Json output_schema = nullptr;
};
Result<ReadResponses> read_responses(Reading& reading, const Found& operation, SchemaBook* output);

struct OperationPlace {
  std::string item;    // pointer of the path item
  std::string member;  // "get"
};
Result<Operation> read_operation(const DocumentHead& head, Lookup& lookup,
                                 const DocumentLimits& limits, const OperationEntry& entry,
                                 const OperationPlace& place, const ReadOptions& options);

}  // namespace yoke::openapi

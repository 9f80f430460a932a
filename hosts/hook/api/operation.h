#pragma once

#include <initializer_list>
#include <string>

#include "runtime/base/json.h"

namespace yoke {

// One operation of the API in OpenAPI's words: what is published, and what requests are checked by.
// Schemas and problems are named; their texts are in schemas.h.
class Operation {
 public:
  // `id` is what generated clients call it; `group` the heading it stands under.
  Operation(const char* id, const char* group, const char* summary);

  Operation& says(const char* description);
  Operation& path(const char* name, const char* description);
  Operation& query(const char* name, Json schema, const char* description);
  Operation& header(const char* name, Json schema, const char* description);
  Operation& body(const char* schema);           // must be there
  Operation& optional_body(const char* schema);  // none means {}
  Operation& answers(int status, const char* schema, const char* description);
  Operation& answers_nothing(int status, const char* description);
  Operation& streams(int status, const char* description);  // beside what answers() says of it
  Operation& fails(std::initializer_list<int> statuses);

  const Json& json() const { return json_; }

 private:
  Operation& parameter(const char* name, const char* in, Json schema, const char* description);
  Operation& takes(const char* schema, bool required);

  Json json_;
};

// The name under "#/components/responses" of what an operation fails with; empty: there is none.
std::string problem_response(int status);

// {"$ref":"#/components/schemas/NAME"}
Json schema_ref(const char* name);

}  // namespace yoke

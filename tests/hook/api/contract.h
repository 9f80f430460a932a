#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/hook/api/api_world.h"

namespace yoke::testing {

// Holds answers to what the API's description says of them. Schemas are closed: a member that the
// description does not name is a breach, too.
class Contract {
 public:
  explicit Contract(Json document);

  struct Operation {
    std::string method;  // "GET"
    std::string path;    // "/v1/runs/{id}"
    Json json;
    std::string name() const { return method + " " + path; }
  };
  const std::vector<Operation>& operations() const { return operations_; }

  // What is wrong with the answer of that operation; empty: nothing.
  std::string breach(const Operation& operation, int status, const std::string& type,
                     const std::string& body);
  // Status and type of every documented answer that none was held to: "GET /v1/runs 200 type".
  std::set<std::string> unseen() const;

  // A reference of the document followed, "#/components/responses/NotFound".
  const Json& resolve(const Json& value) const;
  const Json& document() const { return document_; }

 private:
  std::set<std::string> documented() const;

  Json document_;
  Json closed_;  // its components, with nothing let in that is not named
  std::vector<Operation> operations_;
  std::set<std::string> seen_;
};

}  // namespace yoke::testing

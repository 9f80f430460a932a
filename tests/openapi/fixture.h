#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/headers.h"
#include "tools/openapi/document.h"
#include "tools/openapi/operation.h"
#include "tools/openapi/request.h"

namespace yoke::openapi {

// A document that has to be readable; the test fails where it is not.
std::shared_ptr<const Document> document_of(std::string text, DocumentLimits limits = {});
// The one operation, or the one of that id, of a document.
Operation operation_of(std::string text, std::string_view id = {});
// "line N: …" or "/pointer: …" of a document that cannot be read.
std::string refusal_of(std::string text, DocumentLimits limits = {});
// What the reading of all operations finds fault with, with the document's own findings.
std::vector<std::string> findings_of(std::string text);
bool has_finding(const std::vector<std::string>& findings, std::string_view part);

// An OpenAPI 3.0 document in YAML with one operation "go": GET /go, or what `path` says, with
// `parameters`, each a flow mapping.
std::string with_parameters(const std::vector<std::string>& parameters,
                            const std::string& path = "/go");
// One with a POST and this request body, a flow mapping.
std::string with_body(const std::string& body);
// One with this schema as the body's property "v", and further schemas as flow mappings.
std::string with_schema(const std::string& schema, const std::string& more = "{}",
                        const std::string& version = "3.0.3");

Request request_of(const Operation& operation, const Json& arguments);
// Only what follows the server, "/go?a=1".
std::string target_of(const Operation& operation, const Json& arguments);
std::string error_of(const Operation& operation, const Json& arguments);

}  // namespace yoke::openapi

#include "tests/openapi/fixture.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace yoke::openapi {
namespace {

const std::string kServer = "https://api.example.com/v1";

std::string opening(const std::string& version = "3.0.3") {
  return "openapi: " + version + "\ninfo: {title: T, version: '1'}\nservers:\n  - url: " + kServer +
         "\n";
}

}  // namespace

std::shared_ptr<const Document> document_of(std::string text, DocumentLimits limits) {
  auto document = Document::parse(std::move(text), "", limits);
  if (!document) FAIL(document.error().message());
  return *document;
}

Operation operation_of(std::string text, std::string_view id) {
  const auto document = document_of(std::move(text));
  REQUIRE_FALSE(document->entries().empty());
  const OperationEntry* const entry =
      id.empty() ? &document->entries().front() : document->find(id);
  REQUIRE(entry != nullptr);
  Result<Operation> operation = document->operation(*entry);
  if (!operation) FAIL(operation.error().message());
  return *operation;
}

std::string refusal_of(std::string text, DocumentLimits limits) {
  const auto document = Document::parse(std::move(text), "", limits);
  return document ? "" : document.error().message();
}

std::vector<std::string> findings_of(std::string text) {
  const auto document = document_of(std::move(text));
  std::vector<Finding> all = document->findings();
  for (const Operation& operation : document->operations(all)) {
    all.insert(all.end(), operation.findings.begin(), operation.findings.end());
  }
  std::vector<std::string> lines;
  for (const Finding& finding : all) {
    lines.push_back(std::string(name_of(finding.kind)) + ": " + describe(finding));
  }
  return lines;
}

bool has_finding(const std::vector<std::string>& findings, std::string_view part) {
  const bool found = std::any_of(findings.begin(), findings.end(), [&](const std::string& line) {
    return line.find(part) != std::string::npos;
  });
  if (!found) {
    UNSCOPED_INFO("looked for: " << part);
    for (const std::string& line : findings) UNSCOPED_INFO("found: " << line);
  }
  return found;
}

std::string with_parameters(const std::vector<std::string>& parameters, const std::string& path) {
  std::string text = opening() + "paths:\n  " + path + ":\n    get:\n      operationId: go\n";
  text += "      parameters:\n";
  for (const std::string& parameter : parameters) text += "        - " + parameter + "\n";
  return text + "      responses: {'200': {description: fine}}\n";
}

std::string with_body(const std::string& body) {
  return opening() +
         "paths:\n  /go:\n    post:\n      operationId: go\n      requestBody: " + body +
         "\n      responses: {'200': {description: fine}}\n";
}

std::string with_schema(const std::string& schema, const std::string& more,
                        const std::string& version) {
  return opening(version) +
         "paths:\n  /go:\n    post:\n      operationId: go\n      requestBody:\n"
         "        required: true\n        content:\n          application/json:\n"
         "            schema: {type: object, properties: {v: " +
         schema +
         "}}\n      responses: {'200': {description: fine}}\ncomponents: {schemas: " + more + "}\n";
}

Request request_of(const Operation& operation, const Json& arguments) {
  Result<Request> request = make_request(operation, arguments);
  if (!request) FAIL(request.error().message());
  return *request;
}

std::string target_of(const Operation& operation, const Json& arguments) {
  const std::string url = request_of(operation, arguments).url;
  REQUIRE(url.starts_with(kServer));
  return url.substr(kServer.size());
}

std::string error_of(const Operation& operation, const Json& arguments) {
  const Result<Request> request = make_request(operation, arguments);
  return request ? "" : request.error().message();
}

}  // namespace yoke::openapi

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

namespace yoke::openapi {

struct Operation;  // of operation.h
class Source;

// Bounds of a document, all inclusive. What is over one is refused, never cut in silence.
struct DocumentLimits {
  std::size_t text_bytes_max = 64u << 20;
  // Of the parts that are read whole: one operation, one schema. Aliases of YAML count as what
  // they stand for.
  std::size_t part_bytes_max = 4u << 20;
  std::size_t depth_max = 64;
  std::size_t nodes_max = 200'000;
  // A document that cannot be cut into parts (YAML with anchors across them) is read whole.
  std::size_t whole_bytes_max = 16u << 20;
  std::size_t whole_nodes_max = 1'000'000;
  std::size_t operations_max = 50'000;
  std::size_t findings_max = 500;  // more are counted in the last one
  // Of one operation's schema for a model. What refers further is shown as "any value".
  std::size_t schema_bytes_max = 32u << 10;
  std::size_t definitions_max = 200;
};

// Something in a document that is not honoured, or not as it says.
struct Finding {
  enum class Kind : std::uint8_t {
    left_out,  // the operation, server or scheme is not there
    changed,   // it is there, but not all of what the document says of it
    note,      // worth knowing: a server on a private address
  };
  Kind kind = Kind::note;
  std::string pointer;   // JSON pointer into the document: "/paths/~1users/get"
  std::size_t line = 0;  // from 1, of the nearest thing around it; 0: not known
  std::string message;   // one line
};
std::string_view name_of(Finding::Kind kind);
std::string describe(const Finding& finding);  // "line 12, /paths/~1users/get: message"

struct ServerVariable {
  std::string name;
  std::string fallback;              // its default
  std::vector<std::string> choices;  // empty: any text
  std::string description;
};

struct Server {
  std::string url;  // absolute, with its {variables}
  std::string description;
  std::vector<ServerVariable> variables;
};

struct OauthFlow {
  std::string kind;  // "authorizationCode", "clientCredentials", "implicit", "password"
  std::string authorization_url;
  std::string token_url;
  std::string refresh_url;
  std::vector<std::pair<std::string, std::string>> scopes;  // name, description
};

struct SecurityScheme {
  enum class Kind : std::uint8_t { api_key, http, oauth2, open_id_connect, mutual_tls };
  Kind kind = Kind::http;
  std::string name;  // in the document
  std::string description;
  std::string where;      // api_key: "header", "query" or "cookie"
  std::string parameter;  // api_key: the name there
  std::string scheme;     // http: "bearer", "basic", lower case
  std::vector<OauthFlow> flows;
  std::string open_id_url;
};

// One operation in the index: what is known of it before it is read.
struct OperationEntry {
  std::string id;      // operationId; empty where the document gives none
  std::string name;    // tool_name_of(id), or of method and path; unique in the document
  std::string method;  // upper case
  std::string path;    // the template
  std::string pointer;
};

// A part of a tool's name: "me_calendar_ListEvents" is "me_calendar_list_events". Of a-z, 0-9, '_'
// and '-', at most 40 bytes; what is longer ends in a hash of the whole.
std::string tool_name_of(std::string_view id);

struct ReadOptions {
  bool server_variables = false;  // as optional arguments of the operation
  bool output_schema = true;      // read the schema of the reply as well
};

// An OpenAPI 3.0, 3.1 or Swagger 2.0 document, in YAML or JSON. Parsing finds out where everything
// is; an operation and the schemas it uses are read when they are asked for, so that a document of
// 35 MB costs little more than its text.
//
// Ownership: keeps the text; what it hands out is free of it.
// Threads:   immutable; share it freely.
// Errors:    `place` is "line N" or a JSON pointer. Nothing outside the document is ever fetched: a
//            $ref to a file or a URL is refused where it stands.
class Document {
 public:
  // `base_url`: where the document came from, for relative server addresses; may be empty.
  // invalid: neither YAML nor JSON, no OpenAPI; unsupported: a version not known here; too_large.
  static Result<std::shared_ptr<const Document>> parse(std::string text, std::string base_url = {},
                                                       DocumentLimits limits = {});
  ~Document();
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const std::string& version() const;  // "3.0.4", "3.1.0", "2.0"
  const std::string& title() const;
  const std::string& description() const;
  const std::vector<Server>& servers() const;
  const std::vector<SecurityScheme>& security_schemes() const;
  const std::vector<OperationEntry>& entries() const;  // in the document's order, or by path
  // What the index found: operations that cannot be named, servers that cannot be used …
  const std::vector<Finding>& findings() const;

  const OperationEntry* find(std::string_view name_or_id) const;  // null: no such

  // Reads one operation whole. Where it cannot be used here the error says why, with its place.
  Result<Operation> operation(const OperationEntry& entry, const ReadOptions& options = {}) const;
  // All that can be used; the others are told in `findings`, beside what each operation found.
  std::vector<Operation> operations(std::vector<Finding>& findings,
                                    const ReadOptions& options = {}) const;

 private:
  struct Parts;
  explicit Document(std::unique_ptr<const Parts> parts);

  std::unique_ptr<const Parts> parts_;
};

// The address of a server with its variables filled in: `values` names those that differ from
// their defaults. invalid: a variable that it does not have, a value that is not among its choices
// or that would change the host's shape.
Result<std::string> server_url(const Server& server, const Json& values = Json::object());

}  // namespace yoke::openapi

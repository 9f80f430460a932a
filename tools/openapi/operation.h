#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "tools/openapi/document.h"

namespace yoke::openapi {

enum class Place : std::uint8_t { path, query, header, cookie, body, server };
std::string_view name_of(Place place);

// How a list or an object becomes text in a URL or header.
enum class Style : std::uint8_t {
  simple,
  label,
  matrix,
  form,
  space_delimited,
  pipe_delimited,
  tab_delimited,  // Swagger's "tsv"
  deep_object,
};

// One value that an operation takes outside its body.
struct Parameter {
  std::string name;      // in the request
  std::string argument;  // in the flat object of arguments
  Place place = Place::query;
  Style style = Style::form;
  bool explode = true;
  bool allow_reserved = false;
  bool allow_empty = false;
  bool required = false;
  std::string content_type;  // not empty: written as that media type instead of a style
  Json fallback = nullptr;   // sent when it is required and no argument gives it; null: none
};

// One field of a body that is an object.
struct BodyField {
  std::string name;
  std::string argument;
  bool required = false;
  bool binary = false;        // an argument {"text" or "base64", "filename", "content_type"}
  bool is_list = false;       // multipart: each element is a part of its own
  Style style = Style::form;  // forms only
  bool explode = true;
  bool allow_reserved = false;
  bool styled = false;       // the document gives a style: it wins over the content type
  std::string content_type;  // of a part, or of a form's field; empty: by its value
  Json fallback = nullptr;   // as of a parameter
};

struct Body {
  enum class Kind : std::uint8_t { json, form, multipart, text, binary };
  Kind kind = Kind::json;
  std::string content_type;  // "application/json"
  bool required = false;
  std::string argument;           // the one that is the whole body; empty: `fields`
  std::vector<BodyField> fields;  // each is an argument
};

struct Response {
  std::string status;                      // "200", "2XX", "default"
  std::string description;                 // of the document
  std::vector<std::string> content_types;  // as written
  Json links = Json::object();             // OpenAPI's links, references resolved
};

struct Paging {
  std::string next_link = "@odata.nextLink";  // the member of the reply that holds the next address
  std::string items = "value";                // the member with this page's items
};

struct SecurityNeed {
  std::string scheme;  // of Document::security_schemes()
  std::vector<std::string> scopes;
};

// A variable of the first server that is an argument: one with choices, or one in its path.
struct ServerArgument {
  std::string variable;
  std::string argument;
};

// One operation, free of its document: what a model is told, and what a request is made from.
struct Operation {
  std::string id;
  std::string name;  // as in its entry
  std::string method;
  std::string path;
  std::string pointer;
  std::string summary;
  std::string description;
  std::vector<std::string> tags;
  bool deprecated = false;
  // x-openai-isConsequential or x-oai-isConsequential, where the document has one.
  std::optional<bool> consequential;

  std::vector<Server> servers;  // its own, else its path's, else the document's
  // Alternatives; each lists all that it needs. None: no sign-in. An empty alternative: optional.
  std::vector<std::vector<SecurityNeed>> security;

  std::vector<Parameter> parameters;
  std::optional<Body> body;
  std::vector<Response> responses;
  std::optional<Paging> paging;
  std::vector<ServerArgument> server_arguments;  // with ReadOptions::server_variables

  // JSON Schema 2020-12 that runtime/schema compiles, whole in themselves ($defs).
  Json input_schema = Json::object();
  // Of a success in JSON; null: it says nothing. For models and people: real services often break
  // what they promise, so a reply is not to be refused by it.
  Json output_schema = nullptr;

  std::vector<Finding> findings;  // what is not honoured in it, though it can be used
};

// The argument's name in the flat object for a name of the document: "$top" is "top".
// Null: the operation has no such value.
const std::string* argument_of(const Operation& operation, std::string_view wire_name);

}  // namespace yoke::openapi

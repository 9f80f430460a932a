#include "tools/openapi/request.h"

#include <algorithm>
#include <map>

#include "runtime/base/text.h"
#include "runtime/http/http.h"
#include "runtime/http/url.h"
#include "tools/openapi/body_writer.h"
#include "tools/openapi/encode.h"
#include "tools/openapi/media_type.h"
#include "tools/openapi/path.h"
#include "tools/openapi/pointer.h"

namespace yoke::openapi {
namespace {

std::vector<std::string> argument_names(const Operation& operation) {
  std::vector<std::string> names;
  for (const Parameter& parameter : operation.parameters) names.push_back(parameter.argument);
  for (const ServerArgument& argument : operation.server_arguments) {
    names.push_back(argument.argument);
  }
  if (!operation.body) return names;
  if (!operation.body->argument.empty()) names.push_back(operation.body->argument);
  for (const BodyField& field : operation.body->fields) names.push_back(field.argument);
  return names;
}

// The arguments of one call by their own names, whichever way they were written.
class Given {
 public:
  static Result<Given> read(const Operation& operation, const Json& arguments) {
    if (!arguments.is_object()) return Error{Errc::invalid, "the arguments are an object", "/"};
    const std::vector<std::string> names = argument_names(operation);
    Given given;
    for (const auto& item : arguments.items()) {
      const bool is_own = std::find(names.begin(), names.end(), item.key()) != names.end();
      const std::string* const wire = is_own ? nullptr : argument_of(operation, item.key());
      if (!is_own && wire == nullptr) {
        return Error{Errc::invalid,
                     "no argument '" + shorten(printable(item.key()), 80) + "'" +
                         did_you_mean(item.key(), names),
                     pointer_step(item.key())};
      }
      if (!given.values_.emplace(is_own ? item.key() : *wire, &item.value()).second) {
        return Error{Errc::invalid, "'" + item.key() + "' is given twice",
                     pointer_step(item.key())};
      }
    }
    return given;
  }

  const Json* find(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, const Json*> values_;
};

Error at(const Parameter& parameter, const Error& error) {
  return Error{error.code, "'" + parameter.argument + "': " + error.detail,
               pointer_step(parameter.argument)};
}

// The value of a parameter, or null where none is to be sent.
Result<Json> value_of(const Parameter& parameter, const Given& given) {
  const Json* const value = given.find(parameter.argument);
  Json chosen = value == nullptr || value->is_null() ? parameter.fallback : *value;
  if (chosen.is_null() && parameter.required) {
    return Error{Errc::invalid, "'" + parameter.argument + "' is required",
                 pointer_step(parameter.argument)};
  }
  if (chosen.is_null() || parameter.content_type.empty()) return Result<Json>(std::move(chosen));
  const bool as_json = is_json_type(parameter.content_type) || chosen.is_structured();
  return as_json ? Json(to_text(chosen)) : std::move(chosen);
}

Writing writing_of(const Parameter& parameter) {
  return Writing{parameter.name, parameter.style, parameter.explode, parameter.allow_reserved,
                 parameter.allow_empty || parameter.required};
}

Result<std::string> expanded_path(const Operation& operation, const Given& given) {
  std::string path;
  std::string_view rest = operation.path;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    path += percent_encoded(rest.substr(0, open), Charset::path);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    rest.remove_prefix(close + 1);
    for (const Parameter& parameter : operation.parameters) {
      if (parameter.place != Place::path || parameter.name != name) continue;
      const Result<Json> value = value_of(parameter, given);
      if (!value) return value.error();
      const Result<std::string> text = path_text(writing_of(parameter), *value);
      if (!text) return at(parameter, text.error());
      if (text->empty() || *text == "." || *text == "..") {
        return at(parameter,
                  Error{Errc::invalid, "it is part of the path: it cannot be empty, '.' or '..'"});
      }
      path += *text;
      break;
    }
  }
  if (has_dot_segment(path)) {
    return Error{Errc::invalid, "the path would have '..' in it: '" + shorten(path, 200) + "'",
                 "/"};
  }
  return path;
}

Result<std::string> query_of(const Operation& operation, const Given& given) {
  std::vector<std::string> pieces;
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.place != Place::query) continue;
    const Result<Json> value = value_of(parameter, given);
    if (!value) return value.error();
    const Result<std::vector<std::string>> own = query_pieces(writing_of(parameter), *value);
    if (!own) return at(parameter, own.error());
    pieces.insert(pieces.end(), own->begin(), own->end());
  }
  return pieces.empty() ? std::string() : "?" + join(pieces, "&");
}

Result<void> add_fields(const Operation& operation, const Given& given, HttpHeaders& headers) {
  std::vector<std::string> cookies;
  for (const Parameter& parameter : operation.parameters) {
    const bool is_cookie = parameter.place == Place::cookie;
    if (parameter.place != Place::header && !is_cookie) continue;
    const Result<Json> value = value_of(parameter, given);
    if (!value) return value.error();
    if (value->is_null()) continue;
    if (is_cookie) {
      const Result<std::vector<std::string>> own = cookie_pieces(writing_of(parameter), *value);
      if (!own) return at(parameter, own.error());
      cookies.insert(cookies.end(), own->begin(), own->end());
      continue;
    }
    const Result<std::string> text = header_text(writing_of(parameter), *value);
    if (!text) return at(parameter, text.error());
    if (!is_http_field_value(*text)) {
      return at(parameter, Error{Errc::invalid,
                                 "a header field cannot hold a line break or control character"});
    }
    headers.add(parameter.name, *text);
  }
  if (!cookies.empty()) headers.add("Cookie", join(cookies, "; "));
  return {};
}

std::string accepted(const Operation& operation) {
  std::vector<std::string> types;
  for (const Response& response : operation.responses) {
    if (!response.status.starts_with('2') && response.status != "default") continue;
    for (const std::string& type : response.content_types) {
      const bool is_new = std::find(types.begin(), types.end(), type) == types.end();
      if (is_new && is_http_field_value(type)) types.push_back(type);
    }
  }
  return types.empty() ? "*/*" : join(types, ", ");
}

Result<std::string> base_of(const Operation& operation, const Given& given,
                            const CallTarget& target) {
  Json values = Json::object();
  for (const ServerArgument& argument : operation.server_arguments) {
    const Json* const value = given.find(argument.argument);
    if (value == nullptr || value->is_null()) continue;
    if (!target.server_url.empty()) {
      return Error{Errc::invalid, "'" + argument.argument + "': the server is already chosen",
                   pointer_step(argument.argument)};
    }
    values[argument.variable] = *value;
  }
  if (!target.server_url.empty()) return target.server_url;
  if (operation.servers.empty()) {
    return Error{Errc::invalid, "'" + operation.name +
                                    "' has no server: its document names none that can be used"};
  }
  return server_url(operation.servers.front(), values);
}

}  // namespace

HttpRequest to_http(Request request) {
  HttpRequest http;
  http.method = std::move(request.method);
  http.url = std::move(request.url);
  http.headers = std::move(request.headers);
  http.body = std::move(request.body);
  return http;
}

Result<Request> make_request(const Operation& operation, const Json& arguments,
                             const CallTarget& target) {
  const Result<Given> given = Given::read(operation, arguments);
  if (!given) return given.error();
  Result<std::string> base = base_of(operation, *given, target);
  if (!base) return base.error();
  while (base->ends_with('/')) base->pop_back();
  const Result<Url> server = parse_url(*base);
  if (!server) return server.error();
  const Result<std::string> path = expanded_path(operation, *given);
  if (!path) return path.error();
  const Result<std::string> query = query_of(operation, *given);
  if (!query) return query.error();

  Request request;
  request.method = operation.method;
  request.url = *base + *path + *query;
  const Result<Url> whole = parse_url(request.url);
  if (!whole) return whole.error();
  if (whole->origin() != server->origin()) {
    return Error{Errc::invalid, "the path leads away from '" + server->origin() + "'"};
  }
  request.headers.add("Accept", accepted(operation));
  if (Result<void> done = add_fields(operation, *given, request.headers); !done) {
    return done.error();
  }
  if (!operation.body) return request;
  const auto argument = [&](const std::string& name) { return given->find(name); };
  Result<WrittenBody> body = write_body(*operation.body, argument, target.boundary);
  if (!body) return body.error();
  if (!body->is_there) return request;
  request.headers.add("Content-Type", body->content_type);
  request.body = std::move(body->bytes);
  return request;
}

}  // namespace yoke::openapi

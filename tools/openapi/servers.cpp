#include "tools/openapi/servers.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "runtime/http/url.h"
#include "tools/openapi/operation.h"
#include "tools/openapi/path.h"
#include "tools/openapi/pointer.h"

namespace yoke::openapi {
namespace {

const ServerVariable* variable_of(const Server& server, std::string_view name) {
  const auto found = std::find_if(server.variables.begin(), server.variables.end(),
                                  [&](const ServerVariable& one) { return one.name == name; });
  return found == server.variables.end() ? nullptr : &*found;
}

bool is_host_part(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

bool is_path_part(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_unreserved(c) || std::string_view("/:@!$&'()*+,;=").find(c) != std::string_view::npos;
  });
}

Result<void> check_value(const Server& server, const ServerVariable& variable,
                         const std::string& value) {
  const std::string name = "the server variable '" + printable(variable.name) + "'";
  const std::string shown = "'" + shorten(printable(value), 80) + "'";
  const auto& choices = variable.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    return Error{Errc::invalid, name + " is one of " + join(choices, ", ") + "; found " + shown};
  }
  switch (place_of(server, variable)) {
    case VariablePlace::scheme:
      if (value == "http" || value == "https") return {};
      return Error{Errc::invalid, name + " is http or https; found " + shown};
    case VariablePlace::authority:
      if (is_host_part(value)) return {};
      return Error{Errc::invalid,
                   name + " is part of a host: letters, digits, '-' and '.'; found " + shown};
    case VariablePlace::path:
      if (is_path_part(value) && !has_dot_segment(value)) return {};
      return Error{Errc::invalid, name + " is part of a path; found " + shown};
    case VariablePlace::none:
      break;
  }
  return {};
}

Result<std::string> text_of_value(const Json& value, const std::string& name) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return to_text(value);
  return Error{Errc::invalid, "the server variable '" + printable(name) + "' takes a text"};
}

// Whether an address can be used at all, with the defaults of its variables.
Result<Url> check_server(const Server& server) {
  const Result<std::string> text = server_url(server);
  if (!text) return text.error();
  if (text->find_first_of("?#") != std::string::npos) {
    return Error{Errc::invalid, "'" + shorten(printable(shown_url(*text)), 200) +
                                    "' is no server: it has a query or a fragment"};
  }
  Result<Url> url = parse_url(*text);
  if (!url) return url.error();
  if (has_dot_segment(url->target)) {
    return Error{Errc::invalid, "'" + shorten(printable(*text), 200) + "' has '..' in its path"};
  }
  return url;
}

bool is_private(const Url& url) {
  if (is_loopback_name(url.host)) return true;
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(url.host, failed);
  return !failed && !is_public_address(address);
}

std::string resolved(const std::string& url, const std::string& base_url) {
  if (url.find("://") != std::string::npos || base_url.empty()) return url;
  const Result<Url> base = parse_url(base_url);
  if (!base || url.find('{') != std::string::npos) return url;
  const Result<Url> whole = resolve_url(*base, url);
  return whole ? whole->text() : url;
}

void add_server(Server server, const std::string& pointer, FindingList& findings,
                std::vector<Server>& servers) {
  if (server.url.find("${{") != std::string::npos) {
    return findings.add(Finding::Kind::left_out, pointer,
                        "'" + shorten(printable(server.url), 200) +
                            "' has a placeholder '${{…}}' that nobody filled in");
  }
  if (server.url.find("://") == std::string::npos) {
    return findings.add(Finding::Kind::left_out, pointer,
                        "'" + shorten(printable(server.url), 200) +
                            "' is relative, and where the document came from is not known: write "
                            "the server's whole address");
  }
  const Result<Url> url = check_server(server);
  if (!url) return findings.add(Finding::Kind::left_out, pointer, url.error().detail);
  if (is_private(*url)) {
    findings.add(Finding::Kind::note, pointer,
                 url->origin() + " is an address of this machine or a private network");
  }
  while (server.url.ends_with('/')) server.url.pop_back();
  servers.push_back(std::move(server));
}

ServerVariable read_variable(const std::string& name, const Json& value) {
  ServerVariable variable;
  variable.name = name;
  const Json& fallback = member_at(value, "default");
  if (fallback.is_string()) variable.fallback = fallback.get<std::string>();
  if (fallback.is_number() || fallback.is_boolean()) variable.fallback = to_text(fallback);
  variable.description = string_at(value, "description");
  const Json& choices = member_at(value, "enum");
  for (const Json& choice : choices.is_array() ? choices : Json::array()) {
    variable.choices.push_back(choice.is_string() ? choice.get<std::string>() : to_text(choice));
  }
  return variable;
}

}  // namespace

VariablePlace place_of(const Server& server, const ServerVariable& variable) {
  const std::size_t at = server.url.find("{" + variable.name + "}");
  if (at == std::string::npos) return VariablePlace::none;
  const std::size_t mark = server.url.find("://");
  if (mark == std::string::npos || at < mark) return VariablePlace::scheme;
  return at < server.url.find('/', mark + 3) ? VariablePlace::authority : VariablePlace::path;
}

Result<std::string> server_url(const Server& server, const Json& values) {
  for (const auto& item : values.items()) {
    if (values.is_object() && variable_of(server, item.key()) != nullptr) continue;
    return Error{Errc::invalid,
                 "the server has no variable '" + shorten(printable(item.key()), 80) + "'"};
  }
  std::string url;
  const std::string_view text = server.url;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('{', at);
    url += text.substr(at, open == std::string_view::npos ? text.size() - at : open - at);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    const std::string name(
        text.substr(open + 1, close == std::string_view::npos ? 0 : close - open - 1));
    const ServerVariable* const variable = variable_of(server, name);
    if (variable == nullptr) {
      return Error{Errc::invalid, "the server '" + shorten(printable(shown_url(text)), 200) +
                                      "' has '{" + printable(name) +
                                      "}', but no such variable is described"};
    }
    std::string value = variable->fallback;
    if (const Json& given = member_at(values, name); !given.is_null()) {
      Result<std::string> chosen = text_of_value(given, name);
      if (!chosen) return chosen.error();
      value = std::move(*chosen);
    }
    if (Result<void> fine = check_value(server, *variable, value); !fine) return fine.error();
    url += value;
    at = close + 1;
  }
  return url;
}

std::vector<Server> read_servers(const Found& list, const std::string& base_url,
                                 FindingList& findings) {
  std::vector<Server> servers;
  if (!list.value || !list.value->is_array() || list.value->empty()) {
    Server own;
    own.url = resolved("/", base_url);
    if (!base_url.empty()) add_server(std::move(own), list.pointer, findings, servers);
    return servers;
  }
  for (std::size_t i = 0; i < list.value->size(); ++i) {
    const Found one = element_of(list, i);
    Server server;
    const Json& variables = member_at(*one.value, "variables");
    for (const auto& item : variables.items()) {
      if (!variables.is_object()) break;
      server.variables.push_back(read_variable(item.key(), item.value()));
    }
    server.url = resolved(string_at(*one.value, "url"), base_url);
    server.description = string_at(*one.value, "description");
    add_server(std::move(server), one.pointer, findings, servers);
  }
  return servers;
}

std::vector<Server> read_swagger_servers(const Lookup& lookup, const std::string& base_url,
                                         FindingList& findings) {
  const auto text = [&](const std::string& name) {
    const Result<Part> part = lookup.source().find("/" + name);
    if (!part) return Json();
    const Result<Json> value = lookup.source().value(*part);
    return value ? *value : Json();
  };
  std::vector<Server> servers;
  const Json host = text("host");
  const Json base_path = text("basePath");
  const std::string path = base_path.is_string() ? base_path.get<std::string>() : "/";
  const std::string slash = path.starts_with('/') ? "" : "/";
  if (!host.is_string()) {
    if (base_url.empty()) return servers;
    Server own;
    own.url = resolved(slash + path, base_url);
    add_server(std::move(own), "/basePath", findings, servers);
    return servers;
  }
  Json schemes = text("schemes");
  if (!schemes.is_array() || schemes.empty()) {
    schemes = Json::array({base_url.starts_with("http://") ? "http" : "https"});
  }
  // The safer one first: where both are offered, nothing speaks for the other.
  std::sort(schemes.begin(), schemes.end(), std::greater<>());
  for (const Json& scheme : schemes) {
    if (scheme == "ws" || scheme == "wss") continue;
    Server server;
    server.url = (scheme.is_string() ? scheme.get<std::string>() : to_text(scheme)) + "://" +
                 host.get<std::string>() + slash + path;
    add_server(std::move(server), "/host", findings, servers);
  }
  return servers;
}

}  // namespace yoke::openapi

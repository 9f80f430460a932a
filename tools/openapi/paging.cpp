#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/openapi/expression.h"
#include "tools/openapi/media_type.h"
#include "tools/openapi/pointer.h"
#include "tools/openapi/reply.h"
#include "tools/openapi/reply_status.h"

namespace yoke::openapi {
namespace {

constexpr std::string_view kODataNextLink = "@odata.nextLink";

// "a.b" is a member of that name, else "b" of "a": both are written.
std::string text_member(const Json& value, const std::string& name) {
  const std::string direct = string_at(value, name);
  if (!direct.empty() || name.find('.') == std::string::npos) return direct;
  const Json* at = &value;
  for (const std::string& step : split(name, '.')) at = &member_at(*at, step);
  return at->is_string() ? at->get<std::string>() : std::string();
}

// The address in a Link field with rel="next" (RFC 8288).
std::string linked_next(const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (to_lower(name) != "link") continue;
    std::string_view rest = value;
    while (true) {
      const std::size_t open = rest.find('<');
      const std::size_t close = rest.find('>', open);
      if (open == std::string_view::npos || close == std::string_view::npos) break;
      const std::size_t next = rest.find('<', close);
      const std::string said =
          to_lower(rest.substr(close, next == std::string_view::npos ? next : next - close));
      for (const char* word : {"rel=\"next\"", "rel=next"}) {
        if (said.find(word) != std::string::npos) {
          return std::string(rest.substr(open + 1, close - open - 1));
        }
      }
      rest.remove_prefix(close + 1);
    }
  }
  return "";
}

Result<std::optional<Request>> request_to(const std::string& address, const Request& sent) {
  const Result<Url> here = parse_url(sent.url);
  if (!here) return here.error();
  const Result<Url> there = resolve_url(*here, address);
  if (!there) return there.error();
  if (there->origin() != here->origin()) {
    return Error{Errc::denied, "the next page is at '" + shorten(there->origin(), 200) +
                                   "', not at '" + here->origin() + "': it is not fetched"};
  }
  Request request;
  request.method = "GET";
  request.url = there->text();
  request.headers = sent.headers;
  request.headers.remove("Content-Type");
  return std::optional<Request>(std::move(request));
}

bool names_this(const Json& link, const Operation& operation) {
  if (!operation.id.empty() && string_at(link, "operationId") == operation.id) return true;
  const std::string reference = string_at(link, "operationRef");
  if (reference.empty()) return false;
  const Result<std::string> pointer = local_pointer(reference);
  return pointer && *pointer == operation.pointer;
}

// The arguments that a link gives, over those of the call. Null: what it names is not there.
Json linked_arguments(const Json& link, const Exchange& exchange) {
  Json arguments = exchange.arguments;
  bool differs = false;
  const Json& given = member_at(link, "parameters");
  if (!given.is_object()) return nullptr;
  for (const auto& item : given.items()) {
    const std::size_t dot = item.key().find('.');
    const std::string bare = dot == std::string::npos ? item.key() : item.key().substr(dot + 1);
    const std::string* argument = argument_of(exchange.operation, item.key());
    if (argument == nullptr) argument = argument_of(exchange.operation, bare);
    const Json value = evaluated(item.value(), exchange);
    if (argument == nullptr || value.is_null() || value == "") return nullptr;
    differs = differs || member_at(arguments, *argument) != value;
    for (const std::string& other : {item.key(), bare}) {
      if (other != *argument) arguments.erase(other);  // the same, by the document's name
    }
    arguments[*argument] = value;
  }
  return differs ? arguments : Json();
}

Result<std::optional<Request>> by_links(const Exchange& exchange) {
  const Response* const response = response_for(exchange.operation, exchange.status);
  if (response == nullptr) return std::optional<Request>();
  for (const auto& item : response->links.items()) {
    const bool goes_on = to_lower(item.key()).find("next") != std::string::npos;
    if (!goes_on || !names_this(item.value(), exchange.operation)) continue;
    const Json arguments = linked_arguments(item.value(), exchange);
    if (arguments.is_null()) continue;
    const Result<Url> here = parse_url(exchange.sent.url);
    Result<Request> request = make_request(exchange.operation, arguments);
    if (!request) return request.error();
    const Result<Url> there = parse_url(request->url);
    if (!here || !there) return std::optional<Request>();
    // Where the call went is where its next page is asked for, whichever server that was.
    const std::size_t query = request->url.find('?');
    const std::string asked = query == std::string::npos ? "" : request->url.substr(query);
    const bool same_path = there->target.substr(0, there->target.find('?')) ==
                           here->target.substr(0, here->target.find('?'));
    if (there->origin() != here->origin() && !same_path) continue;
    if (same_path) request->url = exchange.sent.url.substr(0, exchange.sent.url.find('?')) + asked;
    return std::optional<Request>(std::move(*request));
  }
  return std::optional<Request>();
}

Json json_of(const Operation& operation, const Reply& reply) {
  const std::string given(reply.headers.get("Content-Type"));
  const std::string type = given.empty() ? promised_type(operation, reply.status) : given;
  if (!is_json_type(type)) return nullptr;
  Result<Json> value = parse_json(reply.body);
  return value ? std::move(*value) : Json();
}

// The member that holds a page's items; empty: none that can be told.
std::string items_member(const Operation& operation, const Json& page) {
  if (operation.paging) return operation.paging->items;
  std::string only;
  for (const auto& item : page.items()) {
    if (!item.value().is_array()) continue;
    if (!only.empty()) return page.contains("value") ? "value" : "";
    only = item.key();
  }
  return only;
}

}  // namespace

Result<std::optional<Request>> next_page(const Operation& operation, const Json& arguments,
                                         const Request& sent, const Reply& reply) {
  if (reply.status < 200 || reply.status >= 300) return std::optional<Request>();
  const Json body = json_of(operation, reply);
  const std::string name(operation.paging ? operation.paging->next_link : kODataNextLink);
  std::string address = name.empty() ? std::string() : text_member(body, name);
  if (address.empty()) address = string_at(body, kODataNextLink);
  if (address.empty()) address = linked_next(reply.headers);
  if (!address.empty()) return request_to(address, sent);
  const Exchange exchange{operation, arguments, sent, reply.status, reply.headers, body};
  return by_links(exchange);
}

bool join_pages(const Operation& operation, Json& whole, const Json& page) {
  if (whole.is_array() && page.is_array()) {
    for (const Json& item : page) whole.push_back(item);
    return true;
  }
  if (!whole.is_object() || !page.is_object()) return false;
  const std::string name = items_member(operation, page);
  const bool both = whole.contains(name) && whole[name].is_array() && page.contains(name) &&
                    page[name].is_array();
  if (!both) return false;
  for (const Json& item : page[name]) whole[name].push_back(item);
  return true;
}

}  // namespace yoke::openapi

#include "tools/broker/http_request.h"

#include <algorithm>
#include <array>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tools/broker/host_module.h"

namespace yoke {
namespace {

constexpr int kRedirectsMax = 10;
constexpr std::size_t kBodyBytesMax = 1 << 20;
constexpr std::string_view kPlainChars =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

std::string escaped(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (kPlainChars.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

Error wrong(const ScriptRequest& request, std::string_view why) {
  return Error{Errc::invalid, request.function + ": " + std::string(why)};
}

// Calls `add(name, text)` for each pair; a list stands for several of one name.
template <class Add>
Result<void> each_pair(const ScriptRequest& request, const char* option, const Json& table,
                       Add add) {
  if (!table.is_object()) return wrong(request, std::string(option) + " is no table of texts");
  for (const auto& [name, value] : table.items()) {
    const Json values = value.is_array() ? value : Json::array({value});
    for (const Json& item : values) {
      if (item.is_object() || item.is_array() || item.is_null()) {
        return wrong(request, std::string(option) + "." + printable(name) + " is no text");
      }
      add(name, item.is_string() ? item.get<std::string>() : to_text(item));
    }
  }
  return {};
}

bool is_of_the_host(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "host",    "content-length", "transfer-encoding", "connection",     "upgrade",
      "trailer", "expect",         "keep-alive",        "accept-encoding"};
  const auto same = [&](std::string_view known) { return equal_ignoring_case(name, known); };
  const bool proxy = name.size() >= 6 && equal_ignoring_case(name.substr(0, 6), "proxy-");
  return proxy || equal_ignoring_case(name, "te") ||
         std::any_of(kNames.begin(), kNames.end(), same);
}

Result<void> read_headers(ScriptRequest& request, const Json& table) {
  std::string problem;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!is_http_token(name) || !is_http_field_value(value)) {
      problem = "headers." + shorten(printable(name), 60) + " cannot stand in a request";
    } else if (is_of_the_host(name)) {
      problem = "the header '" + printable(name) + "' is the host's to set";
    } else {
      request.headers.add(name, value);
    }
  };
  if (Result<void> read = each_pair(request, "headers", table, add); !read) return read;
  if (!problem.empty()) return wrong(request, problem);
  return {};
}

void set_type(ScriptRequest& request, const char* type) {
  if (!request.headers.has("content-type")) request.headers.set("Content-Type", type);
}

Result<void> read_body(ScriptRequest& request, const Json& options) {
  const int given = static_cast<int>(options.contains("json")) +
                    static_cast<int>(options.contains("form")) +
                    static_cast<int>(options.contains("body"));
  if (given > 1) return wrong(request, "give one of json, form and body");
  if (options.contains("json")) {
    request.body = to_text(options.at("json"));
    set_type(request, "application/json");
  }
  if (options.contains("form")) {
    std::string form = "?";
    const auto add = [&](const std::string& name, const std::string& value) {
      add_query(form, name, value);
    };
    if (Result<void> read = each_pair(request, "form", options.at("form"), add); !read) return read;
    request.body = form.substr(1);
    set_type(request, "application/x-www-form-urlencoded");
  }
  if (options.contains("body")) {
    if (!options.at("body").is_string()) return wrong(request, "body is no string");
    request.body = options.at("body").get<std::string>();
    set_type(request, "text/plain; charset=utf-8");
  }
  if (request.body.size() > kBodyBytesMax) {
    return wrong(request, "the body is over " + std::to_string(kBodyBytesMax) + " bytes");
  }
  return {};
}

Result<void> read_bounds(ScriptRequest& request, const Json& options) {
  const Json& redirects = member_at(options, "redirects");
  if (!redirects.is_null()) {
    request.redirects_max = static_cast<int>(integer_at(options, "redirects", -1));
    if (request.redirects_max < 0 || request.redirects_max > kRedirectsMax) {
      return wrong(request, "redirects is 0 to " + std::to_string(kRedirectsMax));
    }
  }
  const Json& timeout = member_at(options, "timeout");
  if (timeout.is_null()) return {};
  const std::string text = timeout.is_string() ? timeout.get<std::string>() : to_text(timeout);
  const Result<std::chrono::milliseconds> parsed = parse_duration(text);
  if (!parsed) return wrong(request, "timeout: " + parsed.error().detail);
  request.timeout = *parsed;
  return {};
}

Result<void> read_url(ScriptRequest& request, const std::string& text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) continue;
    return wrong(request, "the address is not plain ASCII: escape it, and write hosts as xn--…");
  }
  Result<Url> url = parse_url(text);
  if (!url) return wrong(request, url.error().detail);
  request.url = std::move(*url);
  return {};
}

Result<void> read_options(ScriptRequest& request, const Json& options) {
  const Json& query = member_at(options, "query");
  if (!query.is_null()) {
    const auto add = [&](const std::string& name, const std::string& value) {
      add_query(request.url.target, name, value);
    };
    if (Result<void> read = each_pair(request, "query", query, add); !read) return read;
  }
  const Json& headers = member_at(options, "headers");
  if (!headers.is_null()) {
    if (Result<void> read = read_headers(request, headers); !read) return read;
  }
  if (Result<void> read = read_body(request, options); !read) return read;
  return read_bounds(request, options);
}

}  // namespace

Effect effect_of_method(std::string_view method) {
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return Effect::read;
  return method == "PUT" || method == "DELETE" ? Effect::idempotent : Effect::once;
}

void add_query(std::string& target, std::string_view name, std::string_view value) {
  const std::size_t mark = target.find('?');
  if (mark == std::string::npos) {
    target += '?';
  } else if (mark + 1 != target.size() && target.back() != '&') {
    target += '&';
  }
  target += escaped(name) + "=" + escaped(value);
}

bool has_query(std::string_view target, std::string_view name) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return false;
  const std::string key = escaped(name);
  for (const std::string& pair : split(target.substr(mark + 1), '&')) {
    if (pair.substr(0, pair.find('=')) == key) return true;
  }
  return false;
}

Result<ScriptRequest> read_http_request(const std::string& function, const Json& args) {
  const auto known = {std::string_view("get"),    std::string_view("post"),
                      std::string_view("put"),    std::string_view("patch"),
                      std::string_view("delete"), std::string_view("head"),
                      std::string_view("request")};
  if (std::find(known.begin(), known.end(), function) == known.end()) {
    return unknown_function("http", function, known);
  }
  ScriptRequest request;
  request.function = "http." + function;
  const bool whole = function == "request";
  const Result<Json> options = options_argument(
      args, whole ? 0 : 1, request.function,
      {"method", "url", "query", "headers", "json", "body", "form", "timeout", "redirects"});
  if (!options) return options.error();
  request.method = to_upper(whole ? string_at(*options, "method", "GET") : function);
  static const std::vector<std::string> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                                    "PATCH", "DELETE", "OPTIONS"};
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) {
    return wrong(request, "there is no method '" + shorten(printable(request.method), 20) + "'" +
                              did_you_mean(request.method, kMethods));
  }
  const Json& url = whole ? member_at(*options, "url") : argument(args, 0);
  if (!url.is_string()) return wrong(request, "the address is no string");
  if (Result<void> read = read_url(request, url.get<std::string>()); !read) return read.error();
  if (Result<void> read = read_options(request, *options); !read) return read.error();
  return request;
}

}  // namespace yoke

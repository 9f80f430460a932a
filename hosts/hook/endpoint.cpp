#include "hosts/hook/endpoint.h"

#include <algorithm>
#include <span>

#include "hosts/app/segment.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

Error wrong(const std::string& what) { return Error{Errc::invalid, what}; }

bool is_argument(std::string_view part) { return part.starts_with('{') && part.ends_with('}'); }
bool takes_the_rest(std::string_view part) { return part.ends_with("...}"); }

Result<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string spaced(text);
  if (plus_is_space) std::replace(spaced.begin(), spaced.end(), '+', ' ');
  Result<std::string> value = from_segment(spaced);
  if (value && !is_valid_utf8(*value)) return wrong("the URL holds no UTF-8");
  return value;
}

Result<std::pair<std::string, std::string>> field_of(std::string_view text) {
  const std::size_t equals = text.find('=');
  const bool valued = equals != std::string_view::npos;
  Result<std::string> name = decoded(text.substr(0, equals), true);
  if (!name) return name.error();
  Result<std::string> value = decoded(valued ? text.substr(equals + 1) : "", true);
  if (!value) return value.error();
  return std::make_pair(std::move(*name), std::move(*value));
}

}  // namespace

std::optional<std::string> HookCall::asked(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<RequestTarget> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return wrong("the target must be a path");
  RequestTarget parsed;
  const std::size_t mark = target.find('?');
  for (const std::string& part : split(std::string(target.substr(1, mark - 1)), '/')) {
    Result<std::string> segment = decoded(part, false);
    if (!segment) return segment.error();
    parsed.segments.push_back(std::move(*segment));
  }
  if (mark == std::string_view::npos) return parsed;
  for (const std::string& part : split(std::string(target.substr(mark + 1)), '&')) {
    if (part.empty()) continue;
    Result<std::pair<std::string, std::string>> field = field_of(part);
    if (!field) return field.error();
    parsed.query.push_back(std::move(*field));
  }
  return parsed;
}

std::optional<std::vector<std::string>> match_path(std::string_view path,
                                                   const std::vector<std::string>& segments) {
  const std::vector<std::string> parts = split(std::string(path.substr(1)), '/');
  std::vector<std::string> args;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i >= segments.size()) return std::nullopt;
    if (takes_the_rest(parts[i])) {
      args.push_back(join(std::span(segments).subspan(i), "/"));
      return args;
    }
    if (is_argument(parts[i])) {
      if (segments[i].empty()) return std::nullopt;
      args.push_back(segments[i]);
    } else if (parts[i] != segments[i]) {
      return std::nullopt;
    }
  }
  if (segments.size() != parts.size()) return std::nullopt;
  return args;
}

Result<Json> json_body(const HttpRequest& request) {
  const std::string_view type = request.headers.get("Content-Type");
  const std::string_view essence = trim(type.substr(0, type.find(';')));
  const bool json = equal_ignoring_case(essence, "application/json") || essence.ends_with("+json");
  if (!json) {
    return Error{Errc::unsupported,
                 "the body must be JSON, with Content-Type: application/json" +
                     (type.empty() ? std::string() : ", not " + std::string(essence))};
  }
  Result<Json> body = parse_json(request.body);
  if (!body) return Error{Errc::invalid, "the body: " + body.error().message()};
  return body;
}

}  // namespace yoke

#include "tools/openapi/naming.h"

#include "runtime/base/ascii.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke::openapi {
namespace {

constexpr std::size_t kToolNameBytes = 40;
constexpr std::size_t kArgumentNameBytes = 64;
constexpr std::size_t kHashDigits = 8;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_figure(char c) { return c >= '0' && c <= '9'; }

std::string short_hash(std::string_view text) {
  return to_hex(sha256(text)).substr(0, kHashDigits);
}

// What cannot stand in a name becomes one '_', and none at either end.
void add_joint(std::string& name) {
  if (!name.empty() && name.back() != '_') name += '_';
}

std::string argument_text(std::string_view wire_name) {
  std::string name;
  for (const char c : wire_name) {
    const bool fits =
        is_lower(c) || is_upper(c) || is_figure(c) || c == '_' || c == '.' || c == '-';
    if (fits) {
      name += c;
    } else {
      add_joint(name);
    }
  }
  const bool had_end = !wire_name.empty() && wire_name.back() == '_';
  if (!had_end && !name.empty() && name.back() == '_') name.pop_back();
  if (name.empty()) name = "value";
  if (name.size() <= kArgumentNameBytes) return name;
  return name.substr(0, kArgumentNameBytes - kHashDigits - 1) + "_" + short_hash(wire_name);
}

}  // namespace

std::string tool_name_of(std::string_view id) {
  std::string name;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    if (is_upper(c)) {
      const bool after_small = i > 0 && (is_lower(id[i - 1]) || is_figure(id[i - 1]));
      const bool ends_capitals =
          i > 0 && is_upper(id[i - 1]) && i + 1 < id.size() && is_lower(id[i + 1]);
      if (after_small || ends_capitals) add_joint(name);
      name += to_lower(c);
    } else if (is_lower(c) || is_figure(c) || c == '-') {
      name += c;
    } else {
      add_joint(name);
    }
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  if (name.empty()) name = "operation_" + short_hash(id);
  if (name.size() <= kToolNameBytes) return name;
  return name.substr(0, kToolNameBytes - kHashDigits - 1) + "_" + short_hash(id);
}

std::string id_from_path(std::string_view method, std::string_view path) {
  std::string id = to_lower(method);
  for (const char c : path) {
    if (c == '{' || c == '}') continue;
    if (c == '/') {
      add_joint(id);
    } else {
      id += c;
    }
  }
  return id;
}

std::string ArgumentNames::add(std::string_view wire_name, Place place) {
  const std::string plain = argument_text(wire_name);
  if (taken_.insert(plain).second) return plain;
  const std::string placed = argument_text(std::string(name_of(place)) + "_" + plain);
  if (taken_.insert(placed).second) return placed;
  for (int i = 2;; ++i) {
    const std::string numbered = placed + "_" + std::to_string(i);
    if (taken_.insert(numbered).second) return numbered;
  }
}

std::string_view name_of(Place place) {
  switch (place) {
    case Place::path:
      return "path";
    case Place::query:
      return "query";
    case Place::header:
      return "header";
    case Place::cookie:
      return "cookie";
    case Place::body:
      return "body";
    case Place::server:
      return "server";
  }
  return "";
}

}  // namespace yoke::openapi

#include "sandbox/worker/fields.h"

#include <limits>

#include "runtime/base/text.h"

namespace yoke::sandbox {

void Fields::fail(const std::string& why) {
  if (problem_.empty()) problem_ = why;
}

Json Fields::take(const char* key) {
  const auto found = body_.find(key);
  if (!body_.is_object() || found == body_.end()) {
    fail(std::string("'") + key + "' is missing");
    return nullptr;
  }
  Json value = std::move(*found);
  body_.erase(found);
  return value;
}

Json Fields::any(const char* key) { return take(key); }

std::string Fields::text(const char* key) {
  Json value = take(key);
  if (value.is_string()) return std::move(value.get_ref<std::string&>());
  fail(std::string("'") + key + "' is no text");
  return {};
}

bool Fields::boolean(const char* key) {
  const Json value = take(key);
  if (value.is_boolean()) return value.get<bool>();
  fail(std::string("'") + key + "' is no boolean");
  return false;
}

double Fields::number(const char* key) {
  const Json value = take(key);
  if (value.is_number()) return value.get<double>();
  fail(std::string("'") + key + "' is no number");
  return 0;
}

std::int64_t Fields::integer(const char* key, std::int64_t least, std::int64_t most) {
  const Json value = take(key);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value.is_number_integer() && (!value.is_number_unsigned() || value <= kMost)) {
    const auto number = value.get<std::int64_t>();
    if (number >= least && number <= most) return number;
  }
  fail(std::string("'") + key + "' is no integer within its bounds");
  return least;
}

std::uint64_t Fields::bits(const char* key) {
  const Json value = take(key);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_number_integer() && value >= 0) return value.get<std::uint64_t>();
  fail(std::string("'") + key + "' is no unsigned integer");
  return 0;
}

std::vector<std::string> Fields::texts(const char* key) {
  Json value = take(key);
  std::vector<std::string> list;
  if (!value.is_array()) fail(std::string("'") + key + "' is no list");
  for (Json& item : value) {
    if (item.is_string()) {
      list.push_back(std::move(item.get_ref<std::string&>()));
    } else {
      fail(std::string("'") + key + "' holds what is no text");
    }
  }
  return list;
}

Result<void> Fields::finish() {
  if (problem_.empty() && !body_.empty()) {
    fail("'" + shorten(printable(body_.begin().key()), 40) + "' is not known");
  }
  if (problem_.empty()) return {};
  return Error{Errc::invalid, "a frame '" + frame_ + "' is broken: " + problem_};
}

}  // namespace yoke::sandbox

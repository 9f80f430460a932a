#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/json.h"

namespace yoke::sandbox {

// Reads the object that a frame's body is, taking each field once. The first field that is missing,
// of another type or out of range is remembered, and so is any that nobody took.
class Fields {
 public:
  Fields(Json body, std::string frame) : body_(std::move(body)), frame_(std::move(frame)) {
    if (!body_.is_object()) fail("its body is no object");
  }

  Json any(const char* key);
  std::string text(const char* key);
  bool boolean(const char* key);
  double number(const char* key);
  std::int64_t integer(const char* key, std::int64_t least, std::int64_t most);
  std::uint64_t bits(const char* key);  // all 64
  std::vector<std::string> texts(const char* key);
  bool has(const char* key) const { return body_.contains(key); }

  void fail(const std::string& why);
  // Errors: the first thing that was wrong.
  Result<void> finish();

 private:
  Json take(const char* key);

  Json body_;
  std::string frame_;
  std::string problem_;
};

}  // namespace yoke::sandbox

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"

// Values as people read them. What is no text stands in them as base64: in blocks as MCP has them
// ({"type":"image","data":…,"mimeType":…}, {"blob":…}), as what an OpenAPI operation gave
// ({"content_type":…,"base64":…}), as a "data:" address, or bare. Pure.
namespace yoke {

inline constexpr std::size_t kBareBase64Least = 1024;  // characters; less is a word, a hash, a key

struct FoundContent {
  std::string media_type;  // as the value says, else by its first bytes; never empty
  std::string base64;      // with padding
  std::size_t bytes = 0;   // decoded
};

// "image/png, 12.3 KB"
std::string content_words(const FoundContent& content);

struct ToldValue {
  Json read;                                // the value, each content as "[image/png, 12.3 KB]"
  std::vector<FoundContent> contents = {};  // in the value's order
};
ToldValue told_value(const Json& value);

}  // namespace yoke

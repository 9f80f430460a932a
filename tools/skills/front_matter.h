#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

namespace yoke {

// What stands between two lines "---" at the beginning of a Markdown file, and the text after it.
struct FrontMatter {
  Json fields = Json::object();           // every scalar is a string; maps and lists of them inside
  std::map<std::string, int> lines = {};  // of each key of the top
  std::string body;                       // without the blank lines around it
};

// Reads the part of YAML that front matter is written in: `key: value`, quoted values, block values
// (`|` and `>`), maps and lists one inside the other by indentation, lists in brackets, comments.
// A value is text whatever it looks like. Everything else (anchors, tags, tabs before a key, a key
// twice) is refused. Pure. Errors: invalid; `place` is "file:line".
// Limits: 8 levels, 64 KiB before the second "---".
Result<FrontMatter> read_front_matter(std::string_view text, const std::string& file);

}  // namespace yoke

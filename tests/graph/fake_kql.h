#pragma once

#include <map>
#include <string>
#include <vector>

namespace yoke::testing {

// What a search may find: its words, and what property restrictions see of it.
struct FakeIndexed {
  std::string text;
  std::map<std::string, std::string> properties = {};  // "siteid" -> "…", names in lower case
};

// A query of the Keyword Query Language as far as Microsoft's reference has it: words, phrases,
// property restrictions (":" of texts, ">=" and "<=" of days, "path" of addresses), AND, OR, NOT in
// capitals, brackets; words beside each other are ANDed. Throws std::runtime_error with what is
// wrong: an open bracket or quote, an operator without its sides, an unknown property.
bool kql_finds(const std::string& query, const FakeIndexed& item);

}  // namespace yoke::testing

#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "hosts/config/toml_reader.h"

namespace yoke {

// Whether a section [KIND.NAME] may be called so: a-z, 0-9, '_' and '-', at most 32 characters.
inline bool is_section_name(std::string_view name) {
  constexpr std::size_t kBytesMax = 32;
  return !name.empty() && name.size() <= kBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

struct SectionKind {
  const char* key;                         // "mcp"
  const char* noun;                        // "a server", for people
  const char* example;                     // of what one may hold: "{ url = \"https://…\" }"
  std::vector<std::string> settings = {};  // keys of [KIND] itself, which are no names
};

// What `read(table, name)` makes of each [KIND.NAME], in the file's order. What is wrong with a
// name is left with the reader.
template <typename T, typename Read>
std::vector<T> named_sections(TomlReader& reader, const toml::table& root, const SectionKind& kind,
                              Read read) {
  std::vector<T> all;
  const toml::table* sections = reader.table(root, "", kind.key);
  if (sections == nullptr) return all;
  for (const auto& [key, node] : *sections) {
    const std::string name(key.str());
    if (std::ranges::find(kind.settings, name) != kind.settings.end()) continue;
    const std::string path = std::string(kind.key) + "." + name;
    const toml::table* table = node.as_table();
    if (!is_section_name(name)) {
      reader.fail(
          node, "'" + path + "': " + kind.noun + "'s name is of a-z, 0-9, '_' and '-', at most 32");
    } else if (table == nullptr) {
      reader.fail(node, "'" + path + "' must be a table such as " + kind.example);
    } else {
      all.push_back(read(*table, name));
    }
  }
  return all;
}

}  // namespace yoke

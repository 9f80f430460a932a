#include "hosts/app/checks_file.h"

#include "hosts/app/check_entries.h"
#include "hosts/config/read_file.h"

namespace yoke {
namespace {

std::string place_of(const std::string& file, const toml::node& node) {
  return file + ":" + std::to_string(node.source().begin.line);
}

Result<CheckText> entry_of(const toml::table& table, const std::string& file) {
  CheckText entry;
  entry.place = place_of(file, table);
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    entry.places[name] = place_of(file, node);
    std::optional<Json> value = json_of(node);
    if (!value) {
      return Error{Errc::invalid, "'" + name + "' holds a value that JSON does not have",
                   entry.places[name]};
    }
    entry.fields[name] = std::move(*value);
  }
  return entry;
}

}  // namespace

Result<std::vector<CheckText>> check_entries(const toml::node& list, const std::string& file) {
  std::vector<CheckText> entries;
  const toml::array* tables = list.as_array();
  if (tables == nullptr) {
    return Error{Errc::invalid, "a check is a table: write [[check]]", place_of(file, list)};
  }
  for (const toml::node& each : *tables) {
    const toml::table* table = each.as_table();
    if (table == nullptr) {
      return Error{Errc::invalid, "a check is a table: write [[check]]", place_of(file, each)};
    }
    Result<CheckText> entry = entry_of(*table, file);
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  }
  return entries;
}

Result<std::vector<CheckText>> parse_checks(const std::string& text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error{Errc::invalid, std::string(error.description()),
                 file + ":" + std::to_string(error.source().begin.line)};
  }
  std::vector<CheckText> entries;
  for (const auto& [key, node] : parsed.table()) {
    if (key.str() != "check") {
      return Error{Errc::invalid,
                   "'" + std::string(key.str()) + "' is not known: checks are written as [[check]]",
                   place_of(file, node)};
    }
    Result<std::vector<CheckText>> read = check_entries(node, file);
    if (!read) return read.error();
    entries = std::move(*read);
  }
  if (entries.empty()) return Error{Errc::invalid, "there is no [[check]] in it", file};
  return entries;
}

Result<std::vector<CheckText>> read_checks_file(const std::string& file) {
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  return parse_checks(*text, file);
}

}  // namespace yoke

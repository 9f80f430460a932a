#include "tools/bundled.h"

#include <algorithm>
#include <array>
#include <map>

#include "runtime/base/ensure.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "tools/bundled_files.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

constexpr std::string_view kNamePrefix = "bundled:";
constexpr std::string_view kEnd = ".lua";
constexpr std::string_view kSettings = "lib.settings";
constexpr std::array<std::string_view, 5> kPure = {"csv", "json", "math", "text", "time"};

using Libraries = std::map<std::string, std::string>;

const BundledFile* find_file(std::string_view name) {
  for (const BundledFile& file : bundled_files()) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

std::string library_file(std::string name) {  // "lib.rows" is in "lib/rows.lua"
  std::replace(name.begin(), name.end(), '.', '/');
  return name + std::string(kEnd);
}

// Data alone: a script cannot be changed by what stands in its settings.
std::string settings_text(const Json& settings) {
  const std::string json = to_text(settings);
  std::string level = "=";
  while (json.find("]" + level + "]") != std::string::npos) level += '=';
  return "return json.decode([" + level + "[" + json + "]" + level + "])\n";
}

void gather(std::string_view text, Libraries& libraries) {
  for (const Requirement& wanted : find_requirements(text)) {
    const BundledFile* file = find_file(library_file(wanted.name));
    if (file == nullptr || libraries.contains(wanted.name)) continue;
    libraries.emplace(wanted.name, std::string(file->text));
    gather(file->text, libraries);
  }
}

// The settings in a library's text, if it is such a library and nothing more.
bool is_settings_text(const std::string& text) {
  const std::size_t start = text.find('{');
  const std::size_t end = text.rfind('}');
  if (start == std::string::npos || end == std::string::npos || end < start) return false;
  const Result<Json> settings = parse_json(text.substr(start, end - start + 1));
  return settings && settings_text(*settings) == text;
}

}  // namespace

std::vector<std::string> bundled_groups() {
  std::vector<std::string> groups;
  for (const BundledFile& file : bundled_files()) {
    if (file.name.find('/') != std::string_view::npos) continue;
    groups.emplace_back(file.name.substr(0, file.name.size() - kEnd.size()));
  }
  return groups;
}

bool is_pure_group(std::string_view group) {
  return std::find(kPure.begin(), kPure.end(), group) != kPure.end();
}

Result<ScriptSource> bundled_source(const std::string& group, const Json& settings) {
  const BundledFile* file = find_file(group + std::string(kEnd));
  const std::vector<std::string> groups = bundled_groups();
  if (file == nullptr || group.find('/') != std::string::npos) {
    return Error{Errc::not_found, "there are no bundled tools '" + printable(group) + "'" +
                                      did_you_mean(group, groups)};
  }
  Libraries libraries;
  gather(file->text, libraries);
  libraries[std::string(kSettings)] = settings_text(settings);
  ScriptSource source;
  source.name = std::string(kNamePrefix) + std::string(file->name);
  source.text = std::string(file->text);
  source.libs = {libraries.begin(), libraries.end()};
  source.origin = ScriptOrigin::bundled;
  return source;
}

std::string_view bundled_kit(std::string_view name) {
  const BundledFile* file = find_file("kit/" + std::string(name) + std::string(kEnd));
  ENSURE(file != nullptr);
  return file->text;
}

bool is_bundled(const ScriptSource& source) {
  if (!source.name.starts_with(kNamePrefix) || !source.name.ends_with(kEnd)) return false;
  std::string group = source.name.substr(kNamePrefix.size());
  group.resize(group.size() - kEnd.size());
  const Result<ScriptSource> ours = bundled_source(group, Json::object());
  if (!ours || ours->text != source.text || ours->libs.size() != source.libs.size()) return false;
  for (std::size_t i = 0; i < source.libs.size(); ++i) {
    const auto& [name, text] = source.libs[i];
    if (name != ours->libs[i].first) return false;
    const bool same = name == kSettings ? is_settings_text(text) : text == ours->libs[i].second;
    if (!same) return false;
  }
  return true;
}

}  // namespace yoke

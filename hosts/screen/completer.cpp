#include "hosts/screen/completer.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

std::vector<std::string> those_with(const std::vector<std::string>& words, std::string_view begin) {
  std::vector<std::string> found;
  for (const std::string& word : words) {
    if (word.starts_with(begin)) found.push_back(word);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

// Names with spaces are put in quotes, for `@` takes them so.
std::vector<std::string> paths_with(std::string_view begin, const CompletionSources& sources) {
  if (!sources.list_folder) return {};
  const std::size_t slash = begin.rfind('/');
  const std::string folder(slash == std::string_view::npos ? "" : begin.substr(0, slash + 1));
  const bool wants_hidden = begin.substr(folder.size()).starts_with(".");
  std::vector<std::string> paths;
  for (const std::string& name : sources.list_folder(folder)) {
    if (!wants_hidden && name.starts_with(".")) continue;
    paths.push_back(folder + name);
  }
  return those_with(paths, begin);
}

Completion of_path(std::string_view text, std::size_t at, std::size_t cursor,
                   const CompletionSources& sources) {
  const bool quoted = at < cursor && text[at] == '"';
  const std::size_t from = quoted ? at + 1 : at;
  Completion found{at, cursor, paths_with(text.substr(from, cursor - from), sources)};
  for (std::string& path : found.candidates) {
    const bool needs_quotes = quoted || path.find(' ') != std::string::npos;
    if (!needs_quotes) continue;
    path.insert(0, "\"");
    if (!path.ends_with('/')) path += "\"";
  }
  return found;
}

}  // namespace

std::string common_beginning(const std::vector<std::string>& candidates) {
  if (candidates.empty()) return {};
  std::string common = candidates.front();
  for (const std::string& each : candidates) {
    std::size_t same = 0;
    while (same < common.size() && same < each.size() && common[same] == each[same]) ++same;
    common.resize(same);
  }
  while (!is_valid_utf8(common)) common.pop_back();  // cut within a character
  return common;
}

Completion complete(std::string_view text, std::size_t cursor, const CompletionSources& sources) {
  const std::string_view before = text.substr(0, cursor);
  std::size_t at = before.size();
  while (at > 0 && before[at - 1] != ' ' && before[at - 1] != '\n') --at;
  const std::string_view word = before.substr(at);
  if (before.starts_with("/") && at == 0) {
    std::vector<std::string> names;
    for (const auto& [name, kind] : sources.commands) names.push_back(name);
    return Completion{0, cursor, those_with(names, word)};
  }
  const std::size_t open = before.rfind("@\"");
  const bool in_quotes = open != std::string_view::npos &&
                         before.find('"', open + 2) == std::string_view::npos &&
                         before.find('\n', open) == std::string_view::npos;
  if (in_quotes) return of_path(text, open + 1, cursor, sources);
  if (word.starts_with("@")) return of_path(text, at + 1, cursor, sources);
  if (before.starts_with("!")) {
    return of_path(text, at == 0 ? std::min<std::size_t>(1, cursor) : at, cursor, sources);
  }
  if (!before.starts_with("/")) return {};
  const auto command = sources.commands.find(std::string(before.substr(0, before.find(' '))));
  if (command == sources.commands.end() || command->second.empty()) return {};
  if (command->second == "file") return of_path(text, at, cursor, sources);
  const auto words = sources.words.find(command->second);
  if (words == sources.words.end()) return {};
  return Completion{at, cursor, those_with(words->second, word)};
}

}  // namespace yoke

#include "hosts/screen/typed_input.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t'; }

std::vector<std::string> files_in(std::string_view text) {
  std::vector<std::string> files;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = text[at] == '@' && (at == 0 || is_blank(text[at - 1]));
    if (!begins || at + 1 >= text.size()) continue;
    const bool quoted = text[at + 1] == '"';
    const std::size_t from = at + (quoted ? 2 : 1);
    std::size_t end = from;
    while (end < text.size() && (quoted ? text[end] != '"' : !is_blank(text[end]))) ++end;
    std::string file(text.substr(from, end - from));
    if (!quoted) {  // the sentence's own mark is no part of a name
      while (!file.empty() && std::string_view(",;:.!?)").find(file.back()) != std::string::npos) {
        file.pop_back();
      }
    }
    const bool known = std::find(files.begin(), files.end(), file) != files.end();
    if (!file.empty() && !known) files.push_back(std::move(file));
    at = end;
  }
  return files;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && quote != '\'' && at + 1 < text.size()) {
      word += text[++at];
      inside = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      inside = true;
    } else if (is_blank(c)) {
      if (inside) words.push_back(std::move(word));
      word.clear();
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(std::move(word));
  return words;
}

TypedInput read_typed(std::string_view typed) {
  const std::string_view text = trim(typed);
  if (text.starts_with("!") && text.size() > 1) {
    return TypedShell{std::string(trim(text.substr(1)))};
  }
  const std::size_t end = std::min(text.find_first_of(" \t\n"), text.size());
  const std::string_view first = text.substr(0, end);
  if (first.starts_with("//")) {
    return TypedMessage{std::string(text.substr(1)), files_in(text.substr(1))};
  }
  const bool is_command =
      first.size() > 1 && first.front() == '/' && first.find('/', 1) == std::string_view::npos;
  if (!is_command) return TypedMessage{std::string(text), files_in(text)};
  TypedCommand command;
  command.name = std::string(first);
  command.rest = std::string(trim(text.substr(end)));
  command.words = words_of(command.rest);
  return command;
}

}  // namespace yoke

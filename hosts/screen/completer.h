#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// What Tab may put where.
struct CompletionSources {
  // The commands, and of what kind the word after each is ("agent", "file" …; empty: of none).
  std::map<std::string, std::string> commands;
  std::map<std::string, std::vector<std::string>> words;  // by kind
  // The names in the folder that a beginning of a path is in, folders with a "/" at their end.
  std::function<std::vector<std::string>(const std::string& folder)> list_folder;
};

struct Completion {
  std::size_t from = 0;  // of the text, what is replaced
  std::size_t to = 0;
  std::vector<std::string> candidates;  // whole replacements, sorted; empty: there is none
};

// What the text before the cursor may go on as: a command, its argument, a file after "@".
Completion complete(std::string_view text, std::size_t cursor, const CompletionSources& sources);

// The longest beginning that all have.
std::string common_beginning(const std::vector<std::string>& candidates);

}  // namespace yoke

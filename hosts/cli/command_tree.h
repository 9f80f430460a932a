#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

// The verbs and options of the command line as plain data, and what is written from them for shells
// and for man: so none of it can say anything else than the program does. Pure.
namespace yoke {

struct CommandOption {
  std::vector<std::string> names;  // "--quiet", "-q"
  std::string value;               // "FILE"; empty: it takes none
  std::string about;
};

struct CommandWord {  // what stands there without a name
  std::string name;
  std::string about;
  bool is_required = false;
};

struct CommandNode {
  std::vector<std::string> path;  // {"runs", "list"}; of the program none
  std::string about;
  std::string example;
  std::vector<CommandOption> options;  // its own: those of the program hold everywhere
  std::vector<CommandWord> words;
  std::vector<CommandNode> below;
};

// Commands that are hidden are left out. The description stays as it was.
CommandNode command_tree(const CLI::App& root);

// The script that makes a shell complete the commands: "bash", "zsh" or "fish"; empty: another.
std::string completion_script(const CommandNode& root, const std::string& shell);

struct ManPage {
  std::string file;  // "yoke-runs.1"
  std::string text;  // roff
};
// One of the program and one of each verb, with those below it.
std::vector<ManPage> man_pages(const CommandNode& root, const std::string& version);

}  // namespace yoke

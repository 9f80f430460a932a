#include <algorithm>
#include <set>

#include "hosts/cli/command_tree.h"
#include "runtime/base/text.h"

// Completion for shells. Each script finds the verb by walking the words before the cursor, and
// offers what stands below it; where nothing does, files.
namespace yoke {
namespace {

std::vector<const CommandNode*> all_nodes(const CommandNode& node) {
  std::vector<const CommandNode*> nodes = {&node};
  for (const CommandNode& below : node.below) {
    for (const CommandNode* each : all_nodes(below)) nodes.push_back(each);
  }
  return nodes;
}

std::string path_text(const CommandNode& node) { return join(node.path, " "); }

// Those whose next word is a value, wherever they stand.
std::vector<std::string> options_with_value(const CommandNode& root) {
  std::set<std::string> names;
  for (const CommandNode* node : all_nodes(root)) {
    for (const CommandOption& option : node->options) {
      if (!option.value.empty()) names.insert(option.names.begin(), option.names.end());
    }
  }
  return {names.begin(), names.end()};
}

// In single quotes, as every one of the three shells reads them.
std::string in_single_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char each : text) {
    if (each == '\'') {
      quoted += "'\\''";
    } else {
      quoted += each == '\n' ? ' ' : each;
    }
  }
  return quoted + "'";
}

// The arms that go from one verb to the one below it: "runs:list) at='runs list' ;;".
std::string steps_down(const CommandNode& root, const std::string& variable) {
  std::string arms;
  for (const CommandNode* node : all_nodes(root)) {
    if (node->path.empty()) continue;
    const std::vector<std::string> above(node->path.begin(), node->path.end() - 1);
    arms += "      " + in_single_quotes(join(above, " ") + ":" + node->path.back()) + ") " +
            variable + "=" + in_single_quotes(path_text(*node)) + " ;;\n";
  }
  return arms;
}

std::string names_of(const CommandNode& node, const CommandNode& root) {
  std::vector<std::string> names;
  for (const CommandNode* each : {&node, &root}) {
    for (const CommandOption& option : each->options) {
      for (const std::string& name : option.names) {
        const bool known = std::find(names.begin(), names.end(), name) != names.end();
        if (!known) names.push_back(name);
      }
    }
  }
  return join(names, " ");
}

std::string verbs_of(const CommandNode& node) {
  std::vector<std::string> verbs;
  for (const CommandNode& below : node.below) verbs.push_back(below.path.back());
  return join(verbs, " ");
}

std::string bash_script(const CommandNode& root) {
  std::string script =
      "# bash completion for yoke, written by 'yoke completions bash'\n"
      "_yoke() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} at='' word verbs='' options='' skip='' i\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    if [[ -n $skip ]]; then skip=''; continue; fi\n"
      "    case \"$word\" in\n      ";
  script += join(options_with_value(root), "|") + ") skip=1; continue ;;\n    esac\n";
  script += "    case \"$at:$word\" in\n" + steps_down(root, "at") + "    esac\n  done\n";
  script += "  [[ -n $skip ]] && return\n  case \"$at\" in\n";
  for (const CommandNode* node : all_nodes(root)) {
    script += "    " + in_single_quotes(path_text(*node)) +
              ")\n      verbs=" + in_single_quotes(verbs_of(*node)) +
              "\n      options=" + in_single_quotes(names_of(*node, root)) + " ;;\n";
  }
  return script +
         "  esac\n"
         "  if [[ $cur == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
         "  elif [[ -n $verbs ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))\n"
         "  fi\n"
         "}\n"
         "complete -o default -F _yoke yoke\n";
}

// "name:about" for _describe, in which a colon of the name is escaped.
std::string described(const std::string& name, const std::string& about) {
  return "    " + in_single_quotes(name + ":" + about) + "\n";
}

std::string zsh_script(const CommandNode& root) {
  std::string script =
      "#compdef yoke\n"
      "# zsh completion for yoke, written by 'yoke completions zsh'\n"
      "_yoke() {\n"
      "  local at='' word skip=''\n"
      "  local -a verbs options\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    if [[ -n $skip ]]; then skip=''; continue; fi\n"
      "    case \"$word\" in\n      ";
  script += join(options_with_value(root), "|") + ") skip=1; continue ;;\n    esac\n";
  script += "    case \"$at:$word\" in\n" + steps_down(root, "at") + "    esac\n  done\n";
  script += "  if [[ -n $skip ]]; then _files; return; fi\n  case \"$at\" in\n";
  for (const CommandNode* node : all_nodes(root)) {
    script += "    " + in_single_quotes(path_text(*node)) + ")\n  verbs=(\n";
    for (const CommandNode& below : node->below) {
      script += described(below.path.back(), below.about);
    }
    script += "  )\n  options=(\n";
    for (const CommandNode* each : {node, &root}) {
      for (const CommandOption& option : each->options) {
        for (const std::string& name : option.names) script += described(name, option.about);
      }
      if (each == &root) break;
    }
    script += "  ) ;;\n";
  }
  return script +
         "  esac\n"
         "  if [[ ${words[CURRENT]} == -* ]]; then\n"
         "    _describe 'option' options\n"
         "  elif (( $#verbs )); then\n"
         "    _describe 'command' verbs\n"
         "  else\n"
         "    _files\n"
         "  fi\n"
         "}\n"
         "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _yoke \"$@\"; else compdef _yoke "
         "yoke; fi\n";
}

std::string fish_names(const CommandOption& option) {
  std::string flags;
  for (const std::string& name : option.names) {
    flags += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return flags + (option.value.empty() ? "" : " -r");
}

std::string fish_script(const CommandNode& root) {
  std::string script =
      "# fish completion for yoke, written by 'yoke completions fish'\n"
      "function __yoke_at\n"
      "  set -l at ''\n"
      "  set -l skip ''\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    if test -n \"$skip\"; set skip ''; continue; end\n"
      "    switch $word\n      case ";
  script +=
      join(options_with_value(root), " ") + "\n        set skip 1\n        continue\n    end\n";
  script += "    switch \"$at:$word\"\n";
  for (const CommandNode* node : all_nodes(root)) {
    if (node->path.empty()) continue;
    const std::vector<std::string> above(node->path.begin(), node->path.end() - 1);
    script += "      case " + in_single_quotes(join(above, " ") + ":" + node->path.back()) +
              "\n        set at " + in_single_quotes(path_text(*node)) + "\n";
  }
  script += "    end\n  end\n  test \"$at\" = \"$argv[1]\"\nend\n";
  for (const CommandNode* node : all_nodes(root)) {
    const std::string here = " -n " + in_single_quotes("__yoke_at \"" + path_text(*node) + "\"");
    for (const CommandNode& below : node->below) {
      script += "complete -c yoke -f" + here + " -a " + below.path.back() + " -d " +
                in_single_quotes(below.about) + "\n";
    }
    // Those of the program hold after every verb.
    const std::string where = node->path.empty() ? "" : here;
    for (const CommandOption& option : node->options) {
      script += "complete -c yoke" + where + fish_names(option) + " -d " +
                in_single_quotes(option.about) + "\n";
    }
  }
  return script;
}

}  // namespace

std::string completion_script(const CommandNode& root, const std::string& shell) {
  if (shell == "bash") return bash_script(root);
  if (shell == "zsh") return zsh_script(root);
  if (shell == "fish") return fish_script(root);
  return {};
}

}  // namespace yoke

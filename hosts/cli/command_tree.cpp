#include "hosts/cli/command_tree.h"

#include <CLI/CLI.hpp>

namespace yoke {
namespace {

CommandOption option_of(const CLI::Option& option) {
  CommandOption out;
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  out.about = option.get_description();
  if (option.get_items_expected_max() > 0) {
    // Behind a colon stands what is checked, which the description says in words.
    const std::string type = option.get_type_name();
    out.value = type.substr(0, type.find(':'));
    if (out.value.empty()) out.value = "VALUE";
  }
  return out;
}

// A verb that has no example of its own is given the one above it.
std::string example_of(const CLI::App& app) {
  const std::string footer = app.get_footer();
  const std::string before = "Example:\n  ";
  const CLI::App* above = app.get_parent();
  if (above != nullptr && above->get_footer() == footer) return {};
  return footer.starts_with(before) ? footer.substr(before.size()) : "";
}

// Every verb has them: they are told once.
bool is_help(const CLI::App& app, const CLI::Option* option) {
  return option == app.get_help_ptr() || option == app.get_help_all_ptr();
}

CommandNode node_of(const CLI::App& app, std::vector<std::string> path) {
  CommandNode node;
  node.about = app.get_description();
  node.example = example_of(app);
  for (const CLI::Option* option : app.get_options()) {
    if (app.get_parent() != nullptr && is_help(app, option)) continue;
    if (option->get_positional()) {
      node.words.push_back(
          {option->get_name(true), option->get_description(), option->get_required()});
    } else if (!option->get_group().empty()) {
      node.options.push_back(option_of(*option));
    }
  }
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (below->get_group().empty()) continue;  // hidden
    std::vector<std::string> longer = path;
    longer.push_back(below->get_name());
    node.below.push_back(node_of(*below, std::move(longer)));
  }
  node.path = std::move(path);
  return node;
}

}  // namespace

CommandNode command_tree(const CLI::App& root) { return node_of(root, {}); }

}  // namespace yoke

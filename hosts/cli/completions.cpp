#include "hosts/cli/completions.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "hosts/app/command.h"
#include "hosts/app/version.h"
#include "hosts/cli/command_tree.h"
#include "hosts/cli/trial_support.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// Prints what makes a shell complete the commands; the exit status.
int print_completions(const CommonOptions& common, const CLI::App& root, const std::string& shell) {
  Terminal terminal(common.color);
  const std::string script = completion_script(command_tree(root), shell);
  if (script.empty()) {
    return fail(terminal, Error{Errc::invalid, "no completion is known for the shell '" +
                                                   printable(shell) + "': bash, zsh or fish"});
  }
  terminal.out(script);
  return kExitCompleted;
}

// Writes yoke.1 and a page for each verb into the folder; the exit status.
int write_man_pages(const CommonOptions& common, const CLI::App& root, const std::string& folder) {
  Terminal terminal(common.color);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return fail(terminal, Error{Errc::invalid, folder + ": " + failed.message()});
  for (const ManPage& page : man_pages(command_tree(root), YOKE_VERSION)) {
    const std::string file = (std::filesystem::path(folder) / page.file).string();
    const Result<void> written = write_text_file(file, page.text);
    if (!written) return fail(terminal, written.error());
  }
  return kExitCompleted;
}

}  // namespace

void add_made_of_verbs(CLI::App& root, CommonOptions& common, std::string& word,
                       std::function<int()>& chosen) {
  const auto add = [&](const char* name, const char* about, const char* takes,
                       int (*action)(const CommonOptions&, const CLI::App&, const std::string&)) {
    CLI::App* app = root.add_subcommand(name, about);
    app->add_option(takes, word)->required();
    app->group("");
    app->callback([&, action] { chosen = [&, action] { return action(common, root, word); }; });
  };
  add("completions", "Print a shell's completion script", "shell", print_completions);
  add("man-pages", "Write the manual's pages", "folder", write_man_pages);
}

}  // namespace yoke

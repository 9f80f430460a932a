#pragma once

#include <memory>
#include <optional>
#include <string>

#include "hosts/cli/options.h"
#include "hosts/config/config.h"
#include "hosts/repl/shell.h"

// What the ways to talk at a terminal share.
namespace yoke {

// What outlives the host when that is made, or found, anew.
struct AtScreen {
  std::unique_ptr<RawTerminal> raw = {};
  std::unique_ptr<ReplShell> shell = {};
  ReplShell::Why why = ReplShell::Why::left;
};

// A host of runs that is there already.
struct OtherHost {
  TalkPlace place = {};
  std::optional<Config> config = {};  // of the project, where it is one of this machine
};

// Whom to talk to: the one at `url`, with the key in YOKE_KEY, else whoever holds the project's
// store. None: nobody does. Errors: invalid (no address).
Result<std::optional<OtherHost>> find_other_host(const CommonOptions& common,
                                                 const RunOptions& options, const std::string& url);

// `yoke` and the options by which its verbs see this store.
std::vector<std::string> own_verbs(const CommonOptions& common, const Config& config);
ReplShell::Options shell_options(const Terminal& terminal, const CommonOptions& common,
                                 const std::string& project_dir);

// At a screen: until the person leaves, or wants another host.
awaitable<int> talk_to_other(Terminal& terminal, CommonOptions common, RunOptions options,
                             OtherHost other, AtScreen& at);
// Plainly: a message a line.
int talk_plainly_to_other(Terminal& terminal, const CommonOptions& common,
                          const RunOptions& options, const OtherHost& other);

}  // namespace yoke

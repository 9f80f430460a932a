#pragma once

#include <memory>
#include <optional>
#include <string>

#include "hosts/cli/options.h"
#include "hosts/config/config.h"
#include "hosts/repl/raw_terminal.h"
#include "hosts/repl/talk_prompt.h"
#include "hosts/terminal/terminal.h"

// What the ways to talk at a terminal share.
namespace yoke {

// What outlives the host when that is made, or found, anew.
struct Talking {
  bool plain = false;  // in lines, not at a screen
  std::unique_ptr<RawTerminal> raw = {};
  std::unique_ptr<TalkPrompt> prompt = {};  // null until there is a host
  TalkPrompt::Why why = TalkPrompt::Why::left;

  // Makes the prompt. `project_dir`: where its history is; may be empty. Errors: unavailable.
  Result<void> make(const asio::any_io_executor& executor, Terminal& terminal,
                    const CommonOptions& common, TalkState state, const std::string& project_dir);
  void close();  // the terminal is as it was; lines can be written
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

// Talks until the person leaves, or wants another host; the exit status.
awaitable<int> talk_to_other(Terminal& terminal, CommonOptions common, RunOptions options,
                             OtherHost other, Talking& at);
int talk_here(asio::io_context& io, Terminal& terminal, const CommonOptions& common,
              const RunOptions& options, Talking& at);

}  // namespace yoke

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "hosts/app/command.h"
#include "hosts/app/open_store.h"
#include "hosts/cli/repl_at.h"
#include "hosts/cli/repl_screen.h"
#include "hosts/cli/repl_setup.h"
#include "hosts/repl/plain_shell.h"
#include "hosts/repl/shell.h"

// A conversation: each message is a run of its session, so all of it is on record.
namespace yoke {
namespace {

// Whether all three streams are one terminal that can be drawn on, and a person is to look at it.
bool has_screen(const Terminal& terminal, const CommonOptions& common) {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return terminal.in_is_terminal() && terminal.out_is_terminal() && terminal.err_is_terminal() &&
         !dumb && !common.json;
}

ReplShell::Options screen_options(const Terminal& terminal, const CommonOptions& common) {
  ReplShell::Options options;
  options.colors = terminal.styled(Style::bold, "x") != "x";
  options.quiet = common.quiet;
  return options;
}

PlainShell::Options plain_options(const CommonOptions& common) {
  PlainShell::Options options;
  options.json = common.json;
  if (common.verbose) options.detail = RunView::Detail::verbose;
  if (common.quiet) options.detail = RunView::Detail::quiet;
  return options;
}

// Where nothing is configured and no model is named. None: go on.
std::optional<int> first_run(Terminal& terminal, const CommonOptions& common,
                             const RunOptions& options) {
  if (!options.model.empty()) return std::nullopt;
  const Result<Config> config = load_config(config_place(common, options.agent));
  if (!config || !config->file.empty()) return std::nullopt;
  const Result<bool> set_up = set_up_first_run(terminal, *config);
  if (!set_up) return fail(terminal, set_up.error());
  return *set_up ? std::nullopt : std::optional<int>(kExitCompleted);
}

}  // namespace

std::vector<std::string> own_verbs(const CommonOptions& common, const Config& config) {
  std::error_code failed;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", failed).string();
  std::vector<std::string> words = {program, "--color", "never"};
  if (!config.file.empty()) words.insert(words.end(), {"--config", config.file});
  if (!common.store.empty()) words.insert(words.end(), {"--store", common.store});
  return words;
}

Result<void> Talking::make(const asio::any_io_executor& executor, Terminal& terminal,
                           const CommonOptions& common, TalkState state,
                           const std::string& project_dir) {
  const std::string history = project_dir.empty() ? "" : project_dir + "/.yoke/history";
  if (plain) {
    PlainShell::Options options = plain_options(common);
    options.history_file = history;
    options.user = user_name();
    prompt = std::make_unique<PlainShell>(terminal, std::move(state), std::move(options));
    return {};
  }
  Result<std::unique_ptr<RawTerminal>> taken = RawTerminal::take(executor);
  if (!taken) return taken.error();
  raw = std::move(*taken);
  ReplShell::Options options = screen_options(terminal, common);
  options.history_file = history;
  options.user = user_name();
  prompt = std::make_unique<ReplShell>(*raw, std::move(state), std::move(options));
  return {};
}

void Talking::close() {
  if (prompt && (plain || raw)) prompt->close();
  raw.reset();
}

int repl_with(const CommonOptions& common, const RunOptions& options, const std::string& url) {
  Terminal terminal(common.color);
  asio::io_context io{1};
  Talking at;
  at.plain = !has_screen(terminal, common);
  int status = kExitCompleted;
  do {
    at.why = TalkPrompt::Why::left;
    Result<std::optional<OtherHost>> other = find_other_host(common, options, url);
    if (!other) {
      at.close();
      return fail(terminal, other.error());
    }
    if (!*other && !at.prompt && !at.plain) {
      const std::optional<int> end = first_run(terminal, common, options);
      if (end) return *end;
    }
    io.restart();
    if (*other) {
      auto talk = talk_to_other(terminal, common, options, std::move(**other), at);
      status = run_to_end(io, terminal, std::move(talk));
    } else {
      status = talk_here(io, terminal, common, options, at);
    }
  } while (at.why == TalkPrompt::Why::reload && status == kExitCompleted);
  const int signal = at.prompt ? at.prompt->end_signal() : 0;
  at.close();
  if (signal != 0) {  // to whoever waits for us it is the signal that ended us
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  return status;
}

}  // namespace yoke

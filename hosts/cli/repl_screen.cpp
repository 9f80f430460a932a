#include "hosts/cli/repl_screen.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "hosts/app/agent_package.h"
#include "hosts/app/app.h"
#include "hosts/app/context_window.h"
#include "hosts/app/open_store.h"
#include "hosts/app/project.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/repl_at.h"
#include "hosts/cli/repl_setup.h"
#include "hosts/cli/support.h"
#include "hosts/config/socket_path.h"
#include "hosts/control/server.h"
#include "hosts/repl/shell.h"
#include "hosts/screen/glyphs.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

// A folder of this process's own for the socket of a store that is no file.
class SocketPlace {
 public:
  explicit SocketPlace(const Config& config) : path_(control_socket_of(config)) {
    if (!path_.empty()) return;
    std::string name = (fs::temp_directory_path() / "yoke-repl-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return;
    folder_ = name;
    path_ = name + "/yoke.sock";
  }
  ~SocketPlace() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  SocketPlace(const SocketPlace&) = delete;
  SocketPlace& operator=(const SocketPlace&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string folder_;
};

void greet_at_screen(App& app, const Program& program, const TalkState& state, TalkHost& host) {
  const AgentSpec& spec = program.agent->spec();
  StyledLine title = styled_line(screen_text(spec.name), Look::bold);
  append(title, "  " + screen_text(spec.description));
  host.greeting.push_back(std::move(title));
  host.greeting.push_back(styled_line(
      "conversation " + screen_text(state.session) + " · /help · Ctrl+D leaves", Look::dim));
  const std::string file = string_at(member_at(program.source, "package"), "file");
  if (file.empty()) return;
  const Result<std::shared_ptr<const AgentPackage>> package = app.project().package(file);
  if (!package) return;
  const DeclarativeAgent& agent = (*package)->agent();
  if (!agent.disclaimer.empty()) {
    host.greeting.push_back(styled_line(screen_text(agent.disclaimer)));
  }
  for (const ConversationStarter& starter : agent.starters) {
    host.starters.push_back(starter.text);
    const std::string words = (starter.title.empty() ? "" : starter.title + ": ") + starter.text;
    StyledLine line = styled_line("  /" + std::to_string(host.starters.size()), Look::cyan);
    append(line, "  " + screen_text(shorten(words, 200)));
    host.greeting.push_back(std::move(line));
  }
}

// The window of whichever model is asked; looked up once for each.
std::function<std::int64_t(const TalkState&)> window_of_models(App& app) {
  auto known = std::make_shared<std::map<std::string, std::int64_t>>();
  return [&app, known](const TalkState& state) {
    const std::string key = state.agent + "\n" + state.model;
    if (const auto found = known->find(key); found != known->end()) return found->second;
    std::string model = state.model;
    if (model.empty()) {
      const Result<Program> program = app.choose({state.agent, state.agent.empty(), ""});
      if (program) model = program->agent->spec().model;
    }
    std::int64_t least = 0;
    for (const auto& [target, window] : windows_of(app.config(), app.models(), model)) {
      if (window > 0 && (least == 0 || window < least)) least = window;
    }
    return (*known)[key] = least;
  };
}

TalkHost host_here(App& app, const CommonOptions& common) {
  TalkHost host;
  const Config& config = app.config();
  host.project = config.project_dir;
  host.policy_file = config.file;
  host.verbs = own_verbs(common, config);
  host.can_export = true;
  if (config.store_url.starts_with("memory:")) {
    host.verbs.clear();
    host.no_verbs = "the store is in this process's memory: no other can look into it";
  }
  for (const auto& [name, route] : config.routes) host.routes.push_back(name);
  for (const auto& [name, backend] : config.backends) host.routes.push_back(name + "/");
  host.window = window_of_models(app);
  return host;
}

awaitable<Result<TalkState>> first_state(App& app, RunOptions options) {
  TalkState state{options.agent, options.session, options.model, options.limits,
                  options.when_asked};
  if (options.go_on && state.session.empty()) {
    Result<std::string> session = co_await app.last_session();
    if (!session) co_return session.error();
    state.session = std::move(*session);
  }
  if (state.session.empty()) state.session = new_session_name("");
  co_return state;
}

awaitable<int> talk_at_screen(App& app, Terminal& terminal, CommonOptions common,
                              RunOptions options, AtScreen& at) {
  const bool first = at.shell == nullptr;
  Result<TalkState> state = Error{Errc::invalid, ""};
  if (first) {
    state = co_await first_state(app, options);
  } else {
    state = at.shell->state();
  }
  if (!state) co_return fail(terminal, state.error());
  ProgramChoice choice{state->agent, state->agent.empty(), state->model};
  const Result<Program> program = app.choose(choice);
  if (!program && first) co_return fail(terminal, program.error());
  const SocketPlace place(app.config());
  const std::unique_ptr<ControlServer> server =
      co_await ControlServer::open_at(app, terminal, place.path());
  if (!server) {
    co_return fail(terminal, Error{Errc::unavailable, "nothing can listen at " + place.path()});
  }
  TalkHost host = host_here(app, common);
  if (first) {
    greet_at_screen(app, *program, *state, host);
    Result<std::unique_ptr<RawTerminal>> raw = RawTerminal::take(app.executor());
    if (!raw) co_return fail(terminal, raw.error());
    at.raw = std::move(*raw);
    at.shell = std::make_unique<ReplShell>(
        *at.raw, std::move(*state), shell_options(terminal, common, app.config().project_dir));
  } else if (!program) {
    at.shell->note("yoke: " + program.error().message(), Look::red);
  } else {
    at.shell->note("read anew", Look::dim);
  }
  TalkClient client(app.executor(), TalkPlace{place.path()});
  at.why = co_await at.shell->talk(client, std::move(host));
  if (at.why != ReplShell::Why::reload) {
    at.shell->close();
    at.raw.reset();
  }
  if (at.why == ReplShell::Why::told_to_end) app.stop();
  if (at.shell->left_turn() || at.why == ReplShell::Why::told_to_end) server->stop();
  co_await server->leave();
  co_return kExitCompleted;
}

// Of settings that a reload finds wrong: the person mends them and says so.
int wait_for_mend(AtScreen& at, Terminal& terminal, const Error& error) {
  at.shell->close();
  at.raw.reset();
  return fail(terminal, error);
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

int talk_in_own_host(asio::io_context& io, Terminal& terminal, const CommonOptions& common,
                     const RunOptions& options, AtScreen& at) {
  const Result<std::unique_ptr<App>> app = App::open(io, common, options.agent);
  if (!app && at.shell) return wait_for_mend(at, terminal, app.error());
  if (!app) return fail(terminal, app.error());
  const int wrong = refuse_settings(terminal, **app);
  if (wrong != kExitCompleted) return wrong;
  auto talk = talk_at_screen(**app, terminal, common, options, at);
  return run_to_end(io, terminal, hosted(**app, terminal, std::move(talk), Control::in_work));
}

}  // namespace

std::vector<std::string> own_verbs(const CommonOptions& common, const Config& config) {
  std::error_code failed;
  const std::string program = fs::read_symlink("/proc/self/exe", failed).string();
  std::vector<std::string> words = {program, "--color", "never"};
  if (!config.file.empty()) words.insert(words.end(), {"--config", config.file});
  if (!common.store.empty()) words.insert(words.end(), {"--store", common.store});
  return words;
}

ReplShell::Options shell_options(const Terminal& terminal, const CommonOptions& common,
                                 const std::string& project_dir) {
  ReplShell::Options options;
  options.colors = terminal.styled(Style::bold, "x") != "x";
  options.quiet = common.quiet;
  if (!project_dir.empty()) options.history_file = project_dir + "/.yoke/history";
  options.user = user_name();
  return options;
}

bool has_screen(const Terminal& terminal, const CommonOptions& common) {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return terminal.in_is_terminal() && terminal.out_is_terminal() && terminal.err_is_terminal() &&
         !dumb && !common.json;
}

int repl_at_screen(Terminal& terminal, const CommonOptions& common, const RunOptions& options,
                   const std::string& url) {
  asio::io_context io{1};
  AtScreen at;
  int status = kExitCompleted;
  do {
    at.why = ReplShell::Why::left;
    Result<std::optional<OtherHost>> other = find_other_host(common, options, url);
    if (!other) return fail(terminal, other.error());
    if (!*other && !at.shell) {
      const std::optional<int> end = first_run(terminal, common, options);
      if (end) return *end;
    }
    io.restart();
    if (*other) {
      auto talk = talk_to_other(terminal, common, options, std::move(**other), at);
      status = run_to_end(io, terminal, std::move(talk));
    } else {
      status = talk_in_own_host(io, terminal, common, options, at);
    }
  } while (at.why == ReplShell::Why::reload && status == kExitCompleted);
  const int signal = at.shell ? at.shell->end_signal() : 0;
  at.shell.reset();
  at.raw.reset();
  if (signal != 0) {  // to whoever waits for us it is the signal that ended us
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  return status;
}

int repl_with(const CommonOptions& common, const RunOptions& options, const std::string& url) {
  Terminal terminal(common.color);
  if (has_screen(terminal, common)) return repl_at_screen(terminal, common, options, url);
  Result<std::optional<OtherHost>> other = find_other_host(common, options, url);
  if (!other) return fail(terminal, other.error());
  if (*other) return talk_plainly_to_other(terminal, common, options, **other);
  return repl(common, options);
}

}  // namespace yoke

#include <stdlib.h>

#include <filesystem>

#include "hosts/app/agent_package.h"
#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/cli/repl_at.h"
#include "hosts/cli/support.h"
#include "hosts/config/socket_path.h"
#include "hosts/control/server.h"
#include "hosts/screen/glyphs.h"
#include "runtime/base/text.h"

// Talking with a host of this process's own.
namespace yoke {
namespace {

namespace fs = std::filesystem;

// Where the host listens for the prompt: the control socket beside the store; where nothing can
// listen there, as for a store that is no file, in a folder of this process's own.
class OwnFolder {
 public:
  OwnFolder() {
    std::string name = (fs::temp_directory_path() / "yoke-repl-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ~OwnFolder() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;

  std::string socket() const { return folder_ + "/yoke.sock"; }

 private:
  std::string folder_;
};

struct Listening {
  std::unique_ptr<OwnFolder> folder = {};  // goes after the server
  std::string path = {};
  std::unique_ptr<ControlServer> server = {};
};

awaitable<Result<Listening>> listen_somewhere(App& app, Terminal& terminal) {
  Listening at;
  at.path = control_socket_of(app.config());
  if (!at.path.empty()) at.server = co_await ControlServer::open_at(app, terminal, at.path);
  if (at.server) co_return at;
  at.folder = std::make_unique<OwnFolder>();
  at.path = at.folder->socket();
  at.server = co_await ControlServer::open_at(app, terminal, at.path);
  if (at.server) co_return at;
  co_return Error{Errc::unavailable, "nothing can listen at " + at.path};
}

void greet(App& app, const Program& program, const TalkState& state, TalkHost& host) {
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

awaitable<std::vector<GrantWanted>> wanted_here(App* app, std::string agent) {
  const Result<Program> program = app->choose(ProgramChoice{agent, agent.empty(), ""});
  if (program) co_return grants_wanted(*app, *program);
  co_return std::vector<GrantWanted>();
}

TalkHost host_here(App& app, const CommonOptions& common, const std::string& agent) {
  TalkHost host;
  const Config& config = app.config();
  host.project = config.project_dir;
  host.policy_file = config.file;
  host.verbs = own_verbs(common, config);
  host.wanted_of = [&app](std::string name) { return wanted_here(&app, std::move(name)); };
  host.check = [common, agent] {
    const Result<Config> read = load_config(config_place(common, agent));
    return read ? Result<void>() : Result<void>(read.error());
  };
  if (config.store_url.starts_with("memory:")) {
    host.verbs.clear();
    host.no_verbs = "the store is in this process's memory: no other can look into it";
  }
  for (const auto& [name, route] : config.routes) host.routes.push_back(name);
  for (const auto& [name, backend] : config.backends) host.routes.push_back(name + "/");
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

awaitable<int> talk_with(App& app, Terminal& terminal, CommonOptions common, RunOptions options,
                         Talking& at) {
  const bool first = at.prompt == nullptr;
  Result<TalkState> state = Error{Errc::invalid, ""};
  if (first) {
    state = co_await first_state(app, options);
  } else {
    state = at.prompt->state();
  }
  if (!state) co_return fail(terminal, state.error());
  ProgramChoice choice{state->agent, state->agent.empty(), state->model};
  const Result<Program> program = app.choose(choice);
  if (!program && first) co_return fail(terminal, program.error());
  Result<Listening> listening = co_await listen_somewhere(app, terminal);
  if (!listening) co_return fail(terminal, listening.error());
  TalkHost host = host_here(app, common, options.agent);
  if (program) host.wanted = grants_wanted(app, *program);
  if (first) {
    greet(app, *program, *state, host);
    const Result<void> made =
        at.make(app.executor(), terminal, common, std::move(*state), app.config().project_dir);
    if (!made) co_return fail(terminal, made.error());
  } else if (!program) {
    at.prompt->note("yoke: " + program.error().message(), Look::red);
  } else {
    at.prompt->note("read anew", Look::dim);
  }
  for (const Error& problem : app.project().problems()) {
    host.greeting.push_back(
        styled_line("not loaded: " + screen_text(problem.message()), Look::yellow));
  }
  TalkClient client(app.executor(), TalkPlace{listening->path});
  at.why = co_await at.prompt->talk(client, std::move(host));
  if (at.why != TalkPrompt::Why::reload) at.close();
  const bool told = at.why == TalkPrompt::Why::told_to_end;
  if (told) app.stop();
  if (at.prompt->left_turn() || told) listening->server->stop();
  co_await listening->server->leave();
  co_return kExitCompleted;
}

}  // namespace

int talk_here(asio::io_context& io, Terminal& terminal, const CommonOptions& common,
              const RunOptions& options, Talking& at) {
  const Result<std::unique_ptr<App>> app = App::open(io, common, options.agent);
  if (!app) {
    at.close();
    return fail(terminal, app.error());
  }
  if (!(*app)->setting_problems().empty()) at.close();
  const int wrong = refuse_settings(terminal, **app);
  if (wrong != kExitCompleted) return wrong;
  auto talk = talk_with(**app, terminal, common, options, at);
  return run_to_end(io, terminal, hosted(**app, terminal, std::move(talk), Control::in_work));
}

}  // namespace yoke

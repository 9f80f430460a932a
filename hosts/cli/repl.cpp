#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "agents/definition.h"
#include "hosts/app/agent_package.h"
#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/cli/attended.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/control/hosted.h"
#include "hosts/repl/shell.h"
#include "hosts/terminal/line_reader.h"
#include "runtime/base/text.h"
#include "runtime/loop/task_group.h"

// A conversation: each message is a run of its session, so all of it is on record.
namespace yoke {
namespace {

constexpr const char* kHelp =
    "  /help            this\n"
    "  /new             begin a new conversation\n"
    "  /model [ROUTE]   show or change the model\n"
    "  /tools           list the agent's tools\n"
    "  /runs            list this conversation's runs\n"
    "  /exit            leave; Ctrl+D does too\n"
    "  Ctrl+C stops the turn.\n";

struct Talk {
  std::string agent;
  bool plain = false;
  std::string session;
  std::string model;
};

Result<Program> program_of(App& app, const Talk& talk) {
  return talk.plain ? app.project().plain_program(talk.model) : app.project().program(talk.agent);
}

awaitable<void> list_runs(App& app, Terminal& terminal, std::string session) {
  RunFilter filter;
  filter.session = std::move(session);
  const std::vector<RunRow> rows = co_await app.store().list(std::move(filter));
  for (const RunRow& row : rows) {
    terminal.line("  " + row.run_id + "  " + std::string(name_of(row.status)) + "  " +
                  shorten(printable(string_at(row.summary, "title")), 60));
  }
}

void list_tools(App& app, Terminal& terminal, const Talk& talk) {
  const Result<Program> program = program_of(app, talk);
  if (!program) {
    fail(terminal, program.error());
    return;
  }
  for (const ToolSpec* spec : program->tools->list()) {
    terminal.line("  " + spec->name + "  " + shorten(printable(spec->description), 80));
  }
}

// True when the line was a command.
awaitable<bool> obey(App& app, Terminal& terminal, Talk& talk, std::string line) {
  if (!line.starts_with("/")) co_return false;
  const std::size_t space = line.find(' ');
  const std::string verb = line.substr(0, space);
  const std::string rest =
      space == std::string::npos ? "" : std::string(trim(std::string_view(line).substr(space)));
  const std::vector<std::string> known = {"/help", "/new", "/model", "/tools", "/runs", "/exit"};
  if (verb == "/help") {
    terminal.err(kHelp);
  } else if (verb == "/new") {
    talk.session = new_session_name(talk.session);
    terminal.line("  a new conversation: " + talk.session);
  } else if (verb == "/model") {
    if (!rest.empty()) talk.model = rest;
    terminal.line("  model: " + (talk.model.empty() ? "the agent's own" : talk.model));
  } else if (verb == "/tools") {
    list_tools(app, terminal, talk);
  } else if (verb == "/runs") {
    co_await list_runs(app, terminal, talk.session);
  } else {
    terminal.line("  no command '" + verb + "'" + did_you_mean(verb, known) + "; see /help");
  }
  co_return true;
}

awaitable<void> say(App& app, Terminal& terminal, const Talk& talk, std::string text,
                    CommonOptions common, RunOptions options) {
  Result<Program> program = program_of(app, talk);
  if (!program) {
    fail(terminal, program.error());
    co_return;
  }
  StartRun start;
  if (!options.limits.empty()) {
    const Result<RunLimits> limits = parse_limits(options.limits, program->agent->spec().limits);
    if (!limits) {
      fail(terminal, limits.error());
      co_return;
    }
    start.limits = *limits;
  }
  start.program = std::move(*program);
  start.task = to_valid_utf8(text);
  start.session = talk.session;
  start.model = talk.model;
  start.by = user_name();
  AttendedOptions attended;
  attended.common = common;
  attended.when_asked = options.when_asked;
  co_await run_attended(app, terminal, std::move(start), std::move(attended));
}

using Lines = std::shared_ptr<LineReader>;  // the loop's and, while it reads, the reader thread's

awaitable<void> read_into(App& app, Lines lines, std::optional<std::string>& line) {
  auto read = [lines] { return lines->read("> "); };
  line = co_await offload(app.reader(), std::move(read));
}

awaitable<void> heed_signals(TaskGroup& reading, int& number) {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  number = co_await signals.async_wait(asio::use_awaitable);
  reading.cancel();
}

// What is typed next. A signal ends the wait, though not the reader thread's: `signal` tells which.
awaitable<std::optional<std::string>> next_line(App& app, Lines lines, int& signal) {
  const auto executor = co_await asio::this_coro::executor;
  std::optional<std::string> line;
  TaskGroup reading(executor);
  TaskGroup watching(executor);
  reading.spawn(read_into(app, std::move(lines), line));
  watching.spawn(heed_signals(reading, signal));
  co_await reading.join();
  watching.cancel();
  co_await watching.join();
  co_return line;
}

// What an agent's package wants shown where a conversation begins; its starters.
std::vector<ConversationStarter> greet(App& app, Terminal& terminal, const Program& program,
                                       const CommonOptions& common) {
  const std::string file = string_at(member_at(program.source, "package"), "file");
  if (file.empty()) return {};
  const Result<std::shared_ptr<const AgentPackage>> package = app.project().package(file);
  if (!package) return {};
  const DeclarativeAgent& agent = (*package)->agent();
  if (!agent.disclaimer.empty()) terminal.line(printable(agent.disclaimer));
  int number = 0;
  for (const ConversationStarter& starter : agent.starters) {
    if (common.quiet) break;
    const std::string title = starter.title.empty() ? "" : starter.title + ": ";
    terminal.line("  /" + std::to_string(++number) + "  " +
                  printable(shorten(title + starter.text, 200)));
  }
  return agent.starters;
}

// "/2" is the second; null: the line is none.
const ConversationStarter* starter_of(const std::string& line,
                                      const std::vector<ConversationStarter>& starters) {
  for (std::size_t i = 0; i < starters.size(); ++i) {
    if (line == "/" + std::to_string(i + 1)) return &starters[i];
  }
  return nullptr;
}

awaitable<int> talk_on(App& app, Terminal& terminal, CommonOptions common, RunOptions options,
                       int& signal) {
  Talk talk{options.agent, options.agent.empty(), options.session, options.model};
  if (options.go_on && talk.session.empty()) {
    Result<std::string> session = co_await app.last_session();
    if (!session) co_return fail(terminal, session.error());
    talk.session = std::move(*session);
  }
  if (talk.session.empty()) talk.session = new_session_name("");
  const Result<Program> program = program_of(app, talk);
  if (!program) co_return fail(terminal, program.error());
  if (!common.quiet) {
    const AgentSpec& spec = program->agent->spec();
    terminal.line(terminal.styled(Style::bold, spec.name) + "  " + printable(spec.description));
    terminal.line(terminal.styled(Style::dim, "conversation " + talk.session + " · /help"));
  }
  const std::vector<ConversationStarter> starters = greet(app, terminal, *program, common);
  const std::string history = app.config().project_dir + "/.yoke/history";
  const auto lines = std::make_shared<LineReader>(terminal.in_is_terminal(), history);
  while (!app.is_stopping()) {
    const std::optional<std::string> line = co_await next_line(app, lines, signal);
    if (signal != 0) app.stop();
    if (!line) break;
    std::string text(trim(*line));
    if (text.empty()) continue;
    if (text == "/exit" || text == "/quit") break;
    if (const ConversationStarter* starter = starter_of(text, starters)) text = starter->text;
    const bool command = co_await obey(app, terminal, talk, text);
    if (!command) co_await say(app, terminal, talk, std::move(text), common, options);
  }
  if (terminal.in_is_terminal()) terminal.line("");
  co_return kExitCompleted;
}

}  // namespace

int repl(const CommonOptions& common, const RunOptions& options) {
  Terminal terminal(common.color);
  asio::io_context io{1};
  const Result<std::unique_ptr<App>> app = App::open(io, common, options.agent);
  if (!app) return fail(terminal, app.error());
  if (const int wrong = refuse_settings(terminal, **app); wrong != kExitCompleted) return wrong;
  const TerminalModes modes;
  int signal = 0;
  auto talk = talk_on(**app, terminal, common, options, signal);
  const int status = run_to_end(io, terminal, hosted(**app, terminal, std::move(talk)));
  if (signal != 0) {  // the reader thread waits for a line and cannot be woken: end as told to
    modes.restore();
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  return status;
}

}  // namespace yoke

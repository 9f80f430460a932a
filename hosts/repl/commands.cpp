#include <algorithm>
#include <utility>

#include "hosts/app/segment.h"
#include "hosts/repl/foreground.h"
#include "hosts/repl/shell.h"
#include "hosts/repl/verb_output.h"
#include "hosts/screen/glyphs.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/counted.h"
#include "runtime/base/text.h"

// What is typed with a slash. What the command line can do is done by its verbs.
namespace yoke {
namespace {

constexpr const char* kKeysHelp =
    "Enter sends · Ctrl+J or \\ Enter: a new line · Tab completes · Up, Ctrl+R: history\n"
    "@FILE puts a file in · !COMMAND runs in the shell, the agent sees nothing of it\n"
    "Esc or Ctrl+C stops the turn · Ctrl+O shows what is thought · Ctrl+D leaves\n"
    "What is typed while a turn goes on waits its turn; Up takes it back.";

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 7 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

// The verbs of the command line that a command stands for; the words follow them.
const std::map<std::string, std::vector<std::string>>& verb_table() {
  static const std::map<std::string, std::vector<std::string>> all = {
      {"/why", {"runs", "show", "@run", "--why"}},
      {"/show", {"runs", "show", "@run"}},
      {"/diff", {"runs", "diff", "@run"}},
      {"/permissions", {"tools", "list"}},
      {"/export", {"runs", "export", "@run"}},
      {"/memory", {"memory", "list"}},
      {"/plugins", {"plugins", "list"}},
      {"/mcp", {"mcp", "list"}},
      {"/doctor", {"doctor"}},
  };
  return all;
}

}  // namespace

const std::map<std::string, ReplShell::Command>& ReplShell::commands() {
  static const std::map<std::string, Command> all = {
      {"/help", {"", "this", &ReplShell::do_help}},
      {"/new", {"", "begin a new conversation", &ReplShell::do_new}},
      {"/sessions", {"", "conversations, the last used first", &ReplShell::do_sessions}},
      {"/resume", {"session", "[NAME|NUMBER]  go on with a conversation", &ReplShell::do_resume}},
      {"/model", {"route", "[ROUTE]  show or change the model", &ReplShell::do_model}},
      {"/agent", {"agent", "[NAME]  show or change the agent", &ReplShell::do_agent}},
      {"/tools", {"", "tools, and what they do", &ReplShell::do_tools}},
      {"/permissions",
       {"", "what tools may reach, and what waits to be granted", &ReplShell::do_verb}},
      {"/plan", {"", "the plan of the last turn", &ReplShell::do_plan}},
      {"/context", {"", "how full the model's window is", &ReplShell::do_context}},
      {"/cost", {"", "what this conversation came to", &ReplShell::do_cost}},
      {"/why", {"run", "[RUN]  what was thought and decided in a turn", &ReplShell::do_verb}},
      {"/runs", {"", "the turns of this conversation", &ReplShell::do_runs}},
      {"/show", {"run", "[RUN]  a turn with all its steps", &ReplShell::do_verb}},
      {"/rewind",
       {"", "STEP [MESSAGE]  go back to a step of the last turn, and on from there",
        &ReplShell::do_fork}},
      {"/fork",
       {"", "STEP [--model ROUTE] [--result JSON]  the same with another model or result",
        &ReplShell::do_fork}},
      {"/diff", {"run", "RUN [RUN]  where two turns part", &ReplShell::do_verb}},
      {"/export", {"run", "[RUN]  a turn's record, for others", &ReplShell::do_verb}},
      {"/memory", {"", "what is remembered", &ReplShell::do_verb}},
      {"/plugins", {"", "plugins, and their tools", &ReplShell::do_verb}},
      {"/mcp", {"", "MCP servers, and their tools", &ReplShell::do_verb}},
      {"/reload", {"", "read yoke.toml, agents and tools anew", &ReplShell::do_reload}},
      {"/doctor", {"", "what works here and what does not", &ReplShell::do_verb}},
      {"/clear", {"", "a clean screen; the conversation goes on", &ReplShell::do_clear}},
      {"/exit", {"", "leave", &ReplShell::do_exit}},
      {"/quit", {"", "leave", &ReplShell::do_exit}},
  };
  return all;
}

bool ReplShell::has_command(const std::string& name) const {
  return commands().contains(name) && (name != "/export" || host_.can_export);
}

awaitable<void> ReplShell::obey(TypedCommand command) {
  transcript_.gap();
  transcript_.line(styled_line(command.name + " " + screen_text(command.rest), Look::dim));
  const std::string digits = command.name.substr(1);
  if (is_number(digits)) {
    const std::size_t number = std::stoul(digits);
    if (number >= 1 && number <= host_.starters.size()) {
      const std::string& starter = host_.starters[number - 1];
      const TypedMessage message{starter, {}};
      enqueue(message, starter);
      co_return;
    }
  }
  const auto found = commands().find(command.name);
  if (!has_command(command.name)) {
    std::vector<std::string> names;
    for (const auto& [name, each] : commands()) {
      if (has_command(name)) names.push_back(name);
    }
    note("no command '" + command.name + "'" + did_you_mean(command.name, names) + "; see /help",
         Look::yellow);
    co_return;
  }
  const auto run = found->second.run;
  co_await (this->*run)(std::move(command));
  changed();
}

awaitable<void> ReplShell::do_help(TypedCommand) {
  for (const auto& [name, command] : commands()) {
    if (name == "/quit" || !has_command(name)) continue;
    StyledLine line = styled_line("  " + name, Look::bold);
    append(line, std::string(name.size() < 13 ? 13 - name.size() : 1, ' ') + command.help);
    for (StyledLine& part : wrapped(line, transcript_.columns(), {{}, styled_line("      ")})) {
      transcript_.line(std::move(part));
    }
  }
  transcript_.gap();
  transcript_.text(kKeysHelp, Look::dim);
  co_return;
}

std::string new_session_name(const std::string& before) {
  std::string stamp = to_iso8601(SystemWallClock().now()).substr(0, 19);
  std::replace(stamp.begin(), stamp.end(), ':', '-');
  const std::string name = "repl-" + stamp;
  return before.starts_with(name) ? before + "-2" : name;
}

awaitable<void> ReplShell::do_new(TypedCommand) {
  state_.session = new_session_name(state_.session);
  view_.forget_totals();
  note("a new conversation: " + state_.session, Look::plain);
  co_return;
}

awaitable<Json> ReplShell::ask_host(std::string path, std::string what) {
  Result<Json> page = co_await client_->get(std::move(path));
  if (page) co_return std::move(*page);
  note("yoke: " + what + " cannot be had: " + page.error().message(), Look::red);
  co_return nullptr;
}

void ReplShell::tell_sessions(const Json& page) {
  session_names_.clear();
  for (const Json& row : member_at(page, "sessions")) {
    const std::string name = string_at(row, "session");
    session_names_.push_back(name);
    StyledLine line = styled_line("  " + std::to_string(session_names_.size()) + "  ", Look::cyan);
    append(line, screen_text(name), name == state_.session ? Look::bold : Look::plain);
    append(line,
           "  " + string_at(row, "last_at").substr(0, 16) + "  " +
               std::to_string(integer_at(row, "runs")) + " turns  ",
           Look::dim);
    append(line, screen_text(shorten(string_at(row, "title"), 100)));
    transcript_.line(std::move(line));
  }
  if (session_names_.empty()) note("there is no conversation yet", Look::dim);
}

awaitable<void> ReplShell::do_sessions(TypedCommand) {
  const Json page = co_await ask_host("/v1/sessions?limit=20", "conversations");
  if (page.is_null()) co_return;
  tell_sessions(page);
  if (!session_names_.empty()) note("/resume NUMBER goes on with one", Look::dim);
}

awaitable<void> ReplShell::do_resume(TypedCommand command) {
  std::string name = command.rest;
  if (name.empty()) {
    co_await do_sessions(std::move(command));
    co_return;
  }
  if (is_number(name)) {
    const std::size_t number = std::stoul(name);
    if (number >= 1 && number <= session_names_.size()) name = session_names_[number - 1];
  }
  const Json page = co_await ask_host("/v1/sessions/" + to_segment(name), "'" + name + "'");
  if (page.is_null()) co_return;
  state_.session = name;
  view_.forget_totals();
  const Json& runs = member_at(page, "runs");
  if (runs.is_array() && !runs.empty()) {
    const std::string agent = string_at(runs.front(), "agent");
    const auto& agents = words_.words["agent"];
    if (std::find(agents.begin(), agents.end(), agent) != agents.end()) state_.agent = agent;
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
      transcript_.line(styled_line("  " + string_at(*run, "run") + "  " +
                                       screen_text(shorten(string_at(*run, "title"), 200)),
                                   Look::dim));
    }
  }
  note("going on with " + name, Look::plain);
}

awaitable<void> ReplShell::do_model(TypedCommand command) {
  if (!command.rest.empty()) state_.model = command.rest == "-" ? "" : command.rest;
  note("model: " + (state_.model.empty() ? "the agent's own" : state_.model) +
           (state_.model.empty() ? "" : "  (/model - is the agent's own again)"),
       Look::plain);
  co_return;
}

awaitable<void> ReplShell::do_agent(TypedCommand command) {
  if (command.rest == "-") {
    state_.agent.clear();
    note("agent: a plain one with all tools", Look::plain);
    co_return;
  }
  const Json page = co_await ask_host("/v1/agents", "agents");
  std::vector<std::string> names;
  for (const Json& row : member_at(page, "agents")) {
    const std::string name = names.emplace_back(string_at(row, "name"));
    if (!command.rest.empty()) continue;
    StyledLine line = styled_line(name == state_.agent ? "› " : "  ", Look::cyan);
    append(line, screen_text(name), Look::bold);
    append(line, "  " + screen_text(string_at(row, "description")));
    transcript_.line(std::move(line));
  }
  if (command.rest.empty()) co_return;
  if (std::find(names.begin(), names.end(), command.rest) == names.end()) {
    note("no agent '" + command.rest + "'" + did_you_mean(command.rest, names) +
             "; /agent lists those that are here",
         Look::yellow);
    co_return;
  }
  state_.agent = command.rest;
  note("agent: " + state_.agent, Look::plain);
}

awaitable<void> ReplShell::do_tools(TypedCommand) {
  const Json page = co_await ask_host("/v1/tools", "tools");
  for (const Json& row : member_at(page, "tools")) {
    StyledLine line = styled_line("  " + screen_text(string_at(row, "name")), Look::bold);
    append(line, "  " + screen_text(string_at(row, "description")));
    if (!bool_at(row, "granted", true)) append(line, "  (not granted)", Look::yellow);
    transcript_.line(std::move(line));
  }
}

awaitable<void> ReplShell::do_cost(TypedCommand) {
  const TalkTotals& totals = view_.totals();
  note("at this prompt: " + counted(totals.turns, "turn") + ", " + counted(totals.steps, "step") +
           ", " + counted(totals.tokens, "token") + ", " + cost_text(totals.cost, !totals.unpriced),
       Look::plain);
  const Json spent = co_await ask_host("/v1/spend?by=model", "the month's spend");
  for (const Json& row : member_at(spent, "rows")) {
    const std::int64_t tokens = integer_at(row, "input") + integer_at(row, "output");
    const bool priced = integer_at(row, "unpriced_requests") == 0;
    transcript_.line(styled_line("  this month  " + screen_text(string_at(row, "name")) + "  " +
                                     counted(integer_at(row, "requests"), "request") + ", " +
                                     counted(tokens, "token") + ", " +
                                     cost_text(integer_at(row, "nanousd"), priced),
                                 Look::dim));
  }
}

awaitable<void> ReplShell::do_context(TypedCommand) {
  const TalkTotals& totals = view_.totals();
  const std::int64_t window = host_.window ? host_.window(state_) : 0;
  if (window <= 0) {
    note(std::to_string(totals.context) + " tokens; how many the model takes is not known",
         Look::plain);
    co_return;
  }
  constexpr std::size_t kDots = 20;
  const auto share = static_cast<double>(totals.context) / static_cast<double>(window);
  const auto full = std::min(kDots, static_cast<std::size_t>(share * kDots + 0.5));
  std::string dots;
  for (std::size_t i = 0; i < kDots; ++i) dots += i < full ? "●" : "○";
  note(dots + " " + std::to_string(static_cast<int>(100 * share)) + "% (" +
           std::to_string(totals.context) + " of " + std::to_string(window) + " tokens)",
       Look::plain);
}

awaitable<void> ReplShell::do_plan(TypedCommand) {
  if (!view_.state().plan) {
    note("the last turn had no plan", Look::dim);
    co_return;
  }
  TypedCommand show{"/show", {"--plan"}, "--plan"};
  co_await do_verb(std::move(show));
}

awaitable<void> ReplShell::do_runs(TypedCommand) {
  const Json page =
      co_await ask_host("/v1/runs?limit=20&session=" + to_segment(state_.session), "turns");
  for (const Json& row : member_at(page, "runs")) {
    transcript_.line(styled_line("  " + string_at(row, "run") + "  " + string_at(row, "status") +
                                 "  " + screen_text(shorten(string_at(row, "title"), 120))));
  }
}

// "/fork 9 --model ROUTE --result JSON": the run goes on from there as another.
awaitable<void> ReplShell::do_fork(TypedCommand command) {
  Json body = Json::object();
  std::string message;
  for (std::size_t i = 0; i < command.words.size(); ++i) {
    const std::string& word = command.words[i];
    const bool has_value = i + 1 < command.words.size();
    if (word == "--model" && has_value) {
      body["model"] = command.words[++i];
    } else if (word == "--result" && has_value) {
      const Result<Json> value = parse_json(command.words[++i]);
      body["result"] = value ? *value : Json(command.words[i]);
    } else if (!body.contains("at") && is_number(word)) {
      body["at"] = std::stoll(word);
    } else {
      message += (message.empty() ? "" : " ") + word;
    }
  }
  if (!body.contains("at") || view_.run_id().empty()) {
    note(view_.run_id().empty() ? "there is no turn yet to go back in"
                                : command.name + " takes the number of a step; /show tells them",
         Look::yellow);
    co_return;
  }
  if (turn_runs_) {
    note("a turn goes on; stop it first (Esc)", Look::yellow);
    co_return;
  }
  if (!client_->is_remote()) body["by"] = options_.user;
  std::string path = "/v1/runs/" + to_segment(view_.run_id()) + "/fork";
  const Result<Json> forked = co_await client_->post(std::move(path), std::move(body));
  if (!forked) {
    note("yoke: " + forked.error().message(), Look::red);
    co_return;
  }
  std::string run_id = string_at(*forked, "run");
  note("on from there as run " + run_id, Look::dim);
  queue_.push_back(Queued{"run " + run_id, {}, run_id});
  queued_.notify();
  const TypedMessage typed{message, {}};
  if (!message.empty()) enqueue(typed, message);
}

awaitable<void> ReplShell::show_verb(std::vector<std::string> words) {
  std::vector<std::string> whole = host_.verbs;
  if (whole.empty()) {
    note(host_.no_verbs, Look::yellow);
    co_return;
  }
  whole.insert(whole.end(), words.begin(), words.end());
  const Result<VerbOutput> output = co_await output_of_verb(std::move(whole));
  if (!output) {
    note("yoke: " + output.error().message(), Look::red);
    co_return;
  }
  transcript_.block(output->text.empty() ? "nothing" : output->text);
  if (output->cut) note("… and more", Look::dim);
}

awaitable<void> ReplShell::do_verb(TypedCommand command) {
  std::vector<std::string> words = verb_table().at(command.name);
  bool named_run = false;
  for (const std::string& word : command.words) named_run = named_run || !word.starts_with("-");
  const auto place = std::find(words.begin(), words.end(), "@run");
  const bool two = command.name == "/diff" && command.words.size() > 1;
  if (place != words.end()) {
    const bool takes_own = command.name == "/diff" ? !two : !named_run;
    if (takes_own && view_.run_id().empty()) {
      note("there is no turn yet; name a run", Look::yellow);
      co_return;
    }
    if (takes_own) {
      *place = view_.run_id();
    } else {
      words.erase(place);
    }
  }
  words.insert(words.end(), command.words.begin(), command.words.end());
  co_await show_verb(std::move(words));
}

awaitable<int> ReplShell::run_lent(std::vector<std::string> words) {
  lent_ = true;
  terminal_.write(screen_.leave());
  terminal_.lend();
  int status = 127;
  std::exception_ptr failure;
  try {
    const Result<int> ended = co_await run_in_foreground(std::move(words));
    if (ended) {
      status = *ended;
    } else {
      note("yoke: " + ended.error().message(), Look::red);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  terminal_.take_back();
  terminal_.write("\r\n");
  lent_ = false;
  changed();
  if (failure) std::rethrow_exception(failure);
  co_return status;
}

awaitable<void> ReplShell::run_shell(std::string command) {
  transcript_.line(styled_line("! " + screen_text(command), Look::dim));
  paint();
  std::vector<std::string> words = {"/bin/sh", "-c", std::move(command)};
  const int status = co_await run_lent(std::move(words));
  if (status != 0) note("it ended with status " + std::to_string(status), Look::yellow);
}

awaitable<void> ReplShell::do_reload(TypedCommand) {
  if (turn_runs_) {
    note("a turn goes on; stop it first (Esc)", Look::yellow);
    co_return;
  }
  if (client_->is_remote()) {
    note("the host is elsewhere; it is read anew there", Look::yellow);
    co_return;
  }
  reload_wanted_ = true;
  queued_.notify();
}

awaitable<void> ReplShell::do_clear(TypedCommand) {
  transcript_ = Transcript(terminal_.size().columns);
  painted_anew_ = true;
  co_return;
}

awaitable<void> ReplShell::do_exit(TypedCommand) {
  leave(Why::left);
  co_return;
}

}  // namespace yoke

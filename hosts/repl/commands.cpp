#include "hosts/repl/commands.h"

#include <algorithm>
#include <utility>

#include "hosts/app/segment.h"
#include "hosts/screen/glyphs.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/counted.h"
#include "runtime/base/text.h"

namespace yoke {

const std::map<std::string, TalkCommands::Entry>& TalkCommands::table() {
  static const std::map<std::string, Entry> all = {
      {"/help", {"", "this", &TalkCommands::do_help}},
      {"/new", {"", "begin a new conversation", &TalkCommands::do_new}},
      {"/sessions", {"", "conversations, the last used first", &TalkCommands::do_sessions}},
      {"/resume",
       {"session", "[NAME|NUMBER]  go on with a conversation", &TalkCommands::do_resume}},
      {"/model", {"route", "[ROUTE]  show or change the model", &TalkCommands::do_model}},
      {"/agent", {"agent", "[NAME]  show or change the agent", &TalkCommands::do_agent}},
      {"/tools", {"", "tools, and what they do", &TalkCommands::do_tools}},
      {"/permissions",
       {"", "what tools may reach, and what waits to be granted", &TalkCommands::do_verb}},
      {"/plan", {"", "the plan of the last turn", &TalkCommands::do_plan}},
      {"/context", {"", "how full the model's window is", &TalkCommands::do_context}},
      {"/compact",
       {"", "[WHAT TO KEEP]  sum up what was said, and go on with that",
        &TalkCommands::do_compact}},
      {"/cost", {"", "what this conversation came to", &TalkCommands::do_cost}},
      {"/why", {"run", "[RUN]  what was thought and decided in a turn", &TalkCommands::do_verb}},
      {"/runs", {"", "the turns of this conversation", &TalkCommands::do_runs}},
      {"/show", {"run", "[RUN]  a turn with all its steps", &TalkCommands::do_verb}},
      {"/rewind",
       {"", "STEP [MESSAGE]  go back to a step of the last turn, and on from there",
        &TalkCommands::do_fork}},
      {"/fork",
       {"", "STEP [--model ROUTE] [--result JSON]  the same with another model or result",
        &TalkCommands::do_fork}},
      {"/diff", {"run", "RUN [RUN]  where two turns part", &TalkCommands::do_verb}},
      {"/export", {"run", "[RUN]  a turn's record, for others", &TalkCommands::do_verb}},
      {"/memory", {"", "what is remembered", &TalkCommands::do_verb}},
      {"/plugins", {"", "plugins, and their tools", &TalkCommands::do_verb}},
      {"/mcp", {"", "MCP servers, and their tools", &TalkCommands::do_verb}},
      {"/reload", {"", "read yoke.toml, agents and tools anew", &TalkCommands::do_reload}},
      {"/doctor", {"", "what works here and what does not", &TalkCommands::do_verb}},
      {"/clear", {"", "a clean screen; the conversation goes on", &TalkCommands::do_clear}},
      {"/exit", {"", "leave", &TalkCommands::do_exit}},
      {"/quit", {"", "leave", &TalkCommands::do_exit}},
  };
  return all;
}

std::map<std::string, std::string> TalkCommands::kinds_of_words() {
  std::map<std::string, std::string> kinds;
  for (const auto& [name, entry] : table()) kinds[name] = entry.argument;
  return kinds;
}

bool is_small_number(const std::string& text) {
  return !text.empty() && text.size() < 7 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

// "/2" is the second thing that an agent's package offers to begin with.
bool TalkCommands::say_starter(const std::string& name) {
  const std::string digits = name.substr(1);
  if (!is_small_number(digits)) return false;
  const std::size_t number = std::stoul(digits);
  if (number < 1 || number > scene_.host.starters.size()) return false;
  const std::string& starter = scene_.host.starters[number - 1];
  const TypedMessage message{starter, {}};
  scene_.front.enqueue(message, starter);
  return true;
}

awaitable<void> TalkCommands::obey(TypedCommand command) {
  if (say_starter(command.name)) co_return;
  const auto found = table().find(command.name);
  if (found == table().end()) {
    std::vector<std::string> names;
    for (const auto& [name, each] : table()) names.push_back(name);
    scene_.note(
        "no command '" + command.name + "'" + did_you_mean(command.name, names) + "; see /help",
        Look::yellow);
    co_return;
  }
  const auto run = found->second.run;
  co_await (this->*run)(std::move(command));
  scene_.front.changed();
}

awaitable<void> TalkCommands::run_shell(std::string command) {
  scene_.transcript.line(styled_line("! " + screen_text(command), Look::dim));
  scene_.front.changed();
  std::vector<std::string> words = {"/bin/sh", "-c", std::move(command)};
  const int status = co_await scene_.front.run_lent(std::move(words));
  if (status != 0) {
    scene_.note("it ended with status " + std::to_string(status), Look::yellow);
  }
}

bool TalkCommands::is_busy() {
  if (!scene_.front.turn_runs()) return false;
  scene_.note("a turn goes on; stop it first (Esc)", Look::yellow);
  return true;
}

awaitable<void> TalkCommands::do_help(TypedCommand) {
  Transcript& out = scene_.transcript;
  for (const auto& [name, entry] : table()) {
    if (name == "/quit") continue;
    StyledLine line = styled_line("  " + name, Look::bold);
    append(line, std::string(name.size() < 13 ? 13 - name.size() : 1, ' ') + entry.help);
    for (StyledLine& part : wrapped(line, out.columns(), {{}, styled_line("      ")})) {
      out.line(std::move(part));
    }
  }
  out.gap();
  out.text(scene_.front.keys_help(), Look::dim);
  co_return;
}

std::string new_session_name(const std::string& before) {
  std::string stamp = to_iso8601(SystemWallClock().now()).substr(0, 19);
  std::replace(stamp.begin(), stamp.end(), ':', '-');
  const std::string name = "repl-" + stamp;
  return before.starts_with(name) ? before + "-2" : name;
}

awaitable<void> TalkCommands::do_new(TypedCommand) {
  scene_.state.session = new_session_name(scene_.state.session);
  scene_.state.summing_up.clear();
  scene_.view.forget_totals();
  scene_.note("a new conversation: " + scene_.state.session, Look::plain);
  co_return;
}

awaitable<Json> TalkCommands::ask_host(std::string path, std::string what) {
  Result<Json> page = co_await scene_.client->get(std::move(path));
  if (page) co_return std::move(*page);
  scene_.note("yoke: " + what + " cannot be had: " + page.error().message(), Look::red);
  co_return nullptr;
}

void TalkCommands::tell_sessions(const Json& page) {
  session_names_.clear();
  for (const Json& row : member_at(page, "sessions")) {
    const std::string name = string_at(row, "session");
    session_names_.push_back(name);
    StyledLine line = styled_line("  " + std::to_string(session_names_.size()) + "  ", Look::cyan);
    append(line, screen_text(name), name == scene_.state.session ? Look::bold : Look::plain);
    append(line,
           "  " + string_at(row, "last_at").substr(0, 16) + "  " +
               std::to_string(integer_at(row, "runs")) + " turns  ",
           Look::dim);
    append(line, screen_text(shorten(string_at(row, "title"), 100)));
    scene_.transcript.line(std::move(line));
  }
  if (session_names_.empty()) scene_.note("there is no conversation yet", Look::dim);
}

awaitable<void> TalkCommands::do_sessions(TypedCommand) {
  const Json page = co_await ask_host("/v1/sessions?limit=20", "conversations");
  if (page.is_null()) co_return;
  tell_sessions(page);
  if (!session_names_.empty()) scene_.note("/resume NUMBER goes on with one", Look::dim);
}

awaitable<void> TalkCommands::do_resume(TypedCommand command) {
  std::string name = command.rest;
  if (name.empty()) {
    co_await do_sessions(std::move(command));
    co_return;
  }
  if (is_small_number(name)) {
    const std::size_t number = std::stoul(name);
    if (number >= 1 && number <= session_names_.size()) name = session_names_[number - 1];
  }
  const Json page = co_await ask_host("/v1/sessions/" + to_segment(name), "'" + name + "'");
  if (page.is_null()) co_return;
  scene_.state.session = name;
  scene_.state.summing_up.clear();
  scene_.view.forget_totals();
  const Json& runs = member_at(page, "runs");
  if (runs.is_array() && !runs.empty()) {
    const std::string agent = string_at(runs.front(), "agent");
    const std::vector<std::string> agents = co_await names_of_agents();
    const bool is_other = agent != scene_.state.agent &&
                          std::find(agents.begin(), agents.end(), agent) != agents.end();
    if (is_other) scene_.state.agent = agent;
    if (is_other) co_await want_grants();
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
      scene_.transcript.line(styled_line("  " + string_at(*run, "run") + "  " +
                                             screen_text(shorten(string_at(*run, "title"), 200)),
                                         Look::dim));
    }
  }
  scene_.note("going on with " + name, Look::plain);
}

awaitable<void> TalkCommands::do_model(TypedCommand command) {
  if (!command.rest.empty()) scene_.state.model = command.rest == "-" ? "" : command.rest;
  scene_.note("model: " + (scene_.state.model.empty() ? "the agent's own" : scene_.state.model) +
                  (scene_.state.model.empty() ? "" : "  (/model - is the agent's own again)"),
              Look::plain);
  co_return;
}

awaitable<void> TalkCommands::do_agent(TypedCommand command) {
  if (command.rest == "-") {
    scene_.state.agent.clear();
    scene_.note("agent: a plain one with all tools", Look::plain);
    co_await want_grants();
    co_return;
  }
  const Json page = co_await ask_host("/v1/agents", "agents");
  std::vector<std::string> names;
  for (const Json& row : member_at(page, "agents")) {
    const std::string name = names.emplace_back(string_at(row, "name"));
    if (!command.rest.empty()) continue;
    StyledLine line = styled_line(name == scene_.state.agent ? "› " : "  ", Look::cyan);
    append(line, screen_text(name), Look::bold);
    append(line, "  " + screen_text(string_at(row, "description")));
    scene_.transcript.line(std::move(line));
  }
  if (command.rest.empty()) co_return;
  if (std::find(names.begin(), names.end(), command.rest) == names.end()) {
    scene_.note("no agent '" + command.rest + "'" + did_you_mean(command.rest, names) +
                    "; /agent lists those that are here",
                Look::yellow);
    co_return;
  }
  scene_.state.agent = command.rest;
  scene_.note("agent: " + scene_.state.agent, Look::plain);
  co_await want_grants();
}

awaitable<void> TalkCommands::want_grants() {
  if (!scene_.host.wanted_of) co_return;
  auto asking = scene_.host.wanted_of(scene_.state.agent);
  std::vector<GrantWanted> wanted = co_await std::move(asking);
  scene_.host.wanted = std::move(wanted);
  scene_.front.grants_changed();
}

awaitable<void> TalkCommands::do_tools(TypedCommand) {
  const Json page = co_await ask_host("/v1/tools", "tools");
  for (const Json& row : member_at(page, "tools")) {
    StyledLine line = styled_line("  " + screen_text(string_at(row, "name")), Look::bold);
    append(line, "  " + screen_text(string_at(row, "description")));
    if (!bool_at(row, "granted", true)) append(line, "  (not granted)", Look::yellow);
    scene_.transcript.line(std::move(line));
  }
}

awaitable<std::vector<std::string>> TalkCommands::names_of_agents() {
  std::vector<std::string> names;
  const Result<Json> page = co_await scene_.client->get("/v1/agents");
  if (!page) co_return names;
  for (const Json& row : member_at(*page, "agents")) names.push_back(string_at(row, "name"));
  co_return names;
}

// A host of this process's own is made anew, settings and all. Another one reads its files anew;
// where nobody is there any more, one is looked for.
awaitable<void> TalkCommands::do_reload(TypedCommand) {
  if (is_busy()) co_return;
  if (scene_.host.is_here) {
    const Result<void> fine = scene_.host.check ? scene_.host.check() : Result<void>();
    if (fine) {
      scene_.front.host_anew();
    } else {
      scene_.failed(fine.error());
      scene_.note("nothing was read anew", Look::yellow);
    }
    co_return;
  }
  Json nothing = nullptr;
  const Result<Json> done = co_await scene_.client->post("/v1/reload", std::move(nothing));
  const bool gone = !done && done.error().code == Errc::unavailable && !scene_.client->is_remote();
  if (gone) {
    scene_.front.host_anew();
  } else if (!done) {
    scene_.failed(done.error());
  } else {
    scene_.host.window_of.clear();
    scene_.note("read anew: " + counted(integer_at(*done, "tools"), "tool"), Look::dim);
    for (const Json& problem : member_at(*done, "problems")) {
      if (problem.is_string())
        scene_.note("not loaded: " + problem.get<std::string>(), Look::yellow);
    }
    co_await want_grants();
  }
}

awaitable<void> TalkCommands::do_clear(TypedCommand) {
  scene_.front.clean();
  co_return;
}

awaitable<void> TalkCommands::do_exit(TypedCommand) {
  scene_.front.goodbye();
  co_return;
}

}  // namespace yoke

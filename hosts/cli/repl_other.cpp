#include <cstdlib>
#include <filesystem>

#include "hosts/app/command.h"
#include "hosts/app/open_store.h"
#include "hosts/app/segment.h"
#include "hosts/app/version.h"
#include "hosts/cli/far_report.h"
#include "hosts/cli/repl_at.h"
#include "hosts/cli/support.h"
#include "hosts/config/socket_path.h"
#include "hosts/control/client.h"
#include "hosts/repl/commands.h"
#include "hosts/screen/glyphs.h"
#include "runtime/base/text.h"

// Talking to a host of runs that is there already.
namespace yoke {
namespace {

constexpr const char* kKeyVariable = "YOKE_KEY";

// The newest conversation, by the host's word.
awaitable<Result<std::string>> newest_session(TalkClient& client) {
  const Result<Json> page = co_await client.get("/v1/sessions?limit=1");
  if (!page) co_return page.error();
  const Json& rows = member_at(*page, "sessions");
  if (rows.is_array() && !rows.empty()) co_return string_at(rows.front(), "session");
  co_return Error{Errc::not_found,
                  "there is no session to go on with; begin one with --session NAME"};
}

// Its description. Who names no agent to a host elsewhere gets the only one there is.
awaitable<Result<std::string>> find_agent_there(TalkClient& client, TalkState& state) {
  const Result<Json> page = co_await client.get("/v1/agents");
  if (!page) co_return page.error();
  std::vector<std::string> names;
  for (const Json& row : member_at(*page, "agents")) names.push_back(string_at(row, "name"));
  if (state.agent.empty() && client.is_remote()) {
    if (names.size() != 1) {
      co_return Error{Errc::invalid, "which agent? The host has " + join(names, ", ") +
                                         ": yoke repl AGENT --host URL"};
    }
    state.agent = names.front();
  }
  for (const Json& row : member_at(*page, "agents")) {
    if (string_at(row, "name") == state.agent) co_return string_at(row, "description");
  }
  co_return std::string();
}

awaitable<Result<std::string>> prepare(TalkClient& client, RunOptions options, TalkState& state) {
  Result<std::string> about = co_await find_agent_there(client, state);
  if (!about) co_return about.error();
  if (options.go_on && state.session.empty()) {
    Result<std::string> session = co_await newest_session(client);
    if (!session) co_return session.error();
    state.session = std::move(*session);
  }
  if (state.session.empty()) state.session = new_session_name("");
  co_return about;
}

TalkHost other_as_host(const OtherHost& other, const CommonOptions& common) {
  TalkHost host;
  host.is_here = false;
  host.where = other.config ? "attached" : other.place.url;
  host.no_verbs = "that is not to be had from a host elsewhere";
  host.report = [](const TalkHost::Journals& journals, const std::string& run,
                   const std::string& form) {
    const std::string now = to_iso8601(SystemWallClock().now()).substr(0, 19);
    return far_report(journals, run, form, now + "Z by Yoke " + YOKE_VERSION);
  };
  host.diff = [](const TalkHost::Journals& journals, const std::string& left,
                 const std::string& right) { return far_diff(journals, left, right); };
  if (!other.config) return host;
  host.project = other.config->project_dir;
  host.policy_file = other.config->file;
  host.verbs = own_verbs(common, *other.config);
  for (const auto& [name, route] : other.config->routes) host.routes.push_back(name);
  for (const auto& [name, backend] : other.config->backends) host.routes.push_back(name + "/");
  return host;
}

// What waits at the host for a person's yes.
awaitable<std::vector<GrantWanted>> wanted_there(TalkClient* client, std::string agent) {
  std::vector<GrantWanted> all;
  std::string path = "/v1/grants";
  if (!agent.empty()) path += "?agent=" + to_segment(agent);
  const Result<Json> page = co_await client->get(std::move(path));
  if (!page) co_return all;  // a host of an older version; its calls are refused, and say so
  for (const Json& row : member_at(*page, "grants")) {
    GrantWanted& wanted = all.emplace_back();
    wanted.name = string_at(row, "name");
    wanted.why = string_at(row, "why");
    for (const Json& power : member_at(row, "powers")) {
      if (power.is_string()) wanted.powers.push_back(power.get<std::string>());
    }
    wanted.by_hand = string_at(row, "by_hand");
    wanted.mark = string_at(row, "mark");
    wanted.show = [shown = string_at(row, "shown")] { return shown; };
  }
  co_return all;
}

// A host elsewhere gives powers only to what somebody has read there.
awaitable<std::string> waiting_far_away(TalkClient* client) {
  std::vector<std::string> waiting;
  const Result<Json> page = co_await client->get("/v1/tools");
  if (!page) co_return std::string();
  for (const Json& row : member_at(*page, "tools")) {
    if (!bool_at(row, "granted", true)) waiting.push_back(string_at(row, "name"));
  }
  if (waiting.empty()) co_return std::string();
  const std::string name = waiting.size() == 1 ? waiting.front() : "NAME";
  co_return "calls of " + shorten(join(waiting, ", "), 200) +
      " are refused: nobody granted them yet. On the host: yoke tools grant " + name;
}

bool listens(const Config& config) {
  const std::string socket = control_socket_of(config);
  std::error_code ignored;
  if (socket.empty() || !std::filesystem::exists(socket, ignored)) return false;
  const std::optional<Result<Json>> there = ask_over_socket(config, Order{"GET", "/v1/agents"});
  return there && there->has_value();
}

}  // namespace

Result<std::optional<OtherHost>> find_other_host(const CommonOptions& common,
                                                 const RunOptions& options,
                                                 const std::string& url) {
  if (!url.empty()) {
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
      return Error{Errc::invalid,
                   "--host '" + url + "' is no address: http://HOST:PORT or https://HOST"};
    }
    const char* key = std::getenv(kKeyVariable);
    OtherHost other;
    other.place.url = url;
    other.place.key = key == nullptr ? "" : key;
    return std::optional<OtherHost>(std::move(other));
  }
  Result<Config> config = load_config(config_place(common, options.agent));
  if (!config || !listens(*config)) return std::optional<OtherHost>();  // opening it tells why
  OtherHost other;
  other.place.unix_socket = control_socket_of(*config);
  other.config = std::move(*config);
  return std::optional<OtherHost>(std::move(other));
}

awaitable<int> talk_to_other(Terminal& terminal, CommonOptions common, RunOptions options,
                             OtherHost other, Talking& at) {
  const auto executor = co_await asio::this_coro::executor;
  TalkClient client(executor, other.place);
  TalkHost host = other_as_host(other, common);
  const bool first = at.prompt == nullptr;
  TalkState state{options.agent, options.session, options.model, options.limits,
                  options.when_asked};
  if (!first) state = at.prompt->state();
  const Result<std::string> about = co_await prepare(client, options, state);
  if (!about) {
    at.close();
    co_return fail(terminal, about.error());
  }
  if (first) {
    StyledLine title =
        styled_line(state.agent.empty() ? "plain" : screen_text(state.agent), Look::bold);
    append(title, "  " + screen_text(*about));
    host.greeting.push_back(std::move(title));
    host.greeting.push_back(styled_line(
        "attached to " +
            (other.config ? "the yoke that holds the store" : screen_text(other.place.url)) +
            " · conversation " + screen_text(state.session) + " · /help · Ctrl+D leaves",
        Look::dim));
    const std::string project = other.config ? other.config->project_dir : "";
    const Result<void> made = at.make(executor, terminal, common, std::move(state), project);
    if (!made) co_return fail(terminal, made.error());
  } else {
    at.prompt->note("attached to the yoke that holds the store", Look::dim);
  }
  if (other.config) {
    host.wanted = co_await wanted_there(&client, at.prompt->state().agent);
    host.wanted_of = [&client](std::string name) { return wanted_there(&client, std::move(name)); };
  } else {
    const std::string waiting = co_await waiting_far_away(&client);
    if (!waiting.empty()) {
      host.greeting.push_back(styled_line("note: " + screen_text(waiting), Look::dim));
    }
  }
  at.why = co_await at.prompt->talk(client, std::move(host));
  if (at.why == TalkPrompt::Why::reload) co_return kExitCompleted;
  at.close();
  if (at.prompt->left_turn()) terminal.line("the turn goes on there: yoke runs list shows it");
  co_return kExitCompleted;
}

}  // namespace yoke

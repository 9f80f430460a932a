#include <algorithm>
#include <utility>

#include "hosts/app/segment.h"
#include "hosts/repl/commands.h"
#include "hosts/repl/turn_requests.h"
#include "hosts/repl/verb_output.h"
#include "hosts/screen/glyphs.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"

// Commands about what was said: what it came to, its turns, going on from an earlier step.
namespace yoke {
namespace {

constexpr const char* kSumUp =
    "Sum up this conversation for somebody who goes on with it and has not seen it: what was asked "
    "for, what was found out and decided and why, what was done, what is still open. Keep names, "
    "numbers, files and wordings as they are. Call no tools; answer with the summary alone.";

// The verbs of the command line that a command stands for; the words follow them.
const std::map<std::string, std::vector<std::string>>& verb_table() {
  static const std::map<std::string, std::vector<std::string>> all = {
      {"/why", {"runs", "show", "@run", "--why"}},
      {"/show", {"runs", "show", "@run"}},
      {"/diff", {"runs", "diff", "@run"}},
      {"/permissions", {"tools", "list", "--verbose"}},
      {"/export", {"runs", "export", "@run"}},
      {"/memory", {"memory", "list"}},
      {"/plugins", {"plugins", "list"}},
      {"/mcp", {"mcp", "list"}},
      {"/doctor", {"doctor"}},
  };
  return all;
}

}  // namespace

awaitable<void> TalkCommands::do_cost(TypedCommand) {
  const TalkTotals& totals = scene_.view.totals();
  scene_.note("at this prompt: " + counted(totals.turns, "turn") + ", " +
                  counted(totals.steps, "step") + ", " + counted(totals.tokens, "token") + ", " +
                  cost_text(totals.cost, !totals.unpriced),
              Look::plain);
  const Json spent = co_await ask_host("/v1/spend?by=model", "the month's spend");
  for (const Json& row : member_at(spent, "rows")) {
    const std::int64_t tokens = integer_at(row, "input") + integer_at(row, "output");
    const bool priced = integer_at(row, "unpriced_requests") == 0;
    scene_.transcript.line(styled_line("  this month  " + screen_text(string_at(row, "name")) +
                                           "  " + counted(integer_at(row, "requests"), "request") +
                                           ", " + counted(tokens, "token") + ", " +
                                           cost_text(integer_at(row, "nanousd"), priced),
                                       Look::dim));
  }
}

awaitable<void> TalkCommands::do_context(TypedCommand) {
  co_await learn_window(scene_);
  const TalkTotals& totals = scene_.view.totals();
  const std::int64_t window = scene_.host.window;
  if (window <= 0) {
    scene_.note(std::to_string(totals.context) + " tokens; how many the model takes is not known",
                Look::plain);
    co_return;
  }
  constexpr std::size_t kDots = 20;
  const auto share = static_cast<double>(totals.context) / static_cast<double>(window);
  const auto full = std::min(kDots, static_cast<std::size_t>(share * kDots + 0.5));
  std::string dots;
  for (std::size_t i = 0; i < kDots; ++i) dots += i < full ? "●" : "○";
  scene_.note(dots + " " + std::to_string(static_cast<int>(100 * share)) + "% (" +
                  std::to_string(totals.context) + " of " + std::to_string(window) + " tokens)",
              Look::plain);
}

// A turn like others, which is shown and can be stopped. The next message begins a conversation
// with what it said: TurnRequests::begin().
awaitable<void> TalkCommands::do_compact(TypedCommand command) {
  if (is_busy()) co_return;
  const std::string last = co_await last_run();
  if (last.empty()) {
    scene_.note("there is nothing yet to sum up", Look::yellow);
    co_return;
  }
  FilledMessage message;
  message.text = kSumUp;
  if (!command.rest.empty()) message.text += " Above all keep: " + command.rest;
  TurnRequests requests(scene_);
  const Result<std::string> run = co_await requests.begin(std::move(message));
  if (!run) co_return;
  scene_.state.summing_up = *run;
  scene_.note("summing up; the next message begins a conversation with that", Look::dim);
  scene_.front.follow_next(*run);
}

awaitable<void> TalkCommands::do_plan(TypedCommand) {
  if (!scene_.view.state().plan) {
    scene_.note("the last turn had no plan", Look::dim);
    co_return;
  }
  TypedCommand show{"/show", {"--plan"}, "--plan"};
  co_await do_verb(std::move(show));
}

awaitable<void> TalkCommands::do_runs(TypedCommand) {
  const Json page =
      co_await ask_host("/v1/runs?limit=20&session=" + to_segment(scene_.state.session), "turns");
  for (const Json& row : member_at(page, "runs")) {
    scene_.transcript.line(styled_line("  " + string_at(row, "run") + "  " +
                                       string_at(row, "status") + "  " +
                                       screen_text(shorten(string_at(row, "title"), 120))));
  }
}

// The turn that a command without one is about: the last here, else of the conversation.
awaitable<std::string> TalkCommands::last_run() {
  if (!scene_.view.run_id().empty()) co_return scene_.view.run_id();
  const Result<Json> page =
      co_await scene_.client->get("/v1/runs?limit=1&session=" + to_segment(scene_.state.session));
  if (!page) co_return std::string();
  const Json& rows = member_at(*page, "runs");
  if (!rows.is_array() || rows.empty()) co_return std::string();
  co_return string_at(rows.front(), "run");
}

// "/fork 9 --model ROUTE --result JSON": the run goes on from there as another.
awaitable<void> TalkCommands::do_fork(TypedCommand command) {
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
    } else if (!body.contains("at") && is_small_number(word)) {
      body["at"] = std::stoll(word);
    } else {
      message += (message.empty() ? "" : " ") + word;
    }
  }
  const std::string of = co_await last_run();
  if (!body.contains("at") || of.empty()) {
    scene_.note(of.empty() ? "there is no turn yet to go back in"
                           : command.name + " takes the number of a step; /show tells them",
                Look::yellow);
    co_return;
  }
  if (is_busy()) co_return;
  if (!scene_.client->is_remote()) body["by"] = scene_.user;
  std::string path = "/v1/runs/" + to_segment(of) + "/fork";
  const Result<Json> forked = co_await scene_.client->post(std::move(path), std::move(body));
  if (!forked) {
    scene_.failed(forked.error());
    co_return;
  }
  const std::string run_id = string_at(*forked, "run");
  scene_.note("on from there as run " + run_id, Look::dim);
  scene_.front.follow_next(run_id);
  const TypedMessage typed{message, {}};
  if (!message.empty()) scene_.front.enqueue(typed, message);
}

awaitable<void> TalkCommands::show_verb(std::vector<std::string> words) {
  std::vector<std::string> whole = scene_.host.verbs;
  if (whole.empty()) {
    scene_.note(scene_.host.no_verbs, Look::yellow);
    co_return;
  }
  whole.insert(whole.end(), words.begin(), words.end());
  const Result<VerbOutput> output = co_await output_of_verb(std::move(whole));
  if (!output) {
    scene_.failed(output.error());
    co_return;
  }
  scene_.transcript.block(output->text.empty() ? "nothing" : output->text);
  if (output->cut) scene_.note("… and more", Look::dim);
}

awaitable<void> TalkCommands::do_verb(TypedCommand command) {
  if (scene_.client->is_remote()) {
    co_await do_there(std::move(command));
    co_return;
  }
  std::vector<std::string> words = verb_table().at(command.name);
  const auto named = std::count_if(command.words.begin(), command.words.end(),
                                   [](const std::string& word) { return !word.starts_with("-"); });
  const auto place = std::find(words.begin(), words.end(), "@run");
  if (place != words.end()) {
    if (named < (command.name == "/diff" ? 2 : 1)) {
      *place = co_await last_run();
      if (place->empty()) {
        scene_.note("there is no turn yet; name a run", Look::yellow);
        co_return;
      }
    } else {
      words.erase(place);
    }
  }
  words.insert(words.end(), command.words.begin(), command.words.end());
  co_await show_verb(std::move(words));
}

}  // namespace yoke

#include <filesystem>
#include <utility>

#include "hosts/app/edit_json.h"
#include "hosts/app/segment.h"
#include "hosts/repl/policy_edit.h"
#include "hosts/repl/shell.h"
#include "hosts/repl/shell_ear.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// The host may stand in another folder.
std::string agent_as_others_name_it(const std::string& agent) {
  std::error_code ignored;
  const bool is_path = agent.ends_with(".lua") || agent.ends_with(".json") ||
                       agent.ends_with(".zip") || std::filesystem::is_directory(agent, ignored);
  return is_path ? std::filesystem::absolute(agent).lexically_normal().string() : agent;
}

}  // namespace

Json ReplShell::order_for(const Queued& next) const {
  Json body{{"task", next.message.text}, {"session", state_.session}};
  if (client_->is_remote()) {
    body["agent"] = state_.agent;
    body["on_busy"] = "enqueue";
  } else {
    body["by"] = options_.user;
    if (!host_.project.empty()) body["project"] = host_.project;
    if (state_.agent.empty()) {
      body["plain"] = true;
    } else {
      body["agent"] = agent_as_others_name_it(state_.agent);
    }
  }
  if (!state_.model.empty()) body["model"] = state_.model;
  if (!state_.limits.empty()) body["limits"] = state_.limits;
  for (const std::string& image : next.message.images) body["images"].push_back(image);
  return body;
}

awaitable<void> ReplShell::take_turns() {
  while (true) {
    while (queue_.empty() && !reload_wanted_) co_await queued_.wait();
    if (reload_wanted_) {
      leave(Why::reload);
      co_return;
    }
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    co_await run_turn(std::move(next));
  }
}

awaitable<void> ReplShell::run_turn(Queued next) {
  if (!next.run_id.empty()) {
    co_await follow_run(std::move(next.run_id));
    co_return;
  }
  transcript_.said(next.shown);
  for (const std::string& each : next.message.notes) {
    transcript_.line(styled_line("  + " + screen_text(each), Look::dim));
  }
  changed();
  Json body = order_for(next);
  const Result<Json> run = co_await client_->post("/v1/runs", std::move(body));
  if (!run) {
    note("yoke: " + run.error().message(), Look::red);
    const bool gone = !host_.is_here && run.error().code == Errc::unavailable;
    if (gone && !client_->is_remote()) note("/reload looks for a host anew", Look::yellow);
    co_return;
  }
  std::string run_id = string_at(*run, "run");
  co_await follow_run(std::move(run_id));
}

awaitable<void> ReplShell::follow_main(std::string run_id) {
  const Result<void> followed = co_await client_->follow(std::move(run_id), *ear_);
  if (!followed) note("yoke: " + followed.error().message(), Look::red);
}

awaitable<void> ReplShell::follow_run(std::string run_id) {
  const auto executor = co_await asio::this_coro::executor;
  view_.begin(run_id);
  turn_since_ = LoopClock::now();
  turn_runs_ = true;
  stopping_ = false;
  moving_.notify();
  TaskGroup main(executor);
  turn_ = std::make_unique<TaskGroup>(executor);
  main.spawn(follow_main(std::move(run_id)));
  std::exception_ptr failure;
  try {
    co_await main.join();
  } catch (...) {
    failure = std::current_exception();
  }
  turn_->cancel();
  const std::unique_ptr<TaskGroup> runs_below = std::move(turn_);
  co_await runs_below->join();
  turn_runs_ = false;
  turn_took_ = LoopClock::now() - turn_since_;
  noticed();
  if (failure) std::rethrow_exception(failure);
}

// The journal has grown: a question may have come or gone, a run below may have begun.
void ReplShell::noticed() {
  for (const std::string& child : view_.take_children()) {
    if (turn_) turn_->spawn(follow_main(child));
  }
  show_question();
  moving_.notify();
  changed();
}

// The answer that --yes and --deny give: to approvals alone, and never a yes to a text from
// outside.
bool ReplShell::answer_unasked(const PromptQuestion& question) {
  if (state_.when_asked == WhenAsked::ask || question.purpose != "approve") return false;
  const bool yes = state_.when_asked == WhenAsked::yes;
  if (yes && string_at(question.body, "rule").starts_with("labels.")) return false;
  Json value = yes ? "yes" : "no";
  tasks_->spawn(answer(question, std::move(value)));
  return true;
}

void ReplShell::show_question() {
  const std::optional<PromptQuestion> open = turn_runs_ ? view_.question() : std::nullopt;
  const bool same = open && panel_ && panel_->question().id == open->id &&
                    panel_->question().run_id == open->run_id;
  if (same) return;
  if (panel_) {
    panel_.reset();
    editor_.set(std::exchange(draft_, {}));
  }
  if (!open || answer_unasked(*open)) return;
  draft_ = editor_.take();
  menu_.clear();
  search_.reset();
  QuestionPanel::Options options;
  options.may_change_policy = !host_.policy_file.empty();
  panel_.emplace(*open, options);
}

void ReplShell::act(const QuestionPanel::Outcome& outcome) {
  using Kind = QuestionPanel::Outcome::Kind;
  const QuestionPanel& panel = *panel_;
  switch (outcome.kind) {
    case Kind::none:
      break;
    case Kind::answer:
      tasks_->spawn(answer(panel.question(), outcome.value));
      break;
    case Kind::always:
      tasks_->spawn(answer_always(panel.question(), outcome.value, outcome.tool));
      break;
    case Kind::edit:
      tasks_->spawn(edit_answer(panel, outcome.value));
      break;
    case Kind::rule:
      note("  " + panel.told_rule(), Look::dim);
      break;
  }
  changed();
}

awaitable<void> ReplShell::answer(PromptQuestion question, Json value) {
  Json body{{"question", question.id}, {"value", value}};
  if (!client_->is_remote()) body["by"] = options_.user;
  std::string path = "/v1/runs/" + to_segment(question.run_id) + "/answers";
  const Result<Json> given = co_await client_->post(std::move(path), std::move(body));
  if (!given) {
    note("yoke: " + given.error().message(), Look::red);
    co_return;
  }
  std::string said = value.is_string() ? value.get<std::string>() : "answered";
  if (value.is_object() && value.contains("approve")) {
    const std::string words = string_at(value, "message");
    said = bool_at(value, "approve") ? "yes" : "no" + (words.empty() ? "" : ": " + words);
    if (string_at(value, "scope") == "session") said += ", in this session";
    if (value.contains("args") || value.contains("plan")) said += ", as changed";
  }
  transcript_.line(
      styled_line("? " + screen_text(question.title) + " " + screen_text(said), Look::dim));
  changed();
}

awaitable<void> ReplShell::answer_always(PromptQuestion question, Json value, std::string tool) {
  const Result<void> added = add_allow_rule(host_.policy_file, tool);
  if (!added) {
    note("yoke: " + added.error().message(), Look::red);
    co_return;
  }
  note("  '" + tool + "' is in [policy] allow of yoke.toml now; " +
           (host_.is_here ? "/reload takes it up" : "its host takes it up when it starts anew"),
       Look::dim);
  co_await answer(std::move(question), std::move(value));
}

awaitable<void> ReplShell::edit_answer(QuestionPanel panel, Json value) {
  const Result<std::string> file = write_for_editor(value);
  if (!file) {
    note("yoke: " + file.error().message(), Look::red);
    co_return;
  }
  std::vector<std::string> words = {"/bin/sh", "-c", editor_command(*file)};
  const int status = co_await run_lent(std::move(words));
  const Result<Json> edited = read_edited(*file, status);
  if (!edited) {
    note("yoke: " + edited.error().message(), Look::red);
  } else if (*edited == value) {
    note("  nothing was changed", Look::dim);
  } else {
    Json answered = panel.edited(*edited);
    co_await answer(panel.question(), std::move(answered));
  }
  changed();
}

awaitable<void> ReplShell::stop_turn() {
  if (stopping_) co_return;
  stopping_ = true;
  changed();
  Json body = Json::object();
  if (!client_->is_remote()) body["by"] = options_.user;
  std::string path = "/v1/runs/" + to_segment(view_.run_id()) + "/cancel";
  const Result<Json> stopped = co_await client_->post(std::move(path), std::move(body));
  if (!stopped && stopped.error().code != Errc::conflict) {
    note("yoke: " + stopped.error().message(), Look::red);
    stopping_ = false;
  }
}

}  // namespace yoke

#include "hosts/repl/turn_requests.h"

#include <filesystem>
#include <utility>

#include "hosts/app/edit_json.h"
#include "hosts/app/segment.h"
#include "hosts/repl/commands.h"
#include "hosts/repl/policy_edit.h"
#include "hosts/screen/glyphs.h"

namespace yoke {
namespace {

// The host may stand in another folder.
std::string agent_as_others_name_it(const std::string& agent) {
  std::error_code ignored;
  const bool is_path = agent.ends_with(".lua") || agent.ends_with(".json") ||
                       agent.ends_with(".zip") || std::filesystem::is_directory(agent, ignored);
  return is_path ? std::filesystem::absolute(agent).lexically_normal().string() : agent;
}

// An answer, as it stands in the transcript.
std::string answer_in_words(const Json& value) {
  std::string said = value.is_string() ? value.get<std::string>() : "answered";
  if (!value.is_object() || !value.contains("approve")) return said;
  const std::string words = string_at(value, "message");
  said = bool_at(value, "approve") ? "yes" : "no" + (words.empty() ? "" : ": " + words);
  if (string_at(value, "scope") == "session") said += ", in this session";
  if (value.contains("args") || value.contains("plan")) said += ", as changed";
  return said;
}

}  // namespace

void TalkScene::note(std::string_view text, Look look) const {
  transcript.text(text, look);
  front.changed();
}

Json TurnRequests::order_for(const FilledMessage& message) const {
  const TalkState& state = scene_.state;
  Json body{{"task", message.text}, {"session", state.session}};
  if (scene_.client->is_remote()) {
    body["agent"] = state.agent;
    body["on_busy"] = "enqueue";
  } else {
    body["by"] = scene_.user;
    if (!scene_.host.project.empty()) body["project"] = scene_.host.project;
    if (state.agent.empty()) {
      body["plain"] = true;
    } else {
      body["agent"] = agent_as_others_name_it(state.agent);
    }
  }
  if (!state.model.empty()) body["model"] = state.model;
  if (!state.limits.empty()) body["limits"] = state.limits;
  for (const std::string& image : message.images) body["images"].push_back(image);
  return body;
}

// Once what was said has been summed up, the message goes with that into a new conversation.
void TurnRequests::take_up_summary(FilledMessage& message) {
  TalkState& state = scene_.state;
  const std::string run = std::exchange(state.summing_up, {});
  const RunState& last = scene_.view.state();
  if (run.empty() || last.run_id != run || last.status != RunStatus::completed) return;
  message.text = "What was said before, summed up:\n\n" + last.text + "\n\n" + message.text;
  state.session = new_session_name(state.session);
  scene_.view.forget_totals();
  scene_.note("a new conversation: " + state.session + ", with the summary", Look::dim);
}

awaitable<Result<std::string>> TurnRequests::begin(FilledMessage message) {
  take_up_summary(message);
  Json body = order_for(message);
  const Result<Json> run = co_await scene_.client->post("/v1/runs", std::move(body));
  if (run) co_return string_at(*run, "run");
  scene_.failed(run.error());
  const bool gone = !scene_.host.is_here && run.error().code == Errc::unavailable;
  if (gone && !scene_.client->is_remote()) {
    scene_.note("/reload looks for a host anew", Look::yellow);
  }
  co_return run.error();
}

awaitable<bool> TurnRequests::answer(PromptQuestion question, Json value) {
  Json body{{"question", question.id}, {"value", value}};
  if (!scene_.client->is_remote()) body["by"] = scene_.user;
  std::string path = "/v1/runs/" + to_segment(question.run_id) + "/answers";
  const Result<Json> given = co_await scene_.client->post(std::move(path), std::move(body));
  if (!given) {
    scene_.failed(given.error());
    co_return false;
  }
  const std::string said = screen_text(answer_in_words(value));
  scene_.transcript.line(styled_line("? " + screen_text(question.title) + " " + said, Look::dim));
  scene_.front.changed();
  co_return true;
}

awaitable<bool> TurnRequests::answer_always(PromptQuestion question, Json value, std::string tool) {
  const Result<void> added = add_allow_rule(scene_.host.policy_file, tool);
  if (!added) {
    scene_.failed(added.error());
    co_return false;
  }
  scene_.note("  '" + tool + "' is in [policy] allow of yoke.toml now; " +
                  (scene_.host.is_here ? "/reload takes it up"
                                       : "its host takes it up when it starts anew"),
              Look::dim);
  co_return co_await answer(std::move(question), std::move(value));
}

awaitable<bool> TurnRequests::answer_edited(QuestionPanel panel, Json value) {
  const Result<std::string> file = write_for_editor(value);
  if (!file) {
    scene_.failed(file.error());
    co_return false;
  }
  std::vector<std::string> words = {"/bin/sh", "-c", editor_command(*file)};
  const int status = co_await scene_.front.run_lent(std::move(words));
  const Result<Json> edited = read_edited(*file, status);
  if (!edited) {
    scene_.failed(edited.error());
    co_return false;
  }
  if (*edited == value) {
    scene_.note("  nothing was changed", Look::dim);
    co_return false;
  }
  Json answered = panel.edited(*edited);
  co_return co_await answer(panel.question(), std::move(answered));
}

awaitable<bool> TurnRequests::stop(std::string run_id) {
  Json body = Json::object();
  if (!scene_.client->is_remote()) body["by"] = scene_.user;
  std::string path = "/v1/runs/" + to_segment(run_id) + "/cancel";
  const Result<Json> stopped = co_await scene_.client->post(std::move(path), std::move(body));
  if (stopped || stopped.error().code == Errc::conflict) co_return true;
  scene_.failed(stopped.error());
  co_return false;
}

awaitable<void> learn_window(TalkScene scene) {
  const TalkState& state = scene.state;
  const std::string key = state.agent + "\n" + state.model;
  if (scene.host.window_of == key) co_return;
  scene.host.window_of = key;
  scene.host.window = 0;
  std::string path = "/v1/context";
  if (!state.agent.empty()) path += "?agent=" + to_segment(agent_as_others_name_it(state.agent));
  if (!state.model.empty()) {
    path += (state.agent.empty() ? "?model=" : "&model=") + to_segment(state.model);
  }
  const Result<Json> told = co_await scene.client->get(std::move(path));
  if (told && scene.host.window_of == key) {
    scene.host.window = integer_at(*told, "context_window");
    scene.front.changed();
  }
}

std::optional<Json> unasked_answer(const PromptQuestion& question, WhenAsked when_asked) {
  if (when_asked == WhenAsked::ask || question.purpose != "approve") return std::nullopt;
  const bool yes = when_asked == WhenAsked::yes;
  if (yes && string_at(question.body, "rule").starts_with("labels.")) return std::nullopt;
  return Json(yes ? "yes" : "no");
}

}  // namespace yoke

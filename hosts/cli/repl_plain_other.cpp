#include <iostream>
#include <optional>

#include "hosts/app/segment.h"
#include "hosts/cli/repl_at.h"
#include "hosts/cli/support.h"
#include "hosts/terminal/line_reader.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"
#include "runtime/loop/offload.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

// A conversation through a pipe with a host that is there already.
namespace yoke {
namespace {

// Shows a run, and tells when it has ended or asks what nobody here is asked.
class PlainEar final : public Listener {
 public:
  PlainEar(Listener& view, std::string run_id) : view_(view), run_id_(std::move(run_id)) {}

  void on_event(const Event& event) override {
    if (event.run_id != run_id_) return;
    view_.on_event(event);
    if (event.kind == EventKind::question_asked) question_ = event;
    if (event.kind == EventKind::run_failed) {
      failed_ = "the run failed (" + event.reason + "): " + string_at(event.fields, "message");
    }
    if (question_) changed.notify();
  }
  void on_delta(std::string_view run, std::string_view call, const Delta& delta) override {
    view_.on_delta(run, call, delta);
  }
  void on_progress(std::string_view run, std::string_view call, double done, double total,
                   std::string_view message) override {
    view_.on_progress(run, call, done, total, message);
  }
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

  std::optional<Event> take_question() { return std::exchange(question_, std::nullopt); }
  const std::string& failed() const { return failed_; }
  Signal changed;

 private:
  Listener& view_;
  std::string run_id_;
  std::optional<Event> question_;
  std::string failed_;
};

struct PlainTalk {
  TalkClient& client;
  Terminal& terminal;
  TalkState state;
  std::string project;
  bool quiet = false;
};

awaitable<void> follow_plainly(PlainTalk& talk, std::string run_id, PlainEar& ear, bool& over) {
  const Result<void> followed = co_await talk.client.follow(std::move(run_id), ear);
  if (!followed) fail(talk.terminal, followed.error());
  over = true;
  ear.changed.notify();
}

// --yes and --deny answer approvals; all else waits for somebody. False: it does.
awaitable<bool> answer_plainly(PlainTalk& talk, Event asked) {
  const std::string purpose = string_at(asked.fields, "purpose");
  const std::string rule = string_at(member_at(asked.fields, "body"), "rule");
  const bool yes = talk.state.when_asked == WhenAsked::yes;
  const bool never = talk.state.when_asked == WhenAsked::ask || purpose != "approve" ||
                     (yes && rule.starts_with("labels."));
  const std::string question = string_at(asked.fields, "question");
  if (never) {
    talk.terminal.line("the run waits for an answer: " +
                       printable(string_at(asked.fields, "title")));
    talk.terminal.line("  yoke runs answer " + asked.run_id + " " + question + " VALUE");
    co_return false;
  }
  Json body{{"question", question}, {"value", yes ? "yes" : "no"}};
  if (!talk.client.is_remote()) body["by"] = user_name();
  std::string path = "/v1/runs/" + to_segment(asked.run_id) + "/answers";
  const Result<Json> given = co_await talk.client.post(std::move(path), std::move(body));
  if (!given) fail(talk.terminal, given.error());
  co_return given.has_value();
}

awaitable<void> say_plainly(PlainTalk& talk, std::string text) {
  Json body{{"task", text}, {"session", talk.state.session}};
  if (!talk.state.model.empty()) body["model"] = talk.state.model;
  if (!talk.state.limits.empty()) body["limits"] = talk.state.limits;
  if (talk.state.agent.empty()) {
    body["plain"] = true;
  } else {
    body["agent"] = talk.state.agent;
  }
  if (!talk.client.is_remote()) {
    body["by"] = user_name();
    body["project"] = talk.project;
  }
  const Result<Json> run = co_await talk.client.post("/v1/runs", std::move(body));
  if (!run) {
    fail(talk.terminal, run.error());
    co_return;
  }
  const std::string run_id = string_at(*run, "run");
  RunView view(talk.terminal, talk.quiet ? RunView::Detail::quiet : RunView::Detail::normal);
  PlainEar ear(view, run_id);
  bool over = false;
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup following(executor);
  following.spawn(follow_plainly(talk, run_id, ear, over));
  while (!over) {
    co_await ear.changed.wait();
    std::optional<Event> asked = ear.take_question();
    if (!asked) continue;
    const bool answered = co_await answer_plainly(talk, std::move(*asked));
    if (!answered) break;
  }
  following.cancel();
  co_await following.join();
  if (!ear.failed().empty()) talk.terminal.line("yoke: " + printable(ear.failed()));
}

awaitable<int> talk_line_by_line(Terminal& terminal, CommonOptions common, RunOptions options,
                                 OtherHost other) {
  const auto executor = co_await asio::this_coro::executor;
  TalkClient client(executor, other.place);
  PlainTalk talk{
      client, terminal,
      TalkState{options.agent, options.session, options.model, options.limits, options.when_asked},
      other.config ? other.config->project_dir : "", common.quiet};
  if (talk.state.session.empty()) talk.state.session = new_session_name("");
  const Result<Json> there = co_await client.get("/v1/agents");
  if (!there) co_return fail(terminal, there.error());
  Pool pool("lines", 1);
  const auto lines = std::make_shared<LineReader>(terminal.in_is_terminal(), "");
  while (true) {
    auto read = [lines] { return lines->read("> "); };
    const std::optional<std::string> line = co_await offload(pool, std::move(read));
    if (!line) break;
    std::string text(trim(*line));
    if (text == "/exit" || text == "/quit") break;
    if (text.empty()) continue;
    if (text == "/new") {
      talk.state.session = new_session_name(talk.state.session);
    } else if (text.starts_with("/")) {
      terminal.line("  of commands there are /new and /exit here; at a screen there are more");
    } else {
      co_await say_plainly(talk, to_valid_utf8(text));
    }
  }
  co_return kExitCompleted;
}

}  // namespace

int talk_plainly_to_other(Terminal& terminal, const CommonOptions& common,
                          const RunOptions& options, const OtherHost& other) {
  asio::io_context io{1};
  return run_to_end(io, terminal, talk_line_by_line(terminal, common, options, other));
}

}  // namespace yoke

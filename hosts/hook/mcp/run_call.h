#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hosts/config/mcp_serve_config.h"
#include "hosts/hook/mcp/follower.h"
#include "hosts/hook/mcp/log_tap.h"
#include "hosts/hook/mcp/questions.h"
#include "hosts/hook/mcp/request_state.h"

namespace yoke::mcp_hook {

// What the end of a run is made into.
struct Terms {
  enum class Shape : std::uint8_t { tool, prompt, resource };
  Shape shape = Shape::tool;
  McpTask task = McpTask::never;
  std::chrono::milliseconds task_after{0};  // McpTask::late
  bool counts = false;     // its own progress is told as it is, not the run's steps
  std::string words = {};  // of a prompt: its description; of a resource: its uri
  std::string mime = {};   // of a resource
};

// What a run that has ended means to the client. `lacking`: what the client would have had to be
// able to do; null: nothing.
Answer answer_of_end(const Event& end, const Terms& terms, const Json& lacking = nullptr);

// A request that a run answers: follows it, tells the client of it, asks the client what the run
// asks, and gives the end. Destroyed before that, it cancels the run.
//
// Ownership: borrows all it is given; the request outlives it.
// Threads:   loop thread only.
class RunCall final : public LogTap::Sink {
 public:
  struct Services {
    HookServices hook;
    LogTap& logs;
    std::string state_key;
  };
  // `run_id` was begun for this request, or is gone on with: then `open` has its questions, and
  // `place` what the client said of them.
  struct Run {
    std::string id;
    std::unique_ptr<RunFeed::Reader> reader;
    std::map<std::string, QuestionState> open = {};
    std::optional<CallPlace> place = {};
  };
  RunCall(Services services, const Request& request, Terms terms, Run run);
  ~RunCall() override;
  RunCall(const RunCall&) = delete;
  RunCall& operator=(const RunCall&) = delete;

  awaitable<Answer> finish();

  void hear_log(std::string_view level, std::string_view message) override;
  void hear_progress(double done, double total, std::string_view message) override;

 private:
  std::optional<Answer> take(const FeedItem& item);
  std::optional<Answer> take_event(const Event& event);
  void take_delta(const Delta& delta);
  void tell_progress(double done, double total, std::string message);
  void step(std::string message);
  awaitable<std::optional<Answer>> at_rest();
  awaitable<bool> ask_legacy(std::vector<Wanted> wanted);
  class Elsewhere;
  awaitable<void> until_closed(std::string question);
  awaitable<bool> take_given(std::vector<Wanted> wanted);
  awaitable<bool> settle(Wanted wanted, Json response);
  awaitable<void> post(std::string question, Json value);
  std::vector<Wanted> askable() const;
  bool may_answer_here() const;
  Answer ask_modern(const std::vector<Wanted>& wanted);
  awaitable<Answer> as_task();
  Answer as_waiting() const;
  awaitable<std::optional<Answer>> look_at_row();
  awaitable<Answer> of_last_event();
  bool may_be_task() const;

  Services services_;
  const Request& request_;
  const Terms terms_;
  const std::string run_id_;
  std::map<std::string, QuestionState> open_;
  std::optional<CallPlace> place_;
  std::set<std::string> posted_;        // questions that were answered from here
  std::set<std::string> put_off_;       // that the person here did not want to answer now
  Json given_ = Json::object();         // the client's `inputResponses`, until they are used
  std::optional<Follower::Next> kept_;  // came while the client was asked
  Json lacking_ = nullptr;
  std::string agent_;
  bool settled_ = false;  // the run is none of ours any more
  std::int64_t steps_ = 0;
  double told_ = -1;       // the last progress
  std::string said_;       // by the model, since the last progress
  Deadline said_until_{};  // no more of it is told before
  Follower follower_;
  LogTap::Place log_place_;  // last
};

}  // namespace yoke::mcp_hook

#pragma once

#include <optional>
#include <string>

#include "hosts/repl/files.h"
#include "hosts/repl/question_panel.h"
#include "hosts/repl/talk_front.h"

namespace yoke {

// What is asked of the host for a turn: to begin it, to answer its questions, to stop it. What
// comes of it is told in the transcript.
//
// Ownership: borrows what the scene does.
// Threads:   loop thread only.
class TurnRequests {
 public:
  explicit TurnRequests(TalkScene scene) : scene_(std::move(scene)) {}

  // The run that was begun. Errors: what the host said.
  awaitable<Result<std::string>> begin(FilledMessage message);
  // False: it is still open, which is told.
  awaitable<bool> answer(PromptQuestion question, Json value);
  // Yes, and a rule that says so from now on is written to yoke.toml first.
  awaitable<bool> answer_always(PromptQuestion question, Json value, std::string tool);
  // Yes, with the value as the person leaves it in $EDITOR.
  awaitable<bool> answer_edited(QuestionPanel panel, Json value);
  awaitable<bool> stop(std::string run_id);  // false: the host did not

 private:
  void take_up_summary(FilledMessage& message);
  Json order_for(const FilledMessage& message) const;

  TalkScene scene_;
};

// Asks the host for the window of the model that is talked to, unless that is known.
awaitable<void> learn_window(TalkScene scene);

// The answer that --yes and --deny give: to approvals alone, and never a yes to a text from
// outside. None: a person is asked.
std::optional<Json> unasked_answer(const PromptQuestion& question, WhenAsked when_asked);

}  // namespace yoke

#pragma once

#include <optional>
#include <string>

#include "hosts/repl/question_panel.h"
#include "hosts/repl/talk_front.h"
#include "runtime/loop/signal.h"

namespace yoke {

// What waits for a person's grant, asked about one after the other before the first turn.
//
// Ownership: borrows what the scene does; what waits is the host's `wanted`.
// Threads:   loop thread only; granting writes a small file.
class GrantQuestions {
 public:
  explicit GrantQuestions(TalkScene scene) : scene_(std::move(scene)) {}

  // Nobody is there to be asked, or --yes or --deny is to answer, which grant nothing: what waits
  // is told of, with how it is granted by hand, and not asked about.
  void tell_only();
  std::optional<PromptQuestion> next() const;
  // Of the panel that asked next(). Gives what was said instead of an answer, if it was none: then
  // nothing more is asked.
  std::optional<std::string> answer(const Json& value);
  // A host elsewhere is about to grant what next() asks for.
  bool is_granting() const { return granting_; }
  // Until it has.
  awaitable<void> settled();

 private:
  awaitable<void> grant_there(GrantWanted wanted);
  void tell_granted(const GrantWanted& wanted, const Result<void>& granted);

  TalkScene scene_;
  bool granting_ = false;
  Signal settled_;
};

}  // namespace yoke

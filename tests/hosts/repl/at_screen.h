#pragma once

#include "tests/hosts/sample.h"
#include "tests/support/screen.h"

namespace yoke::testing {

// A conversation with the sample's helper, or another agent, at a screen.
class AtPrompt {
 public:
  explicit AtPrompt(const Sample& sample, ScreenOptions options = {});

  ScreenProgram& program() { return program_; }
  Screen& screen() { return program_.screen(); }
  void say(const std::string& text);  // and Enter
  void wait_for(const std::string& text) { program_.wait_for(text); }
  void wait_for_prompt();  // an empty one, with nothing under way
  int leave();             // its exit status

 private:
  ScreenProgram program_;
};

}  // namespace yoke::testing

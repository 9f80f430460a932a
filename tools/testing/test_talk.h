#pragma once

#include <string>
#include <variant>

#include "runtime/base/json.h"
#include "runtime/loop/mailbox.h"
#include "runtime/ports/tool.h"

namespace yoke {

// What a tool under test asks of the world: {"http.get", [url, options]}.
struct AskedOfTest {
  std::string name;
  Json args;
};

// How the test answers: a value, or an error that the tool sees.
struct TestAnswer {
  bool ok = true;
  Json value;
  std::string error;
};

// Between a test and the tool that it drives. One call at a time; loop thread only.
struct TestTalk {
  Mailbox<std::variant<AskedOfTest, ToolOutcome>> steps;  // from the tool
  Mailbox<TestAnswer> answers;                            // from the test
};

}  // namespace yoke

#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/interop/served.h"

// Anthropic's own client as a client of `yoke serve`. What it checks is in clients/anthropic.mjs: a
// test passes when the client's assertions do.
namespace yoke::testing {

TEST_CASE("anthropic's client gets messages, plain and streamed") {
  const ServedProject served;
  served.client("anthropic.mjs", "create");
  served.client("anthropic.mjs", "stream");
}

TEST_CASE("anthropic's client runs its own tools in a loop, plain and streamed") {
  ServedProject().client("anthropic.mjs", "tools");
}

TEST_CASE("anthropic's client is shown thoughts where it asks for them, and hands them back") {
  ServedProject().client("anthropic.mjs", "thinking");
}

TEST_CASE("anthropic's client is told which stop sequence was met, plain and streamed") {
  ServedProject().client("anthropic.mjs", "stop_sequence");
}

TEST_CASE("anthropic's client sees failures as the exceptions that it has for them") {
  ServedProject().client("anthropic.mjs", "errors");
}

TEST_CASE("a stream that anthropic's client aborts cancels its run") {
  const ServedProject served;
  const std::string run(trim(served.client("anthropic.mjs", "abort").out));
  Process events = served.start(Args{"runs", "events", run, "--follow"});
  events.wait_for("run.cancelled");
}

TEST_CASE("anthropic's client counts tokens") { ServedProject().client("anthropic.mjs", "count"); }

TEST_CASE("anthropic's client talks with an agent, and carries out its own tools for it") {
  const ServedProject served;
  served.client("anthropic.mjs", "agent");
  served.client("anthropic.mjs", "agent_tools");
}

}  // namespace yoke::testing

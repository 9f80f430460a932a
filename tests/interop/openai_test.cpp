#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/interop/served.h"

// OpenAI's own clients, and others', as clients of `yoke serve`. What each of them checks is in
// clients/*.mjs: a test passes when the client's assertions do.
namespace yoke::testing {

TEST_CASE("openai's client lists models, finds one by any of its names, and is told of none") {
  ServedProject().client("openai.mjs", "models");
}

TEST_CASE("openai's client chats, plain and streamed, with thoughts and usage") {
  const ServedProject served;
  served.client("openai.mjs", "chat");
  served.client("openai.mjs", "stream");
}

TEST_CASE("openai's client runs its own tools in a loop, plain and streamed") {
  ServedProject().client("openai.mjs", "tools");
}

TEST_CASE("openai's client gets an answer in the shape of its schema") {
  ServedProject().client("openai.mjs", "structured");
}

TEST_CASE("openai's client sees each failure as the exception that it has for it") {
  ServedProject().client("openai.mjs", "errors");
}

TEST_CASE("openai's client is told that a stream broke off in the middle") {
  ServedProject().client("openai.mjs", "cut");
}

TEST_CASE("a stream that openai's client aborts cancels its run") {
  const ServedProject served;
  const std::string run(trim(served.client("openai.mjs", "abort").out));
  Process events = served.start(Args{"runs", "events", run, "--follow"});
  events.wait_for("run.cancelled");
}

TEST_CASE("openai's client gets vectors as numbers and as bytes") {
  ServedProject().client("openai.mjs", "embeddings");
}

TEST_CASE("openai's client talks with an agent: streamed, with a history, in a session") {
  const ServedProject served;
  served.client("openai.mjs", "agent");
  served.client("openai.mjs", "agent_history");
}

TEST_CASE("openai's client carries out its own tools for an agent") {
  ServedProject().client("openai.mjs", "agent_tools");
}

TEST_CASE("openai's client is told what an agent waits to be told by a person") {
  ServedProject().client("openai.mjs", "agent_asks");
}

TEST_CASE("openai's client goes on from a response, asks for it again and streams one") {
  const ServedProject served;
  served.client("openai.mjs", "responses");
  served.client("openai.mjs", "responses_stream");
}

TEST_CASE("openai's client answers a response's calls, of a model and of an agent") {
  ServedProject().client("openai.mjs", "responses_tools");
}

TEST_CASE("openai's client lists what a response was asked, page by page") {
  ServedProject().client("openai.mjs", "responses_input_items");
}

TEST_CASE("openai's client comes back to a stream at any event of it") {
  ServedProject().client("openai.mjs", "responses_again");
}

TEST_CASE("openai's client carries out tools that take free text, and those of a namespace") {
  ServedProject().client("openai.mjs", "responses_tool_kinds");
}

TEST_CASE("openai's client cancels and deletes a response in the background") {
  ServedProject().client("openai.mjs", "responses_background");
}

TEST_CASE("openai's client holds conversations with a model and with an agent") {
  ServedProject().client("openai.mjs", "conversations");
}

TEST_CASE("openai's agents run their tools on either protocol, and stream") {
  const ServedProject served;
  for (const char* test : {"chat", "responses", "stream"}) served.client("agents.mjs", test);
}

TEST_CASE("the AI SDK's openai-compatible provider generates, streams and loops over tools") {
  const ServedProject served;
  for (const char* test : {"generate", "tools", "stream", "object", "embed"}) {
    served.client("ai.mjs", test);
  }
}

}  // namespace yoke::testing

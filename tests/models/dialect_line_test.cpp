#include <catch2/catch.hpp>

#include "tests/models/vendor_fixtures.h"
#include "tests/models/vendor_line.h"

// Whole conversations over real sockets with servers that take a message's own fields and no other.
namespace yoke {
namespace {

using testing::MockOpenAi;
using testing::MockTurn;

struct Vendor {
  std::string preset;
  std::string shows;                    // the key of its reasoning; empty: it shows none
  std::vector<std::string> takes = {};  // what an assistant message may have beside OpenAI's
  bool wants = false;                   // … and reasoning_content must have, after a call
  bool refuses_old = false;             // … and must not have from before a person's last words
  std::string model = "m";
};

const std::vector<Vendor> kVendors{
    {"openai", ""},
    {"azure", ""},
    {"github-models", ""},
    {"mai", "reasoning_content", {"reasoning_content"}},
    {"deepseek", "reasoning_content", {}, true, false, "deepseek-v4-pro"},
    {"deepseek", "reasoning_content", {}, false, true, "deepseek-reasoner"},
    {"groq", "reasoning", {"reasoning"}},
    {"cerebras", "reasoning", {"reasoning"}},
    {"xai", "reasoning_content"},
    {"moonshot", "reasoning_content", {}, true, false, "kimi-k2.6"},
    {"qwen", "reasoning_content"},
    {"openrouter", "reasoning", {"reasoning", "reasoning_details"}},
    {"vllm", "reasoning", {"reasoning"}},
    {"sglang", "reasoning_content", {"reasoning_content"}},
    {"llama.cpp", "reasoning_content", {"reasoning_content"}},
    {"lmstudio", "reasoning", {"reasoning"}},
    {"llamafile", ""},
};

// Two rounds with a call in the first: thought, call, result, answer, and a question more.
MockTurn turn_of(const Vendor& vendor, int number) {
  MockTurn turn;
  if (!vendor.shows.empty()) {
    turn.reasoning = "thought " + std::to_string(number) + " of " + vendor.preset;
    turn.reasoning_key = vendor.shows;
  }
  if (number == 1) turn.calls.push_back({"call_1", "weather_now", R"({"place":"Oslo"})"});
  if (number > 1) turn.text = "Answer " + std::to_string(number) + ".";
  return turn;
}

MockOpenAi::Options strict(const Vendor& vendor) {
  MockOpenAi::Options options;
  options.script = [&vendor](const Json&, int number) { return turn_of(vendor, number); };
  options.message_keys = vendor.takes;
  options.wants_reasoning = vendor.wants;
  options.wants_some_reasoning = vendor.preset == "moonshot";
  options.refuses_old_reasoning = vendor.refuses_old;
  return options;
}

void begin(VendorLine& line) {
  line.request.instructions = "Be brief.";
  line.request.tools = {tool_named("weather.now")};
  line.request.messages.push_back(user_message("Weather in Oslo?"));
}

TEST_CASE("each vendor takes back what it gave in a loop of calls, and the talk after it") {
  for (const Vendor& vendor : kVendors) {
    for (const bool streams : {false, true}) {
      INFO(vendor.preset << " " << vendor.model << (streams ? ", streamed" : ""));
      const MockOpenAi server(strict(vendor));
      VendorLine line;
      line.backend(vendor.preset, vendor.preset, server.base_url());
      begin(line);
      const std::string target = vendor.preset + "/" + vendor.model;
      const ModelReply called = line.step(target, streams);
      CHECK(calls_in(called.message).at(0).name == "weather.now");
      CHECK(reasoning_of(called.message) == turn_of(vendor, 1).reasoning);
      CHECK(text_of(line.step(target, streams).message) == "Answer 2.");
      line.request.messages.push_back(user_message("And Rome?"));
      CHECK(text_of(line.step(target, streams).message) == "Answer 3.");
    }
  }
}

TEST_CASE("a conversation goes from each vendor to each other, and none gets another's thoughts") {
  for (const Vendor& from : kVendors) {
    for (const Vendor& to : kVendors) {
      if (&from == &to) continue;
      INFO(from.preset << " -> " << to.preset << " " << to.model);
      const MockOpenAi first(strict(from));
      const MockOpenAi second(strict(to));
      VendorLine line;
      line.backend("from", from.preset, first.base_url());
      line.backend("to", to.preset, second.base_url());
      begin(line);
      line.step("from/" + from.model, false);
      line.step("to/" + to.model, true);
      const std::string sent = to_text(second.requests().at(0));
      CHECK(sent.find("weather_now") != std::string::npos);
      CHECK(sent.find("thought 1 of") == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace yoke

#include <catch2/catch.hpp>

#include "models/openai_chat/usage.h"
#include "models/openai_responses/usage.h"
#include "models/prices.h"
#include "tests/models/vendor_fixtures.h"

// How each vendor counts, and what one and the same use then costs: docs/budgets.md has this table.
namespace yoke {
namespace {

// 100 tokens in, of them 40 read from a cache and 10 written to one; 30 out, of them 5 reasoning.
struct Counting {
  const char* vendor;
  const char* usage;  // in its own words
  Usage counted;
};

const Counting kOpenAiChat[] = {
    {"OpenAI",
     R"({"prompt_tokens": 100, "completion_tokens": 30, "total_tokens": 130,
         "prompt_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 10},
         "completion_tokens_details": {"reasoning_tokens": 5}})",
     {100, 40, 10, 30, 5}},
    {"DeepSeek",
     R"({"prompt_tokens": 100, "completion_tokens": 30, "prompt_cache_hit_tokens": 40,
         "prompt_cache_miss_tokens": 60, "completion_tokens_details": {"reasoning_tokens": 5}})",
     {100, 40, 0, 30, 5}},
    {"Mistral",
     R"({"prompt_tokens": 100, "completion_tokens": 30, "num_cached_tokens": 40})",
     {100, 40, 0, 30, 0}},
    {"Moonshot",
     R"({"prompt_tokens": 100, "completion_tokens": 30, "cached_tokens": 40})",
     {100, 40, 0, 30, 0}},
    {"one that counts reasoning beside the completion",
     R"({"prompt_tokens": 100, "completion_tokens": 25, "total_tokens": 130,
         "prompt_tokens_details": {"cached_tokens": 40},
         "completion_tokens_details": {"reasoning_tokens": 5}})",
     {100, 40, 0, 30, 5}},
    {"one that counts no more than the two",
     R"({"prompt_tokens": 100, "completion_tokens": 30})",
     {100, 0, 0, 30, 0}},
};

std::string counts(const Usage& usage) { return to_text(to_json(usage)); }

// Each kind of token has a price that tells it from the others, in nano-dollars for a million.
constexpr Price kPrice{1'000'000, 100'000, 1'250'000, 5'000'000};

}  // namespace

TEST_CASE("vendors that speak OpenAI's Chat count alike once they are understood") {
  for (const Counting& each : kOpenAiChat) {
    CAPTURE(each.vendor);
    Json raw;
    const Json answer{{"usage", json(each.usage)}};
    const auto counted = openai_chat::usage_of(answer, raw);
    REQUIRE(counted);
    CHECK(counts(*counted) == counts(each.counted));
    CHECK(raw == json(each.usage));
  }
  Json raw;
  const auto groq = openai_chat::usage_of(
      json(R"({"x_groq": {"usage": {"prompt_tokens": 100, "completion_tokens": 30}}})"), raw);
  REQUIRE(groq);
  CHECK(counts(*groq) == counts({100, 0, 0, 30, 0}));
  const auto llama = openai_chat::usage_of(json(R"({"timings": {"prompt_n": 60, "cache_n": 40,
                                                 "predicted_n": 30}})"),
                                           raw);
  REQUIRE(llama);
  CHECK(counts(*llama) == counts({100, 40, 0, 30, 0}));
}

TEST_CASE("OpenAI's Responses count what was cached and reasoned within the whole") {
  Json raw;
  const auto counted =
      openai_responses::usage_of(json(R"({"usage": {"input_tokens": 100, "output_tokens": 30,
               "input_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 10},
               "output_tokens_details": {"reasoning_tokens": 5}}})"),
                                 raw);
  REQUIRE(counted);
  CHECK(counts(*counted) == counts({100, 40, 10, 30, 5}));
}

TEST_CASE("Anthropic counts its cache beside the input, Gemini its thoughts beside the answer") {
  const anthropic::MessagesWire anthropic_wire;
  const WireReading anthropic(anthropic_wire);
  const ModelOutcome claude = anthropic.whole(json(
      R"({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
          "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn",
          "usage": {"input_tokens": 50, "cache_creation_input_tokens": 10,
                    "cache_read_input_tokens": 40, "output_tokens": 30,
                    "output_tokens_details": {"thinking_tokens": 5}}})"));
  CHECK(counts(reply_in(claude).usage) == counts({100, 40, 10, 30, 5}));
  const gemini::GenerateWire gemini_wire;
  const WireReading gemini(gemini_wire);
  const ModelOutcome spoken = gemini.whole(json(
      R"({"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}],
          "usageMetadata": {"promptTokenCount": 90, "toolUsePromptTokenCount": 10,
                            "cachedContentTokenCount": 40, "candidatesTokenCount": 25,
                            "thoughtsTokenCount": 5}})"));
  CHECK(counts(reply_in(spoken).usage) == counts({100, 40, 0, 30, 5}));
}

TEST_CASE("one and the same use costs the same, whoever counted it") {
  const NanoUsd cost = 50 * 1 + 40 * 1 / 10 + (10 * 125 + 99) / 100 + 30 * 5;
  CHECK(cost_of({100, 40, 10, 30, 5}, kPrice) == cost);
}

TEST_CASE("the most that tokens may cost has them all at the dearest price of input") {
  CHECK(most_cost_of({100, 0, 0, 30, 0}, kPrice) == 125 + 150);
  const Price no_writes{1'000'000, 100'000, 1'000'000, 5'000'000};
  CHECK(most_cost_of({100, 0, 0, 30, 0}, no_writes) == 100 + 150);
}

}  // namespace yoke

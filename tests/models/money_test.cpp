#include <catch2/catch.hpp>

#include "models/config.h"
#include "models/estimate.h"
#include "models/most_tokens.h"
#include "models/prices.h"
#include "tests/models/fixtures.h"

namespace yoke {
namespace {

Price dollars(double input, double cached, double output) {
  const Json value = {{"input", input}, {"cached", cached}, {"output", output}};
  return price_from_json(value, "p").value();
}

Usage tokens(std::int64_t input, std::int64_t cached, std::int64_t output) {
  Usage usage;
  usage.input = input;
  usage.cached = cached;
  usage.output = output;
  return usage;
}

TEST_CASE("a cost is exact to the nano-dollar, cached input at its own price") {
  const Price price = dollars(0.25, 0.025, 2.0);
  CHECK(cost_of(tokens(1'000'000, 0, 0), price) == 250'000'000);
  CHECK(cost_of(tokens(1000, 400, 100), price) == 600 * 250 + 400 * 25 + 100 * 2000);
  CHECK(cost_of(tokens(0, 0, 0), price) == 0);
}

TEST_CASE("a part of a nano-dollar is rounded up once") {
  CHECK(cost_of(tokens(1, 0, 1), dollars(0.0001, 0, 0.0001)) == 1);
}

TEST_CASE("counts that cannot be true give no negative or overflowing cost") {
  const Price price = dollars(1'000'000, 0, 1'000'000);
  CHECK(cost_of(tokens(-5, -5, -5), price) == 0);
  CHECK(cost_of(tokens(10, 50, 0), price) == 0);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(cost_of(tokens(most, 0, most), price) > 0);
}

TEST_CASE("a backend's own prices outrank the table, the longest pattern first") {
  const PriceMap own{{"*", dollars(1, 1, 1)}, {"gpt-5*", dollars(2, 2, 2)}};
  CHECK(find_price("openai", "gpt-5-mini", own) == dollars(2, 2, 2));
  CHECK(find_price("openai", "o9", own) == dollars(1, 1, 1));
}

TEST_CASE("a price that nobody gave is unknown, and one's own machine costs nothing") {
  CHECK_FALSE(find_price("openai", "gpt-5-mini", {}));
  CHECK_FALSE(find_price("openai-compatible", "m", {}));
  CHECK(find_price("llama.cpp", "qwen3-4b", {}) == Price{});
}

TEST_CASE("a wrong price names its key") {
  CHECK(price_from_json({{"imput", 1}, {"output", 1}}, "backends.a.prices").error().message() ==
        "backends.a.prices.imput: unknown key (did you mean 'input'?)");
  CHECK(price_from_json({{"input", -1}, {"output", 1}}, "p").error().message() ==
        "p.input: it must be a number of dollars, 0 or more");
  CHECK(price_from_json({{"input", 1}}, "p").error().message() == "p.output: it is missing");
}

TEST_CASE(
    "an estimate counts what is sent: text, calls, results, tools, images and what goes back as it "
    "came") {
  ModelRequest request;
  CHECK(estimate_input_tokens(request) == 1);  // the null schema
  request.messages.push_back(user_message(std::string(400, 'x')));
  CHECK(estimate_input_tokens(request) == 105);
  request.messages.back().parts.emplace_back(ImagePart{"image/png", "http://x/y.png"});
  CHECK(estimate_input_tokens(request) == 1105);
  ReasoningPart reasoning;
  reasoning.opaque = Opaque{"openai-chat/lab", "reasoning_details", std::string(398, 'x')};
  request.messages.push_back(assistant({std::move(reasoning)}));
  CHECK(estimate_input_tokens(request) == 1209);
  const std::int64_t before = estimate_input_tokens(request);
  request.tools.push_back(tool_named("weather.now"));
  CHECK(estimate_input_tokens(request) > before + 4);
}

TEST_CASE("the most tokens of a text are counted by kinds of characters, not by its length") {
  CHECK(most_tokens("") == 0);
  CHECK(most_tokens("The quick brown fox jumps over the lazy dog.") == 13);
  CHECK(most_tokens("12345") == 5);  // some cut numbers into digits
  CHECK(most_tokens("{\"a\":1}") == 7);
  CHECK(most_tokens("AKIA") == 2);
  CHECK(most_tokens("aGVsbG8gd29y") == 9);
  CHECK(most_tokens("да") == 2);
  CHECK(most_tokens("日本") == 4);
  CHECK(most_tokens("😀") == 4);
  CHECK(most_tokens("a\n\n\n        b") == 9);
}

TEST_CASE("money is reserved for more tokens than a request is estimated to have") {
  ModelRequest request;
  request.instructions = "You answer questions about the weather, in one sentence each.";
  request.messages.push_back(user_message("What is the weather like in Oslo on 2026-11-21?"));
  const std::int64_t without_tools = most_input_tokens(request);
  CHECK(without_tools > estimate_input_tokens(request));
  CHECK(without_tools < 3 * estimate_input_tokens(request));
  request.tools.push_back(tool_named("weather.now"));
  CHECK(most_input_tokens(request) > without_tools + 400);  // vendors speak of tools on their own
}

}  // namespace
}  // namespace yoke

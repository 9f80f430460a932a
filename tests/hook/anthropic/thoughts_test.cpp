#include "hosts/hook/anthropic/thoughts.h"

#include <catch2/catch.hpp>

namespace yoke::anthropic {
namespace {

const Thoughts kSealedThoughts(Seal("secret of the store", "acme"), {"anthropic/own"});

ReasoningPart claude(std::string text) {
  return {std::move(text),
          Opaque{"anthropic/own", "thinking", {{"type", "thinking"}, {"signature", "SIG"}}},
          "thinking"};
}

ReasoningPart of_other(std::string text) {
  return {std::move(text), Opaque{"openai/lab", "reasoning", {{"encrypted_content", "E"}}}, "r"};
}

Json thinking_block(const ReasoningPart& thought, Show show) {
  const std::string text = show == Show::text ? thought.text : "";
  return {{"type", "thinking"},
          {"thinking", text},
          {"signature", kSealedThoughts.signature(thought, thought.text, show)}};
}

TEST_CASE("Anthropic's own thought goes through a client as it is") {
  const Json block = thinking_block(claude("hm"), Show::text);
  CHECK(block["signature"] == "SIG");
  const auto back = kSealedThoughts.thinking(block);
  REQUIRE(back);
  CHECK(back->text == "hm");
  REQUIRE(back->opaque);
  CHECK(back->opaque->origin == "anthropic");
  CHECK(back->opaque->value == Json{{"type", "thinking"}, {"signature", "SIG"}});
}

TEST_CASE("another vendor's thought comes back whole in a signature of ours") {
  const Json block = thinking_block(of_other("hm"), Show::text);
  const auto back = kSealedThoughts.thinking(block);
  REQUIRE(back);
  CHECK(back->text == "hm");
  CHECK(back->key == "r");
  REQUIRE(back->opaque);
  CHECK(back->opaque->origin == "openai/lab");
  CHECK(back->opaque->value == Json{{"encrypted_content", "E"}});
}

TEST_CASE("a thought whose text the client does not want comes back with its text") {
  for (const ReasoningPart& thought : {claude("hm"), of_other("hm")}) {
    const Json block = thinking_block(thought, Show::marks);
    CHECK(block["thinking"] == "");
    const auto back = kSealedThoughts.thinking(block);
    REQUIRE(back);
    CHECK(back->text == "hm");
    REQUIRE(back->opaque);
    CHECK(back->opaque->origin == thought.opaque->origin);
    CHECK(back->opaque->value == thought.opaque->value);
  }
}

TEST_CASE("a signature that is not ours alone is never read as ours") {
  Json block = thinking_block(of_other("hm"), Show::text);
  block["signature"] = block["signature"].get<std::string>() + "x";
  const auto back = kSealedThoughts.thinking(block);
  REQUIRE(back);
  CHECK_FALSE(back->opaque);
  const Thoughts elsewhere(Seal("secret of the store", "other"), {});
  CHECK_FALSE(elsewhere.thinking(thinking_block(of_other("hm"), Show::text))->opaque);
}

TEST_CASE("a redacted thought of Anthropic's goes through as it is") {
  ReasoningPart thought;
  thought.opaque =
      Opaque{"anthropic/own", "redacted_thinking", {{"type", "redacted_thinking"}, {"data", "D"}}};
  const Json block = kSealedThoughts.block(thought, "", Show::text);
  CHECK(block == Json{{"type", "redacted_thinking"}, {"data", "D"}});
  const auto back = kSealedThoughts.redacted(block);
  REQUIRE(back.thought);
  CHECK(back.thought->opaque->origin == "anthropic");
  CHECK(back.thought->opaque->value == block);
}

TEST_CASE("what a vendor sent with calls comes back to the calls") {
  const Json block =
      kSealedThoughts.block_of_calls({{"toolu_1", Opaque{"gemini/g", "thoughtSignature", "S1"}}});
  CHECK(block["type"] == "redacted_thinking");
  const auto back = kSealedThoughts.redacted(block);
  CHECK_FALSE(back.thought);
  REQUIRE(back.calls.size() == 1);
  CHECK(back.calls[0].first == "toolu_1");
  CHECK(back.calls[0].second.value == "S1");
  CHECK(kSealedThoughts.block_of_calls({}).is_null());
}

}  // namespace
}  // namespace yoke::anthropic

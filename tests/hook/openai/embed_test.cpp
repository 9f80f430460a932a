#include <catch2/catch.hpp>

#include "hosts/hook/openai/embeddings.h"

namespace yoke::openai {
namespace {

Refusal embed_refused(const Json& body) {
  const Checked<EmbedAsk> ask = read_embed(body);
  if (ask) throw std::runtime_error("it was taken");
  return ask.error();
}

EmbedReply two_vectors() {
  EmbedReply reply;
  reply.vectors = {{1, -0.5F}, {0, 2}};
  reply.usage.input = 3;
  return reply;
}

}  // namespace

TEST_CASE("texts to embed are one or several, with the dimensions and form they are wanted in") {
  const Checked<EmbedAsk> one = read_embed({{"model", "lab/e"}, {"input", "abc"}});
  REQUIRE(one.has_value());
  CHECK(one->request.texts == std::vector<std::string>{"abc"});
  CHECK_FALSE(one->base64);
  const Checked<EmbedAsk> more = read_embed({{"model", "lab/e"},
                                             {"input", {"a", "b"}},
                                             {"dimensions", 256},
                                             {"encoding_format", "base64"},
                                             {"user", "ann"}});
  REQUIRE(more.has_value());
  CHECK(more->request.texts.size() == 2);
  CHECK(more->request.dimensions == 256);
  CHECK(more->base64);
}

TEST_CASE("what cannot be embedded is refused by its name") {
  CHECK(embed_refused({{"input", "abc"}}).param == "model");
  CHECK(embed_refused({{"model", "m"}}).param == "input");
  CHECK(embed_refused({{"model", "m"}, {"input", {1, 2}}}).code == "unsupported_parameter");
  CHECK(embed_refused({{"model", "m"}, {"input", {"a", ""}}}).param == "input");
  CHECK(embed_refused({{"model", "m"}, {"input", "a"}, {"dimensions", 0}}).param == "dimensions");
  CHECK(embed_refused({{"model", "m"}, {"input", "a"}, {"encoding_format", "hex"}}).param ==
        "encoding_format");
  CHECK(embed_refused({{"model", "m"}, {"input", "a"}, {"truncate", true}}).code ==
        "unknown_parameter");
}

TEST_CASE("vectors are given as numbers, or as the bytes of their floats") {
  EmbedAsk ask;
  ask.model = "lab/e";
  const Json numbers = embeddings_json(ask, two_vectors());
  CHECK(numbers["object"] == "list");
  CHECK(numbers["data"][0]["embedding"] == Json({1.0, -0.5}));
  CHECK(numbers["data"][1]["index"] == 1);
  CHECK(numbers["usage"] == Json({{"prompt_tokens", 3}, {"total_tokens", 3}}));
  ask.base64 = true;
  CHECK(embeddings_json(ask, two_vectors())["data"][0]["embedding"] == "AACAPwAAAL8=");
}

}  // namespace yoke::openai

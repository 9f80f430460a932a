#include <catch2/catch.hpp>

#include "tests/models/vendor_line.h"
#include "tests/support/mock_embeddings.h"

// Vectors over real sockets, from a server as strict as each vendor.
namespace yoke {
namespace {

using testing::mock_vector;
using testing::MockEmbeddings;

struct Place {
  std::string preset;
  std::string path;
};
const std::vector<Place> kPlaces{{"openai", "/v1"}, {"openai-compatible", "/v1"},
                                 {"vllm", "/v1"},   {"mistral", "/v1"},
                                 {"ollama", ""},    {"gemini", "/v1beta"}};

struct EmbedLine : VendorLine {
  explicit EmbedLine(const MockEmbeddings& server, const Place& place, const std::string& key) {
    BackendSettings& settings = backend("lab", place.preset, server.base_url() + place.path);
    settings.api_key = Secret(key);
    settings.prices["*"] = Price{1'000'000'000, 0, 0, 0};  // a dollar for a million
  }

  EmbedOutcome embed(EmbedRequest wanted) {
    const ModelServices services{sender, random, wall};
    const auto made = make_router(config, services).value();
    return run(io, made->embed(std::move(wanted), kNoDeadline));
  }
};

EmbedRequest texts(std::vector<std::string> list, std::string model = "e") {
  EmbedRequest request;
  request.target = "lab/" + std::move(model);
  request.texts = std::move(list);
  return request;
}

const EmbedReply& embedded(const EmbedOutcome& outcome) {
  const auto* failure = std::get_if<ModelFailure>(&outcome);
  if (failure != nullptr) throw std::runtime_error(failure->message);
  return std::get<EmbedReply>(outcome);
}

TEST_CASE("texts become vectors at each vendor that makes them, as strict as it is") {
  for (const Place& place : kPlaces) {
    INFO(place.preset);
    const MockEmbeddings server("a-key-of-vectors");
    EmbedLine line(server, place, "a-key-of-vectors");
    EmbedRequest request = texts({"a cat", "\"quoted\" \xc3\xa5\n", "a dog"});
    for (const bool query : {false, true}) {
      request.purpose = query ? EmbedRequest::Purpose::query : EmbedRequest::Purpose::document;
      const EmbedOutcome outcome = line.embed(request);
      const EmbedReply& reply = embedded(outcome);
      REQUIRE(reply.vectors.size() == 3);
      for (std::size_t at = 0; at < 3; ++at) {
        CHECK(reply.vectors[at] == mock_vector(request.texts[at], MockEmbeddings::kDimensions));
      }
      CHECK(reply.target == "lab/e");
      CHECK(reply.usage.estimated == (place.preset == "gemini"));  // Gemini counts nothing
      CHECK(reply.cost == reply.usage.input * 1'000);
    }
    CHECK(server.refusals().empty());
  }
}

TEST_CASE("shorter vectors are asked for in each vendor's word, and a model without them says so") {
  for (const Place& place : kPlaces) {
    INFO(place.preset);
    const MockEmbeddings server("a-key-of-vectors");
    EmbedLine line(server, place, "a-key-of-vectors");
    const std::string model = place.preset == "mistral" ? "codestral-embed" : "e";
    EmbedRequest request = texts({"a cat"}, model);
    request.dimensions = 3;
    CHECK(embedded(line.embed(request)).vectors[0] == mock_vector("a cat", 3));
    request.target = "lab/" + model + "-fixed";
    const EmbedOutcome outcome = line.embed(request);
    CHECK(std::get<ModelFailure>(outcome).failure_class == FailureClass::client);
  }
}

TEST_CASE("more texts than a vendor takes at once go out in several requests, in order") {
  for (const Place& place : kPlaces) {
    INFO(place.preset);
    const int texts_max = place.preset == "qwen" ? 10 : 2048;
    const MockEmbeddings server("a-key-of-vectors", texts_max);
    EmbedLine line(server, place, "a-key-of-vectors");
    std::vector<std::string> many;
    for (int at = 0; at < 250; ++at) many.push_back("text " + std::to_string(at));
    const EmbedOutcome outcome = line.embed(texts(many));
    const EmbedReply& reply = embedded(outcome);
    REQUIRE(reply.vectors.size() == many.size());
    for (std::size_t at = 0; at < many.size(); ++at) {
      CHECK(reply.vectors[at] == mock_vector(many[at], MockEmbeddings::kDimensions));
    }
    CHECK(server.requests() > 1);
    CHECK(server.refusals().empty());
  }
}

TEST_CASE("a wrong key is told as one, at each vendor that wants a key") {
  for (const Place& place : kPlaces) {
    if (place.preset == "ollama") continue;
    INFO(place.preset);
    const MockEmbeddings server("a-key-of-vectors");
    EmbedLine line(server, place, "another-key-entirely");
    const EmbedOutcome outcome = line.embed(texts({"a cat"}));
    CHECK(std::get<ModelFailure>(outcome).failure_class == FailureClass::key);
  }
}

}  // namespace
}  // namespace yoke

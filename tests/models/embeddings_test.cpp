#include "models/embeddings/embed_wire.h"

#include <catch2/catch.hpp>

#include "models/router.h"
#include "tests/models/fake_sender.h"
#include "tests/models/vendor_fixtures.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

// Two servers of one model, and a route over them; all share one fake network.
struct World {
  FakeSender sender;
  FixedRandom random;
  FixedWall wall;
  ModelsConfig config;

  World() {
    add("one", "openai-compatible", "http://one.example/v1");
    add("two", "openai-compatible", "http://two.example/v1");
    config.routes["vectors"].targets = {"one/embed-small", "two/embed-small"};
    config.routes["mixed"].targets = {"one/embed-small", "two/embed-large"};
  }
  void add(const std::string& name, const std::string& preset, const std::string& base_url = "") {
    BackendSettings& settings = config.backends[name];
    settings.preset = preset;
    settings.base_url = base_url;
    settings.retry.attempts_max = 1;
    settings.api_key = Secret("key-of-" + name);
    settings.prices["*"] = Price{1'000'000'000, 0, 0, 0};  // a dollar for a million
  }

  EmbedOutcome embed(const std::string& target, std::vector<std::string> texts,
                     std::optional<int> dimensions = {}) {
    const ModelServices services{sender, random, wall};
    auto router = make_router(config, services).value();
    TestLoop loop;
    EmbedRequest request;
    request.target = target;
    request.texts = std::move(texts);
    request.dimensions = dimensions;
    return run(loop.io, router->embed(request, kNoDeadline));
  }
  Json sent(std::size_t at = 0) const { return parse_json(sender.sent[at].body).value(); }
};

FakeSender::Answer vectors_answer(const std::string& body) {
  FakeSender::Answer one;
  one.body = body;
  return one;
}

const EmbedReply& embedded_by(const EmbedOutcome& outcome) {
  const auto* reply = std::get_if<EmbedReply>(&outcome);
  if (reply == nullptr) throw std::runtime_error(std::get<ModelFailure>(outcome).message);
  return *reply;
}
const ModelFailure& refused(const EmbedOutcome& outcome) { return std::get<ModelFailure>(outcome); }

const std::string kTwo = R"({"model":"embed-small-1","data":[{"index":1,"embedding":[3,4]},
  {"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":6,"total_tokens":6}})";
const std::string kOne = R"({"data":[{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":3}})";

using Vectors = std::vector<std::vector<float>>;

TEST_CASE("texts become vectors in their order, with usage and cost") {
  World world;
  world.sender.answers = {vectors_answer(kTwo)};
  const EmbedOutcome outcome = world.embed("one/embed-small", {"a", "b"}, 2);
  const EmbedReply& reply = embedded_by(outcome);
  CHECK(reply.vectors == Vectors{{1, 2}, {3, 4}});
  CHECK(reply.usage.input == 6);
  CHECK(reply.cost == 6'000);
  CHECK(reply.target == "one/embed-small");
  CHECK(reply.model == "embed-small-1");
  CHECK(world.sender.sent[0].url == "http://one.example/v1/embeddings");
  CHECK(world.sent() == Json({{"model", "embed-small"},
                              {"input", {"a", "b"}},
                              {"dimensions", 2},
                              {"encoding_format", "float"}}));
}

TEST_CASE("Ollama and Gemini are asked for vectors in their own way") {
  World world;
  world.add("ollama", "ollama");
  world.add("gemini", "gemini");
  world.sender.answers = {
      vectors_answer(R"({"model":"e","embeddings":[[1,2]],"prompt_eval_count":4})"),
      vectors_answer(R"({"embeddings":[{"values":[1,2]}]})")};
  CHECK(embedded_by(world.embed("ollama/e", {"a"})).usage.input == 4);
  CHECK(world.sender.sent[0].url == "http://127.0.0.1:11434/api/embed");
  CHECK(world.sent(0) == Json({{"model", "e"}, {"input", {"a"}}, {"truncate", false}}));
  const EmbedOutcome gemini = world.embed("gemini/embedding-1", {"a"}, 2);
  CHECK(embedded_by(gemini).vectors == Vectors{{1, 2}});
  CHECK(embedded_by(gemini).usage.estimated);
  const std::string url = world.sender.sent[1].url;
  CHECK(url.ends_with("/models/embedding-1:batchEmbedContents"));
  CHECK(world.sent(1) == json(R"({"requests":[{"model":"models/embedding-1",
    "content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_DOCUMENT",
    "outputDimensionality":2}]})"));
}

TEST_CASE("many texts go out in several requests, and come back as one reply") {
  World world;
  std::string many = R"({"data":[)";
  for (int at = 0; at < 100; ++at) {
    many += (at > 0 ? "," : "") + std::string(R"({"embedding":[1,2]})");
  }
  many += R"(],"usage":{"prompt_tokens":100}})";
  world.sender.answers = {vectors_answer(many), vectors_answer(kOne)};
  const EmbedOutcome outcome =
      world.embed("one/embed-small", std::vector<std::string>(101, "text"));
  CHECK(embedded_by(outcome).vectors.size() == 101);
  CHECK(embedded_by(outcome).usage.input == 103);
  CHECK(embedded_by(outcome).attempts == 2);
  CHECK(world.sent(1)["input"].size() == 1);
}

TEST_CASE("vectors that are not what was asked for are no vectors") {
  const auto message = [](const std::string& body, std::optional<int> dimensions = {}) {
    World world;
    world.sender.answers = {vectors_answer(body)};
    return refused(world.embed("one/embed-small", {"a", "b"}, dimensions)).message;
  };
  const std::string one = "backend 'one': ";
  CHECK(message(kOne) == one + "it gave 1 vectors for 2 texts");
  CHECK(message(kTwo, 3) == one +
                                "its vectors have 2 dimensions instead of the 3 that were asked "
                                "for; this model has no others");
  CHECK(message(R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})") ==
        one + "its vectors have no order: an index is 0");
  CHECK(message(R"({"data":[{"embedding":[1,"x"]},{"embedding":[1,2]}]})") ==
        one + "a vector of it holds what is no number");
  CHECK(message(R"({"data":[{"embedding":[]},{"embedding":[1]}]})") ==
        one + "a vector of it holds 0 numbers");
  CHECK(message(R"({"error":{"message":"No such model"}})").find("No such model") !=
        std::string::npos);
}

TEST_CASE("vectors of different lengths in one request are refused") {
  World world;
  std::string many = R"({"data":[)";
  for (int at = 0; at < 100; ++at) many += R"({"embedding":[1,2,3]},)";
  many.back() = ']';
  world.sender.answers = {vectors_answer(many + "}"), vectors_answer(kOne)};
  const EmbedOutcome outcome =
      world.embed("one/embed-small", std::vector<std::string>(101, "text"));
  CHECK(refused(outcome).message == "its vectors are of different lengths: 3 and 2 numbers");
  CHECK(refused(outcome).attempts == 2);
}

TEST_CASE("a route over one model goes on to its next target") {
  World world;
  world.sender.answers = {FakeSender::status(503), vectors_answer(kOne)};
  const EmbedOutcome outcome = world.embed("vectors", {"a"});
  CHECK(embedded_by(outcome).target == "two/embed-small");
  CHECK(embedded_by(outcome).attempts == 2);
  world.sender.answers = {FakeSender::status(400)};
  CHECK(refused(world.embed("vectors", {"a"})).failure_class == FailureClass::client);
}

TEST_CASE("a route over different models makes no vectors") {
  World world;
  CHECK(refused(world.embed("mixed", {"a"})).message ==
        "the targets of 'mixed' name different models ('embed-small' and 'embed-large'), whose "
        "vectors do not compare; name one target, or a route over backends of one model");
  CHECK(world.sender.sent.empty());
}

TEST_CASE("what cannot become a vector is refused before anybody is asked") {
  World world;
  world.add("deepseek", "deepseek");
  CHECK(refused(world.embed("one/e", {})).message ==
        "backend 'one': there is no text to make a vector of");
  CHECK(refused(world.embed("one/e", {"a", " "})).message == "backend 'one': text 2 is empty");
  CHECK(refused(world.embed("one/e", {"a"}, 0)).message ==
        "backend 'one': 0 dimensions; ask for 1 to 16384");
  CHECK(refused(world.embed("one/e", std::vector<std::string>(10'001, "a"))).message ==
        "backend 'one': 10001 texts at once; give at most 10000");
  CHECK(refused(world.embed("deepseek/e", {"a"})).message ==
        "backend 'deepseek': preset 'deepseek' has no embeddings; name another target");
  CHECK(world.sender.sent.empty());
}

}  // namespace
}  // namespace yoke

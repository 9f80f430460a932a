#include <catch2/catch.hpp>
#include <mutex>

#include "hosts/app/find_models.h"
#include "hosts/app/model_survey.h"
#include "runtime/http/client.h"
#include "tests/support/mock_openai.h"
#include "tests/support/test_loop.h"

// Servers on ports of our own that answer as the local ones do, and some that are something else.
namespace yoke::testing {
namespace {

using Answers = std::map<std::string, Json>;

// Answers each path with its JSON, 404 to all others; keeps what it was asked and with what key.
class Peer {
 public:
  explicit Peer(Answers answers)
      : answers_(std::move(answers)),
        server_([this](const MockRequest& request, MockConnection& connection) {
          return serve(request, connection);
        }) {}

  std::string root() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<MockRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool serve(const MockRequest& request, MockConnection& connection) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const auto found = answers_.find(request.target);
    if (found == answers_.end()) return connection.send(http_answer(404, "text/html", "<html>"));
    return connection.send(http_answer(200, "application/json", to_text(found->second)));
  }

  std::mutex mutex_;
  std::vector<MockRequest> requests_;
  const Answers answers_;
  MockServer server_;
};

Json owned_list(const char* owner, const Json& extra = Json::object()) {
  Json model{{"id", "tiny"}, {"owned_by", owner}};
  model.update(extra);
  return Json{{"object", "list"}, {"data", Json::array({model})}};
}

Answers ollama() {
  return {{"/api/version", {{"version", "0.6.4"}}},
          {"/api/tags", {{"models", {{{"name", "qwen3:4b"}}}}}},
          {"/api/show", {{"capabilities", {"completion", "tools", "thinking"}}}}};
}

std::vector<FoundServer> look(const std::vector<UsualPlace>& places) {
  return find_servers(places, std::chrono::seconds(20));
}

struct Survey {
  asio::io_context io{1};
  HttpClient client{io.get_executor()};
  ClientSender sender{client};

  std::vector<SurveyedBackend> of(ModelsConfig config, std::vector<FoundKey> keys,
                                  std::vector<UsualPlace> places) {
    const Deadline deadline = LoopClock::now() + std::chrono::seconds(20);
    return run(
        io, survey_models(sender, std::move(config), std::move(keys), std::move(places), deadline));
  }
};

}  // namespace

TEST_CASE("local servers on their usual ports are found with what they say of their models") {
  Peer first(ollama());
  Peer second(
      {{"/v1/models", owned_list("llamacpp")},
       {"/props",
        {{"default_generation_settings", {{"n_ctx", 8192}}}, {"modalities", {{"vision", true}}}}}});
  Peer third({{"/v1/models", owned_list("vllm", {{"max_model_len", 32768}})}});
  const std::vector<FoundServer> found =
      look({{"ollama", first.root()}, {"llama.cpp", second.root()}, {"vllm", third.root()}});
  REQUIRE(found.size() == 3);
  CHECK(found[0].preset == "ollama");
  REQUIRE(found[0].models.size() == 1);
  CHECK(found[0].models[0].name == "qwen3:4b");
  CHECK(found[0].models[0].facts.tools == Known::yes);
  CHECK(found[0].models[0].facts.images_in == Known::no);
  CHECK(found[1].models.at(0).facts.context_tokens == 8192);
  CHECK(found[1].models.at(0).facts.images_in == Known::yes);
  CHECK(found[2].models.at(0).facts.context_tokens == 32768);
}

TEST_CASE("another server on a usual port is not taken for a model server") {
  Peer web({{"/", {{"hello", "world"}}}, {"/v1/models", {{"error", "no"}}}});
  Peer other({{"/v1/models", owned_list("someone-else")}, {"/props", {{"a", 1}}}});
  CHECK(look({{"vllm", web.root()}, {"lmstudio", web.root()}}).empty());
  CHECK(look({{"llama.cpp", other.root()}, {"sglang", other.root()}, {"ollama", other.root()}})
            .empty());
}

TEST_CASE("a server that says nothing costs no more than the time allowed") {
  const MockServer mute([](const MockRequest&, MockConnection& connection) {
    connection.wait_for_peer();
    return false;
  });
  const std::string root = "http://127.0.0.1:" + std::to_string(mute.port());
  Peer good(ollama());
  const auto found =
      find_servers({{"vllm", root}, {"ollama", good.root()}}, std::chrono::seconds(5));
  REQUIRE(found.size() == 1);
  CHECK(found[0].preset == "ollama");
}

TEST_CASE("no key is ever sent to a server that was only found") {
  Peer peer(ollama());
  ModelsConfig config;
  add_implied(config, [](const std::string& name) {
    return name.ends_with("_API_KEY") ? "secret-" + name : std::string();
  });
  Survey survey;
  const auto all = survey.of(std::move(config), {}, {{"ollama", peer.root()}});
  REQUIRE(all.size() == 1);
  CHECK(all[0].origin == SurveyedBackend::Origin::server);
  CHECK_FALSE(peer.requests().empty());
  for (const MockRequest& request : peer.requests()) {
    CHECK_FALSE(request.headers.contains("authorization"));
    for (const auto& [name, value] : request.headers) {
      CHECK(value.find("secret-") == std::string::npos);
    }
  }
}

TEST_CASE("a vendor with a key is asked for its models with that key and no other") {
  Peer peer({{"/v1/models", owned_list("vendor", {{"context_length", 1000}})}});
  ModelsConfig config;
  add_implied(config, [&](const std::string& name) {
    if (name == "OPENAI_BASE_URL") return peer.root() + "/v1";
    return name.ends_with("_API_KEY") ? "secret-" + name : std::string();
  });
  Survey survey;
  const auto all = survey.of(std::move(config), {{"openai", "OPENAI_API_KEY", ""}}, {});
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == SurveyedBackend::State::reachable);
  CHECK(all[0].models.at(0).facts.context_tokens == 1000);
  CHECK_FALSE(all[0].models.at(0).price);
  REQUIRE(peer.requests().size() == 1);
  CHECK(peer.requests()[0].headers.at("authorization") == "Bearer secret-OPENAI_API_KEY");
}

TEST_CASE("a backend that refuses or is not there says so, and hides its key") {
  Peer peer(Answers{});
  ModelsConfig config;
  BackendSettings lab;
  lab.preset = "openai-compatible";
  lab.base_url = peer.root() + "/v1";
  lab.api_key = Secret("secret-key-4711");
  config.backends["lab"] = lab;
  lab.base_url = "http://127.0.0.1:1/v1";
  config.backends["off"] = lab;
  config.routes["default"].targets = {"lab/m"};
  Survey survey;
  const auto all = survey.of(std::move(config), {}, {});
  REQUIRE(all.size() == 2);
  CHECK(all[0].state == SurveyedBackend::State::unreachable);
  CHECK(all[0].why == "it answered with status 404");
  REQUIRE(all[0].models.size() == 1);
  CHECK(all[0].models[0].name == "m");
  CHECK(all[0].models[0].routes == std::vector<std::string>{"default"});
  CHECK(all[1].state == SurveyedBackend::State::unreachable);
  CHECK(all[1].why.find("4711") == std::string::npos);
}

TEST_CASE("a server that yoke.toml already names is listed once") {
  Peer peer({{"/v1/models", owned_list("vllm")}});
  ModelsConfig config;
  BackendSettings mine;
  mine.preset = "vllm";
  mine.base_url = peer.root() + "/v1";
  config.backends["mine"] = mine;
  add_implied(config, [](const std::string&) { return std::string(); });
  Survey survey;
  const auto all = survey.of(std::move(config), {}, {{"vllm", peer.root()}});
  REQUIRE(all.size() == 1);
  CHECK(all[0].name == "mine");
}

TEST_CASE("a project's .env does not say where a key of the environment is sent") {
  Config config;
  config.env["OPENAI_BASE_URL"] = "http://elsewhere.example/v1";
  CHECK(environment_of(config)("OPENAI_BASE_URL") == "http://elsewhere.example/v1");
  ::setenv("OPENAI_API_KEY", "sk-of-the-user", 1);
  const std::string address = environment_of(config)("OPENAI_BASE_URL");
  ::unsetenv("OPENAI_API_KEY");
  CHECK(address.empty());
}

}  // namespace yoke::testing

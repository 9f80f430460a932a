#include "models/discovery.h"

#include <catch2/catch.hpp>

#include "models/presets.h"

namespace yoke {
namespace {

using Variables = std::map<std::string, std::string>;

Environment environment(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
}

std::string root_of_ollama(const std::string& host) {
  return usual_places(environment({{"OLLAMA_HOST", host}})).front().root;
}

std::vector<std::string> presets_of(const std::vector<FoundKey>& keys) {
  std::vector<std::string> names;
  for (const FoundKey& key : keys) names.push_back(key.preset);
  return names;
}

}  // namespace

TEST_CASE("every vendor whose key is set is found, each by the variable it is in") {
  for (const Preset& preset : presets()) {
    if (preset.key_env.empty() || preset.base_url.empty()) continue;
    if (preset.name == "github-models") continue;
    const auto keys = found_keys(environment({{std::string(preset.key_env), "k"}}));
    INFO(preset.name);
    REQUIRE(keys.size() == 1);
    CHECK(keys.front().preset == preset.name);
    CHECK(keys.front().variable == preset.key_env);
  }
  CHECK(found_keys(environment({})).empty());
  CHECK(found_keys(environment({{"GOOGLE_API_KEY", "k"}})).front().preset == "gemini");
}

TEST_CASE(
    "a token of GitHub's is no sign that models are wanted, and is used when they are named") {
  const Environment github = environment({{"GITHUB_TOKEN", "t"}});
  CHECK(found_keys(github).empty());
  ModelsConfig config;
  add_implied(config, github);
  CHECK(config.backends.at("github-models").api_key.reveal() == "t");
}

TEST_CASE("Azure is there once its address is in the environment beside its key") {
  const Environment half = environment({{"AZURE_OPENAI_API_KEY", "k"}});
  CHECK(found_keys(half).empty());
  ModelsConfig without;
  add_implied(without, half);
  CHECK_FALSE(without.backends.contains("azure"));
  const Environment whole = environment(
      {{"AZURE_OPENAI_API_KEY", "k"}, {"AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/"}});
  CHECK(presets_of(found_keys(whole)) == std::vector<std::string>{"azure"});
  ModelsConfig config;
  add_implied(config, whole);
  CHECK(config.backends.at("azure").base_url == "https://r.openai.azure.com");
  CHECK(config.backends.at("mai").implied);
}

TEST_CASE("what is configured or brought along is never overruled by what is found") {
  ModelsConfig config;
  config.backends["openai"].preset = "openai-compatible";
  add_implied(config, environment({{"OPENAI_API_KEY", "k"}, {"XAI_API_KEY", "k"}}), {"xai"});
  CHECK(config.backends.at("openai").preset == "openai-compatible");
  CHECK(config.backends.at("openai").api_key.empty());
  CHECK_FALSE(config.backends.contains("xai"));
  CHECK(config.backends.at("groq").implied);
  CHECK(config.backends.at("groq").api_key_name == "env:GROQ_API_KEY");
  CHECK_FALSE(config.backends.contains("scripted"));
  CHECK_FALSE(config.backends.contains("openai-compatible"));
}

TEST_CASE("an address in the environment is used as the vendor's own tools use it") {
  ModelsConfig config;
  add_implied(config, environment({{"OPENAI_BASE_URL", "http://127.0.0.1:9/v1/"},
                                   {"ANTHROPIC_BASE_URL", "http://127.0.0.1:9"}}));
  CHECK(config.backends.at("openai").base_url == "http://127.0.0.1:9/v1");
  CHECK(config.backends.at("anthropic").base_url == "http://127.0.0.1:9/v1");
  ModelsConfig whole;
  add_implied(whole, environment({{"ANTHROPIC_BASE_URL", "http://127.0.0.1:9/proxy"}}));
  CHECK(whole.backends.at("anthropic").base_url == "http://127.0.0.1:9/proxy");
}

TEST_CASE("a key is never sent to the vendor instead when its address is misspelt") {
  const Environment bad =
      environment({{"OPENAI_BASE_URL", "127.0.0.1:9"}, {"OPENAI_API_KEY", "k"}});
  ModelsConfig config;
  add_implied(config, bad);
  CHECK_FALSE(config.backends.contains("openai"));
  CHECK(found_keys(bad).empty());
  CHECK(address_problems(bad) ==
        std::vector<std::string>{"OPENAI_BASE_URL is no http:// or https:// address"});
}

TEST_CASE("where Ollama listens is read as Ollama reads it") {
  CHECK(root_of_ollama("") == "http://127.0.0.1:11434");
  CHECK(root_of_ollama("10.0.0.7") == "http://10.0.0.7:11434");
  CHECK(root_of_ollama("10.0.0.7:99") == "http://10.0.0.7:99");
  CHECK(root_of_ollama(":99") == "http://127.0.0.1:99");
  CHECK(root_of_ollama("0.0.0.0:99") == "http://127.0.0.1:99");
  CHECK(root_of_ollama("https://box.example") == "https://box.example");
  CHECK(root_of_ollama("::1") == "http://[::1]:11434");
}

TEST_CASE("a server is taken for what it says it is and for nothing else") {
  const auto owned = [](const char* owner) {
    return Json{{"object", "list"}, {"data", {{{"id", "m"}, {"owned_by", owner}}}}};
  };
  CHECK(identifies("vllm", "/v1/models", owned("vllm")));
  CHECK_FALSE(identifies("vllm", "/v1/models", owned("sglang")));
  CHECK_FALSE(identifies("vllm", "/v1/models", Json{{"data", Json::array()}}));
  CHECK(identifies("sglang", "/v1/models", owned("sglang")));
  CHECK(identifies("llama.cpp", "/v1/models", owned("llamacpp")));
  CHECK_FALSE(identifies("llama.cpp", "/v1/models", owned("me")));
  CHECK(identifies("llama.cpp", "/props", Json{{"default_generation_settings", {{"n_ctx", 1}}}}));
  CHECK_FALSE(identifies("llama.cpp", "/props", Json{{"status", "ok"}}));
  CHECK(identifies("ollama", "/api/version", Json{{"version", "0.6.4"}}));
  CHECK_FALSE(identifies("ollama", "/api/version", Json::array()));
  CHECK_FALSE(identifies("lmstudio", "/api/v0/models", owned("me")));
  CHECK(identifies("lmstudio", "/api/v0/models",
                   Json{{"object", "list"}, {"data", {{{"id", "m"}, {"state", "loaded"}}}}}));
}

TEST_CASE("every usual place can be asked, and is a preset that wants no key") {
  for (const UsualPlace& place : usual_places(environment({}))) {
    INFO(place.preset);
    CHECK_FALSE(probe_paths(place.preset).empty());
    CHECK(key_variables(place.preset).empty());
    CHECK(std::string(find_preset(place.preset)->base_url).starts_with(place.root));
  }
}

}  // namespace yoke

#include "models/catalogue.h"

#include <catch2/catch.hpp>

#include "models/listing.h"
#include "models/presets.h"

namespace yoke {
namespace {

ModelFacts facts(const Json& value) { return facts_from_json(value, "models.m").value(); }

const ModelFacts& only(const std::vector<ListedModel>& models) {
  REQUIRE(models.size() == 1);
  return models.front().facts;
}

ModelFacts listed(const Json& entry) {
  return only(listed_models(Json{{"data", Json::array({entry})}}, "its list"));
}

}  // namespace

TEST_CASE("what nobody has said of a model is unknown, and unknown is no refusal") {
  CHECK(facts_of("openai", "gpt-99", {}) == ModelFacts());
  CHECK(takes_images("openai", "gpt-99", {}) == Known::unknown);
  CHECK(to_json(ModelFacts()) == Json::object());
}

TEST_CASE("what yoke.toml says of a model outranks the table, field by field") {
  const FactsMap own{{"*", facts({{"images", true}})},
                     {"deepseek-v4*", facts({{"images", false}, {"context", 1000}})}};
  const ModelFacts known = facts_of("deepseek", "deepseek-v4-pro", own);
  CHECK(known.images_in == Known::no);
  CHECK(known.context_tokens == 1000);
  CHECK(known.tools == Known::yes);
  CHECK(known.source.starts_with("yoke.toml; api-docs.deepseek.com"));
  CHECK(takes_images("deepseek", "deepseek-v4-pro", own) == Known::no);
  CHECK(takes_images("deepseek", "other", own) == Known::yes);
}

TEST_CASE("every row of the table names a preset, a source and the day it was read") {
  for (const FactsRow& row : facts_table()) {
    INFO(row.preset << "/" << row.model);
    CHECK((row.preset == "*" || find_preset(row.preset) != nullptr));
    CHECK(row.facts.source.find(facts_date()) != std::string::npos);
    CHECK(to_json(row.facts).size() > 1);
  }
}

TEST_CASE("open weights keep their facts whoever serves them") {
  CHECK(facts_of("vllm", "microsoft/MAI-DS-R1", {}).reasoning == Known::yes);
  CHECK(facts_of("ollama", "mai", {}).reasoning == Known::unknown);
}

TEST_CASE("facts that cannot be meant so name their key") {
  const auto told = [](const Json& value) {
    return facts_from_json(value, "backends.a.models.m").error().message();
  };
  CHECK(told({{"contxt", 1}}) ==
        "backends.a.models.m.contxt: unknown key (did you mean 'context'?)");
  CHECK(told({{"context", -1}}) ==
        "backends.a.models.m.context: it must be a whole number of tokens, 1 or more");
  CHECK(told({{"images", "yes"}}) == "backends.a.models.m.images: it must be true or false");
  CHECK(told(Json::array()) == "backends.a.models.m: it must be a table of facts");
}

TEST_CASE("facts come back as they were written") {
  const Json value{{"context", 32768},    {"output", 8192},      {"images", true},
                   {"images_out", false}, {"tools", true},       {"structured", true},
                   {"reasoning", false},  {"embeddings", false}, {"source", "yoke.toml"}};
  Json given = value;
  given.erase("source");
  CHECK(to_json(facts(given)) == value);
}

TEST_CASE("vendors' lists are read in each one's own words") {
  CHECK(listed({{"id", "m"}, {"max_model_len", 32768}}).context_tokens == 32768);
  const ModelFacts groq =
      listed({{"id", "m"}, {"context_window", 131072}, {"max_completion_tokens", 8192}});
  CHECK(groq.context_tokens == 131072);
  CHECK(groq.output_tokens_max == 8192);
  const ModelFacts mistral =
      listed({{"id", "m"},
              {"max_context_length", 32768},
              {"capabilities", {{"function_calling", true}, {"vision", false}}}});
  CHECK(mistral.tools == Known::yes);
  CHECK(mistral.images_in == Known::no);
  const ModelFacts router = listed({{"id", "a/b"},
                                    {"context_length", 200000},
                                    {"architecture", {{"input_modalities", {"text", "image"}}}},
                                    {"supported_parameters", {"tools", "reasoning"}}});
  CHECK(router.images_in == Known::yes);
  CHECK(router.reasoning == Known::yes);
  CHECK(router.structured == Known::no);
  const Json gemini{{"name", "models/g"}, {"inputTokenLimit", 1048576}, {"thinking", true}};
  const auto models = listed_models(Json{{"models", {gemini}}}, "its list");
  REQUIRE(models.size() == 1);
  CHECK(models.front().name == "g");
  CHECK(models.front().facts.reasoning == Known::yes);
}

TEST_CASE(
    "each backend is asked for its models where it lists them, with its key in its own form") {
  const auto asked = [](const char* preset, const char* url, const char* key) {
    BackendSettings settings;
    settings.preset = preset;
    settings.base_url = url;
    settings.api_key = Secret(key);
    return list_request(settings);
  };
  const HttpRequest openai = asked("openai", "", "k");
  CHECK(openai.url == "https://api.openai.com/v1/models");
  CHECK(openai.headers.get("Authorization") == "Bearer k");
  const HttpRequest anthropic = asked("anthropic", "", "k");
  CHECK(anthropic.url == "https://api.anthropic.com/v1/models");
  CHECK(anthropic.headers.get("x-api-key") == "k");
  CHECK(anthropic.headers.get("Authorization").empty());
  const HttpRequest azure = asked("azure", "https://r.openai.azure.com", "eyJtoken");
  CHECK(azure.url == "https://r.openai.azure.com/openai/v1/models");
  CHECK(azure.headers.get("Authorization") == "Bearer eyJtoken");
  CHECK(asked("azure", "https://r.openai.azure.com", "k").headers.get("api-key") == "k");
  CHECK(asked("ollama", "http://127.0.0.1:9", "").url == "http://127.0.0.1:9/api/tags");
  CHECK(asked("lmstudio", "", "").url == "http://127.0.0.1:1234/api/v0/models");
  CHECK(asked("llamafile", "", "").url == "http://127.0.0.1:8080/v1/models");
}

TEST_CASE("what a server says of itself is shown without its backend's secrets") {
  BackendSettings settings;
  settings.api_key = Secret("key-471100001111");
  settings.header_secrets.emplace_back("header-99990000");
  const std::string shown =
      without_secrets("no key-471100001111 and no header-99990000 here", settings);
  CHECK(shown.find("4711") == std::string::npos);
  CHECK(shown.find("9999") == std::string::npos);
}

TEST_CASE("what local servers tell of a model is taken as they mean it") {
  const ModelFacts lmstudio = listed({{"id", "m"}, {"type", "vlm"}, {"max_context_length", 4096}});
  CHECK(lmstudio.images_in == Known::yes);
  const ModelFacts shown = facts_from_show(
      {{"capabilities", {"completion", "tools"}},
       {"model_info", {{"general.architecture", "qwen3"}, {"qwen3.context_length", 40960}}}},
      "its /api/show");
  CHECK(shown.context_tokens == 40960);
  CHECK(shown.tools == Known::yes);
  CHECK(shown.images_in == Known::no);
  const ModelFacts props = facts_from_props(
      {{"default_generation_settings", {{"n_ctx", 8192}}}, {"modalities", {{"vision", false}}}},
      "its /props");
  CHECK(props.context_tokens == 8192);
  CHECK(props.images_in == Known::no);
  CHECK(props.tools == Known::unknown);
}

TEST_CASE("a list that lies or is none gives no model that nobody could name") {
  CHECK(listed_models(Json::array(), "s").empty());
  CHECK(listed_models(Json{{"data", "x"}}, "s").empty());
  CHECK(listed_models(nullptr, "s").empty());
  const Json bad{{"data", {{{"id", "a\x1b[2J"}}, {{"id", std::string(300, 'a')}}, {{"id", 7}}, 3}}};
  CHECK(listed_models(bad, "s").empty());
  CHECK(listed({{"id", "m"}, {"context_length", -4}}) == ModelFacts());
}

}  // namespace yoke

#include "models/choose_wire.h"

#include <catch2/catch.hpp>

#include "models/router.h"
#include "tests/models/fake_sender.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

// Where a backend of these settings sends a call, or why it is none.
std::string asked(const std::string& preset, const std::string& base_url, const std::string& api,
                  const std::string& key = "key-0123456789", HttpHeaders* headers = nullptr) {
  FakeSender sender;
  sender.answers = {FakeSender::status(400)};
  FixedRandom random;
  FixedWall wall;
  ModelsConfig config;
  BackendSettings& settings = config.backends["lab"];
  settings.preset = preset;
  settings.base_url = base_url;
  settings.api = api;
  settings.api_key = Secret(key);
  const ModelServices services{sender, random, wall};
  auto router = make_router(config, services);
  if (!router) return router.error().message();
  TestLoop loop;
  run(loop.io, (*router)->call(hello("lab/m"), kNoDeadline, {}));
  if (headers != nullptr) *headers = sender.sent.at(0).headers;
  return sender.sent.at(0).url;
}

TEST_CASE("a backend speaks its preset's protocol, or the one that api names") {
  CHECK(asked("openai", "", "") == "https://api.openai.com/v1/chat/completions");
  CHECK(asked("openai", "", "chat") == "https://api.openai.com/v1/chat/completions");
  CHECK(asked("openai", "", "responses") == "https://api.openai.com/v1/responses");
  CHECK(asked("xai", "", "responses") == "https://api.x.ai/v1/responses");
  CHECK(asked("openai", "", "response") ==
        "backends.lab.api: unknown protocol 'response' (did you mean 'responses'?); there are "
        "'chat' (OpenAI's Chat Completions) and 'responses'");
  CHECK(asked("deepseek", "", "responses") ==
        "backends.lab.api: preset 'deepseek' does not speak 'responses'; leave it out, or use "
        "preset 'openai-compatible'");
}

TEST_CASE("Ollama is spoken to in its own protocol, unless the address or api asks for OpenAI's") {
  CHECK(asked("ollama", "", "") == "http://127.0.0.1:11434/api/chat");
  CHECK(asked("ollama", "http://gpu:11434/", "") == "http://gpu:11434/api/chat");
  CHECK(asked("ollama", "http://gpu:11434/api", "") == "http://gpu:11434/api/chat");
  CHECK(asked("ollama", "http://gpu:11434/v1", "") == "http://gpu:11434/v1/chat/completions");
  CHECK(asked("ollama", "http://gpu:11434/v1/", "") == "http://gpu:11434/v1/chat/completions");
  CHECK(asked("ollama", "", "chat") == "http://127.0.0.1:11434/v1/chat/completions");
  CHECK(asked("ollama", "", "responses") == "http://127.0.0.1:11434/v1/responses");
}

TEST_CASE("an Azure address is a resource's, or that of a deployment with its version") {
  const std::string resource = "https://lab.openai.azure.com";
  CHECK(asked("azure", resource, "") == resource + "/openai/v1/chat/completions");
  CHECK(asked("azure", resource + "/", "responses") == resource + "/openai/v1/responses");
  CHECK(asked("mai", resource + "/openai/v1", "") == resource + "/openai/v1/chat/completions");
  CHECK(asked("azure", resource + "/openai/deployments/gpt?api-version=2024-10-21", "") ==
        resource + "/openai/deployments/gpt/chat/completions?api-version=2024-10-21");
}

TEST_CASE("Azure's key goes into its own header, a token of Entra ID into the usual one") {
  const std::string resource = "https://lab.openai.azure.com";
  HttpHeaders headers;
  asked("azure", resource, "", "0123456789abcdef", &headers);
  CHECK(headers.get("api-key") == "0123456789abcdef");
  CHECK(headers.get("Authorization").empty());
  asked("azure", resource, "", "eyJhbGciOi.token.signed", &headers);
  CHECK(headers.get("Authorization") == "Bearer eyJhbGciOi.token.signed");
  CHECK(headers.get("api-key").empty());
}

}  // namespace
}  // namespace yoke

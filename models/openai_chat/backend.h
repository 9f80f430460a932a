#pragma once

#include <memory>
#include <string>

#include "models/backend.h"
#include "models/config.h"
#include "models/http_sender.h"
#include "models/presets.h"
#include "runtime/base/id.h"

namespace yoke::openai_chat {

// What a backend works with. Each outlives it.
struct BackendServices {
  HttpSender& http;
  Random& random;
  WallClock& wall;
};

// A server that speaks OpenAI's Chat Completions, or a vendor's dialect of it. Streams only when
// there is somebody to stream to.
//
// Errors: a base_url that is none is refused by make(); a missing key is the outcome of each call.
// Limits: an answer, and all of a stream, at most 64 MiB; one event of a stream at most 4 MiB.
class ChatBackend final : public Backend {
 public:
  // `place` is the settings' name in errors: "backends.lab".
  static Result<std::unique_ptr<Backend>> make(std::string name, const Preset& preset,
                                               BackendSettings settings,
                                               const BackendServices& services);

  ChatBackend(std::string name, const Preset& preset, BackendSettings settings, std::string url,
              const BackendServices& services);

  awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) override;
  std::optional<Price> price_of(const std::string& model) const override;
  Result<void> check_model(const std::string& model) const override;

 private:
  HttpRequest http_request(std::string body, bool stream) const;
  ModelFailure no_key() const;

  const std::string name_;
  const Preset& preset_;
  const BackendSettings settings_;
  const std::string url_;  // of …/chat/completions
  const BackendServices services_;
};

// Where requests go: the path is added before a query, so that "…/deployments/gpt?api-version=v1"
// works as a base.
std::string completions_url(std::string_view base_url);

}  // namespace yoke::openai_chat

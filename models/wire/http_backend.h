#pragma once

#include <memory>
#include <string>

#include "models/backend.h"
#include "models/config.h"
#include "models/http_sender.h"
#include "models/presets.h"
#include "models/wire/wire.h"
#include "runtime/base/id.h"

namespace yoke {

// What a backend works with. Each outlives it.
struct BackendServices {
  HttpSender& http;
  Random& random;
  WallClock& wall;
  Gate* gate = nullptr;  // asked for a permit before each attempt
};

// A server that speaks a vendor's protocol. Streams only when there is somebody to stream to.
//
// Errors: a base_url that is none is refused by make(); a missing key is the outcome of each call.
// Limits: an answer, and all of a stream, at most 64 MiB; one piece of a stream as much as
//         Wire::event_bytes_max says.
class HttpBackend final : public Backend {
 public:
  static Result<std::unique_ptr<Backend>> make(std::string name, const Preset& preset,
                                               std::unique_ptr<Wire> wire, BackendSettings settings,
                                               const BackendServices& services);

  HttpBackend(std::string name, const Preset& preset, std::unique_ptr<Wire> wire,
              BackendSettings settings, const BackendServices& services);

  awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) override;
  SchemaMode schema_mode(const std::string& model) const override {
    return wire_->schema_mode(model);
  }
  const Gate* gate() const override { return services_.gate; }
  // In as many requests as the texts need; the vectors of those before one that failed are lost.
  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline) override;
  std::optional<Price> price_of(const std::string& model) const override;
  Result<void> check_model(const std::string& model) const override;

 private:
  // One answer of the vendor's, with the attempts that it takes.
  awaitable<ModelOutcome> ask(const Wire& wire, ModelRequest request, Deadline deadline,
                              DeltaSink sink);
  HttpRequest http_request(WireRequest request, bool stream) const;
  ModelFailure no_key() const;
  ModelFailure unsayable(const Error& error) const;

  const std::string name_;
  const Preset& preset_;
  const std::unique_ptr<Wire> wire_;
  const BackendSettings settings_;
  const BackendServices services_;
};

// Where requests go: the path is added before a query, so that "…/deployments/gpt?api-version=v1"
// works as a base; a query of the path's own comes after it.
std::string joined_url(std::string_view base_url, std::string_view path);

}  // namespace yoke

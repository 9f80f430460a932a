#pragma once

#include <memory>
#include <string>

#include "models/backend.h"
#include "models/config.h"
#include "models/health/key_ring.h"
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
  Gate* gate = nullptr;  // of a local server's slots; asked for a permit before each attempt
};

// A server that speaks a vendor's protocol. Streams only when there is somebody to stream to. Its
// requests wait at the operator's limits, then at the server's slots; they go out with its keys in
// turn, and none goes to what has just failed too often or asked to be left alone.
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
  awaitable<ModelOutcome> call_within(const CallTerms& terms, ModelRequest request,
                                      Deadline deadline, DeltaSink sink) override;
  bool can_continue(const std::string& model) const override { return wire_->can_continue(model); }
  SchemaMode schema_mode(const std::string& model) const override {
    return wire_->schema_mode(model);
  }
  const Gate* gate() const override { return gate_; }
  std::vector<KeyHealth> health() const override { return keys_.health(LoopClock::now()); }
  // In as many requests as the texts need; the vectors of those before one that failed are lost.
  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline) override;
  ModelFacts facts(const std::string& model) const override {
    return facts_of(preset_.name, model, settings_.facts);
  }
  std::optional<Price> price_of(const std::string& model) const override;
  Result<void> check_model(const std::string& model) const override;

 private:
  // One answer of the vendor's, with the attempts that it takes.
  awaitable<ModelOutcome> ask(const Wire& wire, const CallTerms& terms, ModelRequest request,
                              Deadline deadline, DeltaSink sink);
  HttpRequest http_request(WireRequest request, bool stream) const;
  bool lacks_key() const;
  ModelFailure no_key() const;
  ModelFailure unsayable(const Error& error) const;

  const std::string name_;
  const Preset& preset_;
  const std::unique_ptr<Wire> wire_;
  const BackendSettings settings_;
  const BackendServices services_;
  const std::unique_ptr<Gate> own_gate_;  // null: the operator sets no limits
  Gate* const gate_;                      // what requests wait at; may be null
  KeyRing keys_;
};

// Where requests go: the path is added before a query, so that "…/deployments/gpt?api-version=v1"
// works as a base; a query of the path's own comes after it.
std::string joined_url(std::string_view base_url, std::string_view path);

}  // namespace yoke

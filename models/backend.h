#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/catalogue.h"
#include "models/gate.h"
#include "models/health/key_ring.h"
#include "models/prices.h"
#include "models/structured.h"
#include "runtime/ports/embedder.h"
#include "runtime/ports/model.h"

namespace yoke {

// What a route lets a backend do by itself on behalf of one call. Outlives the call.
struct CallTerms {
  // Whether to ask once more after that failure and that wait; empty: yes.
  std::function<bool(const ModelFailure&, std::chrono::milliseconds wait)> may_retry = {};
  // When to leave the queue for a place at the server: then the call fails with class quota.
  Deadline queue_until = kNoDeadline;
  // The last message, the model's own, is the beginning of the answer: it is to be written on.
  bool continues = false;
};

// What a gate is told of the request; `target` is the bare model name.
GateRequest gate_request(const ModelRequest& request);

// One [backends.NAME]: a server, or a script, that answers for one or more models. The router is
// the Model over all of them.
class Backend {
 public:
  virtual ~Backend() = default;

  // As Model::call; `request.target` is the bare model name, as the vendor has it. The outcome's
  // target is left to the caller.
  virtual awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) = 0;

  // The same under a route's terms. Here: for a backend that asks once, and never waits.
  // `terms` outlive the call.
  virtual awaitable<ModelOutcome> call_within(const CallTerms& terms, ModelRequest request,
                                              Deadline deadline, DeltaSink sink);
  // Whether it can write on from the beginning of an answer.
  virtual bool can_continue(const std::string&) const { return false; }
  virtual SchemaMode schema_mode(const std::string&) const { return SchemaMode::prompted; }

  // As Embedder::embed; a failure of class client when it makes no vectors.
  virtual awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline);
  // What its requests wait at, to be asked how long that would take; null: nothing.
  virtual const Gate* gate() const { return nullptr; }
  // How its keys do, by model, of those that were used.
  virtual std::vector<KeyHealth> health() const { return {}; }

  // What is known of a model, so that it is not asked for what it cannot do.
  virtual ModelFacts facts(const std::string&) const { return {}; }
  virtual std::optional<Price> price_of(const std::string& model) const = 0;
  // not_found when it is known that the backend has no such model.
  virtual Result<void> check_model(const std::string& model) const = 0;
};

}  // namespace yoke

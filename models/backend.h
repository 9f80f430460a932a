#pragma once

#include <optional>
#include <string>

#include "models/gate.h"
#include "models/prices.h"
#include "runtime/ports/embedder.h"
#include "runtime/ports/model.h"

namespace yoke {

// One [backends.NAME]: a server, or a script, that answers for one or more models. The router is
// the Model over all of them.
class Backend {
 public:
  virtual ~Backend() = default;

  // As Model::call; `request.target` is the bare model name, as the vendor has it. The outcome's
  // target is left to the caller.
  virtual awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) = 0;

  // As Embedder::embed; a failure of class client when it makes no vectors.
  virtual awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline);
  // What its requests wait at, to be asked how long that would take; null: nothing.
  virtual const Gate* gate() const { return nullptr; }

  virtual std::optional<Price> price_of(const std::string& model) const = 0;
  // not_found when it is known that the backend has no such model.
  virtual Result<void> check_model(const std::string& model) const = 0;
};

}  // namespace yoke

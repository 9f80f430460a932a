#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/backend.h"
#include "models/config.h"
#include "runtime/base/id.h"
#include "runtime/ports/model.h"
#include "runtime/ports/script_host.h"

namespace yoke {

class HttpSender;
class ReplyCache;
class LocalServers;

// What the backends work with. Each outlives the router.
struct ModelServices {
  HttpSender& http;
  Random& random;                 // the jitter of retries
  WallClock& wall;                // a Retry-After may be a date
  ScriptHost* scripts = nullptr;  // null: preset "scripted" is refused
  ReplyCache* replies = nullptr;  // null: routes keep none
  LocalServers* local = nullptr;  // made of the same config; null: no server is started
};

// All the models there are, by route or by "backend/model" (the first "/" splits). A route tries
// its targets in order: the next one when a target fails for its key, quota, server, network or an
// answer that is none, as long as nothing it streamed stands and the request's reservation covers
// it. What failed targets used up is in the outcome.
//
// Ownership: owns the backends.
// Threads:   loop thread only.
class Router final : public Model, public Embedder {
 public:
  using Backends = std::map<std::string, std::unique_ptr<Backend>, std::less<>>;
  using Routes = std::map<std::string, RouteSettings, std::less<>>;

  // Every target in `routes` is one that check_target accepts: make_router sees to it.
  Router(Backends backends, Routes routes);

  awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) override;
  // Of a route whose targets all name the same model: vectors of different ones do not compare. The
  // next target is asked when one fails for its key, quota, server or network.
  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline) override;
  // Over a route: the dearest target's cost; priced only when all targets are.
  Result<ModelEstimate> estimate(const ModelRequest& request) const override;

  // The targets a name stands for, in order; not_found names the nearest known one.
  Result<std::vector<std::string>> targets_of(std::string_view name) const;
  // Whether "backend/model" can be called; not_found names the nearest known one.
  Result<void> check_target(std::string_view name) const;
  std::vector<std::string> route_names() const;
  std::vector<std::string> backend_names() const;

 private:
  struct Target {
    Backend* backend = nullptr;
    std::string model;
    std::string name;  // "backend/model"
  };
  static NanoUsd cost_at(const Target& target, const Usage& usage);  // 0 when it has no price
  Result<std::vector<Target>> resolve(std::string_view name) const;
  Result<Target> find(std::string_view name) const;

  Backends backends_;
  Routes routes_;
};

// Builds the backends and the router over them. Errors name the key in yoke.toml:
// "backends.lab.preset: unknown preset 'opnai' (did you mean 'openai'?)".
// `added` are backends that the caller has made itself; a name is configured or added, not both.
Result<std::unique_ptr<Router>> make_router(
    ModelsConfig config, const ModelServices& services,
    std::map<std::string, std::unique_ptr<Backend>> added = {});

}  // namespace yoke

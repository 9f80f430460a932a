#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/backend.h"
#include "models/config.h"
#include "models/reply_cache.h"
#include "models/routes/route_call.h"
#include "runtime/base/id.h"
#include "runtime/ports/model.h"
#include "runtime/ports/script_host.h"

namespace yoke {

class HttpSender;
class ReplyCache;
class LocalServers;
struct Needs;

// What the backends work with. Each outlives the router.
struct ModelServices {
  HttpSender& http;
  Random& random;                 // the jitter of retries
  WallClock& wall;                // a Retry-After may be a date
  ScriptHost* scripts = nullptr;  // null: what needs a script is refused
  ReplyCache* replies = nullptr;  // null: no reply is kept
  LocalServers* local = nullptr;  // made of the same config; null: no server is started
};

// All the models there are, by route or by "backend/model" (the first "/" splits). How a route
// chooses, what it does when a target fails and what the caller sees then is RouteCall's. What lost
// requests used up is in the outcome, each of them in its RouteNote.
//
// Ownership: owns the backends.
// Threads:   loop thread only.
class Router final : public Model, public Embedder {
 public:
  using Backends = std::map<std::string, std::unique_ptr<Backend>, std::less<>>;
  using Routes = std::map<std::string, RouteSettings, std::less<>>;

  // What a call works with beside its targets; outlives the router.
  struct Services {
    Random& random;
    ScriptHost* scripts = nullptr;
    ReplyCache* replies = nullptr;
  };

  // Every target in `routes` is one that check_target accepts: make_router sees to it.
  Router(Backends backends, Routes routes, const Services& services);

  awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) override;
  // Of a route whose targets all name the same model: vectors of different ones do not compare. The
  // next target is asked when one fails for its key, quota, server or network.
  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline) override;
  // Over a route: `cost` is the dearest target's; `cost_most` what its strategy may add to that,
  // and mending a structured answer; priced only when all targets are.
  Result<ModelEstimate> estimate(const ModelRequest& request) const override;

  // The targets a name stands for, in order; not_found names the nearest known one.
  Result<std::vector<std::string>> targets_of(std::string_view name) const;
  // Whether "backend/model" can be called; not_found names the nearest known one.
  Result<void> check_target(std::string_view name) const;
  // How the backends do that were used, each of its keys by model.
  struct BackendHealth {
    std::string backend;
    std::vector<KeyHealth> keys;
  };
  std::vector<BackendHealth> health() const;
  // How many requests wait for their turn at each backend that lets only so many through.
  std::map<std::string, std::size_t> waiting() const;
  std::vector<std::string> route_names() const;
  std::vector<std::string> backend_names() const;

 private:
  const RouteSettings& settings_of(std::string_view name) const;  // of one target: the defaults
  Result<std::vector<Target>> resolve(std::string_view name) const;
  Result<Target> find(std::string_view name) const;
  RoutePlan plan_for(const RouteFrame& frame, const ModelRequest& request, const Needs& needs);
  Pace& pace_of(const std::string& target) const;
  RouteMemory& memory_of(std::string_view name);
  awaitable<ModelOutcome> call_route(std::vector<Target> targets, ModelRequest request,
                                     Deadline deadline, DeltaSink sink);
  awaitable<std::optional<ModelReply>> find_kept(ReplyCache::Place place, CacheBounds bounds);

  Backends backends_;
  Routes routes_;
  const Services services_;
  const RouteSettings one_target_;
  std::map<std::string, RouteMemory, std::less<>> memories_;  // by route
  mutable std::map<std::string, Pace, std::less<>> paces_;    // by target: what was observed
};

// Builds the backends and the router over them. Errors name the key in yoke.toml:
// "backends.lab.preset: unknown preset 'opnai' (did you mean 'openai'?)".
// `added` are backends that the caller has made itself; a name is configured or added, not both.
Result<std::unique_ptr<Router>> make_router(
    ModelsConfig config, const ModelServices& services,
    std::map<std::string, std::unique_ptr<Backend>> added = {});

}  // namespace yoke

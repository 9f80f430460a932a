#include <array>
#include <cmath>
#include <numeric>

#include "models/choose_wire.h"
#include "models/local/local_servers.h"
#include "models/presets.h"
#include "models/router.h"
#include "models/routes/checks.h"
#include "models/script_wire/script_wire.h"
#include "models/scripted.h"
#include "models/wire/http_backend.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

Error wrong_route(const std::string& place, const std::string& detail) {
  return Error{Errc::invalid, place + ": " + detail};
}

// Completes the settings on the way: where requests go depends on the protocol.
Result<std::unique_ptr<Wire>> prepare_wire(const Preset& preset, const std::string& place,
                                           BackendSettings& settings,
                                           const ModelServices& services) {
  const Result<Preset::Wire> kind = wire_of(preset, settings, place);
  if (!kind) return kind.error();
  if (*kind == Preset::Wire::script_wire) {
    if (!settings.script) return wrong_route(place + ".script", "preset 'lua' needs a Lua file");
    if (services.scripts == nullptr)
      return wrong_route(place + ".preset", "no scripts can run here");
    return script_wire::ScriptWire::make(place, std::move(settings.script), *services.scripts);
  }
  if (settings.script) {
    return wrong_route(place + ".script", "only the presets 'scripted' and 'lua' take a script");
  }
  std::unique_ptr<Wire> wire = make_wire(preset, *kind);
  const Result<void> extra = check_extra_body(settings.extra_body, *wire, place + ".body");
  if (!extra) return extra.error();
  settings.base_url = address_of(preset, *kind, settings);
  return wire;
}

Result<std::unique_ptr<Backend>> make_backend(const std::string& name, BackendSettings settings,
                                              const ModelServices& services) {
  const std::string place = "backends." + name;
  if (name.empty() || name.find('/') != std::string::npos) {
    return wrong_route(place, "a backend's name is not empty and has no '/'");
  }
  const Preset* preset = find_preset(settings.preset);
  if (preset == nullptr) {
    const std::vector<std::string> names = preset_names();
    const std::string mend = did_you_mean(settings.preset, names);
    const std::string known = mend.empty() ? "; there are " + join(names, ", ") : mend;
    return wrong_route(place + ".preset", "unknown preset '" + settings.preset + "'" + known);
  }
  if (settings.retry.attempts_max < 1) {
    return wrong_route(place + ".attempts", "there is at least 1 attempt");
  }
  if (preset->wire == Preset::Wire::script) {
    if (!settings.script)
      return wrong_route(place + ".script", "preset 'scripted' needs a Lua file");
    if (services.scripts == nullptr)
      return wrong_route(place + ".preset", "no scripts can run here");
    return ScriptedBackend::make(name, std::move(settings.script), *services.scripts,
                                 std::move(settings.prices));
  }
  Result<std::unique_ptr<Wire>> wire = prepare_wire(*preset, place, settings, services);
  if (!wire) return wire.error();
  Gate* const gate = services.local == nullptr ? nullptr : services.local->gate(name);
  if (settings.local.launch && gate == nullptr) {
    return wrong_route(place + ".launch", "no server can be started here");
  }
  if (gate != nullptr) settings.base_url = services.local->base_url(name);
  HttpSender* const sender = gate == nullptr ? nullptr : services.local->sender(name);
  const BackendServices own{sender == nullptr ? services.http : *sender, services.random,
                            services.wall, gate};
  return HttpBackend::make(name, *preset, std::move(*wire), std::move(settings), own);
}

Result<void> check_strategy(const RouteSettings& route, const std::string& place) {
  if (find_strategy(route.strategy) != nullptr) return {};
  const std::vector<std::string> known = strategy_names();
  return wrong_route(place + ".strategy", "unknown strategy '" + route.strategy + "'" +
                                              did_you_mean(route.strategy, known) + "; there are " +
                                              join(known, ", "));
}

Result<void> check_weights(const RouteSettings& route, const std::string& place) {
  if (route.strategy != "weighted") return {};
  if (route.weights.size() != route.targets.size()) {
    return wrong_route(place + ".weights", "'weighted' needs one weight for each target");
  }
  const double sum = std::accumulate(route.weights.begin(), route.weights.end(), 0.0);
  if (sum <= 0) return wrong_route(place + ".weights", "one of them must be above 0");
  return {};
}

Result<void> check_checks(const RouteSettings& route, const std::string& place,
                          ScriptHost* scripts) {
  if (route.strategy == "cascade" && route.checks.empty()) {
    return wrong_route(place + ".escalate",
                       "'cascade' needs a check that says when to go on, such as "
                       "escalate = [\"schema\", \"tools\"]");
  }
  for (std::size_t at = 0; at < route.checks.size(); ++at) {
    const RouteCheck& check = route.checks[at];
    if (check.kind != RouteCheck::Kind::lua) continue;
    const std::string where = place + ".escalate[" + std::to_string(at) + "]";
    if (scripts == nullptr) return wrong_route(where, "no scripts can run here");
    const Result<void> checked = check_script(*check.script, *scripts, where);
    if (!checked) return checked.error();
  }
  return {};
}

Result<void> check_route(const std::string& name, const RouteSettings& route, const Router& router,
                         ScriptHost* scripts) {
  const std::string place = "routes." + name;
  if (name.empty() || name.find('/') != std::string::npos) {
    return wrong_route(place, "a route's name is not empty and has no '/'");
  }
  const Result<void> strategy = check_strategy(route, place);
  if (!strategy) return strategy.error();
  if (route.targets.empty()) return wrong_route(place + ".targets", "it names no model");
  const Result<void> weights = check_weights(route, place);
  if (!weights) return weights.error();
  const Result<void> checks = check_checks(route, place, scripts);
  if (!checks) return checks.error();
  for (std::size_t at = 0; at < route.targets.size(); ++at) {
    const std::string target_place = place + ".targets[" + std::to_string(at) + "]";
    const auto found = router.check_target(route.targets[at]);
    if (!found) return wrong_route(target_place, found.error().detail);
  }
  return {};
}

// What the answers of these targets depend on, beside the request. A backend that a program brings
// is known by its name alone.
std::string setup_of(const ModelsConfig& config, const std::vector<std::string>& targets) {
  Hasher hasher;
  for (const std::string& target : targets) {
    const auto found = config.backends.find(target.substr(0, target.find('/')));
    if (found == config.backends.end()) continue;
    const BackendSettings& backend = found->second;
    hasher.field(target).field(backend.preset).field(backend.base_url).field(backend.api);
    hasher.field(to_text(backend.extra_body));
    hasher.field(backend.script ? hash_of(*backend.script) : std::string());
    if (!backend.local.launch) continue;
    for (const std::string& word : backend.local.launch->command) hasher.field(word);
  }
  return to_hex(hasher.finish());
}

}  // namespace

Result<Price> price_from_json(const Json& value, const std::string& place) {
  constexpr std::array<std::string_view, 4> kKeys{"input", "cached", "cache_write", "output"};
  constexpr double kDollarsMax = 1'000'000;
  if (!value.is_object())
    return wrong_route(place, "a price is a table of dollars per million tokens");
  const std::vector<std::string> known(kKeys.begin(), kKeys.end());
  for (const auto& [key, dollars] : value.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return wrong_route(place + "." + key, "unknown key" + did_you_mean(key, known));
    }
    const double amount = dollars.is_number() ? dollars.get<double>() : -1;
    if (amount >= 0 && amount <= kDollarsMax) continue;
    return wrong_route(place + "." + key, "it must be a number of dollars, 0 or more");
  }
  for (const char* needed : {"input", "output"}) {
    if (!value.contains(needed)) return wrong_route(place + "." + needed, "it is missing");
  }
  Price price;
  price.input = nano_from_double(number_at(value, "input"));
  price.output = nano_from_double(number_at(value, "output"));
  price.cached = nano_from_double(number_at(value, "cached", number_at(value, "input")));
  price.cache_write = nano_from_double(number_at(value, "cache_write", number_at(value, "input")));
  return price;
}

Result<std::unique_ptr<Router>> make_router(ModelsConfig config, const ModelServices& services,
                                            std::map<std::string, std::unique_ptr<Backend>> added) {
  for (auto& [name, route] : config.routes) {
    if (route.cache) route.cache->setup = setup_of(config, route.targets);
  }
  Router::Backends backends;
  for (auto& [name, backend] : added) {
    const std::string place = "backends." + name;
    if (config.backends.contains(name))
      return wrong_route(place, "the program brings one of this name");
    backends.emplace(name, std::move(backend));
  }
  for (auto& [name, settings] : config.backends) {
    Result<std::unique_ptr<Backend>> backend = make_backend(name, std::move(settings), services);
    if (!backend) return backend.error();
    backends.emplace(name, std::move(*backend));
  }
  const Router::Routes routes(config.routes.begin(), config.routes.end());
  const Router::Services inner{services.random, services.scripts, services.replies};
  auto router = std::make_unique<Router>(std::move(backends), routes, inner);
  for (const auto& [name, route] : routes) {
    const Result<void> checked = check_route(name, route, *router, services.scripts);
    if (!checked) return checked.error();
  }
  return router;
}

}  // namespace yoke

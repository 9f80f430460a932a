#include "models/router.h"

#include <algorithm>

#include "models/cached.h"
#include "models/queue_length.h"
#include "models/routes/needs.h"
#include "runtime/base/ensure.h"
#include "runtime/base/saturating.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

ModelFailure no_target(const Error& error, std::string target) {
  ModelFailure failure;
  failure.failure_class = FailureClass::client;
  failure.message = error.message();
  failure.target = std::move(target);
  failure.attempts = 0;
  return failure;
}

std::string price_mend(std::string_view target) {
  const std::string backend(target.substr(0, target.find('/')));
  return "no price is known for '" + std::string(target) +
         "'; write it in yoke.toml, as [backends." + backend +
         ".prices] with input and output in dollars for a million tokens";
}

// Why a request with images is not sent: none of the targets takes any. Empty: one may.
std::string refusal_of_images(const std::vector<Target>& targets) {
  std::string names;
  for (const Target& target : targets) {
    if (target.backend->facts(target.model).images_in != Known::no) return {};
    names += (names.empty() ? "'" : ", '") + target.name + "'";
  }
  const std::string_view first = targets.front().name;
  const std::size_t slash = first.find('/');
  return names + (targets.size() == 1 ? " takes" : " take") +
         " no images, as far as is known; name a model that does, or write images = true under "
         "[backends." +
         std::string(first.substr(0, slash)) + ".models.\"" + std::string(first.substr(slash + 1)) +
         "\"] in yoke.toml";
}

// What the strategy and the shape of the answer may add to the dearest request.
NanoUsd most_of_all(const RouteSettings& settings, const std::vector<NanoUsd>& costs,
                    bool structured) {
  const NanoUsd dearest = *std::max_element(costs.begin(), costs.end());
  NanoUsd most = dearest;
  if (settings.strategy == "cascade") {
    most = 0;
    for (const NanoUsd cost : costs) most = saturating_add(most, cost);
  } else if (settings.strategy == "hedged" && costs.size() > 1) {
    most = std::max(dearest, saturating_add(costs[0], costs[1]));
  }
  const int repairs = structured ? settings.structured_attempts - 1 : 0;
  for (int repair = 0; repair < repairs; ++repair) most = saturating_add(most, dearest);
  return most == dearest ? 0 : most;
}

}  // namespace

Router::Router(Backends backends, Routes routes, const Services& services)
    : backends_(std::move(backends)), routes_(std::move(routes)), services_(services) {}

const RouteSettings& Router::settings_of(std::string_view name) const {
  const auto route = routes_.find(name);
  return route == routes_.end() ? one_target_ : route->second;
}

RouteMemory& Router::memory_of(std::string_view name) {
  const auto known = memories_.find(name);
  if (known != memories_.end()) return known->second;
  const RouteSettings& settings = settings_of(name);
  const StrategyRow* strategy = find_strategy(settings.strategy);
  const double usual = strategy == nullptr ? 0 : strategy->share;
  return memories_.emplace(name, settings.share.value_or(usual)).first->second;
}

awaitable<ModelOutcome> Router::call(ModelRequest request, Deadline deadline, DeltaSink sink) {
  Result<std::vector<Target>> targets = resolve(request.target);
  if (!targets) co_return no_target(targets.error(), request.target);
  const std::string route = request.target;
  const std::optional<ReplyCacheSettings> cache = settings_of(route).cache;
  const bool kept = cache && services_.replies != nullptr && may_cache(request, *cache);
  if (!kept) {
    auto calling = call_route(std::move(*targets), std::move(request), deadline, std::move(sink));
    co_return co_await std::move(calling);
  }
  const ReplyCache::Place place =
      cache_place(request, route, settings_of(route).targets, cache->setup);
  auto finding = find_kept(place, cache->bounds);
  std::optional<ModelReply> found = co_await std::move(finding);
  if (found) {
    found->route.route = route;
    found->route.strategy = settings_of(route).strategy;
    show(found->message, sink);
    co_return std::move(*found);
  }
  auto calling = call_route(std::move(*targets), std::move(request), deadline, std::move(sink));
  ModelOutcome outcome = co_await std::move(calling);
  const auto* reply = std::get_if<ModelReply>(&outcome);
  if (reply != nullptr && may_cache(*reply)) {
    std::string text = cached_text(*reply);
    auto keeping = services_.replies->keep(place, std::move(text), cache->bounds);
    co_await std::move(keeping);
  }
  co_return outcome;
}

awaitable<std::optional<ModelReply>> Router::find_kept(ReplyCache::Place place,
                                                       CacheBounds bounds) {
  auto finding = services_.replies->find(std::move(place), bounds.age_max);
  const std::optional<std::string> text = co_await std::move(finding);
  if (!text) co_return std::nullopt;
  co_return cached_reply(*text);
}

awaitable<ModelOutcome> Router::call_route(std::vector<Target> targets, ModelRequest request,
                                           Deadline deadline, DeltaSink sink) {
  const auto route = routes_.find(request.target);
  const std::string_view name = route == routes_.end() ? std::string_view() : route->first;
  const RouteSettings& settings = settings_of(name);
  const RouteFrame frame{
      name, settings, targets, memory_of(name), services_.random, services_.scripts};
  const Needs needs = needs_of(request);
  std::string refusal = needs.images ? refusal_of_images(targets) : std::string();
  if (!refusal.empty()) {
    co_return no_target(Error{Errc::unsupported, std::move(refusal)}, targets.front().name);
  }
  RoutePlan plan = plan_for(frame, request, needs);
  RouteCall call(frame, std::move(plan), std::move(request), deadline, std::move(sink));
  auto running = call.run();
  co_return co_await std::move(running);
}

RoutePlan Router::plan_for(const RouteFrame& frame, const ModelRequest& request,
                           const Needs& needs) {
  const StrategyRow* strategy = find_strategy(frame.settings.strategy);
  ENSURE(strategy != nullptr);
  PlanInput input{frame.settings,  {}, request.cache_key, frame.memory, services_.random,
                  LoopClock::now()};
  const bool by_price = frame.settings.strategy == "cheapest";
  const Usage most = by_price ? most_of(request) : Usage();
  for (const Target& target : frame.targets) {
    TargetView& view = input.targets.emplace_back();
    view.name = target.name;
    view.pace = target.pace;
    view.lacks = lack_of(needs, target.backend->facts(target.model));
    if (!by_price) continue;
    view.priced = target.backend->price_of(target.model).has_value();
    view.cost = most_at(target, most);
  }
  RoutePlan plan = strategy->plan(input);
  pass_over_unable(plan, input);
  return plan;
}

Result<ModelEstimate> Router::estimate(const ModelRequest& request) const {
  const auto targets = resolve(request.target);
  if (!targets) return targets.error();
  const RouteSettings& settings = settings_of(request.target);
  ModelEstimate most;
  const Usage usage = most_of(request);
  most.input_tokens = usage.input;
  most.output_tokens = usage.output;
  std::vector<NanoUsd> costs;
  for (const Target& target : *targets) {
    const bool priced = target.backend->price_of(target.model).has_value();
    if (!priced && most.unpriced.empty()) most.unpriced = price_mend(target.name);
    costs.push_back(most_at(target, usage));
    most.cost = std::max(most.cost, costs.back());
    if (settings.strategy == "shadow") break;  // the others are runs of their own
  }
  most.priced = most.unpriced.empty();
  most.cost_most = most_of_all(settings, costs, !request.output_schema.is_null());
  return most;
}

Result<std::vector<std::string>> Router::targets_of(std::string_view name) const {
  const auto targets = resolve(name);
  if (!targets) return targets.error();
  std::vector<std::string> names;
  for (const Target& target : *targets) names.push_back(target.name);
  return names;
}

Result<void> Router::check_target(std::string_view name) const {
  const Result<Target> target = find(name);
  if (!target) return target.error();
  return {};
}

std::vector<Router::BackendHealth> Router::health() const {
  std::vector<BackendHealth> rows;
  for (const auto& [name, backend] : backends_) {
    std::vector<KeyHealth> keys = backend->health();
    if (!keys.empty()) rows.push_back({name, std::move(keys)});
  }
  return rows;
}

std::map<std::string, std::size_t> Router::waiting() const {
  std::map<std::string, std::size_t> counts;
  for (const auto& [name, backend] : backends_) {
    if (backend->gate() != nullptr) counts[name] = waiting_at(backend->gate());
  }
  return counts;
}

std::vector<std::string> Router::route_names() const {
  std::vector<std::string> names;
  for (const auto& [name, route] : routes_) names.push_back(name);
  return names;
}

std::vector<std::string> Router::backend_names() const {
  std::vector<std::string> names;
  for (const auto& [name, backend] : backends_) names.push_back(name);
  return names;
}

Result<std::vector<Target>> Router::resolve(std::string_view name) const {
  std::vector<Target> targets;
  const auto route = routes_.find(name);
  if (route == routes_.end()) {
    Result<Target> target = find(name);
    if (!target) return target.error();
    targets.push_back(std::move(*target));
    return targets;
  }
  for (const std::string& one : route->second.targets) {
    Result<Target> target = find(one);
    if (!target) return target.error();
    targets.push_back(std::move(*target));
  }
  return targets;
}

Result<Target> Router::find(std::string_view name) const {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) {
    std::vector<std::string> known = route_names();
    for (const std::string& backend : backend_names()) known.push_back(backend + "/");
    return Error{Errc::not_found, "no route named '" + std::string(name) + "'" +
                                      did_you_mean(name, known) +
                                      "; a model is a route or backend/model"};
  }
  const std::string_view prefix = name.substr(0, slash);
  const auto backend = backends_.find(prefix);
  if (backend == backends_.end()) {
    return Error{Errc::not_found, "no backend named '" + std::string(prefix) + "'" +
                                      did_you_mean(prefix, backend_names())};
  }
  const std::string_view model = name.substr(slash + 1);
  if (model.empty()) {
    return Error{Errc::not_found, "'" + std::string(name) + "' names no model after the '/'"};
  }
  Target target{backend->second.get(), std::string(model), std::string(name)};
  const Result<void> checked = target.backend->check_model(target.model);
  if (!checked) return checked.error();
  target.pace = &pace_of(target.name);
  return target;
}

// Any number of names can be asked for; those beyond the bound share one.
Pace& Router::pace_of(const std::string& target) const {
  constexpr std::size_t kTargetsMax = 4096;
  const auto known = paces_.find(target);
  if (known != paces_.end()) return known->second;
  return paces_[paces_.size() < kTargetsMax ? target : std::string()];
}

}  // namespace yoke

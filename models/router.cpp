#include "models/router.h"

#include <algorithm>

#include "models/estimate.h"
#include "models/retry.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

bool another_may_do(const ModelFailure& failure) {
  switch (failure.failure_class) {
    case FailureClass::key:
    case FailureClass::quota:
    case FailureClass::server:
    case FailureClass::network:
    case FailureClass::malformed:
      return true;
    default:
      return false;
  }
}

ModelFailure no_target(const Error& error, std::string target) {
  ModelFailure failure;
  failure.failure_class = FailureClass::client;
  failure.message = error.message();
  failure.target = std::move(target);
  failure.attempts = 0;
  return failure;
}

// What one attempt may use up.
Usage most_of(const ModelRequest& request) {
  Usage usage;
  usage.input = estimate_input_tokens(request);
  usage.output = std::max<std::int64_t>(request.output_tokens_max, 0);
  return usage;
}

std::string price_mend(std::string_view target) {
  const std::string backend(target.substr(0, target.find('/')));
  return "no price is known for '" + std::string(target) +
         "'; write it in yoke.toml, as [backends." + backend +
         ".prices] with input and output in dollars for a million tokens";
}

void name_target(ModelOutcome& outcome, const std::string& target) {
  std::visit([&target](auto& one) { one.target = target; }, outcome);
}

}  // namespace

Router::Router(Backends backends, Routes routes)
    : backends_(std::move(backends)), routes_(std::move(routes)) {}

awaitable<ModelOutcome> Router::call(ModelRequest request, Deadline deadline, DeltaSink sink) {
  const auto targets = resolve(request.target);
  if (!targets) co_return no_target(targets.error(), request.target);
  StreamWatch watch(std::move(sink));
  const Usage most = most_of(request);
  const std::optional<NanoUsd> granted = request.reserved;
  Spent spent;
  std::string lost;  // what became of the targets before
  const std::size_t count = targets->size();
  for (std::size_t at = 0;; ++at) {
    const Target& target = (*targets)[at];
    const bool last = at + 1 == count;
    ModelRequest one;
    if (last) {
      one = std::move(request);
    } else {
      one = request;
    }
    one.target = target.model;
    if (granted) one.reserved = *granted - std::min(spent.cost, *granted);
    const DeltaSink watched = watch.sink();
    ModelOutcome outcome = co_await target.backend->call(std::move(one), deadline, watched);
    name_target(outcome, target.name);
    auto* failure = std::get_if<ModelFailure>(&outcome);
    bool next = failure != nullptr && !last && another_may_do(*failure) && !watch.streamed();
    if (next) {
      const Target& other = (*targets)[at + 1];
      const Allowance allowance{granted, cost_at(other, most)};
      next = allowance.covers_another(saturating_add(spent.cost, failure->cost));
      if (!next)
        failure->message += "; '" + other.name + "' is not asked: it " + allowance.refusal();
    }
    if (next) {
      spent.add(*failure);
      lost += failure->message + "; then ";
      continue;
    }
    if (failure != nullptr) failure->message.insert(0, lost);
    spent.settle(outcome);
    co_return outcome;
  }
}

Result<ModelEstimate> Router::estimate(const ModelRequest& request) const {
  const auto targets = resolve(request.target);
  if (!targets) return targets.error();
  ModelEstimate most;
  const Usage usage = most_of(request);
  most.input_tokens = usage.input;
  most.output_tokens = usage.output;
  for (const Target& target : *targets) {
    const bool priced = target.backend->price_of(target.model).has_value();
    if (!priced && most.unpriced.empty()) most.unpriced = price_mend(target.name);
    most.cost = std::max(most.cost, cost_at(target, usage));
  }
  most.priced = most.unpriced.empty();
  return most;
}

NanoUsd Router::cost_at(const Target& target, const Usage& usage) {
  const std::optional<Price> price = target.backend->price_of(target.model);
  return price ? cost_of(usage, *price) : 0;
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

Result<std::vector<Router::Target>> Router::resolve(std::string_view name) const {
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

Result<Router::Target> Router::find(std::string_view name) const {
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
  return target;
}

}  // namespace yoke

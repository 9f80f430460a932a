#include "hosts/hook/anthropic/target.h"

#include <algorithm>

#include "models/catalogue.h"
#include "models/router.h"
#include "runtime/base/text.h"

namespace yoke::anthropic {
namespace {

constexpr const char* kPreset = "anthropic";
// Of a model of which nothing is known: Anthropic's clients ask for more than most others give.
constexpr std::int64_t kOutputTokensUnknown = 16'384;
constexpr std::size_t kShownMax = 120;

struct Facts {
  bool anthropic = false;
  ModelFacts facts;
};

Facts facts_of_target(const Config& config, const std::string& target) {
  const std::size_t slash = target.find('/');
  const std::string backend = target.substr(0, slash);
  const auto found = config.backends.find(backend);
  FactsMap own;
  std::string preset = backend;
  if (found != config.backends.end()) {
    preset = found->second.preset;
    for (const auto& [glob, facts] : found->second.models) {
      const Result<ModelFacts> read = facts_from_json(facts.facts, glob);
      if (read) own.emplace(glob, *read);
    }
  }
  return Facts{preset == kPreset, facts_of(preset, target.substr(slash + 1), own)};
}

std::int64_t most_output(const Facts& target) {
  if (target.facts.output_tokens_max) return *target.facts.output_tokens_max;
  if (target.anthropic) return std::numeric_limits<std::int64_t>::max();
  const std::int64_t context = target.facts.context_tokens.value_or(4 * kOutputTokensUnknown);
  return std::min(kOutputTokensUnknown, context / 4);
}

Refusal hidden(const std::string& asked) {
  return {404, "not found",
          "model: no '" + shorten(printable(asked), kShownMax) +
              "' is here, or this key may not use it"};
}

}  // namespace

Refusal anthropic_status(Refusal refusal) {
  if (refusal.status == 422 || refusal.status == 415) refusal.status = 400;
  if (refusal.status == 503) refusal.status = 529;
  return refusal;
}

Refusal bad_request(const Error& error) {
  return anthropic_status({error.code == Errc::too_large ? 413 : 400, "invalid", error.message()});
}

std::variant<Refusal, Target> find_target(App& app, const Principal& who,
                                          const std::string& asked) {
  const Result<ModelName> name = find_model_name(app, asked);
  if (!name && name.error().code == Errc::not_found) {
    return Refusal{404, "not found", "model: " + name.error().detail};
  }
  if (!name) return bad_request(wrong("model", name.error().detail));
  const bool agent = name->kind == ModelName::Kind::agent;
  const Scope scope = agent ? Scope::run : Scope::models;
  if (!who.scopes.has(scope)) {
    return Refusal{403, "denied",
                   who.name + " may not ask '" + shorten(printable(asked), kShownMax) +
                       "': it takes the scope '" + std::string(name_of(scope)) + "'"};
  }
  const bool may = agent ? may_use_agent(who, name->name) : may_use_model(who, full_name(*name));
  if (!may) return hidden(asked);
  Target target{*name, {}};
  if (name->kind == ModelName::Kind::model) target.models = {name->name};
  if (name->kind == ModelName::Kind::route) {
    const Result<std::vector<std::string>> targets = app.models().targets_of(name->name);
    if (targets) target.models = *targets;
  }
  return target;
}

void fit(App& app, const Target& target, Ask& ask) {
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  bool think = !target.models.empty();
  for (const std::string& model : target.models) {
    const Facts facts = facts_of_target(app.config(), model);
    most = std::min(most, most_output(facts));
    think = think && (facts.anthropic || facts.facts.reasoning == Known::yes);
  }
  ModelRequest& request = ask.request;
  request.output_tokens_max = std::min(request.output_tokens_max, most);
  if (think) request.options.reasoning_effort = ask.effort;
  std::optional<std::int64_t>& budget = request.options.thinking_tokens;
  if (budget) budget = std::min(*budget, std::max<std::int64_t>(request.output_tokens_max / 2, 1));
}

std::set<std::string> anthropic_origins(const Config& config) {
  const std::string family = std::string(kPreset) + "/";
  std::set<std::string> origins{family + kPreset};  // found by its key alone
  for (const auto& [name, backend] : config.backends) {
    const bool own = backend.preset == kPreset && backend.base_url.empty();
    if (own) {
      origins.insert(family + name);
    } else {
      origins.erase(family + name);
    }
  }
  return origins;
}

}  // namespace yoke::anthropic

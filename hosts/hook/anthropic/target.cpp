#include "hosts/hook/anthropic/target.h"

#include <algorithm>
#include <limits>

#include "hosts/hook/model_access.h"

namespace yoke::anthropic {
namespace {

constexpr const char* kPreset = "anthropic";
// Of a model of which nothing is known: Anthropic's clients ask for more than most others give.
constexpr std::int64_t kOutputTokensUnknown = 16'384;
bool is_anthropics(const TargetFacts& target) { return target.preset == kPreset; }

std::int64_t most_output(const TargetFacts& target) {
  if (target.facts.output_tokens_max) return *target.facts.output_tokens_max;
  if (is_anthropics(target)) return std::numeric_limits<std::int64_t>::max();
  const std::int64_t context = target.facts.context_tokens.value_or(4 * kOutputTokensUnknown);
  return std::min(kOutputTokensUnknown, context / 4);
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
  std::variant<Refusal, ModelName> found = model_for(app, who, asked);
  if (auto* refusal = std::get_if<Refusal>(&found)) {
    if (refusal->status != 403) refusal->detail = "model: " + refusal->detail;
    return std::move(*refusal);
  }
  ModelName name = std::get<ModelName>(std::move(found));
  std::vector<std::string> models = answering(app, name);
  return Target{std::move(name), std::move(models)};
}

void fit(App& app, const Target& target, Ask& ask) {
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  bool think = !target.models.empty();
  for (const std::string& model : target.models) {
    const TargetFacts facts = facts_of_target(app.config(), model);
    most = std::min(most, most_output(facts));
    think = think && (is_anthropics(facts) || facts.facts.reasoning == Known::yes);
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

#include "models/discovery.h"

#include <array>

#include "models/presets.h"

namespace yoke {
namespace {

struct DefaultModel {
  std::string_view preset;
  std::string_view model;
};

// In the order in which a default route tries them. A name stands here only where a page of the
// vendor or of its users was read that still names it: gpt-5-mini and claude-haiku-4-5 (GitHub
// Copilot's list of models; vercel.com/ai-gateway), gemini-2.5-flash (docs.uipath.com), all of
// 2026.
constexpr std::array kDefaults{
    DefaultModel{"anthropic", "claude-haiku-4-5"},
    DefaultModel{"openai", "gpt-5-mini"},
    DefaultModel{"gemini", "gemini-2.5-flash"},
};

constexpr std::array kPlaces{
    UsualPlace{"ollama", "http://127.0.0.1:11434/api/version", "http://127.0.0.1:11434/v1/models"},
    UsualPlace{"llama.cpp", "http://127.0.0.1:8080/props", "http://127.0.0.1:8080/v1/models"},
    UsualPlace{"vllm", "http://127.0.0.1:8000/version", "http://127.0.0.1:8000/v1/models"},
    UsualPlace{"sglang", "http://127.0.0.1:30000/get_model_info",
               "http://127.0.0.1:30000/v1/models"},
    UsualPlace{"lmstudio", "http://127.0.0.1:1234/v1/models", "http://127.0.0.1:1234/v1/models"},
};

std::string first_key(const Preset& preset, const KeyLookup& key_of) {
  for (const std::string& variable : key_variables(preset.name)) {
    if (!key_of(variable).empty()) return variable;
  }
  return {};
}

}  // namespace

bool can_be_implied(std::string_view name) {
  const Preset* const preset = find_preset(name);
  return preset != nullptr && !preset->base_url.empty();
}

std::vector<std::string> key_variables(std::string_view name) {
  std::vector<std::string> variables;
  const Preset* const preset = find_preset(name);
  if (preset == nullptr) return variables;
  for (const std::string_view variable : {preset->key_env, preset->key_env_also}) {
    if (!variable.empty()) variables.emplace_back(variable);
  }
  return variables;
}

void add_implied(ModelsConfig& config, const KeyLookup& key_of) {
  for (const Preset& preset : presets()) {
    if (preset.base_url.empty() || config.backends.contains(std::string(preset.name))) continue;
    BackendSettings settings;
    settings.preset = preset.name;
    const std::string variable = first_key(preset, key_of);
    if (!preset.key_env.empty()) {
      settings.api_key_name = "env:" + (variable.empty() ? std::string(preset.key_env) : variable);
    }
    if (!variable.empty()) settings.api_key = Secret(key_of(variable));
    config.backends.emplace(preset.name, std::move(settings));
  }
}

std::vector<std::string> keyed_presets(const KeyLookup& key_of) {
  std::vector<std::string> keyed;
  const auto take = [&](const Preset& preset) {
    if (!preset.base_url.empty() && !first_key(preset, key_of).empty()) {
      keyed.emplace_back(preset.name);
    }
  };
  for (const DefaultModel& first : kDefaults) take(*find_preset(first.preset));
  for (const Preset& preset : presets()) {
    if (default_model(preset.name).empty()) take(preset);
  }
  return keyed;
}

std::span<const UsualPlace> usual_places() { return kPlaces; }

std::string_view default_model(std::string_view preset) {
  for (const DefaultModel& one : kDefaults) {
    if (one.preset == preset) return one.model;
  }
  return {};
}

std::vector<std::string> default_targets(const Found& found) {
  std::vector<std::string> targets;
  for (const std::string& preset : found.keyed) {
    const std::string_view model = default_model(preset);
    if (!model.empty()) targets.push_back(preset + "/" + std::string(model));
  }
  for (const FoundServer& server : found.servers) {
    if (!server.models.empty()) targets.push_back(server.preset + "/" + server.models.front());
  }
  return targets;
}

}  // namespace yoke

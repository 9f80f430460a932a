#include "models/presets.h"

#include <array>

namespace yoke {
namespace {

using openai_chat::Profile;
using openai_chat::ReasoningBack;
using openai_chat::SchemaForm;
using Wire = Preset::Wire;

constexpr std::string_view kDocumented = "documented";

// The profiles say only where a vendor differs from the defaults of Profile.

constexpr Profile openai_profile() {
  Profile profile;
  profile.reasoning_back = ReasoningBack::never;  // it gives none
  profile.max_tokens_key = "max_completion_tokens";
  profile.cache_key = true;
  return profile;
}

constexpr Profile deepseek_profile() {
  Profile profile;
  profile.reasoning_back = ReasoningBack::tool_turns;
  profile.reasoning_key = "reasoning_content";
  profile.schema_form = SchemaForm::json_object;
  return profile;
}

constexpr Profile mistral_profile() {
  Profile profile;
  profile.reasoning_back = ReasoningBack::array_content;
  profile.stream_usage = false;  // it always sends its usage
  profile.tool_result_name = true;
  profile.call_id_chars_max = 9;
  profile.call_id_alphanumeric = true;
  return profile;
}

constexpr Profile reasoning_key_profile(std::string_view key) {
  Profile profile;
  profile.reasoning_key = key;
  return profile;
}

constexpr Profile moonshot_profile() {
  Profile profile;
  profile.reasoning_back = ReasoningBack::current_loop;
  profile.reasoning_key = "reasoning_content";
  return profile;
}

constexpr Profile no_reasoning_back_profile() {
  Profile profile;
  profile.reasoning_back = ReasoningBack::never;
  return profile;
}

// A server in front of a raw model: the model's own tags may come through.
constexpr Profile raw_profile(ReasoningBack back, std::string_view key = {}) {
  Profile profile;
  profile.reasoning_back = back;
  profile.reasoning_key = key;
  profile.think_tags = true;
  return profile;
}

constexpr Preset cloud(std::string_view name, std::string_view base_url, std::string_view key_env,
                       const Profile& profile) {
  Preset preset{};
  preset.name = name;
  preset.base_url = base_url;
  preset.key_env = key_env;
  preset.key_needed = true;
  preset.profile = profile;
  preset.checked = kDocumented;
  return preset;
}

constexpr Preset local(std::string_view name, std::string_view base_url, const Profile& profile) {
  Preset preset{};
  preset.name = name;
  preset.base_url = base_url;
  preset.profile = profile;
  preset.checked = kDocumented;
  return preset;
}

constexpr Preset azure() {
  Preset preset = cloud("azure", "", "AZURE_OPENAI_API_KEY", openai_profile());
  preset.key_form = KeyForm{"api-key", ""};
  return preset;
}

constexpr Preset anthropic() {
  Preset preset =
      cloud("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", Profile{});
  preset.wire = Wire::anthropic;
  preset.key_form = KeyForm{"x-api-key", ""};
  return preset;
}

constexpr Preset gemini() {
  Preset preset = cloud("gemini", "https://generativelanguage.googleapis.com/v1beta",
                        "GEMINI_API_KEY", Profile{});
  preset.wire = Wire::gemini;
  preset.key_env_also = "GOOGLE_API_KEY";
  preset.key_form = KeyForm{"x-goog-api-key", ""};
  return preset;
}

constexpr Preset scripted() {
  Preset preset = local("scripted", "", Profile{});
  preset.wire = Wire::script;
  return preset;
}

// A protocol of the operator's own, in Lua.
constexpr Preset lua() {
  Preset preset = local("lua", "", Profile{});
  preset.wire = Wire::script_wire;
  return preset;
}

constexpr std::array kPresets{
    cloud("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", openai_profile()),
    local("openai-compatible", "", raw_profile(ReasoningBack::same_key)),
    azure(),
    anthropic(),
    gemini(),
    cloud("deepseek", "https://api.deepseek.com", "DEEPSEEK_API_KEY", deepseek_profile()),
    cloud("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", mistral_profile()),
    cloud("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY",
          reasoning_key_profile("reasoning")),
    cloud("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY",
          reasoning_key_profile("reasoning")),
    cloud("xai", "https://api.x.ai/v1", "XAI_API_KEY", no_reasoning_back_profile()),
    cloud("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", moonshot_profile()),
    cloud("qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY",
          no_reasoning_back_profile()),
    cloud("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", Profile{}),
    cloud("github-models", "https://models.github.ai/inference", "GITHUB_TOKEN",
          no_reasoning_back_profile()),
    local("llama.cpp", "http://127.0.0.1:8080/v1", raw_profile(ReasoningBack::same_key)),
    local("ollama", "http://127.0.0.1:11434/v1", raw_profile(ReasoningBack::never)),
    local("vllm", "http://127.0.0.1:8000/v1", raw_profile(ReasoningBack::same_key, "reasoning")),
    local("sglang", "http://127.0.0.1:30000/v1", raw_profile(ReasoningBack::same_key)),
    local("lmstudio", "http://127.0.0.1:1234/v1", raw_profile(ReasoningBack::same_key)),
    local("llamafile", "http://127.0.0.1:8080/v1", raw_profile(ReasoningBack::never)),
    scripted(),
    lua(),
};

}  // namespace

std::span<const Preset> presets() { return kPresets; }

const Preset* find_preset(std::string_view name) {
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

}  // namespace yoke

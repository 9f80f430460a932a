#include "models/presets.h"

#include <array>

namespace yoke {
namespace {

using openai_chat::GoOn;
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
  profile.schema_strict = true;
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
  profile.seed_key = "random_seed";
  profile.tool_result_name = true;
  profile.call_id_chars_max = 9;
  profile.call_id_alphanumeric = true;
  profile.go_on = GoOn::prefix;
  return profile;
}

constexpr Profile reasoning_key_profile(std::string_view key) {
  Profile profile;
  profile.reasoning_key = key;
  return profile;
}

// Refuses an assistant message without it as soon as earlier thinking is kept.
constexpr Profile moonshot_profile() {
  Profile profile;
  profile.reasoning_back = ReasoningBack::every_turn;
  profile.reasoning_key = "reasoning_content";
  profile.schema_form = SchemaForm::json_object;
  return profile;
}

constexpr Profile groq_profile() {
  Profile profile = reasoning_key_profile("reasoning");
  profile.asks_reasoning_format = true;
  profile.schema_form = SchemaForm::json_object;
  profile.schema_alone = true;
  profile.think_tags = true;  // of models that cannot be asked
  return profile;
}

constexpr Profile qwen_profile() {
  Profile profile;
  profile.reasoning_back = ReasoningBack::never;
  profile.reasoning_key = "reasoning_content";
  profile.preserves_on_request = true;
  profile.schema_form = SchemaForm::json_object;
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

// A server of open weights, which holds its models to a schema by a grammar.
constexpr Profile weights_profile(ReasoningBack back, std::string_view key = {},
                                  GoOn go_on = GoOn::no) {
  Profile profile = raw_profile(back, key);
  profile.schema_by_grammar = true;
  profile.go_on = go_on;
  return profile;
}

constexpr Profile openrouter_profile() {
  Profile profile;
  profile.event_bytes_max = 16u << 20;
  profile.many_makers = true;
  return profile;
}

constexpr Profile mai_profile() {
  Profile profile = raw_profile(ReasoningBack::same_key);
  profile.max_tokens_key = "max_completion_tokens";
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

// A deployment at Azure OpenAI or Foundry: the resource's address alone will do. Its key goes into
// a header of its own, a token of Entra ID into the usual one.
constexpr Preset azure(std::string_view name, const Profile& profile) {
  Preset preset = cloud(name, "", "AZURE_OPENAI_API_KEY", profile);
  preset.base_path = "/openai/v1";
  preset.key_form = KeyForm{"api-key", "", true};
  return preset;
}

constexpr Preset ollama() {
  Preset preset = local("ollama", "http://127.0.0.1:11434", weights_profile(ReasoningBack::never));
  preset.wire = Wire::ollama;
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

constexpr Preset with_embeddings(Preset preset, const EmbedQuirks& quirks = {}) {
  preset.embeddings = true;
  preset.embed_quirks = quirks;
  return preset;
}

// Speaks OpenAI's Responses, too.
constexpr Preset with_responses(Preset preset, const openai_responses::Dialect& dialect = {}) {
  preset.responses = true;
  preset.responses_dialect = dialect;
  return preset;
}

constexpr openai_responses::Dialect kEncrypts{true, false, false};
constexpr openai_responses::Dialect kOpenAiResponses{true, true, true};

constexpr std::array kPresets{
    with_embeddings(with_responses(
        cloud("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", openai_profile()),
        kOpenAiResponses)),
    with_embeddings(
        with_responses(local("openai-compatible", "", raw_profile(ReasoningBack::same_key)))),
    with_embeddings(with_responses(azure("azure", openai_profile()), kOpenAiResponses)),
    azure("mai", mai_profile()),
    anthropic(),
    with_embeddings(gemini()),
    cloud("deepseek", "https://api.deepseek.com", "DEEPSEEK_API_KEY", deepseek_profile()),
    with_embeddings(
        cloud("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", mistral_profile()),
        EmbedQuirks{0, "output_dimension"}),
    with_responses(cloud("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", groq_profile())),
    cloud("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY",
          reasoning_key_profile("reasoning")),
    with_responses(cloud("xai", "https://api.x.ai/v1", "XAI_API_KEY", no_reasoning_back_profile()),
                   kEncrypts),
    cloud("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", moonshot_profile()),
    with_embeddings(cloud("qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
                          "DASHSCOPE_API_KEY", qwen_profile()),
                    EmbedQuirks{10, ""}),
    with_embeddings(with_responses(cloud("openrouter", "https://openrouter.ai/api/v1",
                                         "OPENROUTER_API_KEY", openrouter_profile()),
                                   kEncrypts)),
    with_embeddings(cloud("github-models", "https://models.github.ai/inference", "GITHUB_TOKEN",
                          no_reasoning_back_profile())),
    with_embeddings(
        with_responses(local("llama.cpp", "http://127.0.0.1:8080/v1",
                             weights_profile(ReasoningBack::same_key, {}, GoOn::by_itself)))),
    with_embeddings(with_responses(ollama())),
    with_embeddings(with_responses(
        local("vllm", "http://127.0.0.1:8000/v1",
              weights_profile(ReasoningBack::same_key, "reasoning", GoOn::final_message)))),
    with_embeddings(local("sglang", "http://127.0.0.1:30000/v1",
                          weights_profile(ReasoningBack::same_key, {}, GoOn::final_message))),
    with_embeddings(with_responses(
        local("lmstudio", "http://127.0.0.1:1234/v1", weights_profile(ReasoningBack::same_key)))),
    with_embeddings(
        local("llamafile", "http://127.0.0.1:8080/v1", weights_profile(ReasoningBack::never))),
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

#include "models/listing.h"

#include <algorithm>
#include <array>

#include "models/choose_wire.h"
#include "models/discovery.h"
#include "models/failure.h"
#include "models/local/server_kind.h"
#include "models/presets.h"
#include "models/wire/http_backend.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kNameBytesMax = 200;
constexpr std::int64_t kTokensMax = 1'000'000'000;

// What vendors call the same thing in their lists of models.
constexpr std::array<const char*, 7> kContextKeys{
    "context_length",   "context_window",  "max_context_length",   "max_model_len",
    "max_input_tokens", "inputTokenLimit", "loaded_context_length"};
constexpr std::array<const char*, 3> kOutputKeys{"max_completion_tokens", "outputTokenLimit",
                                                 "max_tokens"};

std::optional<std::int64_t> tokens_at(const Json& value, const char* key) {
  const Json& found = member_at(value, key);
  if (!found.is_number_integer()) return std::nullopt;
  const auto tokens = found.get<std::int64_t>();
  if (tokens <= 0 || tokens > kTokensMax) return std::nullopt;
  return tokens;
}

template <std::size_t N>
std::optional<std::int64_t> first_tokens(const Json& value,
                                         const std::array<const char*, N>& keys) {
  for (const char* key : keys) {
    const std::optional<std::int64_t> tokens = tokens_at(value, key);
    if (tokens) return tokens;
  }
  return std::nullopt;
}

// What is listed can be; what a list leaves out cannot.
Known listed_in(const Json& list, std::string_view word) {
  if (!list.is_array()) return Known::unknown;
  const bool there = std::any_of(list.begin(), list.end(),
                                 [&](const Json& one) { return one.is_string() && one == word; });
  return there ? Known::yes : Known::no;
}

Known flag_at(const Json& value, const char* key) {
  const Json& found = member_at(value, key);
  if (!found.is_boolean()) return Known::unknown;
  return found.get<bool>() ? Known::yes : Known::no;
}

void learn(Known& fact, Known told) {
  if (told != Known::unknown) fact = told;
}

// OpenRouter's: modalities, and the request fields that a model takes.
void learn_architecture(const Json& entry, ModelFacts& facts) {
  const Json& architecture = member_at(entry, "architecture");
  learn(facts.images_in, listed_in(member_at(architecture, "input_modalities"), "image"));
  learn(facts.images_out, listed_in(member_at(architecture, "output_modalities"), "image"));
  const Json& fields = member_at(entry, "supported_parameters");
  learn(facts.tools, listed_in(fields, "tools"));
  learn(facts.structured, listed_in(fields, "structured_outputs"));
  learn(facts.reasoning, listed_in(fields, "reasoning"));
  const auto output = tokens_at(member_at(entry, "top_provider"), "max_completion_tokens");
  if (output) facts.output_tokens_max = output;
}

// Mistral's `capabilities`, an object of flags; LM Studio's, a list, beside a type.
void learn_capabilities(const Json& entry, ModelFacts& facts) {
  const Json& capabilities = member_at(entry, "capabilities");
  learn(facts.tools, flag_at(capabilities, "function_calling"));
  learn(facts.images_in, flag_at(capabilities, "vision"));
  if (listed_in(capabilities, "tool_use") == Known::yes) facts.tools = Known::yes;
  const std::string type = string_at(entry, "type");
  if (type == "vlm" || type == "llm") {
    facts.images_in = type == "vlm" ? Known::yes : Known::no;
    facts.embeddings = Known::no;
  } else if (type == "embeddings") {
    facts.embeddings = Known::yes;
  }
}

// Gemini's.
void learn_methods(const Json& entry, ModelFacts& facts) {
  learn(facts.embeddings,
        listed_in(member_at(entry, "supportedGenerationMethods"), "embedContent"));
  learn(facts.reasoning, flag_at(entry, "thinking"));
}

// Moonshot's.
void learn_supports(const Json& entry, ModelFacts& facts) {
  learn(facts.images_in, flag_at(entry, "supports_image_in"));
  learn(facts.reasoning, flag_at(entry, "supports_reasoning"));
}

ModelFacts facts_in(const Json& entry, const std::string& source) {
  ModelFacts facts;
  facts.context_tokens = first_tokens(entry, kContextKeys);
  facts.output_tokens_max = first_tokens(entry, kOutputKeys);
  learn_architecture(entry, facts);
  learn_capabilities(entry, facts);
  learn_methods(entry, facts);
  learn_supports(entry, facts);
  if (facts != ModelFacts()) facts.source = source;
  return facts;
}

std::string name_in(const Json& entry) {
  std::string name = string_at(entry, "id");
  if (name.empty()) name = string_at(entry, "name");
  if (name.starts_with("models/")) name.erase(0, std::string_view("models/").size());
  if (name.size() > kNameBytesMax || !is_valid_utf8(name) || printable(name) != name) return {};
  return name;
}

const Json& list_in(const Json& answer) {
  const Json& data = member_at(answer, "data");
  return data.is_array() ? data : member_at(answer, "models");
}

}  // namespace

std::string api_address(const BackendSettings& settings) {
  const Preset* const preset = find_preset(settings.preset);
  return preset == nullptr ? settings.base_url : address_of(*preset, preset->wire, settings);
}

std::string server_root(const std::string& address) { return local::root_of(address); }

HttpRequest list_request(const BackendSettings& settings) {
  const Preset& preset = *find_preset(settings.preset);
  const std::string address = api_address(settings);
  HttpRequest request;
  const std::string path(list_path(preset.name));
  request.url = path.empty() ? joined_url(address, "/models") : local::root_of(address) + path;
  for (const auto& [name, value] : settings.headers) request.headers.set(name, value);
  if (preset.wire == Preset::Wire::anthropic) {
    request.headers.set("anthropic-version", "2023-06-01");
  }
  if (!settings.api_key.empty()) {
    const std::string& key = settings.api_key.reveal();
    const bool token = preset.key_form.token_as_bearer && key.starts_with("eyJ");  // a JWT
    const KeyForm form = token ? KeyForm{} : preset.key_form;
    request.headers.set(std::string(form.header), std::string(form.prefix) + key);
  }
  return request;
}

std::string without_secrets(std::string text, const BackendSettings& settings) {
  text = safe_text(text, settings.api_key);
  for (const Secret& secret : settings.header_secrets) remove_secret(text, secret);
  return text;
}

std::vector<ListedModel> listed_models(const Json& answer, const std::string& source) {
  std::vector<ListedModel> models;
  const Json& list = list_in(answer);
  if (!list.is_array()) return models;
  for (const Json& entry : list) {
    if (models.size() >= kListedMax) break;
    std::string name = name_in(entry);
    if (!name.empty()) models.push_back({std::move(name), facts_in(entry, source)});
  }
  return models;
}

std::string list_owner(const Json& answer) {
  const Json& list = list_in(answer);
  if (!list.is_array() || list.empty()) return {};
  return string_at(list.front(), "owned_by");
}

ModelFacts facts_from_props(const Json& props, const std::string& source) {
  ModelFacts facts;
  facts.context_tokens = tokens_at(member_at(props, "default_generation_settings"), "n_ctx");
  facts.images_in = flag_at(member_at(props, "modalities"), "vision");
  facts.tools = flag_at(member_at(props, "chat_template_caps"), "supports_tools");
  if (facts != ModelFacts()) facts.source = source;
  return facts;
}

ModelFacts facts_from_show(const Json& shown, const std::string& source) {
  ModelFacts facts;
  const Json& capabilities = member_at(shown, "capabilities");
  facts.tools = listed_in(capabilities, "tools");
  facts.images_in = listed_in(capabilities, "vision");
  facts.reasoning = listed_in(capabilities, "thinking");
  facts.embeddings = listed_in(capabilities, "embedding");
  const Json& info = member_at(shown, "model_info");
  if (info.is_object()) {
    const std::string key = string_at(info, "general.architecture") + ".context_length";
    facts.context_tokens = tokens_at(info, key.c_str());
  }
  if (facts != ModelFacts()) facts.source = source;
  return facts;
}

}  // namespace yoke

#include "models/discovery.h"

#include <algorithm>
#include <array>

#include "models/listing.h"
#include "models/presets.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// `own_path`: what an address without a path means, where the vendor's tools add it themselves.
struct AddressVariable {
  std::string_view preset;
  std::string_view variable;
  std::string_view own_path = {};
};
constexpr std::array kAddresses{AddressVariable{"openai", "OPENAI_BASE_URL"},
                                AddressVariable{"anthropic", "ANTHROPIC_BASE_URL", "/v1"},
                                AddressVariable{"ollama", "OLLAMA_HOST"},
                                AddressVariable{"azure", "AZURE_OPENAI_ENDPOINT"},
                                AddressVariable{"mai", "AZURE_OPENAI_ENDPOINT"}};

// Their keys are there for other things, or are another preset's.
constexpr std::array<std::string_view, 2> kByNameOnly{"github-models", "mai"};

struct Place {
  std::string_view preset;
  std::string_view root;
  std::string_view list_path;
};
constexpr std::array kPlaces{
    Place{"ollama", "http://127.0.0.1:11434", "/api/tags"},
    Place{"llama.cpp", "http://127.0.0.1:8080", "/v1/models"},
    Place{"vllm", "http://127.0.0.1:8000", "/v1/models"},
    Place{"sglang", "http://127.0.0.1:30000", "/v1/models"},
    Place{"lmstudio", "http://127.0.0.1:1234", "/api/v0/models"},
};

bool is_http(std::string_view text) {
  const bool http = text.starts_with("http://") && text.size() > 7;
  return http || (text.starts_with("https://") && text.size() > 8);
}

bool has_path(std::string_view url) {
  const std::size_t slash = url.find('/', url.find("://") + 3);
  return slash != std::string_view::npos && slash + 1 < url.size();
}

// As Ollama reads it: a host, a port or both; an address to listen on everywhere means this
// machine.
std::string ollama_address(std::string text) {
  if (text.find("://") != std::string::npos) return text;
  const std::size_t colon = text.rfind(':');
  const bool bare_v6 = text.find(':') != colon && !text.starts_with("[");
  std::string host = colon == std::string::npos || bare_v6 ? text : text.substr(0, colon);
  const std::string port = colon == std::string::npos || bare_v6 ? "11434" : text.substr(colon + 1);
  if (host.empty() || host == "0.0.0.0" || host == "[::]" || host == "::") host = "127.0.0.1";
  if (bare_v6 && host != "127.0.0.1") host = "[" + host + "]";
  return "http://" + host + ":" + port;
}

// Empty: it is not set, or holds no address.
std::string address_in(std::string_view preset, const Environment& environment) {
  for (const AddressVariable& known : kAddresses) {
    if (known.preset != preset) continue;
    std::string text(trim(environment(std::string(known.variable))));
    if (text.empty()) return {};
    if (preset == "ollama") text = ollama_address(std::move(text));
    if (!is_http(text) || printable(text) != text) return {};
    while (text.ends_with('/')) text.pop_back();
    if (!known.own_path.empty() && !has_path(text)) text += known.own_path;
    return text;
  }
  return {};
}

bool is_misread(std::string_view preset, const Environment& environment) {
  const std::string_view variable = address_variable(preset);
  return !variable.empty() && !environment(std::string(variable)).empty() &&
         address_in(preset, environment).empty();
}

std::string first_key(std::string_view preset, const Environment& environment) {
  for (const std::string& variable : key_variables(preset)) {
    if (!environment(variable).empty()) return variable;
  }
  return {};
}

const Place* usual_place_of(std::string_view preset) {
  const auto found = std::find_if(kPlaces.begin(), kPlaces.end(),
                                  [&](const Place& place) { return place.preset == preset; });
  return found == kPlaces.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> key_variables(std::string_view name) {
  std::vector<std::string> variables;
  const Preset* const preset = find_preset(name);
  if (preset == nullptr) return variables;
  for (const std::string_view variable : {preset->key_env, preset->key_env_also}) {
    if (!variable.empty()) variables.emplace_back(variable);
  }
  return variables;
}

std::string_view address_variable(std::string_view preset) {
  for (const AddressVariable& known : kAddresses) {
    if (known.preset == preset) return known.variable;
  }
  return {};
}

void add_implied(ModelsConfig& config, const Environment& environment,
                 const std::set<std::string>& taken) {
  for (const Preset& preset : presets()) {
    const std::string name(preset.name);
    if (config.backends.contains(name) || taken.contains(name)) continue;
    const std::string address = address_in(name, environment);
    const bool lost = address.empty() && preset.base_url.empty();
    if (lost || is_misread(name, environment)) continue;
    BackendSettings settings;
    settings.preset = name;
    settings.base_url = address;
    settings.implied = true;
    const std::string variable = first_key(name, environment);
    if (!preset.key_env.empty()) {
      settings.api_key_name = "env:" + (variable.empty() ? std::string(preset.key_env) : variable);
    }
    if (!variable.empty()) settings.api_key = Secret(environment(variable));
    config.backends.emplace(name, std::move(settings));
  }
}

std::vector<FoundKey> found_keys(const Environment& environment) {
  std::vector<FoundKey> keys;
  for (const Preset& preset : presets()) {
    const bool by_name =
        std::find(kByNameOnly.begin(), kByNameOnly.end(), preset.name) != kByNameOnly.end();
    const std::string variable = first_key(preset.name, environment);
    const std::string address = address_in(preset.name, environment);
    const bool lost = preset.base_url.empty() && address.empty();
    if (by_name || lost || variable.empty() || is_misread(preset.name, environment)) continue;
    keys.push_back({std::string(preset.name), variable, address});
  }
  return keys;
}

std::vector<std::string> address_problems(const Environment& environment) {
  std::set<std::string> problems;
  for (const AddressVariable& known : kAddresses) {
    if (!is_misread(known.preset, environment)) continue;
    problems.insert(std::string(known.variable) + " is no http:// or https:// address");
  }
  return {problems.begin(), problems.end()};
}

std::vector<UsualPlace> usual_places(const Environment& environment) {
  std::vector<UsualPlace> places;
  for (const Place& place : kPlaces) {
    const std::string elsewhere = address_in(place.preset, environment);
    places.push_back(
        {std::string(place.preset), elsewhere.empty() ? std::string(place.root) : elsewhere});
  }
  return places;
}

std::vector<std::string> probe_paths(std::string_view preset) {
  if (preset == "ollama") return {"/api/version"};
  if (preset == "llama.cpp") return {"/v1/models", "/props"};
  const Place* const place = usual_place_of(preset);
  if (place == nullptr) return {};
  return {std::string(place->list_path)};
}

bool identifies(std::string_view preset, std::string_view path, const Json& answer) {
  if (preset == "ollama") return !string_at(answer, "version").empty();
  if (path == "/props") return member_at(answer, "default_generation_settings").is_object();
  if (preset == "llama.cpp") return list_owner(answer) == "llamacpp";
  if (preset == "vllm" || preset == "sglang") return list_owner(answer) == preset;
  if (preset != "lmstudio") return false;
  const Json& list = member_at(answer, "data");
  const bool listed = list.is_array() && string_at(answer, "object") == "list";
  return listed && (list.empty() || !string_at(list.front(), "state").empty());
}

std::string_view list_path(std::string_view preset) {
  const Place* const place = usual_place_of(preset);
  return place == nullptr ? std::string_view() : place->list_path;
}

}  // namespace yoke

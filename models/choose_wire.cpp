#include "models/choose_wire.h"

#include <algorithm>
#include <array>

#include "models/anthropic/messages_wire.h"
#include "models/gemini/generate_wire.h"
#include "models/ollama/ollama_wire.h"
#include "models/openai_chat/chat_wire.h"
#include "models/openai_responses/responses_wire.h"
#include "runtime/base/ensure.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using Kind = Preset::Wire;

Error wrong(const std::string& place, const std::string& detail) {
  return Error{Errc::invalid, place + ": " + detail};
}

bool speaks_chat(const Preset& preset) {
  return preset.wire == Kind::openai_chat || preset.wire == Kind::ollama;
}

std::string_view without_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

// Whether nothing comes after the host: "https://lab.openai.azure.com/".
bool is_bare(std::string_view url) {
  const std::size_t host = url.find("://");
  if (host == std::string_view::npos || url.find('?') != std::string_view::npos) return false;
  return without_slash(url).find('/', host + 3) == std::string_view::npos;
}

}  // namespace

Result<Kind> wire_of(const Preset& preset, const BackendSettings& settings,
                     const std::string& place) {
  const std::string& api = settings.api;
  if (api.empty()) {
    const bool chat =
        preset.wire == Kind::ollama && without_slash(settings.base_url).ends_with("/v1");
    return chat ? Kind::openai_chat : preset.wire;
  }
  if (api != "chat" && api != "responses") {
    const std::array<std::string, 2> known{"chat", "responses"};
    return wrong(place + ".api",
                 "unknown protocol '" + api + "'" + did_you_mean(api, known) +
                     "; there are 'chat' (OpenAI's Chat Completions) and 'responses'");
  }
  if (api == "chat" && speaks_chat(preset)) return Kind::openai_chat;
  if (api == "responses" && preset.responses) return Kind::openai_responses;
  return wrong(place + ".api", "preset '" + std::string(preset.name) + "' does not speak '" + api +
                                   "'; leave it out, or use preset 'openai-compatible'");
}

std::unique_ptr<Wire> make_wire(const Preset& preset, Kind wire) {
  switch (wire) {
    case Kind::openai_chat:
      return std::make_unique<openai_chat::ChatWire>(preset.profile);
    case Kind::openai_responses:
      return std::make_unique<openai_responses::ResponsesWire>(preset.responses_dialect);
    case Kind::ollama:
      return std::make_unique<ollama::OllamaWire>();
    case Kind::anthropic:
      return std::make_unique<anthropic::MessagesWire>();
    case Kind::gemini:
      return std::make_unique<gemini::GenerateWire>();
    case Kind::script:
    case Kind::script_wire:
      break;
  }
  ENSURE(false);
  return nullptr;
}

std::string address_of(const Preset& preset, Kind wire, const BackendSettings& settings) {
  std::string url = settings.base_url.empty() ? std::string(preset.base_url) : settings.base_url;
  if (preset.wire == Kind::ollama) {
    url = without_slash(url);
    if (wire == Kind::ollama && url.ends_with("/api")) url.resize(url.size() - 4);
    if (wire != Kind::ollama && !url.ends_with("/v1")) url += "/v1";
  }
  if (!preset.base_path.empty() && is_bare(url)) {
    url = std::string(without_slash(url)) + std::string(preset.base_path);
  }
  return url;
}

Result<void> check_extra_body(const Json& body, const Wire& wire, const std::string& place) {
  if (!body.is_object()) return wrong(place, "it must be a table of request fields");
  for (const std::string_view key : wire.own_fields()) {
    if (!body.contains(key)) continue;
    return wrong(place + "." + std::string(key), "this field is set for each request by Yoke");
  }
  return {};
}

}  // namespace yoke

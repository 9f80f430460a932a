#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/embeddings/quirks.h"
#include "models/openai_chat/profile.h"
#include "models/openai_responses/dialect.h"

namespace yoke {

// How a key goes into a request.
struct KeyForm {
  std::string_view header = "Authorization";
  std::string_view prefix = "Bearer ";
  bool token_as_bearer = false;  // one that is a token (a JWT) goes as a bearer's instead
};

// What is known of a vendor or a local server before anybody configures it. Plain data.
struct Preset {
  enum class Wire {
    openai_chat,
    openai_responses,
    anthropic,
    gemini,
    ollama,
    script,       // a Lua function in the model's place
    script_wire,  // a protocol written in Lua
  };

  std::string_view name;
  Wire wire = Wire::openai_chat;
  std::string_view base_url;      // empty: must be configured
  std::string_view base_path;     // what a configured address without a path means: "/openai/v1"
  std::string_view key_env;       // where its key usually is; empty: it wants none
  std::string_view key_env_also;  // where else it may be; empty: nowhere
  bool key_needed = false;        // without a key a call fails before it is sent
  KeyForm key_form;
  openai_chat::Profile profile;
  bool responses = false;  // speaks OpenAI's Responses, too: `api = "responses"`
  openai_responses::Dialect responses_dialect;
  bool embeddings = false;   // makes vectors, in its own protocol's way …
  EmbedQuirks embed_quirks;  // … but for this
  std::string_view checked;  // "documented": from the vendor's pages, not tried against the vendor
};

std::span<const Preset> presets();
const Preset* find_preset(std::string_view name);  // null when there is none
std::vector<std::string> preset_names();

}  // namespace yoke

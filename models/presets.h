#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/openai_chat/profile.h"

namespace yoke {

// How a key goes into a request.
struct KeyForm {
  std::string_view header = "Authorization";
  std::string_view prefix = "Bearer ";
};

// What is known of a vendor or a local server before anybody configures it. Plain data.
struct Preset {
  enum class Wire { openai_chat, anthropic, gemini, script, script_wire };

  std::string_view name;
  Wire wire = Wire::openai_chat;
  std::string_view base_url;      // empty: must be configured
  std::string_view key_env;       // where its key usually is; empty: it wants none
  std::string_view key_env_also;  // where else it may be; empty: nowhere
  bool key_needed = false;        // without a key a call fails before it is sent
  KeyForm key_form;
  openai_chat::Profile profile;
  std::string_view checked;  // "documented": from the vendor's pages, not tried against the vendor
};

std::span<const Preset> presets();
const Preset* find_preset(std::string_view name);  // null when there is none
std::vector<std::string> preset_names();

}  // namespace yoke

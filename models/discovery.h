#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/config.h"

namespace yoke {

// What can be used on this machine although nobody configured it. Pure: what it looks at is handed
// in.

// Presets that have an address of their own, so that "PRESET/model" can mean something without any
// [backends.PRESET].
bool can_be_implied(std::string_view preset);

// The variables that a preset's key is looked for in, the usual one first.
std::vector<std::string> key_variables(std::string_view preset);

// Adds a backend, under the preset's own name, for each preset that has an address and whose key
// `key_of` finds, or that wants no key; never over one that is configured.
using KeyLookup = std::function<std::string(const std::string& variable)>;  // empty: not set
void add_implied(ModelsConfig& config, const KeyLookup& key_of);

// What was found: presets with a key, in the order in which a default is chosen among them, and
// local servers that answer, with the models that they have.
struct FoundServer {
  std::string preset;
  std::vector<std::string> models;
};
struct Found {
  std::vector<std::string> keyed;
  std::vector<FoundServer> servers;
};
std::vector<std::string> keyed_presets(const KeyLookup& key_of);

// Where local servers usually listen; those that share a port are one entry.
struct UsualPlace {
  std::string_view preset;
  std::string_view probe_url;   // answers 200 when this server and no other is there
  std::string_view models_url;  // as OpenAI lists models
};
std::span<const UsualPlace> usual_places();

// The model that a vendor's key alone means, where its name is certain; else empty.
std::string_view default_model(std::string_view preset);

// The targets of a default route: each vendor in the order of keyed_presets() that has a certain
// default model, then each local server's first model.
std::vector<std::string> default_targets(const Found& found);

}  // namespace yoke

#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/config.h"

namespace yoke {

// What can be used on this machine although nobody configured it. Pure: what it looks at is handed
// in.

// A variable's value; empty: it is not set.
using Environment = std::function<std::string(const std::string& variable)>;

// The variables that a preset's key is looked for in, the usual one first.
std::vector<std::string> key_variables(std::string_view preset);

// The variable that says where a preset's server is, as its own tools read it: OPENAI_BASE_URL,
// ANTHROPIC_BASE_URL, OLLAMA_HOST, AZURE_OPENAI_ENDPOINT. Empty: there is none.
std::string_view address_variable(std::string_view preset);

// Adds a backend under the preset's own name for each preset that has an address, its own or one
// in the environment; its key may be missing, which a call then says. Never one of `taken`, and
// never over one that is configured.
void add_implied(ModelsConfig& config, const Environment& environment,
                 const std::set<std::string>& taken = {});

// A vendor whose key is in the environment.
struct FoundKey {
  std::string preset;
  std::string variable;
  std::string address = {};  // where its variable says, when it is set
};
// Not GITHUB_TOKEN: that it is set says nothing about models. github-models/… uses it all the same.
std::vector<FoundKey> found_keys(const Environment& environment);

// Variables of addresses that hold none: "OPENAI_BASE_URL is no http:// or https:// address".
std::vector<std::string> address_problems(const Environment& environment);

// Where a local server usually listens.
struct UsualPlace {
  std::string preset;
  std::string root;  // "http://127.0.0.1:8000"
};
std::vector<UsualPlace> usual_places(const Environment& environment);

// The paths to ask, in turn, whether it is that server and no other that listens there; and whether
// an answer of status 200 says so.
std::vector<std::string> probe_paths(std::string_view preset);
bool identifies(std::string_view preset, std::string_view path, const Json& answer);

// Where such a server lists its models; empty: of another preset.
std::string_view list_path(std::string_view preset);

}  // namespace yoke

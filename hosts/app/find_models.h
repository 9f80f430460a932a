#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "models/config.h"
#include "models/discovery.h"
#include "models/http_sender.h"

namespace yoke {

// Finds a variable in the environment, else in .env.
KeyLookup key_lookup(const Config& config);

// The local servers that answer on their usual ports of the loopback, with their models. Runs a
// loop of its own; takes at most `within`.
std::vector<FoundServer> find_servers(std::chrono::milliseconds within);

// What a backend's server says that it has.
struct ModelList {
  std::string problem;  // why there is none; empty when it answered
  std::vector<std::string> models;
};

// Asks backends for their models, all at once; by name. One that is started by Yoke is not started.
awaitable<std::map<std::string, ModelList>> list_models(
    HttpSender& http, std::map<std::string, BackendSettings> asked, Deadline deadline);

// The names in an answer of OpenAI's, Anthropic's or Gemini's list of models.
std::vector<std::string> model_names(const Json& answer);

}  // namespace yoke

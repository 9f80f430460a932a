#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "models/discovery.h"
#include "models/http_sender.h"
#include "models/listing.h"

// What there is to talk to: local servers that nobody configured, and the models of those that are.
namespace yoke {

// Finds a variable in the environment, else in .env. Borrows the config.
Environment environment_of(const Config& config);

// A local server that answers, and is what it is taken for.
struct FoundServer {
  std::string preset;
  std::string root;  // "http://127.0.0.1:11434"
  std::vector<ListedModel> models = {};
};

// Asks all places at once, without any key. In the order of `places`.
awaitable<std::vector<FoundServer>> probe_places(HttpSender& http, std::vector<UsualPlace> places,
                                                 Deadline deadline);
// The same on a loop of its own; takes at most `within`.
std::vector<FoundServer> find_servers(const std::vector<UsualPlace>& places,
                                      std::chrono::milliseconds within);
inline constexpr std::chrono::milliseconds kFindWithin{700};

// What a backend's server says that it has.
struct ModelList {
  std::string problem = {};  // why there is none; empty when it answered
  std::vector<ListedModel> models = {};
};

// Asks backends for their models, all at once; by name.
awaitable<std::map<std::string, ModelList>> list_models(
    HttpSender& http, std::map<std::string, BackendSettings> asked, Deadline deadline);

}  // namespace yoke

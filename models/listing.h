#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/config.h"
#include "runtime/http/http.h"

namespace yoke {

// Where requests to the backend's API go; empty: nowhere is known.
std::string api_address(const BackendSettings& settings);
// The server that an address is at: "http://127.0.0.1:8080".
std::string server_root(const std::string& address);

// The question which models a backend has, with its key. Its preset is one that there is.
HttpRequest list_request(const BackendSettings& settings);
// Text that the server may have said, without the backend's secrets.
std::string without_secrets(std::string text, const BackendSettings& settings);

// A model as its server lists it.
struct ListedModel {
  std::string name;
  ModelFacts facts;  // what the list says of it; often nothing
};

// The models in a server's answer: OpenAI's list and what vendors add to it (context windows, image
// input, tools), Gemini's, Ollama's. At most kListedMax, in the server's order; names that nobody
// could ask for are left out. `source` is put into the facts.
inline constexpr std::size_t kListedMax = 2'000;
std::vector<ListedModel> listed_models(const Json& answer, const std::string& source);

// Who the list says that it is from: "owned_by" of its first model; empty when it does not say.
std::string list_owner(const Json& answer);

// What llama.cpp's /props says of the model that it has loaded.
ModelFacts facts_from_props(const Json& props, const std::string& source);

// What Ollama's /api/show says of a model.
ModelFacts facts_from_show(const Json& shown, const std::string& source);

}  // namespace yoke

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/catalogue.h"
#include "models/health/key_ring.h"
#include "models/limits/limits.h"
#include "models/local/settings.h"
#include "models/prices.h"
#include "models/retry.h"
#include "models/routes/settings.h"
#include "runtime/base/secret.h"
#include "runtime/ports/script_host.h"

namespace yoke {

// One [backends.NAME], with its references resolved: a key is its text, a script its source.
struct BackendSettings {
  std::string preset;
  std::string base_url = {};  // empty: the preset's
  std::string api = {};       // "chat" or "responses"; empty: the preset's own protocol
  Secret api_key = {};
  std::string api_key_name = {};  // how to say where it should come from: "env:OPENAI_API_KEY"
  std::vector<NamedKey> api_keys = {};  // several, used in turn; then api_key is the first of them
  bool api_key_asked_for = false;       // by the user, whether or not the preset needs one
  std::vector<std::pair<std::string, std::string>> headers = {};  // added to each request
  std::string missing = {};  // why it cannot be used: what it names is not there; empty: it can
  std::vector<Secret> header_secrets = {};          // values in `headers` that no message may show
  std::shared_ptr<const ScriptSource> script = {};  // preset "scripted"; shared with its calls
  PriceMap prices = {};                             // outrank the table's
  FactsMap facts = {};                              // so do these
  Json extra_body = Json::object();  // the vendor's own request fields, sent as they are
  RetryPolicy retry = {};
  BreakerSettings breaker = {};
  LimitSettings limits = {};
  std::chrono::milliseconds idle_timeout{120'000};  // silence in a stream that ends it
  LocalSettings local = {};                         // of a server on this machine
  bool implied = false;  // nobody configured it: it is there because it could be used
};

struct ModelsConfig {
  std::map<std::string, BackendSettings> backends;
  std::map<std::string, RouteSettings> routes;
  LocalLimits local = {};
};

// {"input": 0.25, "cached": 0.025, "output": 2} in dollars for a million tokens. `cached` and
// `cache_write` cost what `input` does unless they are given. `place` is named in errors.
Result<Price> price_from_json(const Json& value, const std::string& place);

}  // namespace yoke

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// What somebody may do, always within their own tenant.
enum class Scope : std::uint8_t {
  read,     // look at runs, sessions, agents, tools, spend
  run,      // start, cancel, resume, fork and erase runs; send messages to sessions and
            // signals to runs
  answer,   // answer a run's questions, as far as the rules of answering let them
  models,   // call routes and models themselves, without an agent
  manage,   // schedules and what else changes how the tenant works
  metrics,  // /metrics, which is about all tenants
};
inline constexpr int kScopes = 6;
std::string_view name_of(Scope scope);
std::optional<Scope> scope_from_name(std::string_view name);

class Scopes {
 public:
  Scopes() = default;
  static Scopes all();
  void add(Scope scope) { bits_ |= bit(scope); }
  bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }

 private:
  static std::uint32_t bit(Scope scope) { return 1U << static_cast<unsigned>(scope); }
  std::uint32_t bits_ = 0;
};

// How a rate stands once a request is counted in it.
struct RateLeft {
  std::int64_t limit = 0;  // requests in `window`
  std::chrono::seconds window{60};
  std::int64_t left = 0;            // that could be sent at once
  std::chrono::seconds full_in{0};  // until all of `limit` could be
};

// How users of an OpenID provider are named in records.
inline constexpr std::string_view kUserCaller = "user:";

// Who asks, once that is known.
struct Principal {
  std::string tenant = "local";
  std::string name;    // for the record: "key:ci", "user:ann@example.com", "hook:github", "local"
  std::string key_id;  // empty: no key
  std::vector<std::string> groups;
  Scopes scopes;
  std::vector<std::string> agents = {};  // globs: the agents that may be started; empty: all
  std::vector<std::string> models = {};  // globs: what may be called itself; empty: all
  std::optional<RateLeft> rate = {};     // told in the reply's headers
};

// Whether this one may start that agent, or see it in a list.
bool may_use_agent(const Principal& who, std::string_view name);
// The same of a route ("NAME" or "route/NAME") or a model ("backend/model") that is called itself
// or asked for in place of an agent's own.
bool may_use_model(const Principal& who, std::string_view name);

// The user of this machine who reaches the socket file or loopback where no key is asked for.
Principal local_principal(std::string name);

}  // namespace yoke

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// What somebody may do, always within their own tenant.
enum class Scope : std::uint8_t {
  read,     // look at runs, sessions, agents, tools, spend
  run,      // start, cancel, resume, fork and erase runs; send messages to sessions
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

// Who asks, once that is known.
struct Principal {
  std::string tenant = "local";
  std::string name;    // for the record: "key:ci", "user:ann@example.com", "hook:github", "local"
  std::string key_id;  // empty: no key
  std::vector<std::string> groups;
  Scopes scopes;
};

// The user of this machine who reaches the socket file or loopback where no key is asked for.
Principal local_principal(std::string name);

}  // namespace yoke

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The hook and its tenants in yoke.toml.
namespace yoke {

// A place to listen at.
struct ListenAt {
  std::string address;     // numeric; empty: a socket file
  std::uint16_t port = 0;  // 0: any that is free
  std::string path;        // of the socket file, as it was written
  std::string text;        // the whole, as it was written
};
// "127.0.0.1:8177", "[::1]:8177", "localhost:8177", "unix:PATH"; none when it is no such place.
std::optional<ListenAt> listen_at(const std::string& text);
std::string wrong_listen(const std::string& text);

// One [[serve.answers]]: who may answer the questions of some agents.
struct AnswersConfig {
  std::vector<std::string> agents = {"*"};  // globs over names
  std::vector<std::string> groups = {};     // empty: anybody
  bool not_requester = false;
  int line = 0;
};

// [serve.oidc]: tokens that are taken beside keys.
struct OidcConfig {
  std::string issuer;
  std::vector<std::string> audiences;
  std::string jwks;  // empty: by discovery
  std::string tenant = "local";
  std::string tenant_claim;
  std::string groups_claim = "groups";
  std::string name_claim = "sub";
  std::chrono::milliseconds skew{60'000};
  std::map<std::string, std::vector<std::string>> scopes;  // by group; "*": everybody
  std::string rate;                                        // of each user, as a key's; may be empty
  std::vector<std::string> budgets;                        // the same
  int budget_line = 0;
  int line = 0;
};

// [serve]: the HTTP hook.
struct ServeConfig {
  std::vector<ListenAt> listen = {{"127.0.0.1", 8177, "", "127.0.0.1:8177"}};
  std::string certificate;           // a PEM file; empty: no TLS
  std::string key;                   // its key's file
  std::vector<std::string> hosts;    // names it is reached under, beside those of loopback
  std::vector<std::string> origins;  // of pages elsewhere that may call it
  std::optional<std::int64_t> connections;
  std::optional<std::int64_t> connections_per_client;
  std::optional<std::int64_t> body_bytes;
  std::optional<std::int64_t> runs_at_once;
  std::optional<std::chrono::milliseconds> drain;  // patience with runs when it is to stop
  std::vector<AnswersConfig> answers;
  std::optional<OidcConfig> oidc;
  // Names that clients insist on, as globs -> "agent/NAME", "route/NAME" or "backend/model".
  std::map<std::string, std::string> models;
  int line = 0;
};

// [tenants.NAME]: who shares this machine with others.
struct TenantConfig {
  std::string files = {};  // the folder of its scripts' files; empty: one of its own by the store
  std::map<std::string, std::string> secrets = {};  // name -> reference, or kSharedSecret
  int line = 0;
};
// Instead of a reference: the tenant may use the one of that name under [secrets].
inline constexpr std::string_view kSharedSecret = "shared";

}  // namespace yoke

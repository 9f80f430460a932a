#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"
#include "runtime/base/time.h"
#include "runtime/http/headers.h"

// How webhooks prove whose they are. Pure; secrets are compared in constant time.
namespace yoke {

enum class HookScheme : std::uint8_t { standard, github, slack, teams };
std::string_view name_of(HookScheme scheme);
const std::vector<std::string>& hook_scheme_names();
Result<HookScheme> hook_scheme_from_name(std::string_view name);

// One of the keys of a hook; several of them while one is exchanged for another.
struct HookKey {
  enum class Kind : std::uint8_t { hmac, ed25519_public, ed25519_secret };
  Kind kind = Kind::hmac;
  Secret bytes;
};

// From the text that the other side shows: "whsec_…", "whpk_…" or "whsk_…" (standard), base64
// (teams), any text (github, slack). Errors: invalid, without the text.
Result<HookKey> hook_key(HookScheme scheme, const Secret& text);

struct HookProof {
  std::string id;  // that the sender gave the delivery; empty where the scheme has none
};

// What the sender of a forged one must not be told: why it is one. Errors: denied, for the log.
Result<HookProof> verify_hook(HookScheme scheme, const std::vector<HookKey>& keys,
                              const HttpHeaders& headers, std::string_view body, Micros now,
                              std::chrono::seconds tolerance);

// The value of webhook-signature, one signature for each key. Standard Webhooks 1.0.
// `id` has no full stop. A public key cannot sign (ENSURE).
std::string standard_signatures(const std::vector<HookKey>& keys, const std::string& id,
                                std::int64_t at_seconds, std::string_view body);

std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 raw bytes
// Takes as long for texts that differ early as for those that differ late.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace yoke

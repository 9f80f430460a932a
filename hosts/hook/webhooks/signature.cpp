#include "hosts/hook/webhooks/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>

#include "runtime/base/base64.h"
#include "runtime/base/ensure.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kEdKeyBytes = 32;
constexpr std::size_t kEdPairBytes = 64;  // the secret half, then the public one
constexpr std::size_t kEdSignatureBytes = 64;
constexpr std::size_t kHmacKeyLeast = 24;
constexpr std::size_t kHmacKeyMost = 64;
constexpr std::size_t kTextKeyLeast = 8;
constexpr std::size_t kSignaturesMax = 32;
constexpr std::size_t kIdMax = 256;
constexpr Micros kSignatureSecond = 1'000'000;

struct FreePkey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool ed25519_matches(const HookKey& key, std::string_view data, std::string_view signature) {
  if (signature.size() != kEdSignatureBytes) return false;
  const std::string& bytes = key.bytes.reveal();
  const Pkey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(bytes), bytes.size()));
  const Context context(EVP_MD_CTX_new());
  return pkey != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(data),
                          data.size()) == 1;
}

std::string ed25519_sign(const HookKey& key, std::string_view data) {
  const std::string& bytes = key.bytes.reveal();
  const Pkey pkey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(bytes), kEdKeyBytes));
  const Context context(EVP_MD_CTX_new());
  ENSURE(pkey != nullptr && context != nullptr);
  ENSURE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1);
  std::string out(kEdSignatureBytes, '\0');
  std::size_t size = out.size();
  ENSURE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                        raw(data), data.size()) == 1);
  return out;
}

Error denied(std::string why) { return Error{Errc::denied, std::move(why)}; }

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (!digits || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> check_time(std::string_view text, Micros now, std::chrono::seconds tolerance) {
  const std::optional<std::int64_t> at = whole_number(text);
  if (!at) return denied("its timestamp is missing, or no number of seconds");
  const std::int64_t here = now / kSignatureSecond;
  // Compared without a difference, which could overflow.
  if (*at < here - tolerance.count()) return denied("it is stale: signed too long ago");
  if (*at > here + tolerance.count()) return denied("it is signed for a time to come");
  return {};
}

bool is_standard_id(std::string_view id) {
  return !id.empty() && id.size() <= kIdMax && std::all_of(id.begin(), id.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '.';
  });
}

bool matches_standard(const HookKey& key, std::string_view content, std::string_view version,
                      std::string_view signature) {
  const std::optional<std::string> bytes = from_base64(signature);
  if (!bytes) return false;
  if (version == "v1" && key.kind == HookKey::Kind::hmac) {
    return same_secret(hmac_sha256(key.bytes.reveal(), content), *bytes);
  }
  return version == "v1a" && key.kind == HookKey::Kind::ed25519_public &&
         ed25519_matches(key, content, *bytes);
}

Result<HookProof> verify_standard(const std::vector<HookKey>& keys, const HttpHeaders& headers,
                                  std::string_view body, Micros now,
                                  std::chrono::seconds tolerance) {
  const std::string id(headers.get("webhook-id"));
  const std::string at(headers.get("webhook-timestamp"));
  // A full stop would let the parts of what is signed be cut in another way.
  if (!is_standard_id(id)) return denied("webhook-id is missing, too long, or holds a full stop");
  if (Result<void> fresh = check_time(at, now, tolerance); !fresh) return fresh.error();
  const std::string content = id + "." + at + "." + std::string(body);
  const std::vector<std::string> given = split(headers.get("webhook-signature"), ' ');
  if (given.size() > kSignaturesMax) return denied("webhook-signature lists too many");
  for (const std::string& each : given) {
    const std::size_t comma = each.find(',');
    if (comma == std::string::npos) continue;
    const std::string_view text(each);
    for (const HookKey& key : keys) {
      if (matches_standard(key, content, text.substr(0, comma), text.substr(comma + 1))) {
        return HookProof{id};
      }
    }
  }
  return denied("no signature in webhook-signature is of one of the hook's secrets");
}

bool any_hmac_matches(const std::vector<HookKey>& keys, std::string_view content,
                      std::string_view signature, bool base64) {
  bool found = false;
  for (const HookKey& key : keys) {
    const std::string mac = hmac_sha256(key.bytes.reveal(), content);
    const std::string expected =
        base64 ? to_base64(mac)
               : to_hex(std::span(reinterpret_cast<const std::uint8_t*>(mac.data()), mac.size()));
    found |= same_secret(expected, signature);
  }
  return found;
}

Result<HookProof> verify_github(const std::vector<HookKey>& keys, const HttpHeaders& headers,
                                std::string_view body) {
  constexpr std::string_view kPrefix = "sha256=";
  const std::string_view given = headers.get("X-Hub-Signature-256");
  if (!given.starts_with(kPrefix)) return denied("X-Hub-Signature-256 is missing");
  if (!any_hmac_matches(keys, body, given.substr(kPrefix.size()), false)) {
    return denied("X-Hub-Signature-256 is of none of the hook's secrets");
  }
  return HookProof{std::string(headers.get("X-GitHub-Delivery"))};
}

Result<HookProof> verify_slack(const std::vector<HookKey>& keys, const HttpHeaders& headers,
                               std::string_view body, Micros now, std::chrono::seconds tolerance) {
  constexpr std::string_view kPrefix = "v0=";
  const std::string at(headers.get("X-Slack-Request-Timestamp"));
  if (Result<void> fresh = check_time(at, now, tolerance); !fresh) return fresh.error();
  const std::string_view given = headers.get("X-Slack-Signature");
  if (!given.starts_with(kPrefix)) return denied("X-Slack-Signature is missing");
  const std::string content = "v0:" + at + ":" + std::string(body);
  if (!any_hmac_matches(keys, content, given.substr(kPrefix.size()), false)) {
    return denied("X-Slack-Signature is of none of the hook's secrets");
  }
  return HookProof{};
}

Result<HookProof> verify_teams(const std::vector<HookKey>& keys, const HttpHeaders& headers,
                               std::string_view body) {
  constexpr std::string_view kPrefix = "HMAC ";
  const std::string_view given = headers.get("Authorization");
  if (given.size() < kPrefix.size() ||
      !equal_ignoring_case(given.substr(0, kPrefix.size()), kPrefix)) {
    return denied("Authorization holds no HMAC");
  }
  if (!any_hmac_matches(keys, body, trim(given.substr(kPrefix.size())), true)) {
    return denied("Authorization is of none of the hook's secrets");
  }
  return HookProof{};
}

Result<HookKey> standard_key(const std::string& text) {
  const auto bytes_after = [&](std::string_view prefix) -> std::optional<std::string> {
    if (!text.starts_with(prefix)) return std::nullopt;
    return from_base64(std::string_view(text).substr(prefix.size()));
  };
  if (const auto bytes = bytes_after("whsec_")) {
    if (bytes->size() < kHmacKeyLeast || bytes->size() > kHmacKeyMost) {
      return Error{Errc::invalid, "a secret \"whsec_…\" holds 24 to 64 bytes"};
    }
    return HookKey{HookKey::Kind::hmac, Secret(*bytes)};
  }
  if (const auto bytes = bytes_after("whpk_"); bytes && bytes->size() == kEdKeyBytes) {
    return HookKey{HookKey::Kind::ed25519_public, Secret(*bytes)};
  }
  if (const auto bytes = bytes_after("whsk_");
      bytes && (bytes->size() == kEdKeyBytes || bytes->size() == kEdPairBytes)) {
    return HookKey{HookKey::Kind::ed25519_secret, Secret(bytes->substr(0, kEdKeyBytes))};
  }
  return Error{Errc::invalid,
               "a secret of Standard Webhooks is \"whsec_\" and base64, or an ed25519 key: "
               "\"whpk_\" (to verify) or \"whsk_\" (to sign) and base64"};
}

}  // namespace

std::string_view name_of(HookScheme scheme) {
  return hook_scheme_names()[static_cast<std::size_t>(scheme)];
}

const std::vector<std::string>& hook_scheme_names() {
  static const std::vector<std::string> kNames{"standard", "github", "slack", "teams"};
  return kNames;
}

Result<HookScheme> hook_scheme_from_name(std::string_view name) {
  const std::vector<std::string>& names = hook_scheme_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<HookScheme>(found - names.begin());
  return Error{Errc::invalid, "no scheme '" + shorten(printable(name), 40) + "'" +
                                  did_you_mean(name, names) + ": there are " + join(names, ", ")};
}

Result<HookKey> hook_key(HookScheme scheme, const Secret& text) {
  if (scheme == HookScheme::standard) return standard_key(text.reveal());
  std::string bytes = text.reveal();
  if (scheme == HookScheme::teams) {
    std::optional<std::string> decoded = from_base64(bytes);
    if (!decoded) return Error{Errc::invalid, "a secret of Teams is base64, as Teams shows it"};
    bytes = std::move(*decoded);
  }
  if (bytes.size() < kTextKeyLeast) {
    return Error{Errc::invalid, "a secret of a hook has at least 8 bytes"};
  }
  return HookKey{HookKey::Kind::hmac, Secret(std::move(bytes))};
}

Result<HookProof> verify_hook(HookScheme scheme, const std::vector<HookKey>& keys,
                              const HttpHeaders& headers, std::string_view body, Micros now,
                              std::chrono::seconds tolerance) {
  switch (scheme) {
    case HookScheme::standard:
      return verify_standard(keys, headers, body, now, tolerance);
    case HookScheme::github:
      return verify_github(keys, headers, body);
    case HookScheme::slack:
      return verify_slack(keys, headers, body, now, tolerance);
    case HookScheme::teams:
      return verify_teams(keys, headers, body);
  }
  return denied("no such scheme");
}

std::string standard_signatures(const std::vector<HookKey>& keys, const std::string& id,
                                std::int64_t at_seconds, std::string_view body) {
  ENSURE(is_standard_id(id));
  const std::string content = id + "." + std::to_string(at_seconds) + "." + std::string(body);
  std::vector<std::string> out;
  for (const HookKey& key : keys) {
    ENSURE(key.kind != HookKey::Kind::ed25519_public);
    out.push_back(key.kind == HookKey::Kind::hmac
                      ? "v1," + to_base64(hmac_sha256(key.bytes.reveal(), content))
                      : "v1a," + to_base64(ed25519_sign(key, content)));
  }
  return join(out, " ");
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  ENSURE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(data), data.size(),
              out.data(), &size) != nullptr);
  return {reinterpret_cast<const char*>(out.data()), size};
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace yoke

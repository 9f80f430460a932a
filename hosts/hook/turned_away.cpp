#include "hosts/hook/turned_away.h"

namespace yoke {
namespace {

// "16 MiB", "1000 bytes": exact, as it would be written into the settings.
std::string size_words(std::size_t bytes) {
  constexpr std::size_t kKibi = 1024;
  const bool some = bytes > 0;
  if (some && bytes % (kKibi * kKibi) == 0) return std::to_string(bytes / kKibi / kKibi) + " MiB";
  if (some && bytes % kKibi == 0) return std::to_string(bytes / kKibi) + " KiB";
  return std::to_string(bytes) + " bytes";
}

// The setting of [serve] that sets the limit; null: none does.
const char* setting_of(HttpRefusal why) {
  switch (why) {
    case HttpRefusal::large_body:
      return "body";
    case HttpRefusal::full:
      return "connections";
    case HttpRefusal::full_for_peer:
      return "connections_per_client";
    default:
      return nullptr;
  }
}

std::string limit_words(HttpRefusal why, const HttpServerOptions& limits) {
  switch (why) {
    case HttpRefusal::large_body:
      return "at most " + size_words(limits.body_bytes_max) + " of one request are taken";
    case HttpRefusal::large_head:
      return "at most " + size_words(limits.header_bytes_max) + " and " +
             std::to_string(limits.headers_max) + " fields are taken";
    case HttpRefusal::long_target:
      return "at most " + size_words(limits.target_bytes_max) + " are taken";
    case HttpRefusal::full:
      return "at most " + std::to_string(limits.connections_max) + " are served at once";
    case HttpRefusal::full_for_peer:
      return "at most " + std::to_string(limits.connections_per_peer_max) +
             " of one client are served at once";
    default:
      return {};
  }
}

const char* title_of(int status) {
  switch (status) {
    case 400:
      return "bad request";
    case 408:
      return "too slow";
    case 413:
    case 414:
    case 431:
      return "too large";
    case 429:
      return "too many requests";
    case 503:
      return "unavailable";
    default:
      return "not spoken here";  // 417, 501, 505
  }
}

}  // namespace

Refusal turned_away(const HttpRefused& refused, const HttpServerOptions& limits, LimitsOf whose) {
  Refusal refusal{refused.status, title_of(refused.status), refused.detail};
  const std::string limit = limit_words(refused.why, limits);
  if (!limit.empty()) refusal.detail += " Here " + limit;
  const char* setting = whose == LimitsOf::settings ? setting_of(refused.why) : nullptr;
  if (setting != nullptr) refusal.detail += ": [serve] " + std::string(setting) + " in yoke.toml";
  if (!limit.empty()) refusal.detail += ".";
  refusal.code = name_of(refused.why);
  refusal.retry_after = refused.retry_after;
  return refusal;
}

}  // namespace yoke

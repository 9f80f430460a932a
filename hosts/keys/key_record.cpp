#include "hosts/keys/key_record.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::int64_t kRequestsMax = 1'000'000;

struct Window {
  char letter;
  std::int64_t seconds;
};
constexpr Window kWindows[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}};

std::optional<std::int64_t> count_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < 1 || value > kRequestsMax) return std::nullopt;
  return value;
}

}  // namespace

Result<KeyRate> key_rate(std::string_view text) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.size() == 2 && parts[1].size() == 1) {
    const std::optional<std::int64_t> count = count_in(parts[0]);
    for (const Window& window : kWindows) {
      if (count && window.letter == parts[1].front()) {
        return KeyRate{*count, std::chrono::seconds(window.seconds)};
      }
    }
  }
  return Error{Errc::invalid,
               "'" + shorten(text, 40) + "' is no rate: write 60/m, 10/s, 1000/h " + "or 5000/d"};
}

std::string to_text(const KeyRate& rate) {
  for (const Window& window : kWindows) {
    if (window.seconds == rate.window.count()) {
      return std::to_string(rate.requests) + "/" + window.letter;
    }
  }
  return std::to_string(rate.requests) + "/" + std::to_string(rate.window.count()) + "s";
}

bool KeyRecord::is_live(Micros now) const {
  return revoked_at == 0 && (expires_at == 0 || now < expires_at);
}

std::string_view KeyRecord::state(Micros now) const {
  if (revoked_at != 0) return "revoked";
  return is_live(now) ? "live" : "expired";
}

std::string caller_of(const KeyRecord& record) { return "key:" + record.name; }

Principal principal_of(const KeyRecord& record) {
  Principal who;
  who.tenant = record.tenant;
  who.name = caller_of(record);
  who.key_id = record.id;
  who.groups = record.groups;
  who.scopes = record.scopes;
  who.agents = record.agents;
  who.models = record.models;
  return who;
}

}  // namespace yoke

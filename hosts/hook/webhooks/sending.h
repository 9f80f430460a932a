#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/hook/webhooks/signature.h"
#include "runtime/base/id.h"
#include "runtime/http/http.h"

// How a webhook is sent, and what becomes of it. Pure.
namespace yoke {

// [webhooks.NAME], ready to send.
struct Outbound {
  std::string name;
  std::string url;  // empty: each run names its own
  std::vector<HookKey> keys;
  std::vector<std::string> events;  // globs
  std::string tenant;
  bool allow_private = false;

  bool may_tell(std::string_view kind) const;  // to somebody, of some run
};
using Outbounds = std::map<std::string, Outbound, std::less<>>;
// Errors name the line: no such secret, a URL that is none, an event that no run has.
Result<Outbounds> read_outbounds(const Config& config);

// The signed request. `id` names the message over all attempts at it.
HttpRequest webhook_request(const Outbound& to, const std::string& url, const std::string& id,
                            const std::string& payload, Micros now);

// What an attempt came to.
struct SendAttempt {
  enum class End : std::uint8_t {
    done,
    again,  // after `wait`
    never,  // the receiver is gone for good, or must not be reached
  };
  End end = End::done;
  std::chrono::seconds wait{0};
  std::string why;  // one line: of what failed
};
// `age`: since the event; past kWebhookAgeMax it ends.
inline constexpr std::chrono::hours kWebhookAgeMax{72};
SendAttempt attempt_of(const HttpOutcome& outcome, std::chrono::seconds age, Micros now,
                       Random& random);

// Twice as long as it has taken already, so that tries are three times as far apart each time: at
// least 5 s, at most 6 h, a fifth more or less.
std::chrono::seconds retry_wait(std::chrono::seconds age, Random& random);

// Retry-After: seconds, or a date as HTTP has them; none when it is neither. At most a day.
std::optional<std::chrono::seconds> retry_after(std::string_view value, Micros now);

}  // namespace yoke

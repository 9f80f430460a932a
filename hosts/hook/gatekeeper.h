#pragma once

#include <variant>

#include "hosts/hook/principal.h"
#include "hosts/hook/reply.h"

namespace yoke {

// RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers), for every reply to a
// principal that has a rate.
void add_rate_headers(HttpHeaders& headers, const RateLeft& rate);

// Says who asks and whether they may at all: keys, tokens, rates, Host and Origin.
class Gatekeeper {
 public:
  using Admission = std::variant<Refusal, Principal>;

  virtual ~Gatekeeper() = default;
  // Before anything else of the request is looked at. Counts it in the rate of its key.
  virtual awaitable<Admission> admit(const HttpRequest& request) = 0;
  // That it is meant for this host and not sent by a page from elsewhere; asked of every request,
  // endpoints without a scope too.
  virtual std::optional<Refusal> check_site(const HttpRequest& request) const = 0;
  // Headers for a page of an origin that is let in; none for others.
  virtual HttpHeaders cors_headers(const HttpRequest& request) const = 0;
  // May this one answer that question? None: yes. `started_by` is the run's `by`.
  virtual std::optional<Refusal> may_answer(const Principal& who, const std::string& agent,
                                            const std::string& started_by) const = 0;
};

}  // namespace yoke

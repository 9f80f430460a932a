#pragma once

#include <string>
#include <vector>

#include "hosts/hook/gatekeeper.h"
#include "hosts/hook/keys/answer_rules.h"
#include "hosts/hook/keys/rate_meter.h"
#include "hosts/hook/keys/site.h"
#include "hosts/keys/api_keys.h"

namespace yoke {

// Says who brings a token of somebody else's, such as an OpenID provider's.
class TokenCheck {
 public:
  virtual ~TokenCheck() = default;
  virtual awaitable<Gatekeeper::Admission> check(Secret token) = 0;
};

// The doorkeeper by keys and tokens:
//   - over a socket file: whoever has no key is the user of this machine if the system says that
//     they are this process's user, or root, and no proxy brought them; others need a key;
//   - over TCP: a key or a token, save where neither was ever set up; then who comes from this
//     machine, and not through a proxy, is its user.
// A key that is sent must be right, even where none is needed.
//
// Ownership: borrows what it is given. `keys` is loaded.
// Threads:   loop thread only.
class KeyGate final : public Gatekeeper {
 public:
  struct Services {
    ApiKeys& keys;
    TokenCheck* tokens;  // null: no tokens are taken
    WallClock& wall;
  };
  struct Rules {
    SiteRules site = {};
    std::vector<AnswerRule> answers = {};
    std::string local_user = "local";
    std::optional<KeyRate> user_rate = {};  // of each who brings a token
  };
  KeyGate(Services services, Rules rules);

  awaitable<Admission> admit(const HttpRequest& request) override;
  std::optional<Refusal> check_site(const HttpRequest& request) const override;
  HttpHeaders cors_headers(const HttpRequest& request) const override;
  std::optional<Refusal> may_answer(const Principal& who, const std::string& agent,
                                    const std::string& started_by) const override;

 private:
  Admission admit_key(const Secret& text);
  // Counts the request in their rate. `meter` tells them from all others.
  Admission admit_within(const KeyRate& rate, const std::string& meter, Principal who);
  Admission admit_unnamed(const HttpRequest& request, bool foreign) const;

  Services services_;
  Rules rules_;
  RateMeter rates_;
};

}  // namespace yoke

#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "hosts/hook/keys/oidc/key_set.h"
#include "runtime/http/client.h"
#include "runtime/loop/signal.h"

namespace yoke {

// The keys of an issuer, fetched when they are first needed and kept.
//
// Ownership: borrows the client.
// Threads:   loop thread only; for many requests at once, of which one fetches. Meanwhile those
//            whom the keys at hand will do are given them.
// Cancellation: whoever fetches gives up; the next one that waits takes it over.
class KeySource {
 public:
  struct Options {
    std::string issuer;
    std::string jwks = {};  // where the keys are; empty: the issuer's discovery document says it
    std::chrono::seconds fresh_for{3600};    // then they are fetched anew
    std::chrono::seconds usable_for{86400};  // while the issuer cannot be reached
    std::chrono::seconds between{30};        // fetches that an unknown key, or a failure, asks for
    std::chrono::seconds patience{10};       // with the issuer
  };
  KeySource(HttpClient& client, Options options);

  enum class Need : std::uint8_t {
    any,     // those that are kept will do
    others,  // those that are kept lack the one that is looked for
  };
  // Errors: unavailable, naming the address that does not answer as it must.
  awaitable<Result<std::shared_ptr<const KeySet>>> keys(Need need);

  // Over https, or on this machine. Errors: invalid.
  static Result<void> check_address(const std::string& url);

 private:
  struct Turn;
  bool usable() const;
  bool must_fetch(Need need, LoopClock::time_point now) const;
  awaitable<Result<void>> fetch();
  awaitable<Result<Json>> get(std::string url, Deadline deadline);
  awaitable<Result<std::string>> find_jwks(Deadline deadline);
  void hand_on();

  HttpClient& client_;
  const Options options_;
  std::shared_ptr<const KeySet> keys_;
  LoopClock::time_point fetched_{};
  LoopClock::time_point tried_{};
  bool was_tried_ = false;
  std::string failure_;  // of the last try; empty: it went well
  bool fetching_ = false;
  std::deque<Signal*> waiting_;  // each lives in its wait
};

}  // namespace yoke

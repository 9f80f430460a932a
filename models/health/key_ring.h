#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/health/breaker.h"
#include "runtime/base/secret.h"
#include "runtime/ports/model.h"

namespace yoke {

// A key of a backend, and how people call it.
struct NamedKey {
  std::string name;  // "env:OPENAI_API_KEY"; never the key
  Secret secret;
};

// How one (model, key) of a backend is doing, for people.
struct KeyHealth {
  std::string model;
  std::string key;  // its name; empty: the backend takes no key
  BreakerState state = BreakerState::closed;
  int failures = 0;                   // in a row
  std::chrono::milliseconds left{0};  // until it is tried again; of state open
  std::string reason = {};            // of the last failure, in our own words
};

// The keys of one backend, taken in turn, with a breaker for each (model, key). Shared by all runs
// of the process. A backend without keys has one nameless entry.
//
// Threads: loop thread only. Pure: the time is told.
// Limits:  kModelsMax models are remembered; those that are well are forgotten first.
class KeyRing {
 public:
  using Time = Breaker::Time;
  static constexpr std::size_t kModelsMax = 256;

  KeyRing(std::vector<NamedKey> keys, BreakerSettings settings);

  // A key that a request may go out with. Reported once.
  struct Choice {
    std::size_t key = 0;
    std::string model;
    Breaker::Ticket ticket;
  };
  // No key will do now.
  struct NotNow {
    std::optional<Time> until;  // none: one request is on its way to see whether it works again
    FailureClass failure_class = FailureClass::server;
    std::string reason;  // why the one that is back first is held back
  };
  // What choose() would refuse with; none: there is a key.
  std::optional<NotNow> refusal(const std::string& model, Time now) const;
  // The next key in turn whose breaker lets a request through.
  std::variant<NotNow, Choice> choose(const std::string& model, Time now);

  const NamedKey& key(const Choice& choice) const { return keys_[choice.key]; }
  std::size_t size() const { return keys_.size(); }
  // Whether another key than the chosen one would be let through now.
  bool has_other(const Choice& choice, Time now) const;

  void succeeded(const Choice& choice);
  void failed(const Choice& choice, const ModelFailure& failure, Time now);
  void dropped(const Choice& choice);

  std::vector<KeyHealth> health(Time now) const;  // of all that were used

 private:
  struct Entry {
    Breaker breaker;
    FailureClass failure_class = FailureClass::server;  // of the last failure
    std::string reason;
  };
  using Entries = std::vector<Entry>;  // one a key

  Entries& entries_of(const std::string& model, Time now);
  static bool admits(const Entry& entry, Time now);
  static NotNow not_now(const Entries& entries, Time now);
  Entry* find(const Choice& choice);
  void forget_the_well(Time now);

  const std::vector<NamedKey> keys_;
  const BreakerSettings settings_;
  std::map<std::string, Entries> models_;
  std::size_t turn_ = 0;
};

}  // namespace yoke

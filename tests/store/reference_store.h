#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/store/types.h"

namespace yoke {

// One random step against a store, and how its outcome is written down to be compared.
struct Step {
  enum class Kind {
    create,
    append,
    claim,
    claim_due,
    post,
    set,
    remove,
    charge,
    read,
    inbox,
    get,
    budget
  };
  Kind kind = Kind::create;
  std::string run_id;
  std::string key;   // idempotency key, message id, value key
  std::string text;  // body, value
  std::string fork_run;
  std::int64_t fork_seq = 0;
  std::int64_t fence = 0;
  std::int64_t after_seq = 0;
  std::optional<RunStatus> status;  // append: the update's
  std::vector<std::string> taken;   // append: message ids
  std::optional<OpenCall> opens;    // append, charge
  std::string closes;               // append, charge: a call's id
  NanoUsd actual = 0;               // what it came to
  Micros at = 0;

  bool writes() const { return kind <= Kind::charge; }
  std::string describe() const;
};

// What a store must do, written for clearness alone: no hashes, no disk, no speed.
class ReferenceStore {
 public:
  void reopen();
  std::string perform(const Step& step);  // the outcome as text
  std::int64_t fence_of(const std::string& run_id) const;
  std::int64_t head_of(const std::string& run_id) const;

 private:
  using Reserved = std::map<std::string, std::int64_t>;  // by call
  struct Message {
    std::string id, by;
    Micros at = 0;
    bool taken = false;
  };
  struct Run {
    RunStatus status = RunStatus::owned;
    std::string idem_key;
    std::int64_t number = 0, fence = 1, owner_epoch = 0, claimed_at = 0;
    int takeovers = 0;
    Micros ready_at = 0;
    std::vector<std::string> bodies;  // from record 1 on, a fork's parent's included
    std::vector<Message> inbox;
    Reserved reserved;
  };

  std::string create(const Step& step);
  std::string append(const Step& step);
  std::string claim(const std::string& run_id);
  std::string claim_due(const Step& step);
  std::string post(const Step& step);
  std::string read(const Step& step) const;
  std::string inbox(const Step& step) const;
  std::string get(const Step& step) const;
  bool move_money(Reserved& reserved, const Step& step);  // false: there is no room
  void close_as_expected(Reserved& reserved);

  std::int64_t epoch_ = 1;
  std::map<std::string, Run> runs_;
  std::map<std::string, std::string> values_;
  Reserved without_run_;
  std::int64_t reserved_ = 0, settled_ = 0;
};

}  // namespace yoke

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/time.h"

// What runs cause outside of the store and the process: written with the events that cause it, sent
// later, at least once.
namespace yoke {

enum class OutboxState : std::uint8_t {
  unsent,    // to be sent, or being sent
  sent,      // whoever it is for has it
  given_up,  // nobody tries any more
};
std::string_view name_of(OutboxState state);  // "unsent", "sent", "given_up"

// One thing to send. What is handed in with an append says the first part; the store fills in the
// second.
struct OutboxRow {
  std::int64_t seq = 0;     // the run's event that causes it
  std::string destination;  // whom it is for, as its sender understands it
  std::string lane;  // rows of one lane are sent one after the other, in their order; empty: alone
  std::string dedupe;  // a second row with the same is not written; empty: none is the same
  Json body;
  Micros at = 0;       // of the event
  Micros next_at = 0;  // not to be sent before

  std::int64_t id = 0;
  std::string run_id = {};
  std::string tenant = {};
  int tries = 0;  // how often it was claimed
  OutboxState state = OutboxState::unsent;
  std::string last_error = {};
  Micros settled_at = 0;  // when it was sent or given up
};

// What became of a claimed row.
struct OutboxSent {};
struct OutboxRetry {
  Micros at = 0;
  std::string error;
};
struct OutboxGivenUp {
  std::string error;
};
using OutboxOutcome = std::variant<OutboxSent, OutboxRetry, OutboxGivenUp>;

struct OutboxFilter {
  std::string tenant = {};  // empty: of all
  std::string run_id = {};
  std::string destination = {};
  std::optional<OutboxState> state = {};
  std::int64_t before = 0;  // ids below this one: the next page; 0: from the newest
  int limit = 50;           // newest first
};

}  // namespace yoke

#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/time.h"
#include "runtime/store/run_status.h"

// Which runs and sessions a list shows, and in pages.
namespace yoke {

// Some of the statuses that a run can have; none of them means all. Ready and owned are one here:
// both run.
class StatusSet {
 public:
  StatusSet() = default;
  StatusSet(RunStatus status) { add(status); }  // NOLINT: a status is a set of one
  StatusSet(std::initializer_list<RunStatus> statuses) {
    for (const RunStatus status : statuses) add(status);
  }
  // All that are not final.
  static StatusSet active() { return {RunStatus::ready, RunStatus::owned, RunStatus::waiting}; }

  void add(RunStatus status) {
    bits_ |= bit(status);
    if (status <= RunStatus::owned) bits_ |= bit(RunStatus::ready) | bit(RunStatus::owned);
  }
  bool is_all() const { return bits_ == 0; }
  bool has(RunStatus status) const { return is_all() || (bits_ & bit(status)) != 0; }
  unsigned bits() const { return bits_; }

 private:
  static unsigned bit(RunStatus status) { return 1U << static_cast<unsigned>(status); }
  unsigned bits_ = 0;
};

struct RunFilter {
  std::optional<std::string> tenant = "local";  // none: of all tenants
  StatusSet status = {};
  std::string session = {};
  std::string agent = {};
  std::vector<std::string> agents_left_out = {};
  bool children_left_out = false;  // those that a call of another run waits for: is_call()
  std::string id_prefix = {};
  Micros due_by = 0;  // ready, or waiting and to be woken by then; 0: any
  Micros since = 0;   // created then or later
  // The run that ended the page before this one; empty: from the newest; unknown: no runs.
  std::string before = {};
  int limit = 50;  // newest first
};

struct SessionFilter {
  std::string tenant = "local";
  // The next page: the `last_at` and `session` of the last row; 0: from the newest.
  Micros before_at = 0;
  std::string before_session = {};
  int limit = 50;  // the last used first
};

struct SessionRow {
  std::string session;
  std::int64_t runs = 0;
  std::string last_run;  // the newest
  RunStatus last_status = RunStatus::ready;
  std::string last_reason;
  std::string agent;    // of the newest
  std::string title;    // the same
  Micros first_at = 0;  // when the oldest began
  Micros last_at = 0;   // when the newest began
};

}  // namespace yoke

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "hosts/hook/schedules/cron.h"
#include "runtime/base/time.h"

namespace yoke {

// What clocks show somewhere, as the system's time zone data says.
class Zone {
 public:
  Zone();  // UTC
  // By its IANA name, "Europe/Oslo". Errors: invalid (no name of that kind), not_found (this
  // machine knows none of that name).
  static Result<Zone> find(const std::string& name);
  const std::string& name() const { return name_; }

  // "2026-11-21 09:30 +01:00"
  std::string show(Micros at) const;

 private:
  friend std::optional<Micros> next_due(const Cron& cron, const Zone& zone, Micros after);
  struct Rules;
  std::string name_ = "UTC";
  std::shared_ptr<const Rules> rules_;  // shared by the copies; never changes
};

// The first moment after `after` at which the schedule is due, on a full minute save where the
// zone's clocks are not. None: not in the years that can be looked ahead.
//
// Where clocks are put forward, what is due at times that they leave out is due once, at the
// first moment after them. Where they are put back, what is due at a time that comes twice is due
// the first time. A schedule for every hour is about time that passes instead: what is left out is
// not due, and an hour that comes twice is two.
std::optional<Micros> next_due(const Cron& cron, const Zone& zone, Micros after);

}  // namespace yoke

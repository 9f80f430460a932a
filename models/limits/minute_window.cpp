#include "models/limits/minute_window.h"

#include <algorithm>
#include <chrono>

namespace yoke {
namespace {

constexpr std::chrono::seconds kWindow{60};

}  // namespace

void MinuteWindow::drop_old(Time now) {
  while (!entries_.empty() && entries_.front().at + kWindow <= now) {
    used_ -= entries_.front().amount;
    entries_.pop_front();
    ++first_;
  }
}

MinuteWindow::Time MinuteWindow::fits_at(std::int64_t amount, Time now) {
  drop_old(now);
  const std::int64_t room_needed = std::min(amount, most_);
  std::int64_t used = used_;
  Time at = now;
  for (const Entry& entry : entries_) {
    if (used + room_needed <= most_) break;
    used -= entry.amount;
    at = entry.at + kWindow;
  }
  return at;
}

std::uint64_t MinuteWindow::add(std::int64_t amount, Time now) {
  drop_old(now);
  entries_.push_back({now, amount});
  used_ += amount;
  return first_ + entries_.size() - 1;
}

void MinuteWindow::correct(std::uint64_t entry, std::int64_t amount) {
  if (entry < first_) return;
  Entry& found = entries_[static_cast<std::size_t>(entry - first_)];
  used_ += amount - found.amount;
  found.amount = amount;
}

std::int64_t MinuteWindow::used(Time now) {
  drop_old(now);
  return used_;
}

}  // namespace yoke

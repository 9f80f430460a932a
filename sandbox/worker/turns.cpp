#include "sandbox/worker/turns.h"

#include <algorithm>

namespace yoke::sandbox {

namespace {

constexpr int kBriefInARow = 4;

}  // namespace

void Turns::Ring::push(std::uint32_t call, const std::string& group) {
  std::deque<std::uint32_t>& calls = waiting_[group];
  if (calls.empty()) order_.push_back(group);
  calls.push_back(call);
}

std::uint32_t Turns::Ring::pop() {
  const std::string group = std::move(order_.front());
  order_.pop_front();
  const auto found = waiting_.find(group);
  const std::uint32_t call = found->second.front();
  found->second.pop_front();
  if (found->second.empty()) {
    waiting_.erase(found);
  } else {
    order_.push_back(group);
  }
  return call;
}

void Turns::Ring::remove(std::uint32_t call) {
  for (auto entry = waiting_.begin(); entry != waiting_.end(); ++entry) {
    std::deque<std::uint32_t>& calls = entry->second;
    const auto at = std::find(calls.begin(), calls.end(), call);
    if (at == calls.end()) continue;
    calls.erase(at);
    if (!calls.empty()) return;
    order_.erase(std::find(order_.begin(), order_.end(), entry->first));
    waiting_.erase(entry);
    return;
  }
}

void Turns::push(std::uint32_t call, const std::string& group, bool has_used_a_slice) {
  (has_used_a_slice ? lasting_ : brief_).push(call, group);
}

std::optional<std::uint32_t> Turns::pop() {
  if (empty()) return std::nullopt;
  const bool brief = !brief_.empty() && (lasting_.empty() || brief_in_a_row_ < kBriefInARow);
  brief_in_a_row_ = brief ? brief_in_a_row_ + 1 : 0;
  return brief ? brief_.pop() : lasting_.pop();
}

void Turns::remove(std::uint32_t call) {
  brief_.remove(call);
  lasting_.remove(call);
}

}  // namespace yoke::sandbox

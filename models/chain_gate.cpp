#include "models/chain_gate.h"

namespace yoke {
namespace {

struct Both {
  Permit first;
  Permit second;
};

}  // namespace

awaitable<Result<Permit>> ChainGate::enter(GateRequest request, Deadline deadline) {
  auto entering = first_->enter(request, deadline);
  Result<Permit> first = co_await std::move(entering);
  if (!first) co_return first.error();
  auto entering_next = second_.enter(std::move(request), deadline);
  Result<Permit> second = co_await std::move(entering_next);
  if (!second) co_return second.error();
  auto both = std::make_shared<Both>();  // shared because a function can be copied; owned by one
  both->first = std::move(*first);
  both->second = std::move(*second);
  co_return Permit([both]() mutable {
    both->second = Permit();
    both->first = Permit();
  });
}

std::optional<std::chrono::milliseconds> ChainGate::expected_wait(
    const GateRequest& request) const {
  const auto first = first_->expected_wait(request);
  const auto second = second_.expected_wait(request);
  if (!first && !second) return std::nullopt;
  using std::chrono::milliseconds;
  return first.value_or(milliseconds(0)) + second.value_or(milliseconds(0));
}

}  // namespace yoke

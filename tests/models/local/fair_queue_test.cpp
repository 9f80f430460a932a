#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/fair_queue.h"

namespace yoke {
namespace {

std::vector<FairQueue::Ticket> drain(FairQueue& queue) {
  std::vector<FairQueue::Ticket> order;
  while (const auto ticket = queue.pop()) order.push_back(*ticket);
  return order;
}

}  // namespace

TEST_CASE("a tenant with many requests does not keep one with a single request waiting") {
  FairQueue queue;
  for (FairQueue::Ticket ticket = 1; ticket <= 5; ++ticket) queue.push(ticket, "busy", 10);
  queue.push(6, "quiet", 10);
  CHECK(drain(queue) == std::vector<FairQueue::Ticket>{1, 6, 2, 3, 4, 5});
}

TEST_CASE("tenants share by weight and not by the number of requests") {
  FairQueue queue;
  for (FairQueue::Ticket ticket = 1; ticket <= 3; ++ticket) queue.push(ticket, "heavy", 30);
  for (FairQueue::Ticket ticket = 4; ticket <= 9; ++ticket) queue.push(ticket, "light", 10);
  CHECK(drain(queue) == std::vector<FairQueue::Ticket>{1, 4, 5, 6, 2, 7, 8, 9, 3});
}

TEST_CASE("a tenant that was away has saved nothing up") {
  FairQueue queue;
  for (FairQueue::Ticket ticket = 1; ticket <= 6; ++ticket) queue.push(ticket, "here", 10);
  for (int served = 0; served < 4; ++served) queue.pop();
  for (FairQueue::Ticket ticket = 7; ticket <= 10; ++ticket) queue.push(ticket, "back", 10);
  CHECK(drain(queue) == std::vector<FairQueue::Ticket>{7, 5, 8, 6, 9, 10});
}

TEST_CASE("a request that is given up costs its tenant nothing") {
  FairQueue queue;
  queue.push(1, "a", 1'000);
  queue.push(2, "a", 10);
  queue.push(3, "b", 10);
  CHECK(queue.remove(1));
  CHECK_FALSE(queue.remove(1));
  CHECK(queue.size() == 2);
  CHECK(drain(queue) == std::vector<FairQueue::Ticket>{2, 3});
}

TEST_CASE("the weight ahead of a newcomer counts what is served before it and no more") {
  FairQueue queue;
  CHECK(queue.weight_ahead("a") == 0);
  for (FairQueue::Ticket ticket = 1; ticket <= 10; ++ticket) queue.push(ticket, "busy", 100);
  CHECK(queue.weight_ahead("busy") == 1'000);
  CHECK(queue.weight_ahead("new") == 100);
}

}  // namespace yoke

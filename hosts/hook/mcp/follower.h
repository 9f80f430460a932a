#pragma once

#include <memory>
#include <string>
#include <variant>

#include "hosts/hook/services.h"

namespace yoke::mcp_hook {

// Follows one run for a request: what it tells, that it rests, that it is lost here.
//
// Ownership: borrows the services, which outlive it.
// Threads:   loop thread only.
class Follower {
 public:
  Follower(HookServices services, std::string run_id, std::unique_ptr<RunFeed::Reader> reader);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  struct Quiet {};  // nothing came until then
  struct Rests {};  // nobody drives it: it waits, has ended, or was lost to a fault
  struct Over {};   // it had ended before
  struct Lost {     // no more is told here
    Refusal refusal;
  };
  using Next = std::variant<FeedItemRef, Quiet, Rests, Over, Lost>;
  awaitable<Next> next(Deadline until);

  void look_first() { on_rest(); }  // it may rest already

 private:
  void on_rest();

  HookServices services_;
  const std::string run_id_;
  std::unique_ptr<RunFeed::Reader> reader_;
  bool rests_ = false;
  Drivers::Watch watch_;  // last: it refers to what is above
};

}  // namespace yoke::mcp_hook

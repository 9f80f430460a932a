#pragma once

#include <memory>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/hook_log.h"
#include "hosts/hook/services.h"
#include "runtime/loop/task_group.h"

namespace yoke {

class OutgoingWebhooks;
class Scheduler;

// What starts runs without anybody at hand, and tells of them: webhooks in and out, schedules.
//
// Ownership: borrows the services. It outlives its endpoints and the group that it runs in.
class Triggers {
 public:
  // Adds the endpoints. Errors: what is wrong with [hooks], [webhooks] or [schedules], with its
  // line: then nothing is to be served.
  static Result<std::unique_ptr<Triggers>> make(HookServices services, const HookLog& log,
                                                Endpoints& endpoints);
  // That `yoke serve` would take these sections.
  static Result<void> check(App& app);
  Triggers(std::unique_ptr<Scheduler> scheduler, std::unique_ptr<OutgoingWebhooks> outgoing);
  ~Triggers();
  Triggers(const Triggers&) = delete;
  Triggers& operator=(const Triggers&) = delete;

  // Reads what is kept, then starts and sends in the group until that is cancelled.
  awaitable<void> begin(TaskGroup& group);

 private:
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<OutgoingWebhooks> outgoing_;
};

}  // namespace yoke

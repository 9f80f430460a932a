#include "hosts/hook/triggers.h"

#include "hosts/hook/schedules/read_schedules.h"
#include "hosts/hook/schedules/schedules.h"
#include "hosts/hook/schedules/start_schedule.h"
#include "hosts/hook/webhooks/inbound.h"
#include "hosts/hook/webhooks/outgoing.h"
#include "hosts/hook/webhooks/webhooks.h"

namespace yoke {

Triggers::Triggers(std::unique_ptr<Scheduler> scheduler, std::unique_ptr<OutgoingWebhooks> outgoing)
    : scheduler_(std::move(scheduler)), outgoing_(std::move(outgoing)) {}
Triggers::~Triggers() = default;

Result<std::unique_ptr<Triggers>> Triggers::make(HookServices services, const HookLog& log,
                                                 Endpoints& endpoints) {
  if (Result<void> added = add_webhooks(endpoints, services, log); !added) return added.error();
  Result<std::unique_ptr<Scheduler>> scheduler = make_scheduler(services, log);
  if (!scheduler) return scheduler.error();
  Result<std::unique_ptr<OutgoingWebhooks>> outgoing = OutgoingWebhooks::make(services, log);
  if (!outgoing) return outgoing.error();
  add_schedules(endpoints, services, **scheduler);
  add_outgoing_webhooks(endpoints, services, **outgoing);
  return std::make_unique<Triggers>(std::move(*scheduler), std::move(*outgoing));
}

Result<void> Triggers::check(App& app) {
  if (Result<Inbounds> hooks = read_inbounds(app); !hooks) return hooks.error();
  if (Result<Outbounds> to = read_outbounds(app.config()); !to) return to.error();
  return check_schedules(app);
}

awaitable<void> Triggers::begin(TaskGroup& group) {
  auto loading = scheduler_->load();
  co_await std::move(loading);
  group.spawn(scheduler_->run());
  group.spawn(outgoing_->run());
}

}  // namespace yoke

#include "hosts/hook/webhooks/outgoing.h"

namespace yoke {

Result<std::unique_ptr<OutgoingWebhooks>> OutgoingWebhooks::make(HookServices services,
                                                                 HookLog log) {
  Result<Outbounds> to = read_outbounds(services.app.config());
  if (!to) return to.error();
  return std::make_unique<OutgoingWebhooks>(services, std::move(*to), std::move(log));
}

OutgoingWebhooks::OutgoingWebhooks(HookServices services, Outbounds to, HookLog log)
    : services_(services),
      client_(services.app.executor()),
      sender_(WebhookSender::Parts{services.app.executor(), services.app.store(), services.wall,
                                   random_,
                                   [this](HttpRequest request, Deadline deadline) {
                                     return client_.send(std::move(request), deadline);
                                   },
                                   std::move(log)},
              std::move(to), WebhookSender::Options{}) {
  services_.app.engine().subscribe(sender_);
}

OutgoingWebhooks::~OutgoingWebhooks() { services_.app.engine().unsubscribe(sender_); }

}  // namespace yoke

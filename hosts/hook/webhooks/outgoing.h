#pragma once

#include <memory>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/hook_log.h"
#include "hosts/hook/services.h"
#include "hosts/hook/webhooks/sender.h"
#include "runtime/http/client.h"

namespace yoke {

// Webhooks out: who sends them, with a client of its own.
//
// Ownership: borrows the services. run() is a task that is joined before this goes.
class OutgoingWebhooks {
 public:
  // Errors: what is wrong with a [webhooks.NAME], with its line.
  static Result<std::unique_ptr<OutgoingWebhooks>> make(HookServices services, HookLog log = {});
  OutgoingWebhooks(HookServices services, Outbounds to, HookLog log);
  ~OutgoingWebhooks();
  OutgoingWebhooks(const OutgoingWebhooks&) = delete;
  OutgoingWebhooks& operator=(const OutgoingWebhooks&) = delete;

  awaitable<void> run() { return sender_.run(); }
  WebhookSender& sender() { return sender_; }

 private:
  HookServices services_;
  SystemRandom random_;
  HttpClient client_;
  WebhookSender sender_;  // last: it sends by the client
};

// GET /v1/webhooks, GET /v1/webhooks/deliveries, POST …/deliveries/{id}/redeliver, POST
// /v1/webhooks/{name}/test. `outgoing` outlives the endpoints.
void add_outgoing_webhooks(Endpoints& endpoints, HookServices services, OutgoingWebhooks& outgoing);

}  // namespace yoke

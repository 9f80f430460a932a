#pragma once

#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "runtime/journal/event.h"
#include "runtime/journal/run_state.h"

// Which events are told to whom by webhooks, and in which words. Pure: the same event gives the
// same rows.
namespace yoke {

// What of a run decides where its events are told.
struct WebhookRun {
  std::string run_id;
  std::string tenant;
  std::string agent;
  std::string session;
  Json webhook = nullptr;  // {"url", "secret_name", "events"} that its start named; null: none
};

WebhookRun webhook_run(const RunState& state);

// A row for each place that is to be told. Its destination is the section's name, its lane that and
// the session or run, its body {"url"?: the run's own, "type": the event's kind, "id": of the
// message, "payload": the text that is sent}.
std::vector<OutboxRow> webhook_rows(const std::map<std::string, WebhookConfig>& webhooks,
                                    const Event& event, const WebhookRun& run);

// What is sent: {"type", "timestamp", "data": the event with "agent", "tenant", "session"?}.
// Without `contents`, or when it would be too large, `data` has names, numbers and times alone.
Json webhook_payload(const Event& event, const WebhookRun& run, bool contents);

// What a run's start may name: {"url": "https://…", "secret_name"?, "events"?}, filled up with what
// it leaves out. Errors: invalid (the field and the mend), unsupported (the tenant has no
// [webhooks.NAME] with for_runs = true).
Result<Json> check_run_webhook(const std::map<std::string, WebhookConfig>& webhooks,
                               const std::string& tenant, const Json& webhook);

// That a URL may be told to: https, or http where addresses of this network are allowed.
Result<void> check_webhook_url(const std::string& url, bool allow_private);
// Globs that match no kind of event are mistakes.
Result<void> check_event_globs(const std::vector<std::string>& globs);

}  // namespace yoke

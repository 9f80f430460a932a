#pragma once

#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/run_order.h"

// What starting runs, and listing them, have in common with sessions and signals.
namespace yoke {

// The request's Idempotency-Key, as the caller's own; empty: it has none.
std::variant<Refusal, std::string> asked_idem_key(const AskedOf& asked);
// 422: another thing was asked for under this key.
Refusal key_reused(std::string detail);

// Starts the run of the order and answers as the request wants: at once, when it is settled, or
// with its events.
awaitable<HttpReply> start_order(ApiRef api, AskedOf asked, RunOrder order);

// The answer about a run that was started, forked or woken: `at_once` is its status without
// `wait`; with it, 201 (or `settled`) once it is settled, else 202.
struct RunStatuses {
  int at_once = 201;
  int settled = 201;
};
awaitable<HttpReply> answer_with_run(ApiRef api, AskedOf asked, std::string run_id,
                                     RunStatuses statuses);

// What `status`, `agent`, `session`, `since`, `limit` and `cursor` of the query ask for.
std::variant<Refusal, RunFilter> run_filter(const AskedOf& asked);
// {"runs", "next"?}: those that are visible. Who sees but a part of them may get short pages.
awaitable<Json> list_runs(ApiRef api, Principal who, RunFilter filter);

// A day, a month or a whole time. Errors: invalid.
Result<Micros> time_from_text(const std::string& text);

}  // namespace yoke

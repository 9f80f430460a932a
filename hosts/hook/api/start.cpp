#include "hosts/hook/api/start.h"

#include <algorithm>

#include "hosts/hook/trace_parent.h"
#include "hosts/hook/visible.h"
#include "hosts/hook/while_there.h"
#include "runtime/base/hash.h"

namespace yoke {
namespace {

constexpr std::size_t kKeyBytesMax = 255;
constexpr const char* kBehindOthers = "session";  // it waits for its session's earlier runs
constexpr Micros kKeyHolds = 24 * 3600 * Micros{1'000'000};

// As the client wrote it; none: it wrote none. Errors: invalid.
Result<std::string> key_of(const HttpRequest& request) {
  const std::string* header = request.headers.find("Idempotency-Key");
  if (header == nullptr) return std::string();
  const bool printable =
      std::all_of(header->begin(), header->end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (printable && !header->empty() && header->size() <= kKeyBytesMax) return *header;
  return Error{Errc::invalid, "Idempotency-Key must be 1 to 255 printable ASCII characters"};
}

// What tells one request from another: where it goes and what it says, however it is written.
std::string hash_of(const AskedOf& asked) {
  const std::string& url = asked.call.request.url;
  Hasher hasher;
  hasher.field(url.substr(0, url.find('?'))).field(to_text(asked.body));
  return to_hex(hasher.finish());
}

bool waits_for_somebody(const RunRow& row) {
  return row.status == RunStatus::waiting && row.ready_at == 0 && row.reason != kBehindOthers;
}

Refusal not_created(const Error& error) {
  Refusal refusal = refusal_of(error);
  if (error.place == kSessionBusy) {
    refusal = refusal_with(409, "conflict", error.detail);
    refusal.code = "session.busy";
  } else if (error.place == kKeyInUse) {
    refusal = refusal_with(422, "invalid",
                           "this Idempotency-Key was used for another request within a day: take "
                           "a new one",
                           "Idempotency-Key");
    refusal.code = "idempotency_key.reused";
  }
  return refusal;
}

}  // namespace

awaitable<HttpReply> start_order(ApiRef api, AskedOf asked, RunOrder order) {
  const Result<std::string> key = key_of(asked.call.request);
  if (!key) {
    co_return problem(refusal_with(400, "bad request", key.error().message(), "Idempotency-Key"));
  }
  const std::optional<Refusal> unknown =
      choose_program(api->services.app, asked.call.who, api->place, order);
  if (unknown) co_return problem(*unknown);
  const bool visible =
      co_await may_see_session(api->services.app.store(), asked.call.who, order.run.session);
  if (!visible) co_return problem(hidden_session(order.run.session));
  if (!key->empty()) {
    // Each caller's own: what others do under their keys is not theirs to know.
    const std::string& name = asked.call.who.name;
    order.run.idem_key = "api:" + std::to_string(name.size()) + ":" + name + ":" + *key;
    order.run.idem_hash = hash_of(asked);
    order.run.idem_since = api->services.wall.now() - kKeyHolds;
  }
  note_trace(asked.call.request, order.run.note);
  Result<Created> created = co_await api->services.drivers.start(std::move(order.run));
  if (!created) co_return problem(not_created(created.error()));
  std::string run_id = created->claim.run_id;
  HttpReply reply;
  if (wants_events(asked.call.request)) {
    const FeedPosition begin;
    reply = stream_run(api, std::move(run_id), begin);
  } else {
    const RunStatuses statuses;
    reply = co_await answer_with_run(api, std::move(asked), std::move(run_id), statuses);
  }
  if (created->existed) reply.headers.set("Idempotency-Replayed", "true");
  co_return reply;
}

awaitable<HttpReply> answer_with_run(ApiRef api, AskedOf asked, std::string run_id,
                                     RunStatuses statuses) {
  const std::optional<std::chrono::milliseconds> wait = wait_of(asked).value();
  Result<RunRow> row = Error{Errc::not_found, ""};
  std::optional<Result<RunRow>> settled;
  if (wait) {
    const Deadline until = LoopClock::now() + *wait;
    auto settling = api->services.drivers.settled(run_id, until);
    settled = co_await while_there(asked.call.request.caller, std::move(settling));
  }
  // Who hung up is answered as one who has waited long enough.
  if (settled) {
    row = std::move(*settled);
  } else {
    row = co_await api->services.app.store().get(run_id);
  }
  if (!row) co_return problem(refusal_of(row.error()));
  int status = statuses.at_once;
  if (wait) {
    const bool rests = is_final(row->status) || waits_for_somebody(*row);
    status = rests ? statuses.settled : 202;
  }
  const Json run = co_await describe_run(api, std::move(*row));
  HttpReply reply = json_reply(status, run);
  reply.headers.add("Location", "/v1/runs/" + run_id);
  co_return reply;
}

}  // namespace yoke

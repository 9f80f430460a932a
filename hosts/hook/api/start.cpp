#include "hosts/hook/api/start.h"

#include "hosts/app/idem_key.h"
#include "hosts/hook/trace_parent.h"
#include "hosts/hook/visible.h"
#include "hosts/hook/while_there.h"
#include "runtime/base/hash.h"

namespace yoke {
namespace {

constexpr const char* kBehindOthers = "session";  // it waits for its session's earlier runs
constexpr Micros kKeyHolds = 24 * 3600 * Micros{1'000'000};

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
    refusal = key_reused(
        "this Idempotency-Key was used for another request within a day: take a new one");
  }
  return refusal;
}

}  // namespace

std::variant<Refusal, std::string> asked_idem_key(const AskedOf& asked) {
  const std::string* header = asked.call.request.headers.find("Idempotency-Key");
  if (header == nullptr) return std::string();
  const Result<void> sound = check_idem_key(*header);
  if (sound) return idem_key_of(asked.call.who.name, *header);
  return refusal_with(400, "bad request", "Idempotency-Key " + sound.error().detail,
                      "Idempotency-Key");
}

Refusal key_reused(std::string detail) {
  Refusal refusal = refusal_with(422, "invalid", std::move(detail), "Idempotency-Key");
  refusal.code = "idempotency_key.reused";
  return refusal;
}

awaitable<HttpReply> start_order(ApiRef api, AskedOf asked, RunOrder order) {
  std::variant<Refusal, std::string> key = asked_idem_key(asked);
  if (const auto* refusal = std::get_if<Refusal>(&key)) co_return problem(*refusal);
  const std::optional<Refusal> unknown =
      choose_program(api->services.app, asked.call.who, api->place, order);
  if (unknown) co_return problem(*unknown);
  const bool visible =
      co_await may_see_session(api->services.app.store(), asked.call.who, order.run.session);
  if (!visible) co_return problem(hidden_session(order.run.session));
  order.run.idem_key = std::move(std::get<std::string>(key));
  if (!order.run.idem_key.empty()) {
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
    reply = stream_run(api, asked.call.who, std::move(run_id), begin);
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

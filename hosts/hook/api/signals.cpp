#include "runtime/engine/signals.h"
#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/start.h"

// POST /v1/runs/{id}/signals.
namespace yoke {
namespace {

awaitable<HttpReply> send_signal(ApiRef api, AskedOf asked) {
  std::variant<Refusal, std::string> key = asked_idem_key(asked);
  if (const auto* refusal = std::get_if<Refusal>(&key)) co_return problem(*refusal);
  RunFound found = co_await find_run_of(api, asked.call.who, asked.call.args.at(0));
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return problem(*refusal);
  const RunRow row = std::move(std::get<RunRow>(found));
  const std::string name = string_at(asked.body, "name");
  const Result<void> sound = check_signal_name(name);
  if (!sound) co_return problem(refusal_with(422, "invalid", sound.error().detail, "/name"));
  SendSignal order;
  order.run_id = row.run_id;
  order.name = name;
  order.value = member_at(asked.body, "data");
  order.by = actor_of(*api, asked);
  order.key = std::move(std::get<std::string>(key));
  const Result<SentSignal> sent = co_await api->services.app.engine().signal(std::move(order));
  if (!sent && sent.error().place == kKeyInUse) {
    co_return problem(key_reused(sent.error().detail + "; take a new one"));
  }
  if (!sent) co_return problem(refusal_of(sent.error()));
  api->services.drivers.wake(row.run_id, row.tenant);
  const Posted& posted = sent->posted;
  const Json told{{"run", row.run_id},         {"signal", name},
                  {"by", posted.winner.by},    {"at", to_iso8601(posted.winner.at)},
                  {"repeated", !posted.first}, {"awaited", sent->awaited}};
  HttpReply reply = json_reply(202, told);
  if (!posted.first) reply.headers.set("Idempotency-Replayed", "true");
  co_return reply;
}

Operation signal_operation() {
  Operation operation("sendSignal", "runs", "Send a run a signal");
  operation
      .says(
          "A workflow waits for it with `w.signal(name)`. It is kept before it is answered: one "
          "that comes before the script waits for it is met later, in the order in which those of "
          "its name came, and each goes to one wait. What is sent to a run again with its "
          "Idempotency-Key is the same signal.")
      .path("id", "The run.")
      .header("Idempotency-Key", Json{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}},
              "Any text of the client's own, new for each signal that is meant.")
      .body("SendSignal")
      .answers(202, "SignalSent", "It is kept for the run, which goes on if it waits for it.")
      .fails({400, 404, 409, 415, 422});
  return operation;
}

}  // namespace

void add_signal_endpoints(const ApiRef& api, Endpoints& endpoints) {
  endpoints.push_back(api_endpoint(api, {"POST", "/v1/runs/{id}/signals", Scope::run},
                                   signal_operation(), send_signal));
}

}  // namespace yoke

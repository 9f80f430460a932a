#include <array>
#include <map>

#include "hosts/hook/trace_parent.h"
#include "hosts/hook/webhooks/inbound.h"
#include "hosts/hook/webhooks/run_words.h"
#include "hosts/hook/webhooks/webhooks.h"
#include "runtime/base/text.h"
#include "runtime/engine/signals.h"

namespace yoke {
namespace {

// Slack waits for three seconds, Teams for five; the rest is for the way.
constexpr std::chrono::milliseconds kMapPatience{2000};
constexpr std::chrono::milliseconds kTeamsPatience{4200};
constexpr std::size_t kTeamsTextMax = 20'000;

Refusal refusal(int status, std::string title, std::string detail) {
  Refusal out;
  out.status = status;
  out.title = std::move(title);
  out.detail = std::move(detail);
  return out;
}

// What a sender whose signature does not hold is told: the same for whatever is wrong.
HttpReply not_signed() {
  return problem(refusal(401, "unauthorized", "the request is not signed as this hook wants it"));
}

HttpReply teams_text(const std::string& text) {
  return json_reply(200, Json{{"type", "message"}, {"text", shorten(text, kTeamsTextMax)}});
}

// The run that was sent a signal, or had been.
struct SignalledRun {
  std::string run_id;
  bool again = false;  // this delivery had brought it before
};

// Empty: none of the session's has not ended.
awaitable<std::string> newest_in(Store& store, const Inbound& hook, std::string session) {
  RunFilter filter;
  filter.tenant = hook.tenant;
  filter.agent = hook.agent;
  filter.session = std::move(session);
  const std::vector<RunRow> rows = co_await store.list(std::move(filter));
  for (const RunRow& row : rows) {
    if (!is_final(row.status)) co_return row.run_id;
  }
  co_return std::string();
}

// Which run each delivery for a session went to. Kept before its signal is sent, so that a delivery
// that comes again, be it years later or after a crash, is for that run and no newer one.
class SentTo {
 public:
  // The delivery's run; empty: there is none that goes on in the session.
  awaitable<std::string> find(Store& store, const Inbound& hook, std::string delivery_id,
                              std::string session) {
    const std::string key = hook.name + "/" + delivery_id;
    auto looking = newest_in(store, hook, std::move(session));
    std::string newest = co_await std::move(looking);
    auto reading = store.kv_get(space_of(hook), key);
    const Result<Json> kept = co_await std::move(reading);
    if (kept) co_return kept->is_string() ? kept->get<std::string>() : std::string();
    if (kept.error().code != Errc::not_found) throw StoreFault(kept.error().message());
    if (newest.empty()) co_return newest;
    // The same delivery may come twice at once: the first of them has chosen for both.
    const auto [place, first] = choosing_.emplace(space_of(hook) + "/" + key, newest);
    if (!first) co_return place->second;
    const auto done = place;
    auto keeping = store.kv_set(space_of(hook), key, newest);
    try {
      const Result<void> set = co_await std::move(keeping);
      if (!set) throw StoreFault("where a delivery went cannot be kept: " + set.error().message());
    } catch (...) {
      choosing_.erase(done);
      throw;
    }
    choosing_.erase(done);
    co_return newest;
  }

 private:
  static std::string space_of(const Inbound& hook) { return "yoke:deliveries/" + hook.tenant; }

  std::map<std::string, std::string> choosing_;  // until it is kept
};

// Sends it to the run that it names, or to the newest that has not ended in its session: a run of
// the hook's agent and tenant. However often a delivery comes, it is one signal.
awaitable<Result<SignalledRun>> send_hook_signal(HookServices services, const Inbound& hook,
                                                 SentTo& sent_to, std::string delivery_id,
                                                 HookSignal signal) {
  std::string run_id = std::move(signal.run);
  if (run_id.empty() && signal.session.empty()) {
    co_return Error{Errc::invalid, "the signal '" + signal.name +
                                       "' is for no run: give it a 'run', or a 'session'"};
  }
  if (run_id.empty()) {
    auto finding = sent_to.find(services.app.store(), hook, delivery_id, signal.session);
    run_id = co_await std::move(finding);
    if (run_id.empty()) {
      co_return Error{Errc::not_found, "no run of '" + hook.agent + "' goes on in the session '" +
                                           printable(signal.session) + "'"};
    }
  }
  const Result<RunRow> row = co_await services.app.store().get(run_id);
  if (!row || row->tenant != hook.tenant || row->agent != hook.agent) {
    co_return Error{Errc::not_found, "there is no run '" + shorten(printable(run_id), 80) +
                                         "' of '" + hook.agent + "'"};
  }
  SendSignal order;
  order.run_id = run_id;
  order.name = std::move(signal.name);
  order.value = std::move(signal.value);
  order.by = "hook:" + hook.name;
  order.key = "hook:" + hook.name + ":" + delivery_id;
  const Result<SentSignal> sent = co_await services.app.engine().signal(std::move(order));
  if (!sent) co_return sent.error();
  services.drivers.wake(row->run_id, row->tenant);
  SignalledRun signalled;
  signalled.run_id = std::move(run_id);
  signalled.again = !sent->posted.first;
  co_return signalled;
}

// Deliveries of all hooks.
//
// Ownership: shared by the endpoint's calls, so that it outlives them; borrows the services.
class Inbox {
 public:
  Inbox(HookServices services, Inbounds hooks, HookLog log)
      : services_(services), hooks_(std::move(hooks)), log_(std::move(log)) {}

  awaitable<HttpReply> answer(HookCall call);

 private:
  awaitable<Result<Mapped>> start_of(const Inbound& hook, const HttpHeaders& headers,
                                     const Delivery& delivery);
  Result<StartRun> run_of(const Inbound& hook, const std::string& delivery_id,
                          const HookStart& start);
  awaitable<HttpReply> accept(const Inbound& hook, HookCall call, Delivery delivery, Deadline now);
  awaitable<HttpReply> reply_of(const Inbound& hook, Created created, std::string said,
                                Deadline begun);
  awaitable<HttpReply> signalled(const Inbound& hook, HookCall call, Delivery delivery,
                                 Mapped mapped);
  HttpReply skipped(const Inbound& hook) const;
  HttpReply failed(const Inbound& hook, const HookCall& call, const Error& error) const;
  void note(std::string_view event, Json fields) const {
    if (log_) log_(event, fields);
  }

  HookServices services_;
  Inbounds hooks_;
  HookLog log_;
  SentTo sent_to_;
};

awaitable<HttpReply> Inbox::answer(HookCall call) {
  const Deadline begun = LoopClock::now();
  const auto found = hooks_.find(call.args.at(0));
  if (found == hooks_.end()) {
    co_return problem(refusal(404, "not found", "there is no such hook"));
  }
  const Inbound& hook = found->second;
  const HttpRequest& request = call.request;
  const Result<HookProof> proof = verify_hook(hook.scheme, hook.keys, request.headers, request.body,
                                              services_.wall.now(), hook.tolerance);
  if (!proof) {
    note("webhook.refused", Json{{"hook", hook.name},
                                 {"why", proof.error().detail},
                                 {"from", request.peer.address},
                                 {"request", call.id}});
    co_return not_signed();
  }
  Received received = read_delivery(hook.scheme, request.headers, request.body, *proof);
  if (const Refusal* refused = std::get_if<Refusal>(&received)) {
    note("webhook.refused",
         Json{{"hook", hook.name}, {"why", refused->detail}, {"request", call.id}});
    co_return problem(*refused);
  }
  if (DeliveryAnswer* answer = std::get_if<DeliveryAnswer>(&received)) {
    co_return std::move(answer->reply);
  }
  Delivery delivery = std::get<Delivery>(std::move(received));
  if (!wants_event(hook.events, delivery.event)) co_return skipped(hook);
  auto accepted = accept(hook, std::move(call), std::move(delivery), begun);
  co_return co_await std::move(accepted);
}

awaitable<Result<Mapped>> Inbox::start_of(const Inbound& hook, const HttpHeaders& headers,
                                          const Delivery& delivery) {
  HookStart plain = plain_start(hook.scheme, hook.name, delivery);
  Mapped mapped;
  mapped.start = plain;
  if (hook.map != nullptr) {
    Json given{{"hook", hook.name},
               {"id", delivery.id},
               {"event", delivery.event},
               {"payload", delivery.payload},
               {"headers", safe_headers(headers)}};
    const Deadline until = LoopClock::now() + kMapPatience;
    auto mapping =
        map_delivery(hook.map, std::move(given), std::move(plain), services_.app.scripts(), until);
    Result<Mapped> made = co_await std::move(mapping);
    if (!made) co_return made.error();
    mapped = std::move(*made);
  }
  const bool names_run = mapped.signal && !mapped.signal->run.empty();
  if (!mapped.skip && !names_run && mapped.start.session.empty() && !hook.session.empty()) {
    Result<std::string> session = fill_session(hook.session, delivery.payload);
    if (!session) co_return session.error();
    mapped.start.session = std::move(*session);
  }
  co_return mapped;
}

Result<StartRun> Inbox::run_of(const Inbound& hook, const std::string& delivery_id,
                               const HookStart& start) {
  ProgramChoice choice;
  choice.agent = hook.agent;
  Result<Program> program = services_.app.choose(choice);
  if (!program) return program.error();
  StartRun run;
  run.program = std::move(*program);
  run.task = start.task;
  run.input = start.input;
  run.session = start.session;
  run.on_busy = OnBusy::enqueue;  // what comes to a conversation is heard in its order
  run.tenant = hook.tenant;
  run.idem_key = "hook:" + hook.name + ":" + delivery_id;
  run.by = "hook:" + hook.name;
  return run;
}

awaitable<HttpReply> Inbox::accept(const Inbound& hook, HookCall call, Delivery delivery,
                                   Deadline begun) {
  auto starting = start_of(hook, call.request.headers, delivery);
  Result<Mapped> mapped = co_await std::move(starting);
  if (!mapped) co_return failed(hook, call, mapped.error());
  if (mapped->skip) co_return skipped(hook);
  if (mapped->signal) {
    auto sending = signalled(hook, std::move(call), delivery, std::move(*mapped));
    co_return co_await std::move(sending);
  }
  Result<StartRun> run = run_of(hook, delivery.id, mapped->start);
  if (!run) co_return failed(hook, call, run.error());
  note_trace(call.request, run->note);
  auto started = services_.drivers.start(std::move(*run));
  const Result<Created> created = co_await std::move(started);
  if (!created) co_return failed(hook, call, created.error());
  note("webhook.received", Json{{"hook", hook.name},
                                {"event", delivery.event},
                                {"run", created->claim.run_id},
                                {"again", created->existed},
                                {"request", call.id}});
  auto reply = reply_of(hook, *created, std::move(mapped->reply), begun);
  co_return co_await std::move(reply);
}

awaitable<HttpReply> Inbox::signalled(const Inbound& hook, HookCall call, Delivery delivery,
                                      Mapped mapped) {
  HookSignal signal = std::move(*mapped.signal);
  const std::string name = signal.name;
  if (signal.run.empty()) signal.session = mapped.start.session;
  auto sending = send_hook_signal(services_, hook, sent_to_, delivery.id, std::move(signal));
  const Result<SignalledRun> sent = co_await std::move(sending);
  const bool is_nobodys = !sent && sent.error().code == Errc::not_found;
  HttpReply no_run;
  if (is_nobodys) no_run = problem(refusal_of(sent.error()));
  if (!sent) {
    HttpReply told = failed(hook, call, sent.error());
    co_return is_nobodys ? std::move(no_run) : std::move(told);
  }
  note("webhook.signalled", Json{{"hook", hook.name},
                                 {"event", delivery.event},
                                 {"run", sent->run_id},
                                 {"signal", name},
                                 {"again", sent->again},
                                 {"request", call.id}});
  if (hook.scheme == HookScheme::slack) {
    HttpReply reply;
    if (!mapped.reply.empty()) reply = json_reply(200, Json{{"text", mapped.reply}});
    co_return reply;
  }
  if (hook.scheme == HookScheme::teams) {
    co_return teams_text(mapped.reply.empty() ? "It was passed on." : mapped.reply);
  }
  co_return json_reply(sent->again ? 200 : 202,
                       Json{{"run", sent->run_id}, {"signal", name}, {"again", sent->again}});
}

awaitable<HttpReply> Inbox::reply_of(const Inbound& hook, Created created, std::string said,
                                     Deadline begun) {
  const std::string& run_id = created.claim.run_id;
  if (hook.scheme == HookScheme::slack) {
    HttpReply reply;  // a command shows what stands in it; an event takes no notice
    if (!said.empty()) reply = json_reply(200, Json{{"text", said}});
    co_return reply;
  }
  if (hook.scheme == HookScheme::teams) {
    if (!said.empty()) co_return teams_text(said);
    auto words = words_of_run(services_, run_id, begun + kTeamsPatience);
    const std::string text = co_await std::move(words);
    co_return teams_text(text);
  }
  co_return json_reply(created.existed ? 200 : 202,
                       Json{{"run", run_id}, {"again", created.existed}});
}

HttpReply Inbox::skipped(const Inbound& hook) const {
  if (hook.scheme == HookScheme::slack) return HttpReply{};
  if (hook.scheme == HookScheme::teams) return teams_text("There is nothing to do.");
  return json_reply(200, Json{{"skipped", true}});
}

// The sender may try again; what is wrong is for the operator to read.
HttpReply Inbox::failed(const Inbound& hook, const HookCall& call, const Error& error) const {
  note("webhook.failed", Json{{"hook", hook.name}, {"why", error.message()}, {"request", call.id}});
  if (error.code == Errc::unavailable || error.code == Errc::exhausted ||
      error.code == Errc::conflict) {
    return problem(refusal_of(error));
  }
  return problem(
      refusal(500, "internal error", "the hook could not act on it; see the host's log"));
}

}  // namespace

Result<void> add_webhooks(Endpoints& endpoints, HookServices services, HookLog log) {
  Result<Inbounds> hooks = read_inbounds(services.app);
  if (!hooks) return hooks.error();
  if (hooks->empty()) return {};
  // Shared with the calls under way, which may be the last to end.
  auto inbox = std::make_shared<Inbox>(services, std::move(*hooks), std::move(log));
  Endpoint endpoint;
  endpoint.method = "POST";
  endpoint.path = "/hooks/{name}";
  endpoint.answer = [inbox](HookCall call) { return inbox->answer(std::move(call)); };
  endpoints.push_back(std::move(endpoint));
  return {};
}

}  // namespace yoke

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/driver.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/guarding.h"
#include "runtime/engine/hooking.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/recalling.h"
#include "runtime/engine/turn.h"
#include "runtime/journal/opening.h"

// How a run comes to be, and whose turn it is in its session.
namespace yoke {
namespace {

constexpr int kTriesMax = 8;  // of a creation that others of its session got in the way of

Event started_event(const StartRun& start, const NewRun& run) {
  const AgentSpec& spec = start.program.agent->spec();
  Event event;
  event.kind = EventKind::run_started;
  event.seq = 1;
  event.at = run.created_at;
  event.run_id = run.run_id;
  event.label = kTrustedPrivate;
  event.fields = Json{{"agent", spec.name},
                      {"tenant", start.tenant},
                      {"program", to_hex(run.plan_hash)},
                      {"limits", to_json(start.limits.value_or(spec.limits))}};
  if (!start.task.empty()) event.fields["task"] = start.task;
  if (!start.input.empty()) event.fields["input"] = start.input;
  for (const ImagePart& image : start.images) {
    event.fields["images"].push_back({{"media_type", image.media_type}, {"url", image.url}});
  }
  for (const Message& message : start.messages) {
    event.fields["messages"].push_back(to_json(message));
  }
  for (const ToolSpec& tool : start.caller_tools) {
    event.fields["caller_tools"].push_back(caller_tool_json(tool));
  }
  if (!start.webhook.is_null()) event.fields["webhook"] = start.webhook;
  if (!start.note.is_null()) event.fields["note"] = start.note;
  if (!start.session.empty()) event.fields["session"] = start.session;
  if (!start.model.empty()) event.fields["model"] = start.model;
  if (!start.by.empty()) event.fields["by"] = start.by;
  if (start.recalled) add_recalled(event, *start.recalled);
  return event;
}

Result<void> check_object(const Json& value, const std::string& name, std::size_t bytes_max) {
  if (value.is_null()) return {};
  if (!value.is_object()) return Error{Errc::invalid, "it is no object", name};
  if (to_text(value).size() <= bytes_max) return {};
  return Error{Errc::too_large, "it is more than " + std::to_string(bytes_max) + " bytes", name};
}

// Models that know no dots see both as the same.
std::string without_dots(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

Result<void> check_clashes(const StartRun& start) {
  for (std::size_t i = 0; i < start.caller_tools.size(); ++i) {
    const std::string& name = start.caller_tools[i].name;
    for (const ToolSpec* own : start.program.tools->list()) {
      if (without_dots(own->name) != without_dots(name)) continue;
      return Error{Errc::invalid,
                   "'" + name + "' is the agent's own tool '" + own->name + "': rename it",
                   "caller_tools[" + std::to_string(i) + "]"};
    }
  }
  return {};
}

Result<void> check_start(const StartRun& start) {
  const Result<void> messages = check_earlier(start.messages);
  if (!messages) return messages;
  const Result<void> tools = check_caller_tools(start.caller_tools);
  if (!tools) return tools;
  const Result<void> clashes = check_clashes(start);
  if (!clashes) return clashes;
  const Result<void> webhook = check_object(start.webhook, "webhook", kWebhookBytesMax);
  return webhook ? check_object(start.note, "note", kNoteBytesMax) : webhook;
}

Error key_in_use(const StartRun& start, const std::string& run_id) {
  return Error{Errc::conflict,
               "the key '" + shorten(start.idem_key, 80) + "' was used for run " + run_id +
                   ", which was asked for otherwise: take another key",
               std::string(kKeyInUse)};
}

Error queue_full(const std::string& session) {
  return Error{Errc::exhausted,
               "the session '" + session + "' has " + std::to_string(kSessionQueueMax) +
                   " runs that have not ended: wait for one of them",
               std::string(kSessionBusy)};
}

// Whether another look at the session may help.
bool got_in_the_way(const StartRun& start, const Error& error) {
  if (error.code != Errc::conflict) return false;
  const bool waits = start.on_busy == OnBusy::enqueue || start.on_busy == OnBusy::interrupt;
  return error.place == "after" || (waits && error.place == kSessionBusy);
}

RunFilter of_session(const std::string& tenant, const std::string& session) {
  RunFilter filter;
  filter.tenant = tenant;
  filter.session = session;
  return filter;
}

}  // namespace

struct Engine::Opening {
  NewRun run;
  std::vector<Event> events;
  std::optional<Begun> begun;

  // What guardrails and hooks said of the start, after what it begins with.
  void add(const std::vector<Event>& said) {
    for (Event event : said) {
      event.label = events.front().label;
      event.seq = events.back().seq + 1;
      event.at = events.back().at;
      event.run_id = events.back().run_id;
      run.records.push_back(to_record(event));
      if (begun) begun->state.apply(event);
      events.push_back(std::move(event));
    }
  }
};

awaitable<Result<Created>> Engine::create(StartRun start) {
  const Result<void> sound = check_start(start);
  if (!sound) co_return sound.error();
  Result<GuardedStart> guarded = co_await guard_start(std::move(start));
  if (!guarded) co_return guarded.error();
  Result<HookedStart> hooked = co_await start_by_hooks(std::move(guarded->start));
  if (!hooked) co_return hooked.error();
  start = std::move(hooked->start);
  RecallAsked asked{start.tenant, start.session, start.by, "",
                    recall_text(start.task, start.input)};
  start.recalled = co_await recall_for(start.program, std::move(asked));
  for (int tries = 1;; ++tries) {
    Result<Opening> opened = co_await open_run(start);
    if (!opened) co_return opened.error();
    Opening opening = std::move(*opened);
    opening.add(guard_events(guarded->notes, "", 0, kTrustedPrivate));
    opening.add(hooked->ran);
    NewRun run = std::move(opening.run);
    const std::string run_id = run.run_id;
    Result<Created> created = co_await services_.store.create(std::move(run));
    if (!created && tries < kTriesMax && got_in_the_way(start, created.error())) continue;
    if (!created && opening.begun && created.error().code == Errc::exhausted) {
      start.at_once = false;  // its driver sees what is to be done about the budget
      continue;
    }
    if (!created) co_return created;
    if (created->existed && !created->same) co_return key_in_use(start, created->claim.run_id);
    if (created->existed) co_return created;
    if (!created->queued) claims_[run_id] = created->claim;
    if (!created->queued) programs_[run_id] = std::move(start.program);
    if (opening.begun) begun_.emplace(run_id, std::move(*opening.begun));
    for (const Event& event : opening.events) publish(event);
    for (const std::string& told : created->told) {
      const auto driver = drivers_.find(told);
      if (driver != drivers_.end()) driver->second->message_came();
      if (driver == drivers_.end()) tell_due(told, start.tenant);
    }
    if (created->due) tell_due(run_id, start.tenant);
    co_return created;
  }
}

awaitable<Result<Engine::Opening>> Engine::open_run(const StartRun& start) {
  const std::string source = to_text(start.program.source);
  Opening opening;
  NewRun& run = opening.run;
  run.created_at = services_.wall.now();
  run.tenant = start.tenant;
  run.agent = start.program.agent->spec().name;
  run.session = start.session;
  run.by = start.by;
  run.idem_key = start.idem_key;
  run.idem_hash = start.idem_hash;
  run.idem_since = start.idem_since;
  run.parent_run = start.parent_run;
  run.parent_call = start.parent_call;
  run.plan_hash = sha256(source);
  run.blobs.push_back(source);
  run.summary = Json{{"title", shorten(start.task, 120)}};
  opening.events.push_back(started_event(start, run));
  const Result<void> followed = co_await follow_session(start, opening);
  if (!followed) co_return followed.error();
  run.run_id = make_ulid(run.created_at, services_.random);
  Event& started = opening.events.front();
  started.run_id = run.run_id;
  started.at = run.created_at;
  const bool queued = run.turn && run.turn->queued;
  if (start.at_once && !queued && lease_holds()) {
    const Result<void> planned = co_await plan_first(start, opening);
    if (!planned) co_return planned.error();
  }
  for (const Event& event : opening.events) run.records.push_back(to_record(event));
  const RunState nothing;
  run.outbox = outbox_of(opening.events, nothing);
  co_return opening;
}

// Adds the run's first model call to its start, when a model call is all that comes first.
awaitable<Result<void>> Engine::plan_first(const StartRun& start, Opening& opening) {
  RunState state;
  state.apply(opening.events.front());
  if (!state.after.empty()) {
    std::string after = state.after;
    Result<std::vector<Message>> prior =
        co_await session_before(services_.store, std::move(after), state.after_seq);
    if (!prior) co_return prior.error();
    state.prior = std::move(*prior);
  }
  const Surroundings around = surroundings(state, start.program, false);
  Plan plan = plan_next(state, around, opening.run.created_at);
  const bool calls = plan.events.size() == 1 && plan.starts.size() == 1 &&
                     plan.events.front().kind == EventKind::model_called;
  if (!calls) co_return Result<void>();
  Event& called = opening.events.emplace_back(std::move(plan.events.front()));
  called.seq = state.seq + 1;
  called.at = opening.run.created_at;
  called.run_id = opening.run.run_id;
  const std::vector<Event> events(1, called);
  static_cast<MoneyMoves&>(opening.run) =
      money_of(events, state, options_.budgets, options_.prices);
  state.apply(called);
  opening.begun = Begun{std::move(state), std::move(std::get<StartModel>(plan.starts.front()))};
  co_return Result<void>();
}

Surroundings Engine::surroundings(const RunState& state, const Program& program,
                                  bool frugal) const {
  Surroundings around;
  around.program = &program;
  around.policy = &services_.policy;
  const Model& model = services_.model;
  around.estimate = [&model](const std::string&, const ModelRequest& request) {
    return model.estimate(request);
  };
  around.calls_at_once = options_.calls_at_once;
  around.has_budget = limits_money(options_.budgets, spender_of(state));
  const bool asks_for_most = !frugal && (around.has_budget || state.limits.usd > 0);
  around.asks_for_most = [asks_for_most](const std::string&) { return asks_for_most; };
  return around;
}

// The run goes on from what its session's newest run has come to by now, and no further: the start
// says how far that is, and carries the label of all that the run will be shown of it. A queued one
// goes on from what there will be when its turn comes.
awaitable<Result<void>> Engine::follow_session(const StartRun& start, Opening& opening) {
  if (start.session.empty()) co_return Result<void>();
  Event& event = opening.events.front();
  RunFilter newest = of_session(start.tenant, start.session);
  const std::vector<RunRow> rows = co_await services_.store.list(std::move(newest));
  if (!rows.empty()) {
    // In the order of its session whatever the clock does.
    opening.run.created_at = std::max(opening.run.created_at, rows.front().created_at);
  }
  if (start.on_busy != OnBusy::beside) {
    RunFilter active = of_session(start.tenant, start.session);
    active.status = StatusSet::active();
    active.limit = static_cast<int>(kSessionQueueMax);
    const std::vector<RunRow> busy = co_await services_.store.list(std::move(active));
    if (busy.size() >= kSessionQueueMax) co_return queue_full(start.session);
    NewRun::Turn& turn = opening.run.turn.emplace();
    turn.queued = !busy.empty() && start.on_busy != OnBusy::reject;
    turn.free = !turn.queued;
    turn.after = rows.empty() ? std::string() : rows.front().run_id;
    if (turn.queued) {
      event.fields["queued"] = turn.after;
      if (start.on_busy != OnBusy::interrupt) co_return Result<void>();
      InboxMessage& cancel = opening.run.to_session.emplace();
      cancel.id = "cancel";
      cancel.topic = "cancel";
      cancel.by = start.by;
      cancel.at = opening.run.created_at;
      co_return Result<void>();
    }
  }
  const auto whole =
      std::find_if(rows.begin(), rows.end(), [](const RunRow& row) { return row.erased_at == 0; });
  if (whole == rows.end()) co_return Result<void>();
  const Result<RunState> before = co_await read_state_at(services_.store, whole->run_id, 0);
  if (!before) co_return before.error();
  event.fields["after"] = whole->run_id;
  event.fields["after_seq"] = before->seq;
  Json approvals = standing_in_session(*before);
  if (!approvals.empty()) event.fields["approvals"] = std::move(approvals);
  // Whoever names another agent than the one that handed over has that one.
  const bool goes_on = before->agent == string_at(event.fields, "agent");
  if (goes_on && !before->handed.empty()) event.fields["handed"] = before->handed;
  event.label = join(event.label, before->label);
  co_return Result<void>();
}

awaitable<Result<std::optional<Engine::Turn>>> Engine::turn_of(const RunState& state) {
  std::optional<Turn> turn;
  RunFilter active = of_session(state.tenant, state.session);
  active.status = StatusSet::active();
  active.before = state.run_id;
  active.limit = 1;
  const std::vector<RunRow> busy = co_await services_.store.list(std::move(active));
  if (!busy.empty()) co_return turn;
  turn.emplace();
  turn->event.kind = EventKind::run_dequeued;
  turn->event.label = state.label;
  Json& fields = turn->event.fields;
  fields = Json{{"after", ""}, {"after_seq", 0}};
  RunFilter earlier = of_session(state.tenant, state.session);
  earlier.before = state.run_id;
  const std::vector<RunRow> rows = co_await services_.store.list(std::move(earlier));
  const auto whole =
      std::find_if(rows.begin(), rows.end(), [](const RunRow& row) { return row.erased_at == 0; });
  if (whole == rows.end()) co_return turn;
  const Result<RunState> before = co_await read_state_at(services_.store, whole->run_id, 0);
  if (!before) co_return before.error();
  fields["after"] = whole->run_id;
  fields["after_seq"] = before->seq;
  Json approvals = standing_in_session(*before);
  if (!approvals.empty()) fields["approvals"] = std::move(approvals);
  const bool goes_on = before->agent == state.agent;
  if (goes_on && !before->handed.empty()) fields["handed"] = before->handed;
  turn->event.label = join(state.label, before->label);
  Result<std::vector<Message>> prior =
      co_await session_before(services_.store, whole->run_id, before->seq);
  if (!prior) co_return prior.error();
  turn->prior = std::move(*prior);
  co_return turn;
}

awaitable<Result<bool>> Engine::may_drive_queued(const RunState& state, std::optional<Turn>& turn) {
  if (state.queued.empty()) co_return true;
  const std::vector<InboxMessage> mail = co_await services_.store.inbox(state.run_id);
  for (const InboxMessage& message : mail) {
    if (message.topic == "cancel") co_return true;  // to end it takes no turn
  }
  Result<std::optional<Turn>> found = co_await turn_of(state);
  if (!found) co_return found.error();
  turn = std::move(*found);
  co_return turn.has_value() || !mail.empty();
}

std::vector<OutboxRow> Engine::outbox_of(const std::vector<Event>& events,
                                         const RunState& state) const {
  std::vector<OutboxRow> rows;
  if (!options_.outbox || events.empty()) return rows;
  RunState begun;
  if (state.seq == 0) begun.apply(events.front());
  for (const Event& event : events) {
    std::vector<OutboxRow> caused = options_.outbox(event, state.seq == 0 ? begun : state);
    for (OutboxRow& row : caused) {
      row.seq = event.seq;
      row.at = event.at;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace yoke

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/engine/driver.h"
#include "runtime/engine/handoff.h"
#include "runtime/engine/part_events.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/recalling.h"
#include "runtime/engine/serve.h"
#include "runtime/journal/handoff.h"

// A run's children: begun, driven beside their parent for as long as it is in memory, and taken
// note of when they have ended, here or elsewhere.
namespace yoke {
namespace {

std::int64_t lesser(std::int64_t own, std::int64_t left) {
  if (own <= 0 || left <= 0) return std::max(own, left);
  return std::min(own, left);
}

// A child keeps its own limits as far as its parent's leave room.
RunLimits bounded(RunLimits own, const RunLimits& left) {
  own.steps = lesser(own.steps, left.steps);
  own.tokens = lesser(own.tokens, left.tokens);
  own.usd = lesser(own.usd, left.usd);
  own.seconds = lesser(own.seconds, left.seconds);
  return own;
}

}  // namespace

// What opens a child is durable before the state has it open: see machine::open_child.
void Driver::resume_parts() {
  for (const auto& [id, call] : state_.calls) {
    if (!call.open || running_.contains(id) || child_due_.contains(id)) continue;
    if (call.kind == CallKind::script) {
      running_.insert(id);
      tasks_.spawn(run_script(id));
    }
    const bool is_own =
        call.kind == CallKind::child && state_.children.at(id).started_by == state_.run_id;
    if (is_own) start_child(id);
  }
  give_up_children(false);
}

void Driver::start_child(const std::string& call_id) {
  if (!engine_.lease_holds()) return lease_lost("this node's lease is not certain");
  running_.insert(call_id);
  children_.spawn(run_child(call_id));
}

Micros Driver::due_next() const {
  Micros due = next_due(state_);
  for (const auto& [id, at] : child_due_) {
    if (at > 0) due = due == 0 ? at : std::min(due, at);
  }
  return due;
}

void Driver::give_up_children(bool all) {
  std::vector<std::string> calls;
  for (const auto& [id, child] : state_.children) {
    if (!is_own_open_child(state_, id)) continue;
    if (all || is_given_up(state_, id)) calls.push_back(id);
  }
  for (const std::string& id : calls) {
    if (given_up_.try_emplace(id, false).second) children_.spawn(give_up_child(id));
  }
}

// A child that is not there yet is not begun any more; see run_child().
awaitable<void> Driver::give_up_child(std::string call_id) {
  try {
    const std::string child = state_.children.at(call_id).run_id;
    std::string by = "run " + claim_.run_id;
    const Result<Posted> posted = co_await engine_.cancel(child, std::move(by));
    static_cast<void>(posted);  // it is not there, or has ended by itself
  } catch (const Fault&) {
    given_up_.erase(call_id);  // it is told once more
  }
  const bool rests = !over() && !running_.contains(call_id) && is_own_open_child(state_, call_id);
  if (!rests) co_return;
  child_due_.erase(call_id);
  start_child(call_id);
}

void Driver::tell_parent() {
  if (state_.parent_call.empty()) return;
  const auto parent = engine_.drivers_.find(state_.parent_run);
  if (parent != engine_.drivers_.end()) return parent->second->message_came();
  engine_.tell_due(state_.parent_run, state_.tenant);
}

// As Engine::create makes a run, under an id that is known beforehand.
NewRun Driver::run_of(const ChildState& child, const Program& program,
                      const std::optional<RecallFound>& recalled) const {
  const AgentSpec& spec = program.agent->spec();
  const std::string source = to_text(program.source);
  NewRun run;
  run.created_at = engine_.services_.wall.now();
  run.run_id = child.run_id;
  run.tenant = state_.tenant;
  run.agent = spec.name;
  run.by = state_.caller;
  run.idem_key = "child/" + child.run_id;
  run.parent_run = claim_.run_id;
  run.parent_call = child.call_id;
  run.plan_hash = sha256(source);
  run.blobs.push_back(source);
  const bool hands_over = is_handoff(*state_.find_call(child.call_id));
  const std::string task = hands_over ? handoff_task(state_, child) : child.task;
  run.summary = Json{{"title", shorten(hands_over ? state_.task : child.task, 120)}};
  Event started;
  started.kind = EventKind::run_started;
  started.seq = 1;
  started.at = run.created_at;
  started.run_id = run.run_id;
  started.parent_call = child.call_id;
  started.label = join(kTrustedPrivate, state_.find_call(child.call_id)->label);
  started.fields = Json{{"agent", spec.name},
                        {"tenant", run.tenant},
                        {"program", to_hex(run.plan_hash)},
                        {"limits", to_json(bounded(spec.limits, child.limits))},
                        {"parent", run.parent_run},
                        {"depth", state_.depth + 1}};
  if (!task.empty()) started.fields["task"] = task;
  if (hands_over) {
    Json& told = started.fields["messages"];
    for (const Message& message : conversation_of(state_)) told.push_back(to_json(message));
  }
  if (!child.handed.empty()) started.fields["handed"] = child.handed;
  if (child.input.is_object() && !child.input.empty()) started.fields["input"] = child.input;
  if (!run.by.empty()) started.fields["by"] = run.by;
  if (recalled) add_recalled(started, *recalled);
  run.records.push_back(to_record(started));
  const RunState nothing;
  run.outbox = engine_.outbox_of({started}, nothing);
  return run;
}

awaitable<Result<void>> Driver::begin_child(ChildState child) {
  const Result<RunRow> there = co_await engine_.services_.store.get(child.run_id);
  if (there || there.error().code != Errc::not_found) co_return Result<void>();
  if (program_.family == nullptr) co_return Error{Errc::not_found, "the agent has no others"};
  Result<Program> program = program_.family->program(child.agent);
  if (!program) co_return program.error();
  RecallAsked asked{state_.tenant, "", state_.caller, "", recall_text(child.task, child.input)};
  const std::optional<RecallFound> recalled = co_await recall_for(*program, std::move(asked));
  NewRun run = run_of(child, *program, recalled);
  const Result<Event> started = event_from_record(Record{run.records.front(), run.run_id, 1});
  const Result<Created> created = co_await engine_.services_.store.create(std::move(run));
  if (!created) co_return created.error();
  if (created->existed) co_return Result<void>();  // by a driver that this one has taken over from
  engine_.claims_[child.run_id] = created->claim;
  engine_.programs_[child.run_id] = std::move(*program);
  if (started) engine_.publish(*started);
  co_return Result<void>();
}

awaitable<void> Driver::run_child(std::string call_id) {
  const ChildState child = state_.children.at(call_id);
  ChildRests rests;
  rests.call_id = call_id;
  try {
    if (!given_up_.contains(call_id)) {
      const Result<void> begun = co_await begin_child(child);
      if (!begun) rests.refused = begun.error().message();
    }
    if (given_up_.contains(call_id)) {
      std::string by = "run " + claim_.run_id;
      const Result<Posted> posted = co_await engine_.cancel(child.run_id, std::move(by));
      rests.gone = !posted && posted.error().code == Errc::not_found;
    }
    const Result<RunRow> row = co_await engine_.services_.store.get(child.run_id);
    const Micros now = engine_.services_.wall.now();
    const bool sleeps =
        row && row->status == RunStatus::waiting && (row->ready_at == 0 || row->ready_at > now);
    if (sleeps) rests.ready_at = row->ready_at;
    if (row && !sleeps && !is_final(row->status)) {
      const Result<RunEnd> end = co_await engine_.drive(child.run_id);
      const bool waits = end && end->kind == RunEnd::Kind::waiting;
      if (waits) rests.ready_at = end->ready_at;
    }
  } catch (const Fault&) {
    // The store or a program failed it: it is as its journal says, and whoever drives it next goes
    // on.
  }
  mailbox_.push(std::move(rests));
}

awaitable<void> Driver::child_rests(ChildRests rests) {
  running_.erase(rests.call_id);
  if (over()) co_return;
  if (!rests.refused.empty() || rests.gone) {
    Event event = rests.gone ? child_cancelled(state_, rests.call_id, "it was not begun")
                             : child_refused(state_, rests.call_id, rests.refused);
    std::vector<Event> events(1, std::move(event));
    Append nothing;
    co_await commit(std::move(events), std::move(nothing));
    co_return;
  }
  child_due_[rests.call_id] = rests.ready_at;
  Append nothing;
  const std::string call_id = rests.call_id;
  const std::string child = state_.children.at(call_id).run_id;
  co_await finish_child(std::move(rests.call_id), child, std::move(nothing));
  const auto given_up = given_up_.find(call_id);
  if (over() || given_up == given_up_.end() || !is_own_open_child(state_, call_id)) co_return;
  // It may have gone to rest before it was told to end.
  if (running_.contains(call_id) || std::exchange(given_up->second, true)) co_return;
  child_due_.erase(call_id);
  start_child(call_id);
}

// Takes note of the child's end, if it has come to one; `extra` is of the message that told of it.
awaitable<void> Driver::finish_child(std::string call_id, std::string child, Append extra) {
  const auto known = state_.children.find(call_id);
  const CallState* call = state_.find_call(call_id);
  std::vector<Event> events;
  if (known != state_.children.end() && known->second.run_id == child && call->open) {
    const Result<RunRow> row = co_await engine_.services_.store.get(child);
    if (row && is_final(row->status)) {
      const Result<RunState> state = co_await read_state(engine_.services_.store, child);
      events.push_back(child_event_of(state_, call_id, *row, state));
      child_due_.erase(call_id);
    }
  }
  if (events.empty() && extra.inbox_taken.empty()) co_return;
  co_await commit(std::move(events), std::move(extra));
}

}  // namespace yoke

#include "runtime/engine/engine.h"

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/driver.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/turn.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

Error no_event(const ForkRun& request, std::int64_t head) {
  return Error{Errc::invalid, "run " + request.run_id + " has no event " +
                                  std::to_string(request.at) + " (it has 1 to " +
                                  std::to_string(head) + ")"};
}

// That a call may be made with these arguments instead: they fit the tool, and no rule forbids it.
Result<void> check_edit(const Program& program, const Policy& policy, const QuestionState& question,
                        const Json& edited) {
  PolicyQuery query;
  query.call_id = question.call_id;
  query.tool = string_at(question.body, "tool");
  const Tool* tool = program.tools->find(query.tool);
  if (tool == nullptr) return {};
  Result<Json> args = tool->check(edited);
  if (!args) return Error{Errc::invalid, "the arguments do not fit: " + args.error().detail};
  query.args = std::move(*args);
  query.effect = tool->spec().effect;
  query.agent = program.agent->spec().name;
  const PolicyDecision decision = policy.decide(query);
  if (decision.verdict != Verdict::deny) return {};
  return Error{Errc::denied,
               "the rule '" + decision.rule + "' forbids " + query.tool + " with these arguments"};
}

RunEnd waiting_in_queue(RunState state) {
  RunEnd end;
  end.kind = RunEnd::Kind::waiting;
  end.state = std::move(state);
  return end;
}

}  // namespace

Engine::Engine(EngineServices services, EngineOptions options)
    : services_(services), options_(std::move(options)) {}

Engine::~Engine() = default;

awaitable<Result<RunEnd>> Engine::drive(std::string run_id) {
  if (is_driving(run_id)) {
    co_return Error{Errc::conflict, "run " + run_id + " is already being driven here"};
  }
  while (true) {
    // All that can fail comes before the claim: a run that cannot be driven here stays as it was.
    std::optional<StartModel> first;
    Result<RunState> state = RunState();
    if (!take_begun(run_id, *state, first)) {
      Result<RunState> read = co_await read_state(services_.store, run_id);
      state = std::move(read);
    }
    if (!state) co_return state.error();
    std::optional<Turn> turn;
    const Result<bool> may = co_await may_drive_queued(*state, turn);
    if (!may) co_return may.error();
    if (!*may) co_return waiting_in_queue(std::move(*state));
    Result<Program> program = co_await program_to_drive(run_id, state->program);
    if (!program) co_return program.error();
    const auto known = claims_.find(run_id);
    const bool fresh = known != claims_.end();
    Claim claim;
    if (fresh) {
      claim = known->second;
      claims_.erase(known);
      take_begun(run_id, *state, first);  // its creation was acknowledged only now
    } else {
      Result<Claim> taken = co_await services_.store.claim(run_id);
      if (!taken && !state->parent_call.empty()) {  // it may have been set aside just now
        const auto parent = drivers_.find(state->parent_run);
        if (parent != drivers_.end()) parent->second->message_came();
        if (parent == drivers_.end()) tell_due(state->parent_run, state->tenant);
      }
      if (!taken) co_return taken.error();
      claim = std::move(*taken);
    }
    if (claim.head_seq != state->seq) {  // somebody drove it since it was read
      const Result<void> let_go = co_await give_back(std::move(claim));
      if (!let_go) co_return let_go.error();
      continue;
    }
    RunEnd end;
    const auto executor = co_await asio::this_coro::executor;
    std::unique_ptr<Driver> driver = co_await rested(run_id, claim.head_seq);
    if (driver != nullptr) {
      end = co_await driver->go_on(std::move(claim));
    } else {
      driver = std::make_unique<Driver>(*this, executor, std::move(claim), std::move(*program),
                                        std::move(*state));
      if (turn) driver->take_turn(std::move(*turn));
      if (first) driver->begin_with(std::move(*first));
      end = co_await driver->run(!fresh);
    }
    if (driver->is_resting()) resting_[run_id] = std::move(driver);
    driver.reset();
    if (end.kind != RunEnd::Kind::waiting) co_return end;
    // A message may have come between the driver's last look and its leaving.
    const std::vector<InboxMessage> mail = co_await services_.store.inbox(run_id);
    if (mail.empty()) co_return end;
  }
}

awaitable<std::unique_ptr<Driver>> Engine::rested(std::string run_id, std::int64_t head_seq) {
  const auto found = resting_.find(run_id);
  if (found == resting_.end()) co_return nullptr;
  std::unique_ptr<Driver> driver = std::move(found->second);
  resting_.erase(found);
  if (driver->seq() == head_seq) co_return driver;
  co_await driver->let_go();  // another node has driven the run since
  co_return nullptr;
}

awaitable<void> Engine::let_go() {
  while (!resting_.empty()) {
    const std::unique_ptr<Driver> driver = std::move(resting_.begin()->second);
    resting_.erase(resting_.begin());
    co_await driver->let_go();
  }
}

bool Engine::take_begun(const std::string& run_id, RunState& state,
                        std::optional<StartModel>& first) {
  const auto begun = begun_.find(run_id);
  if (begun == begun_.end()) return false;
  state = std::move(begun->second.state);
  first = std::move(begun->second.first);
  begun_.erase(begun);
  return true;
}

// Without an agent when the run's own cannot be restored and somebody has cancelled the run: to end
// it takes none.
awaitable<Result<Program>> Engine::program_to_drive(std::string run_id, std::string program_hash) {
  const auto kept = programs_.find(run_id);
  if (kept != programs_.end()) {
    Program program = std::move(kept->second);
    programs_.erase(kept);
    co_return program;
  }
  Result<Program> restored = co_await program_of(std::move(program_hash));
  if (restored) co_return restored;
  const std::vector<InboxMessage> mail = co_await services_.store.inbox(std::move(run_id));
  for (const InboxMessage& message : mail) {
    if (message.topic == "cancel") co_return Program();
  }
  co_return restored;
}

awaitable<Result<void>> Engine::give_back(Claim claim) {
  const Result<RunRow> row = co_await services_.store.get(claim.run_id);
  if (!row) co_return row.error();
  Append append;
  append.run_id = std::move(claim.run_id);
  append.fence = claim.fence;
  append.after_seq = claim.head_seq;
  append.update.emplace();
  append.update->status = RunStatus::ready;
  append.update->summary = row->summary;
  const Result<Appended> stored = co_await services_.store.append(std::move(append));
  if (!stored) co_return stored.error();
  co_return Result<void>();
}

awaitable<Result<Program>> Engine::program_of(std::string program_hash) {
  const Result<Hash> hash = hash_from_hex(program_hash);
  if (!hash) co_return hash.error();
  Result<std::string> text = co_await services_.store.blob(*hash);
  if (!text) co_return text.error();
  Result<Json> source = parse_json(*text);
  if (!source) co_return source.error();
  Json value = std::move(*source);
  co_return co_await services_.programs.restore(std::move(value));
}

awaitable<Result<Created>> Engine::fork(ForkRun request) {
  Result<std::vector<Event>> journal = co_await read_events(services_.store, request.run_id);
  if (!journal) co_return journal.error();
  const Result<RunState> whole = fold_journal(*journal);
  if (!whole) co_return whole.error();
  const auto head = static_cast<std::int64_t>(journal->size());
  if (request.at < 1 || request.at > head) co_return no_event(request, head);
  const Event& last = (*journal)[static_cast<std::size_t>(request.at) - 1];
  const bool edits = request.result.has_value();
  if (edits && last.kind != EventKind::tool_returned) {
    co_return Error{Errc::invalid, "event " + std::to_string(request.at) + " of run " +
                                       request.run_id + " is " +
                                       std::string(spec_of(last.kind).name) +
                                       ": only a tool.returned can be given another result"};
  }
  Result<RunRow> parent = co_await services_.store.get(request.run_id);
  if (!parent) co_return parent.error();
  // An edited result takes the place of the event it edits; the shared part ends just before it.
  std::int64_t shared = edits ? request.at - 1 : request.at;
  const auto status = spec_of(last.kind).status_after;
  if (!edits && status && is_final(*status)) --shared;  // an end is not shared: the fork goes on
  NewRun run;
  run.created_at = services_.wall.now();
  run.run_id = make_ulid(run.created_at, services_.random);
  run.tenant = parent->tenant;
  run.agent = parent->agent;
  run.by = request.by;
  run.fork_run = request.run_id;
  run.fork_seq = shared;
  run.plan_hash = parent->plan_hash;
  run.summary = Json{{"title", member_at(parent->summary, "title")},
                     {"steps", 0},
                     {"tokens", 0},
                     {"cost", 0}};  // what its parent did is the parent's
  std::vector<Event> own(edits ? 2 : 1);
  own[0].kind = EventKind::run_forked;
  own[0].label = kTrustedPrivate;
  own[0].fields = Json{{"from", request.run_id}, {"from_seq", shared}};
  if (!request.model.empty()) own[0].fields["model"] = request.model;
  if (!request.by.empty()) own[0].fields["by"] = request.by;
  if (edits) {
    own[0].fields["edits"] = last.call_id;
    own[1].kind = EventKind::tool_returned;
    own[1].call_id = last.call_id;
    own[1].attempt = last.attempt;
    own[1].label = last.label;
    own[1].fields = Json{{"outcome", name_of(Outcome::ok)}, {"edited", true}};
    own[1].fields["value"] = *request.result;
  }
  for (Event& event : own) {
    event.seq = ++shared;
    event.at = run.created_at;
    event.run_id = run.run_id;
    run.records.push_back(to_record(event));
  }
  journal->resize(static_cast<std::size_t>(run.fork_seq));
  Result<RunState> forked = fold_journal(*journal);
  if (!forked) co_return forked.error();
  forked->apply(own.front());
  run.outbox = outbox_of(own, *forked);
  Result<Created> created = co_await services_.store.create(std::move(run));
  if (!created) co_return created;
  claims_[created->claim.run_id] = created->claim;
  for (const Event& event : own) publish(event);
  co_return created;
}

awaitable<Result<Posted>> Engine::post(InboxMessage message) {
  const std::string run_id = message.run_id;
  message.at = services_.wall.now();
  Result<Posted> posted = co_await services_.store.post(std::move(message));
  const auto driver = drivers_.find(run_id);
  if (posted && driver != drivers_.end()) driver->second->message_came();
  if (!posted || driver != drivers_.end() || listeners_.empty()) co_return posted;
  const Result<RunRow> row = co_await services_.store.get(run_id);
  if (row) tell_due(run_id, row->tenant);
  co_return posted;
}

awaitable<Result<Posted>> Engine::cancel(std::string run_id, std::string by) {
  InboxMessage message;
  message.run_id = std::move(run_id);
  message.id = "cancel";
  message.topic = "cancel";
  message.by = std::move(by);
  co_return co_await post(std::move(message));
}

awaitable<Result<Posted>> Engine::answer(std::string run_id, std::string question, Json value,
                                         std::string by) {
  const Result<RunState> state = co_await read_state(services_.store, run_id);
  if (!state) co_return state.error();
  const auto asked = state->questions.find(question);
  if (asked == state->questions.end()) {
    std::vector<std::string> names;
    for (const auto& [id, each] : state->questions) names.push_back(id);
    co_return Error{Errc::not_found, "run " + run_id + " has asked no question '" + question + "'" +
                                         did_you_mean(question, names)};
  }
  if (asked->second.expired) {
    co_return Error{Errc::conflict, "the question '" + question + "' has expired"};
  }
  const QuestionState open = asked->second;
  const Result<void> fits = check_answer(open, value);
  if (!fits) co_return fits.error();
  const bool edits = open.purpose == "approve" && value.is_object() && value.contains("args");
  if (edits) {
    const Result<Program> program = co_await program_of(state->program);
    if (!program) co_return program.error();
    const Result<void> allowed = check_edit(*program, services_.policy, open, value["args"]);
    if (!allowed) co_return allowed.error();
  }
  InboxMessage message;
  message.run_id = std::move(run_id);
  message.id = "answer:" + question;
  message.topic = "answer";
  message.by = std::move(by);
  message.body = Json{{"question", question}, {"value", std::move(value)}};
  co_return co_await post(std::move(message));
}

void Engine::set_budgets(std::vector<BudgetRule> budgets) {
  options_.budgets = std::move(budgets);
  money_freed();
}

bool Engine::is_driving(const std::string& run_id) const { return drivers_.contains(run_id); }

// By the boot clock: the lease goes on while the machine sleeps.
bool Engine::lease_holds() const { return BootClock::now() < lease_until_; }

awaitable<Result<void>> Engine::renew_lease() {
  const auto sent = BootClock::now();
  const Result<void> renewed = co_await services_.store.renew_lease(services_.wall.now());
  if (renewed) {
    // Half the lease: a node that cannot renew stops well before another may take its runs.
    lease_until_ = sent + options_.lease / 2;
    co_return renewed;
  }
  lease_until_ = sent;
  for (const auto& [run_id, driver] : drivers_) driver->lease_lost(renewed.error().message());
  co_return renewed;
}

awaitable<void> Engine::keep_lease() {
  // Until the first renewal is answered, the lease is the one that came with opening the store.
  lease_until_ = BootClock::now() + options_.lease / 2;
  while (true) {
    const Deadline next = LoopClock::now() + options_.lease / 5;
    const Result<void> renewed = co_await renew_lease();
    if (!renewed) throw Fault("this node has lost its lease: " + renewed.error().message());
    co_await sleep_until(next);
  }
}

void Engine::subscribe(Listener& listener) { listeners_.push_back(&listener); }

void Engine::unsubscribe(Listener& listener) { std::erase(listeners_, &listener); }

void Engine::tell_due(std::string_view run_id, std::string_view tenant) {
  for (Listener* listener : listeners_) listener->on_due(run_id, tenant);
}

void Engine::publish(const Event& event) {
  for (Listener* listener : listeners_) listener->on_event(event);
}

}  // namespace yoke

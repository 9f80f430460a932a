#include "hosts/eval/eval_runner.h"

#include <algorithm>

#include "agents/definition.h"
#include "agents/one_call.h"
#include "hosts/app/asker.h"
#include "hosts/app/drive.h"
#include "hosts/app/project.h"
#include "hosts/app/recorded_tools.h"
#include "models/router.h"
#include "runtime/base/hash.h"
#include "runtime/base/saturating.h"
#include "runtime/engine/reader.h"
#include "trials/cell_facts.h"
#include "trials/run_facts.h"

namespace yoke {
namespace {

constexpr const char* kEvalAgent = "eval";  // what runs that ask a model alone are listed under
constexpr const char* kTurnsSpace = "local/trials";
constexpr const char* kAsRecorded = "its tools are recorded";

// An amount added to a sum for as long as it lives.
template <class Number>
class Added {
 public:
  Added(Number& sum, Number amount) : sum_(sum), amount_(amount) { sum_ += amount_; }
  ~Added() { sum_ -= amount_; }
  Added(const Added&) = delete;
  Added& operator=(const Added&) = delete;

 private:
  Number& sum_;
  Number amount_;
};

// Answers to the run's questions are taken up here, and by nobody else of this process.
class TakenUp {
 public:
  TakenUp(std::set<std::string>& runs, const std::string& run_id)
      : runs_(runs), place_(runs.insert(run_id).first) {}
  ~TakenUp() { runs_.erase(place_); }
  TakenUp(const TakenUp&) = delete;
  TakenUp& operator=(const TakenUp&) = delete;

 private:
  std::set<std::string>& runs_;
  std::set<std::string>::iterator place_;
};

// Why a run that somebody had to answer came to nothing; empty: it was something else.
std::string unanswered(const RunState& state) {
  if (state.status != RunStatus::cancelled) return {};
  for (const auto& [id, question] : state.questions) {
    if (!question.answer) return "unanswered: it asked \"" + question.title + "\"";
  }
  return state.has_open_child() ? "unanswered: an agent that it started waited" : "";
}

// A replay that wanted what is not recorded says nothing of how the agent does.
void note_unrecorded(const RunState& state, Cell& cell) {
  for (const auto& [id, call] : state.calls) {
    if (!call.message.starts_with(kNotRecorded)) continue;
    Finding finding;
    finding.check = kAsRecorded;
    finding.judged = false;
    finding.why = call.message;
    cell.findings.push_back(std::move(finding));
    return;
  }
}

// The calls of agents that were said no to: they are runs, so that it is said again where it was.
std::vector<RecordedCall> denied_agents(const Json& recorded, const ToolSet& tools) {
  std::vector<RecordedCall> denied;
  for (const Json& each : recorded) {
    Result<RecordedCall> call = recorded_call_from_json(each);
    if (!call || call->outcome != Outcome::denied) continue;
    const Tool* tool = tools.find(call->tool);
    if (tool != nullptr && !tool->spec().agent.empty()) denied.push_back(std::move(*call));
  }
  return denied;
}

NanoUsd smaller_limit(NanoUsd a, NanoUsd b) {
  if (a <= 0 || b <= 0) return std::max(a, b);
  return std::min(a, b);
}

Error of_subject(const EvalSubject& subject, const Error& error) {
  return Error{error.code, title_of(subject) + ": " + error.message()};
}

}  // namespace

struct EvalRunner::Start {
  StartRun run;
  std::size_t case_at = 0;
  NanoUsd own = 0;  // what the run might spend if there were no limit of all; 0: no bound
  std::vector<RecordedCall> denied = {};  // of agents, which no recorded tool stands for
  NanoUsd share = 0;                      // what of the limit of all it may spend; 0: there is none
};

EvalRunner::EvalRunner(App& app, const Trial& trial, const EvalSet& set, EvalOptions options,
                       Told told)
    : app_(app),
      trial_(trial),
      set_(set),
      options_(std::move(options)),
      told_(std::move(told)),
      subjects_(subjects_of(set)) {}

Result<Program> EvalRunner::agent_program(const std::string& agent, const std::string& route) {
  const std::string key = agent + "\n" + route;
  const auto known = programs_.find(key);
  if (known != programs_.end()) return known->second;
  Result<Program> program = app_.choose(ProgramChoice{agent, false, route});
  if (program) programs_.emplace(key, *program);
  return program;
}

Result<Program> EvalRunner::program_of(const EvalSubject& subject, const EvalCase& one) {
  const std::string& agent = subject.agent.empty() ? one.agent : subject.agent;
  if (agent.empty()) {
    OneCall call;
    call.name = kEvalAgent;
    call.request = one.one.request;
    call.request.target = subject.route.empty() ? "default" : subject.route;
    return one_call_program(std::move(call));
  }
  Result<Program> program = agent_program(agent, subject.route);
  if (!program || !options_.replay_tools) return program;
  const Json recorded = one.recorded.is_null() ? Json(Json::array()) : one.recorded;
  return app_.project().restored(recorded_source(program->source, recorded));
}

Result<void> EvalRunner::prepare() {
  for (const EvalSubject& subject : subjects_) {
    for (const EvalCase& one : set_.cases) {
      const std::string& agent = subject.agent.empty() ? one.agent : subject.agent;
      if (agent.empty()) {
        const std::string route = subject.route.empty() ? "default" : subject.route;
        const auto targets = app_.models().targets_of(route);
        if (!targets) return Error{Errc::invalid, targets.error().message()};
        continue;
      }
      const Result<Program> program = agent_program(agent, subject.route);
      if (!program) return of_subject(subject, program.error());
      if (!options_.replay_tools || !one.recorded.is_null()) continue;
      return Error{Errc::invalid,
                   "--replay-tools: case '" + one.one.id +
                       "' has no recorded calls; make cases of runs with --from-runs",
                   one.one.place};
    }
  }
  const Result<RunLimits> limits = parse_limits(options_.limits, RunLimits());
  if (!options_.limits.empty() && !limits) return limits.error();
  return {};
}

std::string EvalRunner::hash_of_programs() const {
  Hasher hasher;
  for (const auto& [key, program] : programs_) hasher.field(key).field(to_text(program.source));
  return to_hex(hasher.finish());
}

NanoUsd EvalRunner::left() const { return options_.limit - saturating_add(spent_, reserved_); }

Result<EvalRunner::Start> EvalRunner::start_of(const Cell& cell, bool alone) {
  const EvalSubject& subject = subjects_[cell.route_at];
  const EvalCase& one = set_.cases[cell.case_at];
  Result<Program> program = program_of(subject, one);
  if (!program) return of_subject(subject, program.error());
  RunLimits limits = program->agent->spec().limits;
  if (!options_.limits.empty()) {
    const Result<RunLimits> given = parse_limits(options_.limits, limits);
    if (!given) return given.error();
    limits = *given;
  }
  Start start;
  start.case_at = cell.case_at;
  start.own = limits.usd;
  if (options_.limit > 0) {
    const int beside = alone ? 1 : std::max(1, options_.at_once - in_flight_);
    start.share = std::max<NanoUsd>(1, smaller_limit(limits.usd, left() / beside));
    limits.usd = start.share;
  }
  start.run.limits = limits;
  const bool of_agent = !is_one_call(program->source);
  start.run.program = std::move(*program);
  start.run.task = one.task;
  start.run.input = one.input;
  start.run.by = options_.by;
  start.run.note = Json{{"evaluation", trial_.id}, {"case", one.one.id}, {"repeat", cell.repeat}};
  start.run.idem_key = "eval/" + trial_.id + "/" + std::to_string(cell.case_at) + "/" +
                       std::to_string(cell.route_at) + "/" + std::to_string(cell.repeat);
  if (!of_agent) return start;
  if (options_.replay_tools) {
    start.denied = denied_agents(one.recorded, *start.run.program.tools);
  }
  start.run.model = subject.route;
  start.run.messages = one.messages;
  for (const Part& part : one.one.request.messages.back().parts) {
    if (const auto* image = std::get_if<ImagePart>(&part)) start.run.images.push_back(*image);
  }
  return start;
}

awaitable<Result<CellAsker::Asked>> EvalRunner::ask(std::size_t index, bool alone) {
  const Cell& cell = trial_.cells[index];
  if (options_.limit > 0 && left() <= 0) {
    Asked none;
    none.refusal = to_dollars(spent_) + " of " + to_dollars(options_.limit) + " are spent";
    co_return none;
  }
  Result<Start> start = start_of(cell, alone);
  if (!start) co_return start.error();
  const Added<NanoUsd> reserved(reserved_, start->share);
  const Added<int> counted(in_flight_, 1);
  Result<Asked> asked = co_await asked_in(std::move(*start));
  if (!asked || !asked->cell) co_return asked;
  const bool may = asked->cell->errored && asked->again;
  asked->again = may && again_.insert(index).second;
  if (told_ && !asked->again) told_(*asked->cell, cell.case_at, cell.route_at);
  co_return asked;
}

// A run that a limit of money ended before its own did is run again, under another key; so is one
// that failed on the way when it was asked before.
awaitable<Result<CellAsker::Asked>> EvalRunner::asked_in(Start start) {
  const std::string key = start.run.idem_key;
  std::string space = kTurnsSpace;
  std::string asked_as = key;
  const Result<Json> known = co_await app_.store().kv_get(std::move(space), std::move(asked_as));
  const std::int64_t turns = known ? integer_at(*known, "turns", 1) : 1;
  for (int turn = 1;; ++turn) {
    StartRun run = start.run;
    run.idem_key = key + (turn > 1 ? "/" + std::to_string(turn) : "");
    const Result<Created> created = co_await app_.engine().create(std::move(run));
    if (!created) co_return created.error();
    std::string run_id = created->claim.run_id;
    const Result<RunRow> row = co_await app_.store().get(run_id);
    if (!row) co_return row.error();
    const bool had_ended = is_final(row->status);
    if (!had_ended) {
      denied_[run_id] = start.denied;
      Result<std::string> driven = co_await drive(run_id);
      if (!driven) co_return driven.error();
    }
    Result<Asked> asked = co_await folded(std::move(run_id), start.own, !had_ended);
    const bool is_past = asked && asked->cell && asked->cell->errored && had_ended;
    if (is_past && (options_.errored_again || turn < turns)) {
      const Result<void> noted = co_await note_turn(key, turn + 1);
      if (!noted) co_return noted.error();
      continue;
    }
    if (!asked || asked->cell || !asked->refusal.empty()) co_return asked;
  }
}

// How often the cell was asked, so that what came of it last is found without asking.
awaitable<Result<void>> EvalRunner::note_turn(std::string key, int turn) {
  Json turns{{"turns", turn}};
  std::string space = kTurnsSpace;
  co_return co_await app_.store().kv_set(std::move(space), std::move(key), std::move(turns));
}

// Until it has ended. Errors: conflict, cancelled.
awaitable<Result<std::string>> EvalRunner::drive(std::string run_id) {
  const TakenUp taken(app_.attended(), run_id);
  while (true) {
    Result<RunEnd> end = co_await app_.engine().drive(run_id);
    if (!end) co_return end.error();
    if (end->kind == RunEnd::Kind::ended) co_return run_id;
    if (end->kind == RunEnd::Kind::stopped) {
      co_return Error{Errc::cancelled, "run " + run_id + " was stopped"};
    }
    if (end->kind == RunEnd::Kind::fenced) {
      co_return Error{Errc::conflict, "another process may drive run " + run_id + " now"};
    }
    const Result<bool> settled = co_await settle(std::move(*end));
    if (!settled) co_return settled.error();
    if (*settled) continue;
    std::string by = options_.by;
    const Result<Posted> posted = co_await app_.engine().cancel(run_id, std::move(by));
    if (!posted) co_return posted.error();
  }
}

// What was said when the call was denied that is asked about; empty: it was not.
std::string EvalRunner::denial_of(const std::string& run_id, const Json& asked) {
  std::vector<RecordedCall>& denied = denied_[run_id];
  const auto found = std::find_if(denied.begin(), denied.end(), [&asked](const RecordedCall& call) {
    return call.tool == string_at(asked, "tool") && call.args == member_at(asked, "args");
  });
  if (found == denied.end()) return {};
  std::string words = found->message.empty() ? "it was denied" : found->message;
  denied.erase(found);
  return words;
}

// Whether what the run waits for has come: approvals are answered as the options say.
awaitable<Result<bool>> EvalRunner::settle(RunEnd end) {
  const Micros ready_at = end.ready_at;
  std::string run_id = end.state.run_id;
  const std::string top = run_id;
  std::optional<OpenQuestion> open = co_await open_question(app_.store(), std::move(end.state));
  if (!open) {
    if (ready_at == 0) co_return false;
    co_await wait_for_timer(app_.store(), std::move(run_id), ready_at);
    co_return true;
  }
  if (open->question.purpose != "approve") co_return false;
  // Recorded tools touch nothing. A yes that was said beforehand cannot have meant what an
  // untrusted text would have done.
  const bool of_labels = string_at(open->question.body, "rule").starts_with("labels.");
  const bool yes = options_.replay_tools || (options_.when_asked == WhenAsked::yes && !of_labels);
  std::string by = options_.by;
  std::string question = open->question.id;
  Json value(yes ? "yes" : "no");
  const std::string denial = denial_of(top, open->question.body);
  if (!denial.empty()) value = Json{{"approve", false}, {"message", denial}};
  const Result<Posted> posted = co_await app_.engine().answer(
      std::move(open->run_id), std::move(question), std::move(value), std::move(by));
  if (!posted) co_return posted.error();
  co_return true;
}

// Neither a cell nor a refusal: it is to be run again.
awaitable<Result<CellAsker::Asked>> EvalRunner::folded(std::string run_id, NanoUsd own_limit,
                                                       bool last) {
  const Result<std::vector<Event>> events = co_await read_events(app_.store(), run_id);
  if (!events) co_return events.error();
  const Result<RunState> state = fold_journal(*events);
  if (!state) co_return state.error();
  if (counted_.insert(run_id).second) spent_ = saturating_add(spent_, state->all_cost());
  Asked asked;
  const bool of_all = state->reason == "limit.usd" &&
                      (own_limit <= 0 || state->limits.usd < own_limit) && state->limits.usd > 0;
  const bool stopped_short =
      state->status == RunStatus::failed && (state->reason == "limit.budget" || of_all);
  if (stopped_short) {
    if (last) asked.refusal = state->reason + ": " + state->text;
    co_return asked;
  }
  const Result<Program> program = co_await app_.engine().program_of(state->program);
  const bool one_call = program && is_one_call(program->source);
  Cell cell = one_call ? cell_of(*events) : cell_of_agent_run(*events, *state);
  if (one_call && cell.answered) {
    cell.answer.steps = static_cast<double>(state->all_steps());
    cell.answer.tokens = static_cast<double>(state->all_tokens());
  }
  const std::string waited = unanswered(*state);
  if (!waited.empty()) cell.failure = waited;
  cell.errored = !cell.answered && failed_on_the_way(state->reason);
  asked.again = may_pass(state->reason);
  if (options_.replay_tools) note_unrecorded(*state, cell);
  asked.cell = std::move(cell);
  co_return asked;
}

}  // namespace yoke

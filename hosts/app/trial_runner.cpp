#include "hosts/app/trial_runner.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/base/saturating.h"
#include "runtime/base/text.h"
#include "runtime/loop/task_group.h"
#include "trials/cell_facts.h"
#include "trials/judge.h"
#include "trials/lua_check.h"

namespace yoke {
namespace {

constexpr std::size_t kTrialTitleBytes = 100;
constexpr const char* kFits = "fits its schema";

Finding finding_for(const std::string& check, bool passed, std::string why) {
  Finding finding;
  finding.check = check;
  finding.passed = passed;
  finding.score = passed ? 1 : 0;
  finding.why = std::move(why);
  return finding;
}

// An answer that was lost on the way says nothing of who was to give it.
Finding unjudged(const Check& check) {
  Finding finding;
  finding.check = check.name;
  finding.pairwise = check.judge.pairwise;
  finding.judged = false;
  finding.weight = check.weight;
  finding.why = "it errored on the way";
  return finding;
}

// What every answer to a case with a schema is held to.
Finding shape_finding(const Cell& cell) {
  const bool fits = cell.answered && !cell.failure.starts_with("output.invalid");
  return finding_for(kFits, fits, fits ? "it fits" : cell.failure);
}

std::string short_hash(const std::string& text) { return to_hex(sha256(text)).substr(0, 16); }

// The value that a judge's run came to.
Result<Json> output_of(const std::vector<Event>& events) {
  const Event& last = events.back();
  if (last.kind == EventKind::run_completed && last.fields.contains("output")) {
    return member_at(last.fields, "output");
  }
  return Error{Errc::invalid, "the judge gave no verdict: " + last.reason + " " +
                                  string_at(last.fields, "message")};
}

// Which limit kept it from being asked; empty: none did.
std::string refusal_of(const Result<std::vector<Event>>& events) {
  if (!events) return events.error().code == Errc::exhausted ? events.error().message() : "";
  const Event& last = events->back();
  const bool refused = last.kind == EventKind::run_failed && is_money_limit(last.reason);
  return refused ? last.reason + ": " + string_at(last.fields, "message") : "";
}

// Counted as in flight until it ends, however it does.
class InFlight {
 public:
  InFlight(std::size_t& count, Signal& changed) : count_(count), changed_(changed) {}
  ~InFlight() {
    --count_;
    changed_.notify();
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  std::size_t& count_;
  Signal& changed_;
};

}  // namespace

TrialRunner::TrialRunner(App& app, Trial& trial, const std::vector<Check>& checks,
                         TrialOptions options)
    : app_(app),
      trial_(trial),
      checks_(checks),
      options_(std::move(options)),
      asker_(app, Asker::Options{options_.limit, options_.by}),
      at_once_(options_.at_once) {}

awaitable<Result<TrialEnd>> TrialRunner::run(Progress progress) {
  co_await each_cell(progress, &TrialRunner::ask_cell);
  if (broken_) co_return *broken_;
  co_return co_await judge(std::move(progress));
}

awaitable<Result<TrialEnd>> TrialRunner::judge(Progress progress) {
  const Progress silent;
  judging_ = true;
  co_await each_cell(silent, &TrialRunner::judge_alone);
  const bool pairwise = std::any_of(checks_.begin(), checks_.end(),
                                    [](const Check& check) { return check.judge.pairwise; });
  if (pairwise) co_await each_cell(silent, &TrialRunner::judge_pairs);
  judge_groups();
  if (broken_) co_return *broken_;
  TrialEnd end;
  end.limit = limit_;
  end.whole = limit_.empty() && std::all_of(trial_.cells.begin(), trial_.cells.end(),
                                            [](const Cell& cell) { return cell.asked; });
  if (progress) progress(done_, trial_.cells.size(), spent());
  co_return end;
}

NanoUsd TrialRunner::spent() const {
  const NanoUsd elsewhere = options_.asks == nullptr ? 0 : options_.asks->spent();
  return saturating_add(asker_.spent(), elsewhere);
}

bool TrialRunner::has_room(std::size_t index) const {
  if (in_flight_ == 0) return true;
  if (in_flight_ >= static_cast<std::size_t>(at_once_)) return false;
  if (options_.asks != nullptr) return true;  // it shares out what is left
  const Cell& cell = trial_.cells[index];
  ModelRequest request = trial_.cases[cell.case_at].request;
  request.target = trial_.routes[cell.route_at];
  const Result<NanoUsd> price = asker_.price(request);
  return !price || asker_.fits(*price);
}

// What is there is judged however the asking ended.
bool TrialRunner::is_over() const { return broken_ || (!judging_ && !limit_.empty()); }

awaitable<void> TrialRunner::each_cell(const Progress& progress, Work work) {
  std::vector<std::size_t> cells(trial_.cells.size());
  std::iota(cells.begin(), cells.end(), 0);
  while (!cells.empty()) {
    co_await each_of(std::move(cells), progress, work);
    cells = std::exchange(put_off_, {});
  }
}

awaitable<void> TrialRunner::each_of(std::vector<std::size_t> cells, const Progress& progress,
                                     Work work) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  std::exception_ptr failure;
  try {
    for (std::size_t i = 0; i < cells.size() && !is_over(); ++i) {
      while (!has_room(cells[i])) co_await changed_.wait();
      if (is_over()) break;
      ++in_flight_;
      group.spawn((this->*work)(cells[i]));
      if (progress) progress(done_, trial_.cells.size(), spent());
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    group.cancel();
    // Else a cancelled wait ends at once, and the askings would outlive what they refer to.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  }
  co_await group.join();
  if (failure) std::rethrow_exception(failure);
}

std::string TrialRunner::key_of(const Cell& cell) const {
  return "trial/" + trial_.id + "/" + std::to_string(cell.case_at) + "/" +
         std::to_string(cell.route_at) + "/" + std::to_string(cell.repeat);
}

bool TrialRunner::put_off(std::size_t index, bool alone, const std::string& refusal) {
  if (alone) {
    if (limit_.empty()) limit_ = refusal;
    return false;
  }
  at_once_ = 1;
  put_off_.push_back(index);
  return true;
}

awaitable<void> TrialRunner::ask_elsewhere(std::size_t index, bool alone) {
  Result<CellAsker::Asked> asked = co_await options_.asks->ask(index, alone);
  if (!asked) {
    if (!broken_) broken_ = asked.error();
    co_return;
  }
  if (!asked->cell) {
    put_off(index, alone, asked->refusal);
    co_return;
  }
  if (asked->again) {
    put_off_.push_back(index);
  } else {
    ++done_;
  }
  Cell& cell = trial_.cells[index];
  asked->cell->case_at = cell.case_at;
  asked->cell->route_at = cell.route_at;
  asked->cell->repeat = cell.repeat;
  cell = std::move(*asked->cell);
}

awaitable<void> TrialRunner::ask_cell(std::size_t index) {
  const InFlight counted(in_flight_, changed_);
  const bool alone = at_once_ == 1;
  if (options_.asks != nullptr) {
    co_await ask_elsewhere(index, alone);
    co_return;
  }
  const Cell& cell = trial_.cells[index];
  const TrialCase& one = trial_.cases[cell.case_at];
  Asker::Asking asking;
  asking.call.name = "compare";
  asking.call.request = one.request;
  asking.call.request.target = trial_.routes[cell.route_at];
  asking.key = key_of(cell);
  asking.task = shorten(one.prompt, kTrialTitleBytes);
  asking.input = Json{{"trial", trial_.id}, {"case", one.id}, {"repeat", cell.repeat}};
  const Result<std::vector<Event>> events = co_await asker_.ask(std::move(asking));
  const std::string refusal = refusal_of(events);
  if (!refusal.empty()) {
    put_off(index, alone, refusal);
    co_return;
  }
  if (!events) {
    if (!broken_) broken_ = events.error();
    co_return;
  }
  ++done_;
  fold(index, *events);
}

void TrialRunner::fold(std::size_t index, const std::vector<Event>& events) {
  Cell& cell = trial_.cells[index];
  Cell seen = cell_of(events);
  seen.case_at = cell.case_at;
  seen.route_at = cell.route_at;
  seen.repeat = cell.repeat;
  if (!seen.first_ms) {
    const auto first = asker_.first_piece(seen.run_id);
    if (first) seen.first_ms = static_cast<double>(first->count()) / 1000;
  }
  if (!trial_.cases[seen.case_at].request.output_schema.is_null()) {
    seen.findings.push_back(shape_finding(seen));
  }
  cell = std::move(seen);
}

awaitable<Finding> TrialRunner::finding(Check check, Judging& judging) {
  const Cell& cell = trial_.cells[judging.index];
  const TrialCase& one = trial_.cases[cell.case_at];
  if (cell.errored) co_return unjudged(check);
  if (!cell.answered) co_return evaluate_failure(check, cell.failure);
  if (check.kind == CheckKind::lua) {
    co_return co_await run_lua_check(check, cell.answer, one, app_.scripts());
  }
  if (check.kind == CheckKind::judge) co_return co_await point(check, judging);
  co_return evaluate(check, cell.answer, one);
}

awaitable<void> TrialRunner::judge_alone(std::size_t index) {
  const InFlight counted(in_flight_, changed_);
  const bool alone = at_once_ == 1;
  Cell& cell = trial_.cells[index];
  if (!cell.asked) co_return;
  Judging judging;
  judging.index = index;
  std::vector<Finding> findings;
  for (const Check& check : checks_) {
    if (!check.applies_to(trial_.cases[cell.case_at]) || check.is_of_several()) continue;
    Finding one = co_await finding(check, judging);
    if (!judging.refusal.empty() && put_off(index, alone, judging.refusal)) co_return;
    findings.push_back(std::move(one));
  }
  std::move(findings.begin(), findings.end(), std::back_inserter(cell.findings));
}

// What is said of a group stands with the first of its cases, so that it counts once.
void TrialRunner::judge_group(const Check& check, std::vector<Cell*> cells) {
  std::sort(cells.begin(), cells.end(),
            [](const Cell* a, const Cell* b) { return a->case_at < b->case_at; });
  std::vector<GroupAnswer> answers;
  for (const Cell* cell : cells) {
    if (!cell->asked) return;  // it is told as missing
    if (cell->errored) {
      cells.front()->findings.push_back(unjudged(check));
      return;
    }
    answers.push_back(
        GroupAnswer{trial_.cases[cell->case_at].id, cell->answered ? &cell->answer : nullptr});
  }
  cells.front()->findings.push_back(evaluate_alike(check, answers));
}

void TrialRunner::judge_groups() {
  for (const Check& check : checks_) {
    if (check.kind != CheckKind::alike) continue;
    std::map<std::tuple<std::string, std::size_t, int>, std::vector<Cell*>> groups;
    for (Cell& cell : trial_.cells) {
      const TrialCase& one = trial_.cases[cell.case_at];
      if (check.applies_to(one)) groups[{one.group, cell.route_at, cell.repeat}].push_back(&cell);
    }
    for (auto& [key, cells] : groups) judge_group(check, std::move(cells));
  }
}

const Cell* TrialRunner::base_of(const Cell& cell) const {
  for (const Cell& each : trial_.cells) {
    if (each.route_at == 0 && each.case_at == cell.case_at && each.repeat == cell.repeat) {
      return &each;
    }
  }
  return nullptr;
}

awaitable<void> TrialRunner::judge_pairs(std::size_t index) {
  const InFlight counted(in_flight_, changed_);
  const bool alone = at_once_ == 1;
  Cell& cell = trial_.cells[index];
  const Cell* base = base_of(cell);
  if (cell.route_at == 0 || !cell.asked || base == nullptr || !base->asked) co_return;
  const auto base_at = static_cast<std::size_t>(base - trial_.cells.data());
  Judging judging;
  judging.index = index;
  std::vector<Finding> findings;
  for (const Check& check : checks_) {
    if (!check.judge.pairwise || !check.applies_to(trial_.cases[cell.case_at])) continue;
    if (cell.errored || base->errored) {
      findings.push_back(unjudged(check));
      continue;
    }
    if (!cell.answered || !base->answered) {
      findings.push_back(judged_unanswered(check, base->answered, cell.answered));
      continue;
    }
    Finding one = co_await pair(check, base_at, judging);
    if (!judging.refusal.empty() && put_off(index, alone, judging.refusal)) co_return;
    findings.push_back(std::move(one));
  }
  std::move(findings.begin(), findings.end(), std::back_inserter(cell.findings));
}

awaitable<Result<Json>> TrialRunner::verdict(ModelRequest request, std::string key,
                                             Judging& judging) {
  if (!limit_.empty()) co_return Error{Errc::exhausted, "the judge was not asked: " + limit_};
  const std::string& run_id = trial_.cells[judging.index].run_id;
  Asker::Asking asking;
  asking.call.name = "judge";
  asking.key = std::move(key);
  asking.key += "/" + short_hash(to_text(request) + request.target);
  asking.call.request = std::move(request);
  asking.task = "judge the answer of run " + run_id;
  asking.parent_run = run_id;
  asking.input = judging.said;
  asking.input["trial"] = trial_.id;
  const Result<std::vector<Event>> events = co_await asker_.ask(std::move(asking));
  judging.refusal = refusal_of(events);
  if (!judging.refusal.empty()) {
    co_return Error{Errc::exhausted, "the judge was not asked: " + judging.refusal};
  }
  if (!events) {
    if (!broken_) broken_ = events.error();
    co_return events.error();
  }
  const Cell asked = cell_of(*events);
  judging.cost = saturating_add(judging.cost, saturating_add(asked.cost, asked.lost));
  co_return output_of(*events);
}

awaitable<Finding> TrialRunner::point(Check check, Judging& judging) {
  const Cell& cell = trial_.cells[judging.index];
  judging.cost = 0;
  judging.said = Json{{"check", check.name}};
  ModelRequest request = judge_request(check, trial_.cases[cell.case_at], cell.answer);
  std::string key = key_of(cell) + "/judge";
  const Result<Json> said = co_await verdict(std::move(request), std::move(key), judging);
  Finding finding = judged(check, said);
  finding.cost = judging.cost;
  co_return finding;
}

awaitable<Finding> TrialRunner::pair(Check check, std::size_t base_at, Judging& judging) {
  const Cell& cell = trial_.cells[judging.index];
  const Cell& base = trial_.cells[base_at];
  const TrialCase& one = trial_.cases[cell.case_at];
  judging.cost = 0;
  ModelRequest there = judge_request(check, one, base.answer, cell.answer);
  ModelRequest back = judge_request(check, one, cell.answer, base.answer);
  const std::string key = key_of(cell) + "/judge";
  std::string key_there = key + "/there";
  std::string key_back = key + "/back";
  judging.said = Json{{"check", check.name}, {"against", base.run_id}, {"shown", "second"}};
  Result<Json> first = co_await verdict(std::move(there), std::move(key_there), judging);
  if (!first && !judging.refusal.empty()) co_return judged(check, first);
  judging.said["shown"] = "first";
  Result<Json> second = co_await verdict(std::move(back), std::move(key_back), judging);
  const std::array<Result<Json>, 2> verdicts = {std::move(first), std::move(second)};
  Finding finding = judged(check, verdicts);
  finding.cost = judging.cost;
  co_return finding;
}

}  // namespace yoke

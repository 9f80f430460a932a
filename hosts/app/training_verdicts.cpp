#include "hosts/app/training_verdicts.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "runtime/engine/reader.h"

namespace yoke {
namespace {

using Standing = TrainingReply::Standing;

constexpr const char* kJudgeAgent = "judge";
constexpr int kRunsAtOnce = 500;

// Nothing: it is no verdict, as one that was cut off.
std::optional<JudgeVerdict> verdict_in(const std::vector<Event>& events, const RunRow& row) {
  JudgeVerdict verdict;
  verdict.judge_run = row.run_id;
  verdict.of = row.parent_run;
  const Json& note = member_at(events.front().fields, "input");
  verdict.check = string_at(note, "check", kJudgeAgent);
  verdict.against = string_at(note, "against");
  verdict.shown_first = string_at(note, "shown") == "first";
  verdict.said = member_at(events.back().fields, "output");
  for (const Event& event : events) {
    if (event.kind != EventKind::model_replied) continue;
    verdict.targets.insert(string_at(event.fields, "target"));
  }
  const bool compares = verdict.said.is_object() && verdict.said.contains("better");
  if (compares == verdict.against.empty()) return std::nullopt;
  if (!compares && !member_at(verdict.said, "pass").is_boolean()) return std::nullopt;
  return verdict;
}

// What a judge is named by in reasons.
std::string named(const JudgeVerdict& verdict) {
  return "judge " + verdict.check + " (" + verdict.judge_run + ")";
}

TrainingReply* answer_in(std::vector<TrainingRun>& runs, const std::string& run_id) {
  for (TrainingRun& run : runs) {
    if (run.row.run_id != run_id || run.replies.empty()) continue;
    return run.replies.back().is_answer ? &run.replies.back() : nullptr;
  }
  return nullptr;
}

void stand(TrainingReply& reply, const JudgeVerdict& verdict) {
  const bool passed = bool_at(verdict.said, "pass");
  if (!passed) {
    reply.standing = Standing::bad;
    reply.why = named(verdict) + " failed it";
  } else if (reply.standing == Standing::unknown) {
    reply.standing = Standing::good;
    reply.why = named(verdict) + " passed it";
  }
}

// 1: the answer of `of` is better; -1: the other; 0: neither.
int side_of(const JudgeVerdict& verdict) {
  const std::string better = string_at(verdict.said, "better");
  if (better != "A" && better != "B") return 0;
  return (better == "A") == verdict.shown_first ? 1 : -1;
}

std::vector<JudgedPair> compared(const std::vector<JudgeVerdict>& verdicts) {
  struct Sides {
    std::optional<int> shown_first;
    std::optional<int> shown_second;
    std::string judges;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Sides> found;
  for (const JudgeVerdict& each : verdicts) {
    if (each.against.empty()) continue;
    Sides& sides = found[{each.of, each.against, each.check}];
    (each.shown_first ? sides.shown_first : sides.shown_second) = side_of(each);
    sides.judges = named(each);
  }
  std::vector<JudgedPair> pairs;
  for (const auto& [key, sides] : found) {
    const auto& [of, against, check] = key;
    if (!sides.shown_first || sides.shown_first != sides.shown_second) continue;
    if (*sides.shown_first == 0) continue;
    const bool of_is_better = *sides.shown_first > 0;
    pairs.push_back({of_is_better ? of : against, of_is_better ? against : of,
                     sides.judges + " preferred it in both orders"});
  }
  return pairs;
}

// Answers to one request that one rubric grades well apart: the best against each such.
std::vector<JudgedPair> graded(std::vector<TrainingRun>& runs,
                               const std::vector<JudgeVerdict>& verdicts) {
  struct Grade {
    double score = 0;
    const JudgeVerdict* verdict = nullptr;
  };
  std::map<std::pair<std::string, std::string>, std::vector<Grade>> found;
  for (const JudgeVerdict& each : verdicts) {
    const TrainingReply* reply = each.against.empty() ? answer_in(runs, each.of) : nullptr;
    if (reply == nullptr || !member_at(each.said, "score").is_number()) continue;
    found[{reply->request_hash, each.check}].push_back({number_at(each.said, "score", 0), &each});
  }
  std::vector<JudgedPair> pairs;
  for (auto& [key, grades] : found) {
    const auto best =
        std::max_element(grades.begin(), grades.end(),
                         [](const Grade& a, const Grade& b) { return a.score < b.score; });
    for (const Grade& other : grades) {
      if (best->score - other.score < kGradesApart) continue;
      pairs.push_back(
          {best->verdict->of, other.verdict->of,
           named(*best->verdict) + " and " + named(*other.verdict) + " graded them apart"});
    }
  }
  return pairs;
}

}  // namespace

awaitable<Result<std::vector<JudgeVerdict>>> verdicts_on(Store& store,
                                                         std::vector<std::string> run_ids) {
  std::vector<JudgeVerdict> verdicts;
  const std::set<std::string> wanted(run_ids.begin(), run_ids.end());
  RunFilter filter;
  filter.agent = kJudgeAgent;
  filter.status = RunStatus::completed;
  filter.limit = kRunsAtOnce;
  while (true) {
    RunFilter page = filter;
    const std::vector<RunRow> rows = co_await store.list(std::move(page));
    for (const RunRow& row : rows) {
      if (row.erased_at != 0 || wanted.count(row.parent_run) == 0) continue;
      const Result<std::vector<Event>> events = co_await read_events(store, row.run_id);
      if (!events) co_return events.error();
      std::optional<JudgeVerdict> verdict = verdict_in(*events, row);
      if (verdict) verdicts.push_back(std::move(*verdict));
    }
    if (rows.size() < kRunsAtOnce) break;
    filter.before = rows.back().run_id;
  }
  std::reverse(verdicts.begin(), verdicts.end());
  co_return verdicts;
}

std::vector<JudgedPair> hold_to_verdicts(std::vector<TrainingRun>& runs,
                                         const std::vector<JudgeVerdict>& verdicts) {
  for (const JudgeVerdict& each : verdicts) {
    TrainingReply* reply = each.against.empty() ? answer_in(runs, each.of) : nullptr;
    if (reply != nullptr) stand(*reply, each);
  }
  std::vector<JudgedPair> pairs = compared(verdicts);
  for (JudgedPair& each : graded(runs, verdicts)) pairs.push_back(std::move(each));
  return pairs;
}

}  // namespace yoke

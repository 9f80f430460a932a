// What an evaluation adds to each run that it makes: laying out, asking under a key, reading the
// journal back, checks and the comparison. The model is Lua in a worker and answers at once.
#include <cstdio>

#include "bench/rig.h"
#include "hosts/eval/eval_runner.h"
#include "sandbox/worker/zygote.h"
#include "trials/html_report.h"

namespace yoke {
namespace {

constexpr const char* kEvalAgent = R"lua(return agent {
  name = "bench", description = "Answers.", model = "default", instructions = "Answer.", tools = {},
}
)lua";

constexpr const char* kEvalModel = R"lua(return model {
  name = "bench",
  reply = function(request) return { text = "The answer is 42." } end,
}
)lua";

EvalSet set_of(int cases) {
  EvalSet set;
  set.name = "bench";
  set.agents = {"bench"};
  for (int i = 0; i < cases; ++i) {
    EvalCase& each = set.cases.emplace_back();
    each.task = each.one.prompt = "What is the answer to question " + std::to_string(i) + "?";
    each.one.id = std::to_string(i);
    each.one.expected = "42";
    each.one.request.messages.push_back(user_message(each.one.prompt));
  }
  return set;
}

std::vector<Check> three_checks() {
  std::vector<CheckText> texts(3);
  texts[0].fields = Json{{"contains", "{expected}"}};
  texts[1].fields = Json{{"matches", "answer is \\d+"}};
  texts[2].fields = Json{{"steps_at_most", 2}};
  const Result<std::vector<Check>> checks = read_checks(texts, CheckFiles());
  if (!checks) throw Fault(checks.error().message());
  return *checks;
}

awaitable<void> evaluate(Rig& rig, const EvalSet& set, Trial& trial, int at_once) {
  EvalOptions how;
  how.at_once = at_once;
  EvalRunner runner(rig.app(), trial, set, how, {});
  if (const Result<void> ready = runner.prepare(); !ready) throw Fault(ready.error().message());
  const std::vector<Check> checks = three_checks();
  TrialOptions options;
  options.at_once = at_once;
  options.asks = &runner;
  TrialRunner trial_runner(rig.app(), trial, checks, options);
  TrialRunner::Progress silent;
  const Result<TrialEnd> end = co_await trial_runner.run(std::move(silent));
  if (!end || !end->whole) throw Fault("the evaluation is not whole");
}

Trial trial_of(const EvalSet& set, const std::string& id) {
  Trial trial;
  trial.id = id;
  trial.routes = {"bench"};
  for (const EvalCase& each : set.cases) trial.cases.push_back(each.one);
  for (std::size_t at = 0; at < trial.cases.size(); ++at) trial.cells.emplace_back().case_at = at;
  return trial;
}

void measure(int at_once, int cases) {
  Rig rig(kScriptedConfig, kEvalAgent, kEvalModel);
  rig.drive(at_once, 20, RunStatus::completed, 1);
  double cpu = cpu_ms();
  double wall = wall_ms();
  rig.drive(at_once, cases, RunStatus::completed, 1);
  const double bare_cpu = (cpu_ms() - cpu) / cases;
  const double bare_wall = (wall_ms() - wall) / cases;
  const EvalSet set = set_of(cases);
  Trial trial = trial_of(set, "measured");
  cpu = cpu_ms();
  wall = wall_ms();
  rig.finish(evaluate(rig, set, trial, at_once));
  const double eval_cpu = (cpu_ms() - cpu) / cases;
  const double eval_wall = (wall_ms() - wall) / cases;
  // The same again: every run is there, and only looked up.
  Trial again = trial_of(set, "measured");
  cpu = cpu_ms();
  rig.finish(evaluate(rig, set, again, at_once));
  const double found_cpu = (cpu_ms() - cpu) / cases;
  cpu = cpu_ms();
  const std::size_t bytes = html_report(trial, compare(trial), "now").size();
  const double page_cpu = (cpu_ms() - cpu) / cases;
  if (bytes == 0) throw Fault("there is no page");
  std::printf("| %d | %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", at_once, cases,
              bare_cpu, eval_cpu, eval_cpu - bare_cpu, bare_wall, eval_wall, found_cpu, page_cpu);
}

void measure_all() {
  std::printf(
      "| at once | cases | bare CPU ms | evaluated CPU ms | added | bare wall ms | evaluated wall "
      "ms "
      "| gone on with CPU ms | report CPU ms |\n|---|---|---|---|---|---|---|---|---|\n");
  run_again({"1", "300"});
  run_again({"16", "1000"});
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  try {
    if (argc == 3) {
      yoke::measure(std::stoi(argv[1]), std::stoi(argv[2]));
    } else {
      yoke::measure_all();
    }
    return 0;
  } catch (const std::exception& error) {
    return yoke::fail_bench("eval_bench", error);
  }
}

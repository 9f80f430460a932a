// What a long run and many waiting ones cost: bytes of store a step, processor time a step, and the
// memory of runs that wait for a person.
#include <cstdio>

#include "bench/rig.h"
#include "sandbox/worker/zygote.h"

namespace yoke {
namespace {

// Takes as many steps as its instructions say, each with another argument.
constexpr const char* kModel = R"lua(return model {
  name = "bench",
  reply = function(request)
    local wanted = tonumber(request.instructions:match("%d+"))
    local done = (#request.messages - 1) // 2
    if done >= wanted then return { text = "done" } end
    return { reasoning = "Step " .. done + 1 .. ".",
             calls = { { tool = "bench.step", args = { value = done + 1 } } } }
  end,
})lua";

std::string agent_of(int steps) {
  return "return agent { name = \"bench\", instructions = \"Take " + std::to_string(steps) +
         " steps.\", tools = { \"bench.*\" }, limits = { steps = 5000, tokens = 1000000000 } }";
}

void measure_long(int steps) {
  Rig rig(kScriptedConfig, agent_of(steps), kModel);
  const double cpu = cpu_ms();
  rig.drive(1, 1, RunStatus::completed, 2 * steps + 1);
  const double spent = cpu_ms() - cpu;
  rig.close();
  const double bytes = rig.folder().bytes(".yoke");
  Rig empty(kScriptedConfig, agent_of(1), kModel);
  empty.close();
  std::printf("| %d | %.0f | %.2f | %.1f |\n", steps,
              (bytes - empty.folder().bytes(".yoke")) / steps, spent / steps, memory_mb("VmHWM:"));
}

// Answers runs that wait, each when the one before has ended; milliseconds each.
awaitable<void> wake(Rig& rig, int runs, std::vector<double>& times) {
  for (int i = 0; i < runs; ++i) {
    const RunEnd waiting = co_await rig.drive_new(RunStatus::waiting);
    const std::string question = waiting.state.questions.begin()->first;
    const double began = wall_ms();
    Engine& engine = rig.app().engine();
    const Json yes = "yes";
    const std::string by = "bench";
    const Result<Posted> posted = co_await engine.answer(waiting.state.run_id, question, yes, by);
    if (!posted) throw Fault(posted.error().message());
    const Result<RunEnd> end = co_await engine.drive(waiting.state.run_id);
    if (!end || end->state.status != RunStatus::completed) throw Fault("a run did not go on");
    times.push_back(wall_ms() - began);
  }
}

void measure_waiting(int some, int many) {
  Rig rig(std::string(kScriptedConfig) + "\n[policy]\nask = [\"bench.*\"]\n", agent_of(1), kModel);
  rig.drive(50, some, RunStatus::waiting, 1);
  const double before = memory_mb("VmRSS:");
  rig.drive(50, many, RunStatus::waiting, 1);
  const double after = memory_mb("VmRSS:");
  std::vector<double> woken;
  rig.finish(wake(rig, 100, woken));
  std::printf("| %d | %.1f | %.1f | %.0f | %.2f | %.2f |\n", many, before, after,
              (after - before) * 1024 * 1024 / many, percentile(woken, 0.5),
              percentile(woken, 0.99));
}

void measure_all() {
  std::printf(
      "| steps of one run | bytes of store a step | CPU ms a step, with its scripted model |"
      " peak MB |\n|---|---|---|---|\n");
  for (const char* steps : {"10", "100", "1000"}) run_again({"long", steps});
  std::printf(
      "\n| more waiting runs | MB before | MB after | bytes each | one answered until it ends, p50 "
      "ms |"
      " p99 ms |\n|---|---|---|---|---|---|\n");
  for (const char* many : {"10000", "100000"}) run_again({"waiting", "1000", many});
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  try {
    if (argc == 3) {
      yoke::measure_long(std::stoi(argv[2]));
    } else if (argc == 4) {
      yoke::measure_waiting(std::stoi(argv[2]), std::stoi(argv[3]));
    } else {
      yoke::measure_all();
    }
    return 0;
  } catch (const std::exception& error) {
    return yoke::fail_bench("long_bench", error);
  }
}

// What the engine costs a call where a loop, a plan, a model's script or a workflow makes it, and
// how fast a long workflow is replayed. Tools and the model are Lua in a worker, which is counted.
#include <cstdio>

#include "bench/rig.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "sandbox/worker/zygote.h"

namespace yoke {
namespace {

// Makes as many calls as its instructions say in the way it is offered: all in one reply, as a plan
// or by a script; then it answers.
constexpr const char* kModel = R"lua(return model {
  name = "bench",
  reply = function(request)
    if #request.messages > 1 then return { text = "done" } end
    local wanted, offered = tonumber(request.instructions:match("%d+")), {}
    for _, tool in ipairs(request.tools) do offered[tool.name] = true end
    if offered["code.run"] then
      local script = "for i = 1, " .. wanted .. " do tools.bench.step{ value = i } end return 1"
      return { calls = { { tool = "code.run", args = { script = script } } } }
    end
    local list, plans = {}, offered["plan.propose"]
    for i = 1, wanted do
      local values = { value = i }
      list[i] = { id = "s" .. i, tool = "bench.step", inputs = values }
      if not plans then list[i] = { tool = "bench.step", args = values } end
    end
    if not plans then return { calls = list } end
    return { calls = { { tool = "plan.propose", args = { steps = list } } } }
  end,
})lua";

std::string agent_of(const std::string& strategy, int calls) {
  const std::string number = std::to_string(calls);
  if (strategy == "workflow") {
    return "return workflow { name = \"bench\", tools = { \"bench.*\" }, run = function(w)\n"
           "  for i = 1, " +
           number + " do w.tool(\"bench.step\", { value = i }) end\n  return 1\nend }";
  }
  return "return agent { name = \"bench\", strategy = \"" + strategy +
         "\", instructions = \"Make " + number +
         " calls.\", tools = { \"bench.*\" }, limits = { steps = 5000 } }";
}

awaitable<void> drive_some(Rig& rig, int runs, RunEnd& last) {
  for (int i = 0; i < runs; ++i) last = co_await rig.drive_new(RunStatus::completed);
}

void measure(const std::string& strategy, int calls) {
  const int runs = calls >= 100 ? 20 : 100;
  Rig rig(kScriptedConfig, agent_of(strategy, calls), kModel);
  RunEnd last;
  rig.finish(drive_some(rig, 3, last));
  const double cpu = cpu_ms();
  const double with_worker = cpu_ms_with_children();
  rig.finish(drive_some(rig, runs, last));
  const double host = (cpu_ms() - cpu) / runs;
  const double all = (cpu_ms_with_children() - with_worker) / runs;
  std::printf("| %s | %d | %.2f | %.0f | %.0f | %lld |\n", strategy.c_str(), calls, all,
              1e3 * all / calls, 1e3 * host / calls, static_cast<long long>(last.state.seq));
}

awaitable<void> replay_last(Rig& rig, std::string run_id, int times, ReplayReport& report) {
  const Result<RunRow> row = co_await rig.app().store().get(run_id);
  const Result<std::vector<Record>> records = co_await read_records(rig.app().store(), run_id);
  const Result<RunState> state = co_await read_state(rig.app().store(), run_id);
  if (!row || !records || !state) throw Fault("a journal cannot be read");
  const Result<Program> program = co_await rig.app().engine().program_of(state->program);
  if (!program) throw Fault(program.error().message());
  for (int i = 0; i < times; ++i) report = replay_run(*row, *records, *program, state->prior);
  if (report.differs_at != 0 || !report.chain_matches) throw Fault("a replay differs");
}

void measure_replay(int calls, int times) {
  Rig rig(kScriptedConfig, agent_of("workflow", calls), kModel);
  RunEnd last;
  rig.finish(drive_some(rig, 1, last));
  ReplayReport report;
  const double cpu = cpu_ms();
  rig.finish(replay_last(rig, last.state.run_id, times, report));
  const double spent = (cpu_ms() - cpu) / times;
  std::printf("| %lld | %.1f | %.0f |\n", static_cast<long long>(report.events), spent,
              static_cast<double>(report.events) / spent * 1e3);
}

void measure_all() {
  std::printf(
      "| strategy | calls in a run | CPU ms a run | CPU us a call | of it the host's | events |\n"
      "|---|---|---|---|---|---|\n");
  // A scripted model makes at most 64 calls in one reply.
  for (const char* calls : {"1", "10", "50"}) run_again({"loop", calls});
  for (const char* calls : {"1", "10", "100"}) run_again({"plan", calls});
  for (const char* strategy : {"code", "workflow"}) run_again({strategy, "100"});
  std::printf("\n| a workflow's events | replayed in CPU ms | events/s |\n|---|---|---|\n");
  run_again({"replay", "332", "20"});
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  try {
    if (argc == 3) {
      yoke::measure(argv[1], std::stoi(argv[2]));
    } else if (argc == 4) {
      yoke::measure_replay(std::stoi(argv[2]), std::stoi(argv[3]));
    } else {
      yoke::measure_all();
    }
    return 0;
  } catch (const std::exception& error) {
    return yoke::fail_bench("agents_bench", error);
  }
}

#include "bench/rig.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "hosts/app/project.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr const char* kTool = R"lua(return tool {
  name = "bench.step", description = "Counts.", input = { value = "integer" }, effect = "read",
  run = function(input, ctx)
    local sum = 0
    for i = 1, 100 do sum = sum + i * input.value end
    return { sum = sum, text = ("x"):rep(64) }
  end,
})lua";
constexpr const char* kAgent = R"lua(return agent {
  name = "bench", instructions = "Take four steps, then answer.", tools = { "bench.*" },
})lua";

}  // namespace

Rig::Rig(const std::string& config, const std::string& agent, const std::string& model) {
  folder_.write("yoke.toml", config);
  folder_.write("tools/bench.lua", kTool);
  folder_.write("agents/bench.lua", agent.empty() ? kAgent : agent);
  if (!model.empty()) folder_.write("models/bench.lua", model);
  CommonOptions common;
  common.config = folder_.file("yoke.toml");
  Result<std::unique_ptr<App>> opened = App::open(io_, common, "");
  if (!opened) throw Fault(opened.error().message());
  app_ = std::move(*opened);
  Result<Program> program = app_->project().program("bench");
  if (!program) throw Fault(program.error().message());
  program_ = std::move(*program);
}

void Rig::close() {
  program_ = {};
  app_.reset();
}

awaitable<RunEnd> Rig::drive_new(RunStatus wanted) {
  StartRun start;
  start.program = program_;
  start.task = "Take four steps.";
  const Result<Created> created = co_await app_->engine().create(std::move(start));
  if (!created) throw Fault(created.error().message());
  const Result<RunEnd> end = co_await app_->engine().drive(created->claim.run_id);
  if (!end) throw Fault(end.error().message());
  const RunStatus status =
      end->kind == RunEnd::Kind::waiting ? RunStatus::waiting : end->state.status;
  if (status != wanted) throw Fault("a run ended as " + end->state.reason + ": " + end->state.text);
  co_return *end;
}

awaitable<void> Rig::drive_one(RunStatus wanted, int calls_wanted, std::vector<double>& times) {
  const double began = wall_ms();
  const RunEnd end = co_await drive_new(wanted);
  if (static_cast<int>(end.state.calls.size()) != calls_wanted) {
    throw Fault("a run made " + std::to_string(end.state.calls.size()) + " calls");
  }
  times.push_back(wall_ms() - began);
}

awaitable<void> Rig::drive_some(int runs, RunStatus wanted, int calls_wanted,
                                std::vector<double>& times) {
  for (int i = 0; i < runs; ++i) co_await drive_one(wanted, calls_wanted, times);
}

awaitable<void> Rig::drive_all(int at_once, int runs, RunStatus wanted, int calls_wanted,
                               std::vector<double>& times) {
  TaskGroup group(io_.get_executor());
  for (int i = 0; i < at_once; ++i) {
    group.spawn(drive_some(runs / at_once, wanted, calls_wanted, times));
  }
  co_await group.join();
}

void Rig::finish(awaitable<void> work) {
  std::exception_ptr failure;
  io_.restart();
  asio::co_spawn(io_, std::move(work), [&](std::exception_ptr thrown) {
    failure = thrown;
    io_.stop();
  });
  io_.run();
  if (failure) std::rethrow_exception(failure);
}

std::vector<double> Rig::drive(int at_once, int runs, RunStatus wanted, int calls_wanted) {
  std::vector<double> times;
  finish(drive_all(at_once, runs, wanted, calls_wanted, times));
  return times;
}

void run_again(const std::vector<std::string>& args) {
  std::fflush(stdout);
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::vector<char*> argv;
    std::vector<std::string> copy = args;
    copy.insert(copy.begin(), "bench");
    for (std::string& arg : copy) argv.push_back(arg.data());
    argv.push_back(nullptr);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || status != 0) {
    throw Fault("a part of the measurement failed");
  }
}

int fail_bench(const char* name, const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", name, error.what());
  return 1;
}

}  // namespace yoke

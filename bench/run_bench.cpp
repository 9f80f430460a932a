#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "runtime/loop/task_group.h"

// What a durable run costs: five model calls over HTTP to a mock server in a process of its own,
// four Lua tool calls, every event in SQLite with synchronous FULL.
namespace yoke {
namespace {

namespace fs = std::filesystem;

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

// The mock model server, as a child.
class Mock {
 public:
  explicit Mock(const std::string& program) {
    std::array<int, 2> out{};
    std::array<int, 2> in{};
    if (::pipe(out.data()) != 0 || ::pipe(in.data()) != 0) throw Fault("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(in[0], STDIN_FILENO);
      ::close(in[1]);
      ::execl(program.c_str(), program.c_str(), "--port", "0", "--scenario", "bench5", nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    ::close(in[0]);
    in_ = in[1];
    std::array<char, 64> text{};
    if (::read(out[0], text.data(), text.size() - 1) <= 0) throw Fault("no mock at " + program);
    port_ = std::atoi(text.data());
    ::close(out[0]);
  }
  ~Mock() {
    ::close(in_);
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  Mock(const Mock&) = delete;
  Mock& operator=(const Mock&) = delete;
  int port() const { return port_; }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int port_ = 0;
};

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

double cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_usec);
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double wall_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

long memory_kb(const char* field) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(field)) return std::atol(line.c_str() + std::string_view(field).size());
  }
  return 0;
}

awaitable<void> one_run(App& app, const Program& program, std::vector<double>& times) {
  const double began = wall_ms();
  StartRun start;
  start.program = program;
  start.task = "Take four steps.";
  const Result<Created> created = co_await app.engine().create(std::move(start));
  if (!created) throw Fault(created.error().message());
  const Result<RunEnd> end = co_await app.engine().drive(created->claim.run_id);
  if (!end) throw Fault(end.error().message());
  if (end->state.status != RunStatus::completed)
    throw Fault("a run ended as " + end->state.reason + ": " + end->state.text);
  if (end->state.calls.size() != 9) throw Fault("a run made another number of calls");
  times.push_back(wall_ms() - began);
}

awaitable<void> worker(App& app, const Program& program, int runs, std::vector<double>& times) {
  for (int i = 0; i < runs; ++i) co_await one_run(app, program, times);
}

awaitable<void> load(App& app, const Program& program, int at_once, int runs,
                     std::vector<double>& times) {
  TaskGroup group(co_await asio::this_coro::executor);
  for (int i = 0; i < at_once; ++i) group.spawn(worker(app, program, runs / at_once, times));
  co_await group.join();
}

double percentile(std::vector<double> times, double share) {
  std::sort(times.begin(), times.end());
  return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
}

void run_load(asio::io_context& io, App& app, const Program& program, int at_once, int runs,
              std::vector<double>& times) {
  std::exception_ptr failure;
  io.restart();
  asio::co_spawn(io, load(app, program, at_once, runs, times), [&](std::exception_ptr thrown) {
    failure = thrown;
    io.stop();
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

void measure(asio::io_context& io, App& app, const Program& program, int at_once, int runs) {
  std::vector<double> times;
  run_load(io, app, program, at_once, at_once * 2, times);
  times.clear();
  const double cpu = cpu_ms();
  const double wall = wall_ms();
  run_load(io, app, program, at_once, runs, times);
  const double took = wall_ms() - wall;
  const auto count = static_cast<double>(times.size());
  std::printf("| runs, %d at once | %.2f | %.0f | %.1f | %.1f | %.1f |\n", at_once,
              (cpu_ms() - cpu) / count, 1e3 * count / took, percentile(times, 0.5),
              percentile(times, 0.99), static_cast<double>(memory_kb("VmHWM:")) / 1024);
}

int bench(const std::string& mock_program, int at_once, int runs) {
  const Mock mock(mock_program);
  const fs::path dir = fs::temp_directory_path() / ("yoke-run-bench-" + std::to_string(::getpid()));
  write_file(dir / "yoke.toml",
             "[backends.mock]\npreset = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:" +
                 std::to_string(mock.port()) +
                 "/v1\"\n[routes.default]\ntargets = [\"mock/bench5\"]\n");
  write_file(dir / "agents/bench.lua", kAgent);
  write_file(dir / "tools/bench.lua", kTool);
  {
    asio::io_context io{1};
    CommonOptions common;
    common.config = (dir / "yoke.toml").string();
    const Result<std::unique_ptr<App>> app = App::open(io, common, "");
    if (!app) throw Fault(app.error().message());
    const Result<Program> program = (*app)->project().program("bench");
    if (!program) throw Fault(program.error().message());
    std::printf(
        "| load | CPU ms a run | runs/s | p50 ms | p99 ms | peak MB "
        "|\n|---|---|---|---|---|---|\n");
    if (runs > 0) {
      measure(io, **app, *program, at_once, runs);
    } else {
      measure(io, **app, *program, 1, 300);
      measure(io, **app, *program, 50, 2000);
    }
  }
  fs::remove_all(dir);
  return 0;
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  const std::filesystem::path here = std::filesystem::path(argv[0]).parent_path();
  const std::string mock =
      argc > 1 ? argv[1] : (here / "../tests/support/yoke_mock_openai").string();
  try {
    return yoke::bench(mock, argc > 3 ? std::atoi(argv[2]) : 0, argc > 3 ? std::atoi(argv[3]) : 0);
  } catch (const std::exception& error) {
    std::cerr << "run_bench: " << error.what() << "\n";
    return 1;
  }
}

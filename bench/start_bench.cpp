// How soon the program is there: from its start to its first output, and what that costs.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure.h"

namespace yoke {
namespace {

constexpr int kRounds = 25;

struct Start {
  double first_ms = 0;  // to the first byte on standard output or error
  double end_ms = 0;
  double cpu_ms = 0;
  double peak_mb = 0;
};

Start start(const std::vector<std::string>& command, const std::string& dir) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) throw std::runtime_error("no pipe");
  const double begin = wall_ms();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(pipe[1], STDOUT_FILENO);
    ::dup2(pipe[1], STDERR_FILENO);
    ::close(pipe[0]);
    ::close(pipe[1]);
    std::vector<std::string> copy = command;
    std::vector<char*> argv;
    for (std::string& arg : copy) argv.push_back(arg.data());
    argv.push_back(nullptr);
    if (::chdir(dir.c_str()) != 0) ::_exit(127);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(pipe[1]);
  Start result;
  std::array<char, 4096> text{};
  while (::read(pipe[0], text.data(), text.size()) > 0) {
    if (result.first_ms == 0) result.first_ms = wall_ms() - begin;
  }
  ::close(pipe[0]);
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  result.end_ms = wall_ms() - begin;
  if (status != 0) throw std::runtime_error("'" + command[0] + "' failed");
  const auto ms = [](const timeval& time) {
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec);
  };
  result.cpu_ms = ms(usage.ru_utime) + ms(usage.ru_stime);
  result.peak_mb = static_cast<double>(usage.ru_maxrss) / 1024;
  return result;
}

void row(const char* name, const std::vector<std::string>& command, const std::string& dir) {
  std::vector<double> first;
  std::vector<double> end;
  std::vector<double> cpu;
  std::vector<double> peak;
  for (int round = 0; round < kRounds; ++round) {
    const Start one = start(command, dir);
    first.push_back(one.first_ms);
    end.push_back(one.end_ms);
    cpu.push_back(one.cpu_ms);
    peak.push_back(one.peak_mb);
  }
  std::printf("| %s | %.1f | %.1f | %.1f | %.1f |\n", name, percentile(first, 0.5),
              percentile(end, 0.5), percentile(cpu, 0.5), percentile(peak, 0.5));
}

void measure_all() {
  const BenchFolder folder;
  std::printf(
      "| command, median of %d | first output ms | end ms | CPU ms | peak MB |\n"
      "|---|---|---|---|---|\n",
      kRounds);
  row("`echo`, as a baseline", {"/bin/echo", "x"}, ".");
  row("`yoke version`", {YOKE_PROGRAM, "version"}, ".");
  row("`yoke run analyst`, 4 steps over a CSV file",
      {YOKE_PROGRAM, "run", "analyst", "Which month of 2015 was the wettest in Seattle?", "--store",
       "sqlite:" + folder.file("yoke.db")},
      ANALYST_FOLDER);
}

}  // namespace
}  // namespace yoke

int main() {
  try {
    yoke::measure_all();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "start_bench: %s\n", error.what());
    return 1;
  }
}

#include "hosts/hook/telemetry/process_facts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace yoke {
namespace {

// The 22nd field of /proc/self/stat: ticks from the machine's start to the process's.
double start_ticks() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(line.substr(name_end + 1));
  std::string field;
  for (int number = 3; number < 22; ++number) rest >> field;
  double ticks = 0;
  rest >> ticks;
  return ticks;
}

double boot_seconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  while (file >> word) {
    double value = 0;
    if (word == "btime" && file >> value) return value;
  }
  return 0;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessFacts read_process_facts() {
  ProcessFacts facts;
  std::ifstream memory("/proc/self/statm");
  std::int64_t pages = 0;
  std::int64_t resident = 0;
  if (memory >> pages >> resident) {
    const std::int64_t page = sysconf(_SC_PAGESIZE);
    facts.virtual_bytes = pages * page;
    facts.resident_bytes = resident * page;
  }
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    facts.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  std::error_code failed;
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", failed);
       !failed && at != std::filesystem::directory_iterator(); at.increment(failed)) {
    ++facts.open_files;
  }
  const double boot = boot_seconds();
  const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (boot > 0) facts.start_seconds = boot + start_ticks() / per_second;
  return facts;
}

}  // namespace yoke

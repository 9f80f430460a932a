#include "bench/measure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "runtime/base/ensure.h"

namespace yoke {

namespace fs = std::filesystem;

double wall_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

double cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec);
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

namespace {

// Every process below `parent`, found through /proc.
std::vector<std::string> processes_below(const std::string& parent) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t after = line.rfind(')');
    if (after == std::string::npos || line.size() < after + 5) continue;
    const std::string above = line.substr(after + 4, line.find(' ', after + 4) - after - 4);
    if (above != parent) continue;
    found.push_back(name);
    for (std::string& below : processes_below(name)) found.push_back(std::move(below));
  }
  return found;
}

std::vector<std::string> children() { return processes_below(std::to_string(::getpid())); }

}  // namespace

double cpu_ms_with_children() {
  double sum = cpu_ms();
  for (const std::string& process : children()) {
    double nanoseconds = 0;
    std::ifstream("/proc/" + process + "/schedstat") >> nanoseconds;
    sum += nanoseconds * 1e-6;
  }
  return sum;
}

double children_memory_mb() {
  double sum = 0;
  for (const std::string& process : children()) {
    std::ifstream rollup("/proc/" + process + "/smaps_rollup");
    std::string line;
    while (std::getline(rollup, line)) {
      if (line.starts_with("Private_")) sum += std::stod(line.substr(line.find(':') + 1)) / 1024;
    }
  }
  return sum;
}

int children_count() { return static_cast<int>(children().size()); }

double memory_mb(const char* field) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(field))
      return std::stod(line.substr(std::string_view(field).size())) / 1024;
  }
  return 0;
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

Json document() {
  Json value = {{"tool", "http.get"}, {"id", "call-0001"}, {"attempt", 3}, {"cost", 0.125}};
  for (int i = 0; i < 8; ++i) {
    value["items"].push_back({{"id", i},
                              {"title", "item number " + std::to_string(i)},
                              {"score", i * 0.5},
                              {"tags", {"alpha", "beta", "gamma"}},
                              {"url", "https://example.test/p/" + std::to_string(i)}});
  }
  return value;
}

double yardstick_ms() {
  std::vector<std::uint64_t> numbers(1 << 20);
  std::uint64_t state = 1;
  for (std::uint64_t& number : numbers) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    number = state;
  }
  const double begin = cpu_ms();
  std::sort(numbers.begin(), numbers.end());
  ENSURE(std::is_sorted(numbers.begin(), numbers.end()));
  return cpu_ms() - begin;
}

BenchFolder::BenchFolder() {
  std::string name = (fs::current_path() / "yoke-bench-XXXXXX").string();
  ENSURE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

BenchFolder::~BenchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void BenchFolder::write(const std::string& name, const std::string& text) const {
  const fs::path path = file(name);
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

double BenchFolder::bytes(const std::string& name) const {
  const fs::path path = file(name);
  if (fs::is_regular_file(path)) return static_cast<double>(fs::file_size(path));
  double sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) sum += static_cast<double>(entry.file_size());
  }
  return sum;
}

double bare_sync_ms(const BenchFolder& folder, int times) {
  const int fd =
      ::open(folder.file("bare").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ENSURE(fd >= 0);
  const std::string page(4096, 'x');
  const double begin = wall_ms();
  for (int i = 0; i < times; ++i) {
    ENSURE(::write(fd, page.data(), page.size()) == static_cast<ssize_t>(page.size()));
    ENSURE(::fdatasync(fd) == 0);
  }
  const double took = wall_ms() - begin;
  ::close(fd);
  fs::remove(folder.file("bare"));
  return took / times;
}

}  // namespace yoke

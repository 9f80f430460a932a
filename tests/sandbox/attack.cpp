#include "tests/sandbox/attack.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace yoke::sandbox::test {

namespace {

constexpr std::chrono::milliseconds kAmple{20'000};

void set_quota(Quota& quota, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  const std::string name = setting.substr(0, equals);
  const std::int64_t value = std::stoll(setting.substr(equals + 1));
  if (name == "memory_bytes_max") {
    quota.memory_bytes_max = value;
  } else if (name == "instructions_max") {
    quota.instructions_max = value;
  } else if (name == "cpu_max") {
    quota.cpu_max = std::chrono::milliseconds(value);
  } else {
    FAIL("an attack cannot set the quota '" << name << "'");
  }
}

Attack read_attack(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  Attack attack;
  attack.quota.cpu_max = kAmple;  // else a slower machine ends it before what its file says does
  attack.name = path.filename().string();
  attack.text = all.str();
  std::istringstream lines(attack.text);
  for (std::string line; std::getline(lines, line) && line.starts_with("--");) {
    if (line == "-- whole file") attack.whole_file = true;
    if (line == "-- as it is") attack.as_it_is = true;
    if (line.starts_with("-- quota: ")) set_quota(attack.quota, line.substr(10));
    if (!line.starts_with("-- expect: ")) continue;
    const std::string rest = line.substr(11);
    const std::size_t space = rest.find(' ');
    attack.verdict = rest.substr(0, space);
    attack.expected = rest.substr(space + 1);
  }
  const bool by_time =
      attack.verdict == "quota" && (attack.expected == "cpu" || attack.expected == "any");
  if (attack.quota.cpu_max == kAmple && by_time) attack.quota.cpu_max = sandbox::Quota{}.cpu_max;
  attack.quota.cpu_max *= kSlowness;
  return attack;
}

}  // namespace

std::vector<Attack> read_attacks() {
  std::vector<Attack> attacks;
  for (const auto& entry : std::filesystem::directory_iterator("tests/sandbox/attacks")) {
    attacks.push_back(read_attack(entry.path()));
    INFO(attacks.back().name);
    REQUIRE_FALSE(attacks.back().verdict.empty());
  }
  std::sort(attacks.begin(), attacks.end(),
            [](const Attack& a, const Attack& b) { return a.name < b.name; });
  return attacks;
}

}  // namespace yoke::sandbox::test

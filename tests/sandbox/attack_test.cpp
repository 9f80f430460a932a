#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/sandbox/script.h"

// Every file of attacks/ is a hostile or careless script with what must become of it at its head:
//   -- expect: quota NAME | quota any | error TEXT | conversion TEXT | value JSON
//   -- quota: NAME=NUMBER          (optional)
//   -- whole file                  (optional: not just the body of run)
namespace yoke::sandbox::test {

namespace {

// ThreadSanitizer makes the same instructions take so many times longer.
#ifdef __SANITIZE_THREAD__
constexpr int kSlowness = 20;
#else
constexpr int kSlowness = 1;
#endif
constexpr std::chrono::milliseconds kOvershoot{500};

struct Attack {
  std::string text;
  std::string verdict;   // "quota"
  std::string expected;  // "instructions"
  Quota quota;
  bool whole_file = false;
};

void set_quota(Quota& quota, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  const std::string name = setting.substr(0, equals);
  const std::int64_t value = std::stoll(setting.substr(equals + 1));
  if (name == "memory_bytes_max") quota.memory_bytes_max = value;
  if (name == "instructions_max") quota.instructions_max = value;
  if (name == "cpu_max") quota.cpu_max = std::chrono::milliseconds(value);
}

Attack read_attack(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  Attack attack;
  attack.quota.cpu_max *= kSlowness;
  attack.text = all.str();
  std::istringstream lines(attack.text);
  for (std::string line; std::getline(lines, line) && line.starts_with("--");) {
    if (line == "-- whole file") attack.whole_file = true;
    if (line.starts_with("-- quota: ")) set_quota(attack.quota, line.substr(10));
    if (!line.starts_with("-- expect: ")) continue;
    const std::string rest = line.substr(11);
    const std::size_t space = rest.find(' ');
    attack.verdict = rest.substr(0, space);
    attack.expected = rest.substr(space + 1);
  }
  return attack;
}

void check_quota(const Attack& attack, const Outcome& outcome) {
  CHECK(outcome.failure.kind == Failed::Kind::quota);
  if (attack.expected != "any") CHECK(outcome.failure.quota == attack.expected);
  CHECK_FALSE(outcome.failure.quota.empty());
}

void check_outcome(const Attack& attack, const Outcome& outcome) {
  INFO("message: " << outcome.failure.message << " quota: " << outcome.failure.quota);
  INFO("value: " << to_text(outcome.value));
  const std::string& message = outcome.failure.message;
  CHECK(message.size() <= 4'096);
  CHECK(message.find("0x") == std::string::npos);
  CHECK(outcome.meter.memory_bytes_peak <= attack.quota.memory_bytes_max);
  CHECK(outcome.meter.cpu < attack.quota.cpu_max + kOvershoot * kSlowness);
  if (attack.verdict == "value") {
    CHECK(outcome.done);
    CHECK(to_text(outcome.value) == attack.expected);
    return;
  }
  CHECK_FALSE(outcome.done);
  if (attack.verdict == "quota") return check_quota(attack, outcome);
  const bool error = attack.verdict == "error";
  CHECK(outcome.failure.kind == (error ? Failed::Kind::error : Failed::Kind::conversion));
  CHECK(message.find(attack.expected) != std::string::npos);
}

}  // namespace

TEST_CASE("every attack ends as its file says") {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/sandbox/attacks")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  REQUIRE(paths.size() > 50);
  for (const auto& path : paths) {
    INFO(path.filename().string());
    const Attack attack = read_attack(path);
    REQUIRE_FALSE(attack.verdict.empty());
    const std::string text = attack.whole_file ? attack.text : as_tool(attack.text);
    check_outcome(attack, run_file(text, attack.quota));
  }
}

TEST_CASE("what is not text for the compiler is refused before it is parsed") {
  const Quota quota;
  const auto refused = [&](std::string text) {
    return !compile({"t.lua", std::move(text)}, quota);
  };
  CHECK(refused("\x1bLua" + std::string(200, 'x')));
  CHECK(refused(std::string(static_cast<std::size_t>(quota.source_bytes_max) + 1, ' ')));
  std::string many;
  for (int i = 0; i < 300'000; ++i) many += "a=1\n";
  CHECK(refused(many));
  CHECK(refused(std::string(250, '(')));
  CHECK(refused("return " + std::string(100'000, '{')));
}

TEST_CASE("a script's tricks with strings do not outlive its state") {
  const auto program =
      must_compile(as_tool("string.rep = function() return 'evil' end local m = string m.x = (m.x "
                           "or 0) + 1 return m.x"));
  for (int i = 0; i < 2; ++i) {
    Vm vm(program, {}, {});
    CHECK(outcome_of(vm.start(0, "run", Json::array())).value == 1);
  }
  CHECK(value_of("return ('x'):rep(3)") == "xxx");
}

TEST_CASE("the instruction quota is hit within one interval of its bound") {
  Quota quota;
  quota.instructions_max = 50'000;
  const Outcome outcome =
      run_script("while true do pcall(function() while true do end end) end", quota);
  CHECK(outcome.failure.quota == "instructions");
  CHECK(outcome.meter.instructions <= 52'000);
  CHECK(outcome.failure.place == "tools/t.lua:1");
}

}  // namespace yoke::sandbox::test

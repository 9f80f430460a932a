#include "tests/sandbox/attack.h"

namespace yoke::sandbox::test {

namespace {

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
  const std::vector<Attack> attacks = read_attacks();
  REQUIRE(attacks.size() > 50);
  for (const Attack& attack : attacks) {
    INFO(attack.name);
    check_outcome(attack, run_file(attack.whole_text(), attack.quota));
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

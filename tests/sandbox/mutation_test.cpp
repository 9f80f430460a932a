#include "tests/sandbox/mutation.h"

#include <algorithm>
#include <cstdlib>

#include "tests/sandbox/attack.h"

// Every attack again, run from every kind of place that Lua can run code from, in combinations that
// a seed decides. A longer search: YOKE_MUTATIONS=1000 (of each attack) YOKE_MUTATION_SEED=7.
namespace yoke::sandbox::test {

namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// The largest charge that is made in one piece, before the work: text.similarity of two long texts.
constexpr std::int64_t kChargeMax = 5'000'000;

// An attack on a bound shows as much under a low one, sooner.
Quota lower(const Quota& quota) {
  Quota low = quota;
  low.instructions_max = std::min<std::int64_t>(low.instructions_max, 400'000);
  low.pattern_steps_max = std::min<std::int64_t>(low.pattern_steps_max, 200'000);
  low.memory_bytes_max = std::min<std::int64_t>(low.memory_bytes_max, 8 << 20);
  low.cpu_max = std::min(low.cpu_max, std::chrono::milliseconds(150 * kSlowness));
  return low;
}

bool is_overflow(const Failed& failure) {
  return failure.kind == Failed::Kind::error &&
         failure.message.find("stack overflow") != std::string::npos;
}

// A wrapped attack is ended as the attack is. Whatever stands on a deep stack may overflow it.
bool is_same_class(const Attack& attack, const Outcome& outcome) {
  using Kind = Failed::Kind;
  if (attack.verdict == "value") return outcome.done && to_text(outcome.value) == attack.expected;
  if (outcome.done) return false;
  if (outcome.failure.kind == Kind::quota || is_overflow(outcome.failure)) return true;
  if (attack.verdict == "error") return outcome.failure.kind == Kind::error;
  return attack.verdict == "conversion" && outcome.failure.kind == Kind::conversion;
}

bool is_within(const Quota& quota, const Meter& meter) {
  return meter.memory_bytes_peak <= quota.memory_bytes_max &&
         meter.cpu < quota.cpu_max + kOvershoot * kSlowness &&
         meter.instructions <= quota.instructions_max + kChargeMax &&
         meter.log_bytes <= quota.log_bytes_max + quota.string_bytes_max;
}

void check_mutation(const Attack& attack, const std::vector<const Wrapper*>& picked) {
  const Quota quota = attack.verdict == "quota" ? lower(attack.quota) : attack.quota;
  const std::string body = wrap(attack.text, picked);
  const Outcome outcome = run_file(attack.whole_file ? body : as_tool(body), quota);
  const std::string& message = outcome.failure.message;
  INFO(attack.name << " as " << names_of(picked));
  INFO("outcome: " << message << " " << outcome.failure.quota << " " << to_text(outcome.value));
  CHECK(is_same_class(attack, outcome));
  CHECK(is_within(quota, outcome.meter));
  CHECK(message.size() <= 4'096);
  CHECK(message.find("0x") == std::string::npos);
}

bool repeats(const std::vector<const Wrapper*>& picked) {
  return std::any_of(picked.begin(), picked.end(), [](const Wrapper* w) { return w->repeats; });
}

}  // namespace

TEST_CASE("every wrapper runs its payload and gives back what it returns") {
  for (const Wrapper& wrapper : wrappers()) {
    INFO(wrapper.name);
    const Outcome outcome = run_script(wrap("return { 'here' }", {&wrapper}));
    INFO(outcome.failure.message);
    CHECK(to_text(outcome.value) == R"(["here"])");
  }
}

TEST_CASE("a loop is ended wherever it runs from") {
  const Attack loop{"loop", "while true do end", "quota", "any", {}};
  for (const Wrapper& wrapper : wrappers()) check_mutation(loop, {&wrapper});
}

TEST_CASE("an error passes through whatever it is raised from") {
  const Attack error{"error", "error('no such city')", "error", "no such city", {}};
  for (const Wrapper& wrapper : wrappers()) check_mutation(error, {&wrapper});
}

TEST_CASE("every attack ends the same way when it is wrapped at random") {
  SeededRandom random(setting("YOKE_MUTATION_SEED", 1));
  const std::uint64_t rounds = setting("YOKE_MUTATIONS", 4);
  for (const Attack& attack : read_attacks()) {
    if (attack.as_it_is) continue;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const auto picked = pick_wrappers(random);
      if (attack.verdict == "value" && repeats(picked)) continue;
      check_mutation(attack, picked);
    }
  }
}

}  // namespace yoke::sandbox::test

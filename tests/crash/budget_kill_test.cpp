#include <signal.h>

#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "tests/support/mock_openai.h"
#include "tests/support/temp_project.h"

// Many runs at once draw on one budget, in processes that are killed at random instants. The vendor
// counts what it was asked: that is what it will send a bill for.
namespace yoke::testing {
namespace {

constexpr std::int64_t kCap = 30'000'000;  // three cents
constexpr std::int64_t kBilled = 101'000;  // 100 tokens in at a dollar, 20 out at five cents
constexpr int kPrompts = 40;

class Bank : public TempProject {
 public:
  Bank() : TempProject(YOKE_PROGRAM), vendor(MockOpenAi::Options{}) {
    write("yoke.toml",
          "[backends.lab]\npreset = \"openai-compatible\"\nbase_url = \"" + vendor.base_url() +
              "\"\nprices = { input = 1.0, output = 0.05 }\n\n[budgets]\nmonth = { usd = 0.03 }\n");
    std::string prompts;  // each long enough for the hundred tokens that the vendor counts
    for (int i = 0; i < kPrompts; ++i) prompts += std::string(600, 'x') + std::to_string(i) + "\n";
    write("prompts.txt", prompts);
  }

  Process spending() const {
    return start(Args{"models", "compare", "lab/echo", "lab/echo", "--prompts", "prompts.txt",
                      "--at-once", "16", "--quiet"});
  }
  std::int64_t bill() const {
    return kBilled * static_cast<std::int64_t>(vendor.requests().size());
  }
  // The month's budget, as the program says it stands.
  Json budget() const {
    const Ended ended = yoke(Args{"models", "budgets", "--json"});
    INFO(ended.err);
    REQUIRE(ended.status == 0);
    return json_lines(ended.out).at(0).at(0);
  }
  std::vector<std::string> unfinished() const {
    const Ended ended =
        yoke(Args{"runs", "list", "--status", "running", "--limit", "1000", "--json"});
    std::vector<std::string> ids;
    for (const Json& row : json_lines(ended.out)) ids.push_back(string_at(row, "run"));
    return ids;
  }

  MockOpenAi vendor;
};

void check_covered(const Bank& bank) {
  const Json budget = bank.budget();
  const std::int64_t taken = integer_at(budget, "settled") + integer_at(budget, "reserved");
  CHECK(taken <= kCap);
  CHECK(bank.bill() <= taken);
}

// Kills it when the vendor was asked so many times, and a little later still.
void kill_after(Process& process, const MockOpenAi& vendor, std::size_t requests, int spin_us) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (vendor.requests().size() < requests && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(spin_us);
  while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
  process.signal(SIGKILL);
}

}  // namespace

TEST_CASE("a budget holds however often processes are killed while many runs draw on it") {
  const auto seed = static_cast<unsigned>(GENERATE(1, 2, 3));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const Bank bank;
  int killed = 0;
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    Process process = bank.spending();
    const std::size_t more = 1 + random() % 30;
    kill_after(process, bank.vendor, bank.vendor.requests().size() + more,
               static_cast<int>(random() % 3000));
    if (process.wait().status == -SIGKILL) ++killed;
    check_covered(bank);
    for (const std::string& id : bank.unfinished()) {
      if (random() % 4 == 0) continue;  // it stays as it is, with what it reserves
      bank.yoke(Args{"runs", random() % 2 == 0 ? "resume" : "cancel", id});
    }
    check_covered(bank);
  }
  CHECK(killed > 0);
  for (const std::string& id : bank.unfinished()) bank.yoke(Args{"runs", "cancel", id});
  CHECK(bank.unfinished().empty());
  const Json budget = bank.budget();
  CHECK(integer_at(budget, "reserved") == 0);
  CHECK(integer_at(budget, "settled") <= kCap);
  CHECK(bank.bill() <= integer_at(budget, "settled"));
  const Ended verified = bank.yoke(Args{"runs", "verify"});
  INFO(verified.out << verified.err);
  CHECK(verified.status == 0);
}

}  // namespace yoke::testing

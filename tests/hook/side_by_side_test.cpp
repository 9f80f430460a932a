#include <catch2/catch.hpp>

#include <map>

#include "tests/hook/whole_hook.h"

// Two tenants at once, one of which starts all it can.
namespace yoke::testing {
namespace {

constexpr std::size_t kAtOnce = 1;
constexpr int kOfLoud = 300;
constexpr int kOfQuiet = 5;

// Whose run's model is called first, in their order: each is a turn.
class TurnsTaken final : public Listener {
 public:
  explicit TurnsTaken(Engine& engine) : engine_(engine) { engine_.subscribe(*this); }
  ~TurnsTaken() override { engine_.unsubscribe(*this); }
  TurnsTaken(const TurnsTaken&) = delete;
  TurnsTaken& operator=(const TurnsTaken&) = delete;

  void on_event(const Event& event) override {
    if (event.kind == EventKind::run_started) {
      tenant_of_[event.run_id] = string_at(event.fields, "tenant");
    }
    if (event.kind == EventKind::model_called) turns.push_back(tenant_of_[event.run_id]);
    if (event.kind == EventKind::run_completed) ++ended[tenant_of_[event.run_id]];
  }
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

  std::vector<std::string> turns;
  std::map<std::string, int> ended;

 private:
  Engine& engine_;
  std::map<std::string, std::string> tenant_of_;
};

struct SideBySide {
  SideBySide() {
    const std::vector<std::string> of_loud = runs_of(loud, kOfLoud);
    const std::vector<std::string> of_quiet = runs_of(quiet, kOfQuiet);
    Drivers& drivers = world.services().drivers;
    for (const std::string& id : of_loud) drivers.wake(id, loud.tenant);
    backlog = drivers.waiting();
    for (const std::string& id : of_quiet) drivers.wake(id, quiet.tenant);
    world.until([&] { return seen.ended["quiet"] == kOfQuiet; });
  }
  // Journaled, and not driven yet.
  std::vector<std::string> runs_of(const Principal& who, int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      ProgramChoice choice;
      choice.agent = "helper";
      StartRun start;
      start.program = world.app().choose(choice).value();
      start.task = "say x";
      start.tenant = who.tenant;
      start.by = who.name;
      auto creating = world.app().engine().create(std::move(start));
      ids.push_back(run(world.loop.io, std::move(creating)).value().claim.run_id);
    }
    return ids;
  }
  Json get(const Principal& who, const std::string& target) {
    return json_of(world.as(who, "GET", target));
  }

  WholeHook world{Drivers::Options{kAtOnce, {}}};
  TurnsTaken seen{world.app().engine()};
  const Principal loud = caller("loud", "key:loud");
  const Principal quiet = caller("quiet", "key:quiet");
  std::size_t backlog = 0;  // of the loud one, when the quiet one comes
};

}  // namespace

TEST_CASE("who comes beside a tenant with hundreds of runs has every other turn from then on") {
  SideBySide both;
  REQUIRE(both.backlog == kOfLoud - kAtOnce);
  std::vector<std::string> first(both.seen.turns.begin(), both.seen.turns.begin() + 2 * kOfQuiet);
  std::vector<std::string> expected;
  for (int i = 0; i < kOfQuiet; ++i) {
    expected.emplace_back("loud");
    expected.emplace_back("quiet");
  }
  CHECK(first == expected);
  CHECK(both.seen.ended["loud"] <= kOfQuiet + 1);
}

TEST_CASE("of two tenants at once each sees and pays for what is its own") {
  SideBySide both;
  const Json runs = both.get(both.quiet, "/v1/runs?limit=500")["runs"];
  CHECK(runs.size() == kOfQuiet);
  CHECK(both.get(both.loud, "/v1/runs?limit=500")["runs"].size() == kOfLoud);
  const Json total = both.get(both.quiet, "/v1/spend")["total"];
  CHECK(total["requests"] == kOfQuiet);
  const Json budgets = both.get(both.quiet, "/v1/budgets")["budgets"];
  REQUIRE(budgets.size() == 1);
  CHECK(budgets[0]["scope"] == "tenant:quiet");
  CHECK(budgets[0]["settled"] ==
        total["input"].get<std::int64_t>() + total["output"].get<std::int64_t>());
  CHECK(budgets[0]["reserved"] == 0);
  const Json callers = both.get(both.quiet, "/v1/spend?by=caller")["rows"];
  REQUIRE(callers.size() == 1);
  CHECK(callers[0]["name"] == "key:quiet");
}

}  // namespace yoke::testing

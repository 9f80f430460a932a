#include <catch2/catch.hpp>

#include "tests/crash/arena.h"

// Runs of several parts, killed at every point: a workflow, a script that a model wrote, a plan.
// Guards and hooks look at every call.
namespace yoke::testing {
namespace {

Work restock() { return Work{"restock", "Restock the shop.", 7, 1}; }
Work coder() { return Work{"coder", "Restock the shop.", 5, 0}; }
Work planner() { return Work{"planner", "Restock the shop.", 6, 1}; }

// After each line that an undisturbed run prints, and a part of the way to the next.
void kill_after_each_line(Work work) {
  Arena arena(std::move(work));
  for (int line = 1; line < arena.lines(); ++line) {
    INFO("killed after line " << line);
    arena.survive({Kill{"", line, line % 3 * 400}});
  }
  CHECK(arena.tally().kills >= arena.lines() / 2);
}

// At the named points where an effect may be lost, again while it resumes.
void kill_at_points(Work work) {
  Arena arena(std::move(work));
  for (const std::string point :
       {"engine.after_intent", "engine.before_tool", "engine.after_tool", "engine.after_append"}) {
    for (int passage = 1; passage <= 9; passage += 2) {
      INFO(point << ":" << passage);
      const std::string again = "engine.before_append:" + std::to_string(1 + passage % 4);
      arena.survive({Kill{point + ":" + std::to_string(passage)}, Kill{again}});
    }
  }
  CHECK(arena.tally().kills >= 15);
}

}  // namespace

TEST_CASE("a workflow killed after any event ends as if it never was") {
  kill_after_each_line(restock());
}

TEST_CASE("a workflow killed around its calls and again while it resumes ends as if it never was") {
  kill_at_points(restock());
}

TEST_CASE("a script that a model wrote, killed after any event, makes each call once") {
  kill_after_each_line(coder());
}

TEST_CASE("a script that a model wrote, killed around its calls, makes each call once") {
  kill_at_points(coder());
}

TEST_CASE("a plan killed after any event ends as if it never was") {
  kill_after_each_line(planner());
}

TEST_CASE("a plan killed around its calls and again while it resumes ends as if it never was") {
  kill_at_points(planner());
}

}  // namespace yoke::testing

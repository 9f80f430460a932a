#include <catch2/catch.hpp>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

TEST_CASE("what a call remembered or forgot is journaled before its result, and replays so") {
  EngineWorld world;
  world.tools.add("notes.keep", Effect::idempotent).answer = [](const ToolRequest&) {
    ToolOutcome out;
    out.value = Json{{"kept", true}};
    out.audit = Json::array();
    out.audit.push_back({{"call", "memory.search"}, {"verdict", "allow"}});
    out.audit.push_back({{"call", "memory.save"}, {"wrote", {{"scope", "user"}, {"key", "tea"}}}});
    out.audit.push_back({{"call", "memory.forget"},
                         {"wrote", {{"scope", "shared"}, {"key", "desk"}, {"forgotten", true}}}});
    return out;
  };
  world.model.answer_in_turn({wants({call("notes.keep", 1)}), says("kept")});
  const std::string id = world.create();
  CHECK(world.drive(id).state.status == RunStatus::completed);
  CHECK(
      world.kinds(id) ==
      "run.started, model.called m1, model.replied m1, tool.called c3.0, memory.written c3.0, "
      "memory.written c3.0, tool.returned c3.0, model.called m2, model.replied m2, run.completed");
  const std::vector<Event> events = world.events(id);
  CHECK(events[4].fields == Json{{"scope", "user"}, {"key", "tea"}});
  CHECK(events[4].reason.empty());
  CHECK(events[5].fields == Json{{"scope", "shared"}, {"key", "desk"}});
  CHECK(events[5].reason == "forgotten");
  const std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
  const ReplayReport report = replay_run(world.row(id), records, world.programs.program, {});
  CHECK(report.differs_at == 0);
  CHECK(report.chain_matches);
}

}  // namespace
}  // namespace yoke

#include "tests/engine/engine_world.h"

#include "agents/loop_agent.h"
#include "runtime/engine/reader.h"
#include "tests/engine/machine_bench.h"

namespace yoke {

void Watcher::on_event(const Event& event) {
  if (check) check(event);
  events.push_back(event);
  lines.push_back("event " + std::string(spec_of(event.kind).name));
}

void Watcher::on_delta(std::string_view, std::string_view, const Delta& delta) {
  lines.push_back("delta " + delta.text);
}

void Watcher::on_progress(std::string_view, std::string_view call_id, double done, double,
                          std::string_view message) {
  lines.push_back("progress " + std::string(call_id) + " " +
                  std::to_string(static_cast<int>(done)) + " " + std::string(message));
}

void Watcher::on_due(std::string_view run_id, std::string_view) { due.emplace_back(run_id); }

void Watcher::on_log(std::string_view, std::string_view, std::string_view level,
                     std::string_view message) {
  lines.push_back("log " + std::string(level) + " " + std::string(message));
}

EngineWorld::EngineWorld() : disk(std::make_shared<MemoryDisk>()) {
  agent.name = "clerk";
  agent.model = "lab/small";
  options.node_id = "n1";
  model.answer_in_turn({});
  boot();
}

EngineWorld::~EngineWorld() { nodes_.clear(); }

Node& EngineWorld::boot() {
  const NodeParts parts{disk, wall, random, model, policy, programs};
  MemoryHook ask = [this](const MemoryOp& op) { return hook ? hook(op) : MemoryFate(); };
  nodes_.push_back(std::make_unique<Node>(parts, options, std::move(ask)));
  engine().subscribe(watcher);
  return node();
}

void EngineWorld::crash() {
  nodes_.pop_back();
  disk->crash();
  boot();
}

StartRun EngineWorld::request(const std::string& task) {
  StartRun start;
  start.program.agent = std::make_shared<const LoopAgent>(agent, nullptr);
  start.program.tools = std::shared_ptr<const ToolSet>(&tools, [](const ToolSet*) {});
  start.program.source = Json{{"agent", agent.name}};
  start.task = task;
  programs.program = start.program;
  return start;
}

std::string EngineWorld::create(StartRun start) {
  Result<Created> created = get(engine().create(std::move(start)));
  return created.value().claim.run_id;
}

std::string EngineWorld::create(const std::string& task) { return create(request(task)); }

Driven& EngineWorld::start_driving(const std::string& run_id) {
  driven_.push_back(std::make_unique<Driven>());
  driven_.back()->on(node().io(), engine().drive(run_id));
  settle();
  return *driven_.back();
}

RunEnd EngineWorld::drive(const std::string& run_id) {
  Result<RunEnd> end = get(engine().drive(run_id));
  return std::move(end.value());
}

void EngineWorld::settle() {
  for (const auto& each : nodes_) each->settle();
}

void EngineWorld::advance(LoopClock::duration by) {
  constexpr LoopClock::duration kStep = std::chrono::milliseconds(100);
  settle();
  while (by > LoopClock::duration::zero()) {
    const LoopClock::duration step = std::min(by, kStep);
    LoopClock::advance(step);
    by -= step;
    for (const auto& each : nodes_) each->kick();
    settle();
  }
}

void EngineWorld::wait_for(const std::function<bool()>& done) {
  settle();
  for (int step = 0; !done(); ++step) {
    ENSURE(step < 20'000);  // half an hour of virtual time
    advance(std::chrono::milliseconds(100));
  }
}

std::vector<Event> EngineWorld::events(const std::string& run_id) {
  return get(read_events(node().store(), run_id)).value();
}

std::string EngineWorld::kinds(const std::string& run_id) { return shape_of(events(run_id)); }

RunState EngineWorld::state(const std::string& run_id) {
  return get(read_state(node().store(), run_id)).value();
}

RunRow EngineWorld::row(const std::string& run_id) {
  return get(node().store().get(run_id)).value();
}

bool EngineWorld::is_durable(const std::string& run_id, std::int64_t seq) const {
  const auto run = disk->tables().runs.find(run_id);
  return run != disk->tables().runs.end() && run->second.row.head_seq >= seq &&
         disk->unsynced() == 0;
}

}  // namespace yoke

#include "tests/sim/process.h"

#include "agents/loop_agent.h"
#include "tests/support/fakes.h"

namespace yoke::sim {

std::string key_of(int client) { return "client " + std::to_string(client); }

void Ear::on_event(const Event& event) {
  world_.heard(event);
  std::int64_t& last = last_seq_[event.run_id];
  // After others have driven the run, the first that is heard of it is that it was taken over
  // again.
  const bool taken = event.kind == EventKind::lease_taken && event.seq > last;
  if (last != 0 && event.seq != last + 1 && !taken) {
    world_.breach("told out of order: " + std::to_string(event.seq) + " after " +
                  std::to_string(last) + " of " + event.run_id);
  }
  last = event.seq;
}

Process::Process(const Scenario& scenario, Outside& world, std::shared_ptr<MemoryDisk> disk,
                 WallClock& wall, Random& random, MemoryHook hook, int number)
    : scenario_(scenario),
      is_changed_(scenario.changes && number > 1),
      world_(world),
      wall_(wall),
      tools_(scenario.seed, world, epoch_),
      model_(scenario, world),
      ear_(world) {
  EngineOptions options;
  options.node_id = "n" + std::to_string(number);
  options.calls_at_once = scenario.calls_at_once;
  if (scenario.budget > 0) {
    options.budgets.emplace_back();
    options.budgets.back().cap = scenario.budget;
  }
  options.outbox = [](const Event& event, const RunState& state) {
    std::vector<OutboxRow> rows(1);
    rows[0].lane = event.run_id;
    rows[0].dedupe = event.run_id + "/" + std::to_string(event.seq);
    rows[0].body = Json{{"agent", state.agent}};
    return rows;
  };
  const NodeParts parts{std::move(disk), wall, random, model_, policy_, programs_};
  node_ = std::make_unique<Node>(parts, std::move(options), std::move(hook));
  driving_.emplace(node_->io().get_executor());
  epoch_ = node_->epoch();
  programs_.program = make_program("clerk");
  programs_.helper = make_program(kHelper);
  node_->engine().subscribe(ear_);
  lease_.on(node_->io(), node_->engine().keep_lease());
}

Process::~Process() { node_.reset(); }

Program Process::make_program(const std::string& agent) {
  AgentSpec spec;
  spec.name = agent;
  spec.model = "lab/small";
  spec.limits = scenario_.limits;
  spec.depth_max = 2;
  spec.children_at_once = scenario_.calls_at_once > 3 ? 8 : 2;
  Program program;
  if (scenario_.parts) {
    program.agent = std::make_shared<const PartsAgent>(std::move(spec), scenario_.seed);
    program.scripts = std::make_shared<SimScripts>(scenario_, world_, is_changed_);
    program.family = std::make_shared<const SimFamily>([this] { return programs_.helper; });
  } else {
    program.agent = std::make_shared<const LoopAgent>(std::move(spec), nullptr);
  }
  program.tools = std::shared_ptr<const ToolSet>(&tools_, [](const ToolSet*) {});
  program.source = Json{{"sim", 1}, {"agent", agent}};
  return program;
}

void Process::create(int client) {
  StartRun start;
  start.program = programs_.program;
  start.task = "task " + std::to_string(client);
  start.idem_key = key_of(client);
  if (scenario_.session && client < 2) start.session = "s";
  if (scenario_.queues) start.on_busy = OnBusy::enqueue;
  if (scenario_.interrupts) start.on_busy = OnBusy::interrupt;
  if (scenario_.caller_tools) start.caller_tools = tools_of_clients();
  start.at_once = scenario_.at_once;
  auto& created = creations_[client];
  created = std::make_unique<Started<Result<Created>>>();
  created->on(node_->io(), node_->engine().create(std::move(start)));
}

bool Process::is_creating(int client) const {
  const auto found = creations_.find(client);
  return found != creations_.end() && !found->second->ended();
}

void Process::drive(const std::string& run_id) {
  auto& drive = drives_[run_id];
  drive = std::make_unique<Drive>();
  driving_->spawn(drive_into(run_id, *drive));
}

awaitable<void> Process::drive_into(std::string run_id, Drive& drive) {
  try {
    drive.end = co_await node_->engine().drive(std::move(run_id));
  } catch (...) {
    drive.failure = std::current_exception();
  }
  drive.ended = true;
}

void Process::send_some() {
  if (sending_ && !sending_->ended()) return;
  sending_ = std::make_unique<Started<void>>();
  sending_->on(node_->io(), send_due());
}

// What is sent and not settled before the process dies is sent again by the next one.
awaitable<void> Process::send_due() {
  const std::vector<OutboxRow> rows = co_await node_->store().claim_outbox(wall_.now(), 4);
  for (const OutboxRow& row : rows) {
    OutboxOutcome outcome = OutboxSent{};
    if (world_.takes(row)) {
      world_.delivered(row);
    } else {
      outcome = OutboxRetry{wall_.now() + 50'000, "not now"};
    }
    auto settling = settle(row.id, std::move(outcome));
    co_await std::move(settling);
  }
}

// A row that is not settled stays this process's: it tries until it is.
awaitable<void> Process::settle(std::int64_t id, OutboxOutcome outcome) {
  bool settled = false;
  while (!settled) {
    try {
      co_await node_->store().settle_outbox(id, outcome);
      settled = true;
    } catch (const StoreFault&) {
      ++world_.settled_again;
    }
    if (!settled) co_await pause_for(std::chrono::milliseconds(50));
  }
}

void Process::stop() {
  stopping_ = true;
  driving_->cancel();
}

void Process::answer(const std::string& run_id, const std::string& question, Json value) {
  posts_.emplace_back().on(node_->io(),
                           node_->engine().answer(run_id, question, std::move(value), "ann"));
}

bool Process::is_posting() {
  while (!posts_.empty() && posts_.front().ended()) posts_.pop_front();
  while (!signals_.empty() && signals_.front().ended()) signals_.pop_front();
  return !posts_.empty() || !signals_.empty();
}

void Process::cancel(const std::string& run_id) {
  posts_.emplace_back().on(node_->io(), node_->engine().cancel(run_id, "bob"));
}

void Process::signal(const std::string& run_id, const std::string& name, std::size_t number) {
  SendSignal signal;
  signal.run_id = run_id;
  signal.name = name;
  signal.value = Json{{"name", name}, {"n", number}};
  signal.by = "shop";
  signal.key = name + std::to_string(number);
  signals_.emplace_back().on(node_->io(), node_->engine().signal(std::move(signal)));
}

void Process::fork(ForkRun request) {
  forks_.emplace_back().on(node_->io(), node_->engine().fork(std::move(request)));
}

std::vector<Process::Ended> Process::take_ended() {
  std::vector<Ended> all;
  for (auto each = drives_.begin(); each != drives_.end();) {
    if (!each->second->ended) {
      ++each;
      continue;
    }
    Ended ended{each->first, each->second->failure != nullptr, RunEnd()};
    if (!ended.failed) ended.end = std::move(*each->second->end);
    all.push_back(std::move(ended));
    each = drives_.erase(each);
  }
  return all;
}

}  // namespace yoke::sim

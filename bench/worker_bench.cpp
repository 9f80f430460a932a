// What it costs to run a stranger's Lua: the same call, with about 1 KB of JSON in and a small
// object out, in this process and in a worker; how fast hostile scripts are stopped; and what
// attackers do to others.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/measure.h"
#include "runtime/loop/task_group.h"
#include "sandbox/worker/zygote.h"
#include "tools/in_process.h"
#include "tools/workers/worker_pool.h"

namespace yoke {
namespace {

const char* const kTools = R"(
local function total(items)
  local sum = 0
  for _, item in ipairs(items) do sum = sum + item.score end
  return sum
end
return {
  tool { name = "b.add", description = "Adds up.", run = function(input)
    local titles = {}
    for i, item in ipairs(input.items) do titles[i] = item.title:upper() end
    return { total = total(input.items), first = titles[1], count = #titles }
  end },
  tool { name = "b.loop", description = "Loops.", run = function() while true do end end },
  tool { name = "b.find", description = "Finds.", run = function()
    return (("a"):rep(65536)):find(".-b") end },
  tool { name = "b.take", description = "Takes.", run = function()
    local t = {} for i = 1, 1 << 20 do t[i] = ("x"):rep(1024) .. i end return #t end },
}
)";

enum Tool { kAdd, kLoop, kFind, kTake };

std::shared_ptr<const ScriptSource> source_of(ScriptOrigin origin) {
  auto source = std::make_shared<ScriptSource>();
  source->name = "tools/b.lua";
  source->text = kTools;
  source->origin = origin;
  return source;
}

class Bench {
 public:
  Bench(asio::io_context& io, ScriptPlace& place, ScriptOrigin origin)
      : io_(io), place_(place), source_(source_of(origin)) {}

  // One call from its JSON text to its result's, as a run has them.
  awaitable<void> call(Tool tool, std::vector<double>* times) {
    const double began = wall_ms();
    SessionOrder order;
    order.source = source_;
    order.definition = tool;
    order.function = "run";
    order.args = Json::array({*parse_json(text_)});
    order.run_id = "run" + std::to_string(++calls_);
    order.tenant = "local";
    order.on_line = [](const ScriptLine&) {};
    auto opened = co_await place_.open(std::move(order));
    if (!opened) throw Fault(opened.error().message());
    const std::unique_ptr<ScriptSession> session = std::move(*opened);
    sandbox::HostReply reply;
    const sandbox::Step step = co_await session->advance(std::move(reply));
    if (const auto* done = std::get_if<sandbox::Done>(&step)) {
      bytes_out_ += to_text(done->value).size();
    }
    if (times != nullptr) times->push_back(1e3 * (wall_ms() - began));
  }

  awaitable<void> some(Tool tool, int calls, std::vector<double>* times) {
    for (int i = 0; i < calls; ++i) co_await call(tool, times);
  }

  awaitable<void> all(Tool tool, int at_once, int calls, std::vector<double>* times) {
    TaskGroup group(io_.get_executor());
    for (int i = 0; i < at_once; ++i) group.spawn(some(tool, calls / at_once, times));
    co_await group.join();
  }

  std::vector<double> drive(Tool tool, int at_once, int calls) {
    std::vector<double> times;
    std::exception_ptr failure;
    io_.restart();
    asio::co_spawn(io_, all(tool, at_once, calls, &times), [&](std::exception_ptr thrown) {
      failure = thrown;
      io_.stop();
    });
    io_.run();
    if (failure) std::rethrow_exception(failure);
    return times;
  }

  void row(const char* where, int at_once, int calls) {
    drive(kAdd, at_once, calls / 4);
    const double cpu = cpu_ms_with_children();
    const double wall = wall_ms();
    const std::vector<double> times = drive(kAdd, at_once, calls);
    const double took = wall_ms() - wall;
    const double used = 1e3 * (cpu_ms_with_children() - cpu) / calls;
    std::printf("| %s, %d at once | %.0f | %.0f | %.1f | %.0f |\n", where, at_once,
                percentile(times, 0.5), percentile(times, 0.99), used, 1e3 * calls / took);
  }

  void stop_row(const char* what, Tool tool) {
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) times.push_back(drive(tool, 1, 1)[0] / 1e3);
    std::printf("| %s | %.1f |\n", what, percentile(times, 0.5));
  }

  // 50 callers, beside 200 attackers where there are some: how long their calls take.
  void attack_row(const char* who, Bench* attackers, const WorkerPool& pool) {
    std::vector<double> times;
    io_.restart();
    if (attackers != nullptr) {
      asio::co_spawn(io_, attackers->all(kLoop, 200, 100'000, nullptr),
                     [this](std::exception_ptr thrown) { attack_failure_ = thrown; });
    }
    asio::co_spawn(io_, all(kAdd, 50, 30'000, &times), [&](std::exception_ptr) { io_.stop(); });
    io_.run();
    if (attack_failure_) std::rethrow_exception(attack_failure_);
    const WorkerPool::Stats stats = pool.stats();
    std::printf("| %s | %.0f | %.0f | %zu |\n", who, percentile(times, 0.5),
                percentile(times, 0.99), stats.calls + stats.waiting);
  }

  std::size_t bytes_in() const { return text_.size(); }

 private:
  asio::io_context& io_;
  ScriptPlace& place_;
  const std::shared_ptr<const ScriptSource> source_;
  const std::string text_ = to_text(document());
  std::int64_t calls_ = 0;
  std::size_t bytes_out_ = 0;
  std::exception_ptr attack_failure_;
};

void measure() {
  asio::io_context io{1};
  InProcess inside;
  auto workers = WorkerPool::start(io.get_executor(), {});
  if (!workers) throw Fault(workers.error().message());
  Bench here(io, inside, ScriptOrigin::bundled);
  Bench own(io, **workers, ScriptOrigin::own);
  Bench stranger(io, **workers, ScriptOrigin::stranger);
  std::printf("| a call with %zu bytes of JSON | p50 us | p99 us | CPU us | calls/s |\n",
              here.bytes_in());
  std::printf("|---|---:|---:|---:|---:|\n");
  here.row("fresh state in this process", 1, 8'000);
  for (const int at_once : {1, 16, 256}) own.row("fresh state in a worker", at_once, 8'192);
  std::printf("\n%d processes beside this one hold %.1f MB that nobody shares.\n", children_count(),
              children_memory_mb());
  std::printf("\n| stopped in a worker | ms |\n|---|---:|\n");
  own.stop_row("`while true do end` (10 M instructions)", kLoop);
  own.stop_row("`find(\".-b\")` on 64 KiB (5 M pattern steps)", kFind);
  own.stop_row("taking 1 GiB (32 MiB)", kTake);
  std::printf("\n| brief calls | p50 us | p99 us | calls under way at the end |\n");
  std::printf("|---|---:|---:|---:|\n");
  own.attack_row("50 callers", nullptr, **workers);
  own.attack_row("the same beside 200 attackers with a stranger's script", &stranger, **workers);
  std::printf("\nYardstick: sorting 2^20 numbers took %.0f ms of CPU.\n", yardstick_ms());
  std::fflush(stdout);
  std::_Exit(0);  // the attackers are still at it
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  try {
    yoke::measure();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "worker: %s\n", error.what());
    return 1;
  }
}

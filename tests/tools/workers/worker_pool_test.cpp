#include "tools/workers/worker_pool.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <filesystem>
#include <fstream>

#include "runtime/base/handle.h"
#include "tests/tools/fixture.h"
#include "tools/in_process.h"
#include "tools/workers/zygote_client.h"

// Real worker processes behind the real jail.
namespace yoke {
namespace {

const char* const kTools = R"lua(
local function run(name, body) return tool { name = name, description = "d", run = body } end
return {
  run("t.sum", function(input) return { sum = input.a + input.b, text = ("x"):rep(3) } end),
  run("t.ask", function(input) return { got = kv.get(input.key) } end),
  run("t.loop", function() while true do end end),
  run("t.talk", function(input, ctx)
    ctx.log("first"); ctx.progress(1, 2, "half"); kv.get("x"); log.warn("last") return 1
  end),
  run("t.echo", function(input) return kv.get(input.text) end),
})lua";

enum Tool { kSum, kAsk, kLoop, kTalk, kEcho };

// The processes whose parent is `parent`.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t after = line.rfind(')');
    if (after == std::string::npos) continue;
    char state = 0;
    pid_t found = 0;
    std::istringstream(line.substr(after + 1)) >> state >> found;
    if (found == parent) children.push_back(std::stoi(name));
  }
  return children;
}

struct Call {
  std::unique_ptr<ScriptSession> session;
  std::optional<Result<std::unique_ptr<ScriptSession>>> opened;
  std::deque<sandbox::Step> steps;
  std::vector<std::string> lines;
};

class Fixture {
 public:
  explicit Fixture(WorkerPoolOptions options = {}) {
    options.program = YOKE_PLAIN_ZYGOTE;
    auto started = WorkerPool::start(loop.get_executor(), options);
    REQUIRE(started);
    pool = std::move(*started);
  }

  static std::shared_ptr<ScriptSource> source(ScriptOrigin origin = ScriptOrigin::own) {
    auto source = std::make_shared<ScriptSource>();
    source->name = "tools/t.lua";
    source->text = kTools;
    source->origin = origin;
    return source;
  }

  SessionOrder order(Call& call, Tool tool, const Json& input,
                     ScriptOrigin origin = ScriptOrigin::own) const {
    SessionOrder order;
    order.source = source(origin);
    order.definition = tool;
    order.function = "run";
    order.args = Json::array({input, Json{{"$ctx", true}}});
    order.modules = {"kv"};
    order.run_id = "r1";
    order.tenant = "local";
    order.wall_us = 1;
    order.on_line = [&call](const ScriptLine& line) {
      call.lines.push_back(line.is_progress ? "progress " + line.text
                                            : line.level + " " + line.text);
    };
    return order;
  }

  void open(Call& call, SessionOrder order) {
    asio::co_spawn(loop, pool->open(std::move(order)),
                   [&call](std::exception_ptr, Result<std::unique_ptr<ScriptSession>> opened) {
                     if (opened) call.session = std::move(*opened);
                     if (!call.session) call.opened = std::move(opened);
                   });
  }
  void advance(Call& call, sandbox::HostReply reply = {}) {
    asio::co_spawn(
        loop, call.session->advance(std::move(reply)),
        [&call](std::exception_ptr, sandbox::Step step) { call.steps.push_back(std::move(step)); });
  }
  template <class Condition>
  void until(Condition condition) {
    while (!condition()) loop.run_one();
  }
  // Opens it and runs it to its first stop.
  void begin(Call& call, SessionOrder wanted) {
    open(call, std::move(wanted));
    until([&] { return call.session || call.opened; });
    REQUIRE(call.session);
    advance(call);
  }
  sandbox::Step next(Call& call) {
    until([&] { return !call.steps.empty(); });
    sandbox::Step step = std::move(call.steps.front());
    call.steps.pop_front();
    return step;
  }

  asio::io_context loop{1};
  std::unique_ptr<WorkerPool> pool;
};

sandbox::HostReply reply_of(Json value) {
  sandbox::HostReply reply;
  reply.value = std::move(value);
  return reply;
}

}  // namespace

TEST_CASE("a call in a worker gives what the same call gives in this process") {
  Fixture fixture;
  Call call;
  fixture.begin(call, fixture.order(call, kSum, {{"a", 1}, {"b", 2.5}}));
  const sandbox::Step step = fixture.next(call);
  REQUIRE(std::holds_alternative<sandbox::Done>(step));
  CHECK(std::get<sandbox::Done>(step).value == Json{{"sum", 3.5}, {"text", "xxx"}});

  InProcess here;
  Call same;
  asio::io_context loop{1};
  asio::co_spawn(loop, here.open(fixture.order(same, kSum, {{"a", 1}, {"b", 2.5}})),
                 [&](std::exception_ptr, Result<std::unique_ptr<ScriptSession>> opened) {
                   same.session = std::move(*opened);
                 });
  loop.run();
  loop.restart();
  asio::co_spawn(loop, same.session->advance({}), [&](std::exception_ptr, sandbox::Step one) {
    same.steps.push_back(std::move(one));
  });
  loop.run();
  CHECK(std::get<sandbox::Done>(same.steps.front()).value == std::get<sandbox::Done>(step).value);
  Json there_meter = call.session->meter();
  Json here_meter = same.session->meter();
  for (const char* varying : {"cpu_us"}) {
    there_meter.erase(varying);
    here_meter.erase(varying);
  }
  CHECK(there_meter == here_meter);
}

TEST_CASE("a file is read in a worker, with its mistakes and their places") {
  Fixture fixture;
  const auto definitions = fixture.pool->define(*Fixture::source(), {});
  REQUIRE(definitions);
  CHECK(definitions->size() == 5);
  ScriptSource wrong;
  wrong.name = "tools/w.lua";
  wrong.text = "return tool {\n name = = 1 }";
  const auto refused = fixture.pool->define(wrong, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().place == "tools/w.lua:2");
}

TEST_CASE("a source larger than a socket takes at once is read all the same") {
  Fixture fixture;
  ScriptSource large;
  large.name = "tools/l.lua";
  large.text = std::string(kTools) + "--" + std::string(200 << 10, '-');
  for (int i = 0; i < 4; ++i) {
    large.libs.emplace_back("lib.l" + std::to_string(i), "--" + std::string(240 << 10, '-'));
  }
  CHECK(fixture.pool->define(large, {}));
}

TEST_CASE("a call that waits for the host holds up no other") {
  Fixture fixture;
  Call waiting;
  Call brief;
  fixture.begin(waiting, fixture.order(waiting, kAsk, {{"key", "k"}}));
  const sandbox::Step asked = fixture.next(waiting);
  REQUIRE(std::holds_alternative<sandbox::HostCall>(asked));
  CHECK(std::get<sandbox::HostCall>(asked).args == Json::array({"k"}));
  fixture.begin(brief, fixture.order(brief, kSum, {{"a", 1}, {"b", 1}}));
  CHECK(std::holds_alternative<sandbox::Done>(fixture.next(brief)));
  fixture.advance(waiting, reply_of("v"));
  const sandbox::Step done = fixture.next(waiting);
  REQUIRE(std::holds_alternative<sandbox::Done>(done));
  CHECK(std::get<sandbox::Done>(done).value == Json{{"got", "v"}});
}

TEST_CASE("a script that loops is stopped at its quota, and brief calls end before it does") {
  WorkerPoolOptions options;
  Fixture fixture(options);
  Call loops[4];
  for (Call& call : loops) {
    SessionOrder order = fixture.order(call, kLoop, Json::object());
    order.quota.instructions_max = INT64_MAX;
    order.quota.cpu_max = std::chrono::seconds(600);
    fixture.begin(call, std::move(order));
  }
  for (int i = 0; i < 10; ++i) {
    Call brief;
    fixture.begin(brief, fixture.order(brief, kSum, {{"a", i}, {"b", 1}}));
    CHECK(std::holds_alternative<sandbox::Done>(fixture.next(brief)));
  }
  for (Call& call : loops) {
    CHECK(call.steps.empty());
    call.session.reset();
  }
  Call loop;
  SessionOrder order = fixture.order(loop, kLoop, Json::object());
  order.quota.instructions_max = 200'000'000;
  order.quota.cpu_max = std::chrono::seconds(600);
  fixture.begin(loop, std::move(order));
  const sandbox::Step ended = fixture.next(loop);
  REQUIRE(std::holds_alternative<sandbox::Failed>(ended));
  CHECK(std::get<sandbox::Failed>(ended).quota == "instructions");
}

TEST_CASE("a call that is given up while it computes is stopped, and its worker goes on") {
  WorkerPoolOptions options;
  options.grace.stop_wall = std::chrono::seconds(60);
  Fixture fixture(options);
  {
    Call call;
    SessionOrder order = fixture.order(call, kLoop, Json::object());
    order.quota.instructions_max = INT64_MAX;
    order.quota.cpu_max = std::chrono::seconds(60);
    fixture.begin(call, std::move(order));
    fixture.loop.poll();
    call.session.reset();
  }
  fixture.until([&] { return fixture.pool->stats().calls == 0; });
  CHECK(fixture.pool->stats().lost == 0);
  Call next;
  fixture.begin(next, fixture.order(next, kSum, {{"a", 1}, {"b", 1}}));
  CHECK(std::holds_alternative<sandbox::Done>(fixture.next(next)));
}

TEST_CASE("what a script says is heard before it ends, in its order") {
  Fixture fixture;
  Call call;
  fixture.begin(call, fixture.order(call, kTalk, Json::object()));
  CHECK(std::holds_alternative<sandbox::HostCall>(fixture.next(call)));
  CHECK(call.lines == std::vector<std::string>{"info first", "progress half"});
  fixture.advance(call, reply_of(nullptr));
  CHECK(std::holds_alternative<sandbox::Done>(fixture.next(call)));
  CHECK(call.lines.back() == "warn last");
}

TEST_CASE("arguments and answers of a megabyte pass whole") {
  Fixture fixture;
  const std::string text((1 << 20) - 64, 'a');
  Call call;
  SessionOrder order = fixture.order(call, kEcho, {{"text", text}});
  order.quota.output_bytes_max = 2 << 20;
  fixture.begin(call, std::move(order));
  const sandbox::Step asked = fixture.next(call);
  REQUIRE(std::holds_alternative<sandbox::HostCall>(asked));
  CHECK(std::get<sandbox::HostCall>(asked).args[0] == text);
  fixture.advance(call, reply_of(text + "b"));
  const sandbox::Step done = fixture.next(call);
  REQUIRE(std::holds_alternative<sandbox::Done>(done));
  CHECK(std::get<sandbox::Done>(done).value == text + "b");
}

TEST_CASE("own scripts of a tenant share a worker, a stranger's file and another tenant do not") {
  WorkerPoolOptions options;
  Fixture fixture(options);
  const auto open = [&](Call& call, ScriptOrigin origin, const std::string& tenant,
                        const std::string& mark) {
    SessionOrder order = fixture.order(call, kAsk, {{"key", "k"}}, origin);
    auto source = Fixture::source(origin);
    source->text += "\n-- " + mark;
    order.source = std::move(source);
    order.tenant = tenant;
    fixture.begin(call, std::move(order));
    fixture.next(call);
  };
  const auto used = [&] {
    fixture.until([&] { return fixture.pool->stats().spare; });
    return fixture.pool->stats().workers - 1;
  };
  Call calls[6];
  open(calls[0], ScriptOrigin::own, "local", "one");
  open(calls[1], ScriptOrigin::own, "local", "two");
  CHECK(used() == 1);
  open(calls[2], ScriptOrigin::own, "another", "one");
  CHECK(used() == 2);
  open(calls[3], ScriptOrigin::stranger, "local", "one");
  CHECK(used() == 3);
  open(calls[4], ScriptOrigin::stranger, "local", "two");
  CHECK(used() == 4);
  open(calls[5], ScriptOrigin::stranger, "local", "one");
  CHECK(used() == 4);
}

TEST_CASE("calls that came before their first worker was there all have it once it is") {
  WorkerPoolOptions options;
  options.workers_per_domain_max = 1;
  Fixture fixture(options);
  Call calls[8];
  for (Call& call : calls) fixture.open(call, fixture.order(call, kAsk, {{"key", "k"}}));
  fixture.until([&] {  // none of them ends
    return std::all_of(std::begin(calls), std::end(calls),
                       [](const Call& call) { return call.session != nullptr; });
  });
  CHECK(fixture.pool->stats().calls == 8);
}

TEST_CASE("more calls than a worker takes wait for their turn and all have it") {
  WorkerPoolOptions options;
  options.calls_per_worker_max = 2;
  options.workers_max = 2;
  Fixture fixture(options);
  Call calls[12];
  for (Call& call : calls) fixture.open(call, fixture.order(call, kAsk, {{"key", "k"}}));
  int done = 0;
  while (done < 12) {
    fixture.until([&] {
      return std::any_of(std::begin(calls), std::end(calls),
                         [](const Call& call) { return call.session != nullptr; });
    });
    for (Call& call : calls) {
      if (call.session == nullptr) continue;
      fixture.advance(call);
      CHECK(std::holds_alternative<sandbox::HostCall>(fixture.next(call)));
      fixture.advance(call, reply_of("v"));
      CHECK(std::holds_alternative<sandbox::Done>(fixture.next(call)));
      call.session.reset();
      ++done;
    }
  }
  CHECK(fixture.pool->stats().waiting == 0);
}

TEST_CASE("a worker that is killed fails its calls, saying so, and the next call has another") {
  Fixture fixture;
  Call call;
  fixture.begin(call, fixture.order(call, kAsk, {{"key", "k"}}));
  fixture.next(call);
  const pid_t zygote = children_of(::getpid()).at(0);
  const std::vector<pid_t> workers = children_of(zygote);
  for (const pid_t worker : workers) ::kill(worker, SIGKILL);
  fixture.until([&] { return fixture.pool->stats().lost >= workers.size(); });
  fixture.advance(call, reply_of("v"));
  const sandbox::Step step = fixture.next(call);
  REQUIRE(std::holds_alternative<sandbox::Failed>(step));
  CHECK(std::get<sandbox::Failed>(step).message ==
        "the worker that ran it was killed from outside, or for lack of memory");
  Call next;
  fixture.begin(next, fixture.order(next, kSum, {{"a", 1}, {"b", 1}}));
  CHECK(std::holds_alternative<sandbox::Done>(fixture.next(next)));
}

TEST_CASE("when the zygote is killed its workers go, and the next call starts another") {
  Fixture fixture;
  Call call;
  fixture.begin(call, fixture.order(call, kLoop, Json::object()));
  ::kill(children_of(::getpid()).at(0), SIGKILL);
  const sandbox::Step step = fixture.next(call);
  REQUIRE(std::holds_alternative<sandbox::Failed>(step));
  CHECK(std::get<sandbox::Failed>(step).message.find("the worker that ran it ") == 0);
  Call next;
  fixture.begin(next, fixture.order(next, kSum, {{"a", 1}, {"b", 1}}));
  CHECK(std::holds_alternative<sandbox::Done>(fixture.next(next)));
}

TEST_CASE("no process is left when the pool has gone, even of a worker that computes") {
  std::vector<Handle> processes;
  {
    Fixture fixture;
    Call call;
    SessionOrder order = fixture.order(call, kLoop, Json::object());
    order.quota.instructions_max = INT64_MAX;
    order.quota.cpu_max = std::chrono::seconds(600);
    fixture.begin(call, std::move(order));
    for (const pid_t worker : children_of(children_of(::getpid()).at(0))) {
      processes.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, worker, 0)));
    }
    CHECK_FALSE(processes.empty());
    call.session.reset();
  }
  for (const Handle& process : processes) {
    pollfd end{process.get(), POLLIN, 0};
    CHECK(::poll(&end, 1, 10'000) == 1);
  }
}

TEST_CASE("a session that outlives its pool fails, and touches nothing") {
  Fixture fixture;
  Call call;
  fixture.begin(call, fixture.order(call, kAsk, {{"key", "k"}}));
  fixture.next(call);
  fixture.pool.reset();
  fixture.advance(call, reply_of("v"));
  const sandbox::Step step = fixture.next(call);
  REQUIRE(std::holds_alternative<sandbox::Failed>(step));
  CHECK(std::get<sandbox::Failed>(step).message == "the worker that ran it ended with its host");
}

TEST_CASE("a program that forgets to be the zygote starts no zygote of its own") {
  asio::io_context io;
  char forgetful[] = "yoke-zygote";
  char* const name = std::exchange(program_invocation_name, static_cast<char*>(forgetful));
  const auto started = ZygoteClient::start(io.get_executor(), YOKE_PLAIN_ZYGOTE, {});
  program_invocation_name = name;
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().detail.find("run_if_zygote() first") != std::string::npos);
}

}  // namespace yoke

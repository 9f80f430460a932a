#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tests/tools/fixture.h"
#include "tools/workers/worker_pool.h"

// A worker that speaks wrongly, or not at all, costs its own calls and nothing else. What it does
// is the name under which the hostile program is run.
namespace yoke {
namespace {

struct HostilePool {
  explicit HostilePool(const std::string& lie) {
    const std::filesystem::path copy = folder.at(lie);
    std::filesystem::copy_file(YOKE_HOSTILE_WORKER, copy);
    WorkerPoolOptions options;
    options.program = copy.string();
    options.grace.start_wall = std::chrono::milliseconds(200);
    options.blocking_max = std::chrono::milliseconds(2'000);
    auto started = WorkerPool::start(loop.get_executor(), options);
    REQUIRE(started);
    pool = std::move(*started);
    source = std::make_shared<ScriptSource>();
    source->name = "tools/t.lua";
    source->text = "return tool {}";
  }

  SessionOrder order() const {
    SessionOrder order;
    order.source = source;
    order.function = "run";
    order.quota.cpu_max = std::chrono::milliseconds(50);
    order.run_id = "r1";
    order.tenant = "local";
    order.on_line = [](const ScriptLine&) {};
    return order;
  }

  // What a call comes to; host calls are answered until it ends.
  awaitable<std::string> call_once() {
    SessionOrder wanted = order();
    auto opened = co_await pool->open(std::move(wanted));
    if (!opened) co_return opened.error().detail;
    const std::unique_ptr<ScriptSession> session = std::move(*opened);
    for (;;) {
      sandbox::HostReply reply;
      const sandbox::Step step = co_await session->advance(std::move(reply));
      if (const auto* failed = std::get_if<sandbox::Failed>(&step)) co_return failed->message;
      if (std::holds_alternative<sandbox::Done>(step)) co_return "done";
    }
  }

  std::string call() {
    std::optional<std::string> result;
    auto done = [&](std::exception_ptr failure, std::string text) {
      result = failure ? "an exception" : std::move(text);
    };
    asio::co_spawn(loop, call_once(), done);
    while (!result) loop.run_one();
    return *result;
  }

  TempFolder folder;
  asio::io_context loop{1};
  std::unique_ptr<WorkerPool> pool;
  std::shared_ptr<ScriptSource> source;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a worker that breaks the protocol is ended and its call fails, saying how") {
  for (const char* lie :
       {"ready_twice", "another_call", "ends_twice", "asks_without_end", "says_without_end"}) {
    INFO(lie);
    HostilePool hostile(lie);
    const std::string told = hostile.call();
    INFO(told);
    CHECK(holds(told, "the worker that ran it spoke wrongly: "));
    CHECK(hostile.pool->stats().calls == 0);
  }
}

TEST_CASE("a worker that goes in the middle of a call fails that call, saying how it went") {
  CHECK(HostilePool("exits").call() == "the worker that ran it ended by itself");
  CHECK(holds(HostilePool("crashes").call(), "the worker that ran it crashed ("));
}

TEST_CASE("a worker that computes past what its call may is ended from outside") {
  CHECK(HostilePool("computes_for_ever").call() ==
        "the worker that ran it used more processor time than its calls may");
}

TEST_CASE("a worker that never comes to a proper beginning serves nobody") {
  for (const char* lie : {"silent", "first_frame_is_another", "no_packet", "packet_too_long",
                          "body_of_16_mb", "half_a_message", "half_a_message_and_gone", "no_json",
                          "json_too_deep", "unknown_type", "unknown_field"}) {
    INFO(lie);
    HostilePool hostile(lie);
    const auto defined = hostile.pool->define(*hostile.source, {});
    REQUIRE_FALSE(defined);
    CHECK(defined.error().code == Errc::unavailable);
    CHECK(holds(defined.error().detail, "a process for scripts "));
  }
}

TEST_CASE("a worker that goes silent while it reads a file does not hold up the host") {
  HostilePool hostile("stalls_while_it_reads");
  const auto defined = hostile.pool->define(*hostile.source, {});
  REQUIRE_FALSE(defined);
  CHECK(defined.error().detail == "the worker that read it did not read it in time");
}

TEST_CASE("a worker is lost alone: the next call gets another") {
  HostilePool hostile("exits");
  hostile.call();
  CHECK(hostile.call() == "the worker that ran it ended by itself");
  CHECK(hostile.pool->stats().lost > 0);
}

}  // namespace yoke

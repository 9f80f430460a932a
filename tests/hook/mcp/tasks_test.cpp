#include <catch2/catch.hpp>

#include "tests/hook/mcp/mcp_world.h"

namespace yoke::testing {
namespace {

const Json kTasks{{"extensions", {{"io.modelcontextprotocol/tasks", Json::object()}}},
                  {"elicitation", Json::object()}};

// The task, once it has that status.
Json task_when(McpWorld& world, const std::string& id, const std::string& status) {
  Json task;
  world.until([&] {
    task = world.result("tasks/get", Json{{"taskId", id}}, kTasks);
    return task["status"] == status;
  });
  return task;
}

std::string nap(McpWorld& world) {
  const Json task = world.result("tools/call", call_of("nap", Json{{"seconds", 600}}), kTasks);
  REQUIRE(task["resultType"] == "task");
  return task["taskId"].get<std::string>();
}

}  // namespace

TEST_CASE("a call that is answered by a task names its run, which is on record before that") {
  McpWorld world;
  const Json task = world.result("tools/call", call_of("nap", Json{{"seconds", 600}}), kTasks);
  CHECK(task["status"] == "working");
  CHECK(task.contains("ttlMs"));
  CHECK_FALSE(task.contains("requestState"));
  CHECK(world.row(task["taskId"].get<std::string>()).agent == "nap");
}

TEST_CASE("who speaks of no tasks waits for the answer, and asks for no task") {
  McpWorld world;
  const Json result = world.result("tools/call", call_of("nap", Json{{"seconds", 0}}));
  CHECK(text_of_result(result) == "slept");
  CHECK(world.code("tasks/get", Json{{"taskId", nap(world)}}) == -32021);
}

TEST_CASE("a task is cancelled, and cancelling it again changes nothing") {
  McpWorld world;
  const std::string id = nap(world);
  const Json done = world.result("tasks/cancel", Json{{"taskId", id}}, kTasks);
  CHECK_FALSE(done.contains("status"));
  task_when(world, id, "cancelled");
  CHECK(world.code("tasks/cancel", Json{{"taskId", id}}, kTasks) == 0);
}

TEST_CASE("a task of another tenant or caller, and a run that is none, is no task") {
  McpWorld world;
  const std::string id = nap(world);
  for (const char* method : {"tasks/get", "tasks/cancel"}) {
    world.as("umbrella", "ann");
    CHECK(world.code(method, Json{{"taskId", id}}, kTasks) == -32602);
    world.as("local", "eve");
    CHECK(world.code(method, Json{{"taskId", id}}, kTasks) == -32602);
    world.as("local", "ann");
    CHECK(world.code(method, Json{{"taskId", "01ARZ3NDEKTSV4RRFFQ69G5FAV"}}, kTasks) == -32602);
    CHECK(world.code(method, Json{{"taskId", std::string(10'000, 'x')}}, kTasks) == -32602);
    CHECK(world.code(method, Json{{"taskId", 7}}, kTasks) != 0);
  }
  CHECK(task_when(world, id, "working")["taskId"] == id);
}

TEST_CASE("a task that asks says what, and goes on with the answer") {
  McpWorld world("\"ask\" = \"always\"\n");
  const Json begun = world.result("tools/call", call_of("ask", Json{{"greeting", "Hi"}}), kTasks);
  const std::string id = begun["taskId"].get<std::string>();
  const Json asks = task_when(world, id, "input_required");
  CHECK(asks["inputRequests"]["name"]["method"] == "elicitation/create");
  const Json odd{{"taskId", id}, {"inputResponses", {{"unknown", 1}}}};
  CHECK(world.code("tasks/update", odd, kTasks) == 0);
  const Json wrong{{"taskId", id}, {"inputResponses", {{"name", 1}}}};
  CHECK(world.code("tasks/update", wrong, kTasks) == -32602);
  const Json answer{{"action", "accept"}, {"content", {{"name", "Al"}}}};
  world.result("tasks/update", Json{{"taskId", id}, {"inputResponses", {{"name", answer}}}},
               kTasks);
  const Json done = task_when(world, id, "completed");
  CHECK(text_of_result(done["result"]) == "Hi, Al");
}

}  // namespace yoke::testing

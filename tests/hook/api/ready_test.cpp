#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/hook/api/api_world.h"

// GET /readyz: what it looks at.
namespace yoke::testing {
namespace {

// The processes that this one started, and those that they started.
std::vector<pid_t> descendants(pid_t of) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream in(entry.path() / "stat");
    std::string stat;
    std::getline(in, stat);
    const std::size_t close = stat.rfind(") ");
    if (close == std::string::npos) continue;
    if (std::stoi(stat.substr(close + 4)) != of) continue;
    const pid_t child = std::stoi(name);
    for (const pid_t each : descendants(child)) found.push_back(each);
    found.push_back(child);
  }
  return found;
}

Json readiness(
    ApiWorld& world, int status, const std::function<void()>& before = [] {}) {
  HttpResponse reply;
  world.until([&] {
    before();
    world.loop.advance(std::chrono::seconds(1));  // a look holds for so long
    reply = world.ask("GET", "/readyz");
    return reply.status == status;
  });
  return json_of(reply);
}

}  // namespace

TEST_CASE("a process whose scripts have lost their workers is not ready until they have others") {
  ApiWorld world;
  readiness(world, 200);
  // Again before each look: others are started at once, and may be there before the next one.
  const Json lost = readiness(world, 503, [] {
    for (const pid_t each : descendants(::getpid())) ::kill(each, SIGKILL);
  });
  REQUIRE(lost["reasons"].size() == 1);
  CHECK(lost["reasons"][0].get<std::string>().starts_with("scripts: "));
  CHECK(readiness(world, 200)["reasons"].empty());
}

}  // namespace yoke::testing

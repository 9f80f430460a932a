#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/crash/arena.h"

namespace yoke::testing {
namespace {

const std::vector<std::string> kPoints = {
    "engine.before_intent", "engine.after_intent", "engine.before_model",  "engine.after_model",
    "engine.before_tool",   "engine.after_tool",   "engine.before_append", "engine.after_append",
    "store.before_commit",  "store.after_commit"};

void collect_points(const std::filesystem::path& file, std::set<std::string>& points) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const std::string call = "crash_point(\"";
  for (std::size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
    const std::size_t begin = at + call.size();
    points.insert(text.substr(begin, text.find('"', begin) - begin));
  }
}

// Dies at each passage of a tool's point, and at the first, second, third, fifth … of any other,
// until a run passes it less often.
int kill_at_passages(Arena& arena, const std::string& point) {
  int before = -1;
  int passage = 1;
  int next = 2;
  while (arena.tally().kills + arena.tally().before_birth > before) {
    before = arena.tally().kills + arena.tally().before_birth;
    INFO(point << ":" << passage);
    arena.survive({Kill{point + ":" + std::to_string(passage)}});
    const int after = point.ends_with("_tool") ? next + 1 : passage + next;
    passage = std::exchange(next, after);
  }
  return arena.tally().kills;
}

// At most so many processes of a run are killed, each after a random part of what it has to say.
std::vector<Kill> random_kills(std::mt19937& random, int lines) {
  const auto below = [&](int bound) {
    return static_cast<int>(random() % static_cast<unsigned>(bound));
  };
  std::vector<Kill> kills(1 + static_cast<std::size_t>(below(3)));
  for (Kill& kill : kills) {
    kill.lines = below(10) == 0 ? 0 : 1 + below(lines);
    kill.spin_us = kill.lines == 0 ? below(40'000) : below(1500);
    lines = std::max(2, lines - kill.lines);
  }
  return kills;
}

void kill_at_random(unsigned seed, int kills_wanted) {
  Arena arena;
  std::mt19937 random(seed);
  for (int round = 1; arena.tally().kills < kills_wanted; ++round) {
    INFO("seed " << seed << ", round " << round);
    REQUIRE(round < 3 * kills_wanted);
    arena.survive(random_kills(random, arena.lines()));
  }
}

}  // namespace

TEST_CASE("every named crash point of the program is among those tried") {
  std::set<std::string> points;
  for (const char* folder : {"runtime", "sandbox", "models", "tools", "agents", "hosts"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".cpp") collect_points(entry.path(), points);
    }
  }
  // No run comes by these: tests/hosts/vault and tests/hosts/keyring kill at them.
  std::set<std::string> tried = {"vault.written", "vault.renamed", "vault.key.kept",
                                 "vault.key.used"};
  tried.insert(kPoints.begin(), kPoints.end());
  CHECK(points == tried);
}

TEST_CASE("a run killed before or after any intent, call or record ends as if it never was") {
  Arena arena;
  for (const std::string& point : kPoints) {
    if (!point.starts_with("engine.")) continue;
    const int before = arena.tally().kills;
    CHECK(kill_at_passages(arena, point) >= before + 3);
  }
  // The cases that a lost outcome can come to have all been met.
  CHECK(arena.tally().questions > 0);
  CHECK(arena.tally().happened > 0);
  CHECK(arena.tally().repeats > 0);
  CHECK(arena.tally().probes_happened > 0);
  CHECK(arena.tally().probes_not > 0);
}

TEST_CASE("a run killed before or after any commit of the store ends as if it never was") {
  Arena arena;
  for (const std::string& point : kPoints) {
    if (!point.starts_with("store.")) continue;
    const int before = arena.tally().kills;
    CHECK(kill_at_passages(arena, point) >= before + 5);
  }
}

TEST_CASE("a run killed again while it resumes still ends as if it never was") {
  Arena arena;
  for (const std::string& point : kPoints) {
    INFO(point);
    const Kill first{"engine.before_tool:" + std::to_string(4 + arena.tally().runs % 7)};
    arena.survive({first, Kill{point}, Kill{point + ":2"}});
  }
  CHECK(arena.tally().kills >= 20);
}

// 208 kills in all, in parts that CTest runs beside each other.
TEST_CASE("a run killed at random instants ends as if it never was, seed 1") {
  kill_at_random(1, 52);
}

TEST_CASE("a run killed at random instants ends as if it never was, seed 2") {
  kill_at_random(2, 52);
}

TEST_CASE("a run killed at random instants ends as if it never was, seed 3") {
  kill_at_random(3, 52);
}

TEST_CASE("a run killed at random instants ends as if it never was, seed 4") {
  kill_at_random(4, 52);
}

}  // namespace yoke::testing

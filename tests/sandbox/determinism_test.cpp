#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/sandbox/script.h"

namespace yoke::sandbox::test {

namespace {

const char* const kMixed = R"(
local f, g, obj, co = function() end, function() end, {}, coroutine.create(print)
local t = { 10, 20, 30, zeta = 1, alpha = 2, ['\xc3\xa9'] = 3, [true] = 4, [false] = 5, [-1] =
  6, [0] = 7,
  [1.5] = 8, [100] = 9, [2 ^ 53] = 10, [f] = 11, [g] = 12, [obj] = 13, [json.null] = 14, [print]
  = 15,
  [string.rep] = 16, [co] = 17, [('long'):rep(20)] = 18, [''] = 19, [1e300] = 20, [-1e300] = 21 }
local out = {}
for k, v in pairs(t) do out[#out + 1] = v end
local by_next = {}
for k, v in next, t do by_next[#by_next + 1] = v end
local words = {}
for w in ('the quick brown fox jumps over the lazy dog again and again'):gmatch('%a+') do
  words[w] = true end
local keys = {}
for w in pairs(words) do keys[#keys + 1] = w end
return { out = out, same = table.concat(out, ',') == table.concat(by_next, ','), keys =
  table.concat(keys, ' '),
  random = { math.random(100), math.random(100), math.random() }, names = { tostring(f),
  tostring(obj), tostring(co) },
  time = os.time(), uuid = crypto.uuid(), clock = os.clock() })";

std::string run_mixed() {
  Inputs inputs;
  inputs.random_seed = 7;
  inputs.wall_us = 1'795'341'600'000'000;
  const Outcome outcome = run_script(kMixed, {}, inputs);
  INFO(outcome.failure.message);
  REQUIRE(outcome.done);
  return to_text(outcome.value);
}

constexpr const char* kBegin = "<<<";
constexpr const char* kEnd = ">>>";

std::string run_in_other_process() {
  std::array<char, 4096> self{};
  REQUIRE(readlink("/proc/self/exe", self.data(), self.size() - 1) > 0);
  const std::string command = "'" + std::string(self.data()) + "' '[.other-process]' 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string all;
  std::array<char, 4096> part{};
  while (std::fgets(part.data(), static_cast<int>(part.size()), pipe) != nullptr)
    all += part.data();
  pclose(pipe);
  const std::size_t begin = all.find(kBegin);
  const std::size_t end = all.find(kEnd);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  return all.substr(begin + 3, end - begin - 3);
}

}  // namespace

TEST_CASE("this process prints what another one compares", "[.other-process]") {
  std::printf("%s%s%s\n", kBegin, run_mixed().c_str(), kEnd);
  std::fflush(stdout);
  SUCCEED();
}

TEST_CASE("pairs and next visit keys in one order in every process") {
  const std::string here = run_mixed();
  CHECK(run_in_other_process() == here);
  CHECK(run_in_other_process() == here);
  const Json value = *parse_json(here);
  // Positive integers, other numbers, strings by bytes, false, true, null, built-in functions, then
  // objects by age.
  CHECK(to_text(value["out"]) ==
        "[10,20,30,9,10,21,6,7,8,20,19,2,18,1,3,5,4,14,15,16,11,12,13,17]");
  CHECK(value["same"] == true);
  CHECK(value["keys"] == "again and brown dog fox jumps lazy over quick the");
}

TEST_CASE("a traversal may clear and change fields as it goes") {
  CHECK(value_of("local t, n = {}, 0 for i = 1, 100 do t[i] = i t['k' .. i] = i end\n"
                 "for k in pairs(t) do t[k] = nil n = n + 1 end return { n, next(t) == nil }") ==
        Json({200, true}));
  CHECK(
      value_of(
          "local t, n = { a = 1, b = 2, c = 3 }, 0\n"
          "for k, v in pairs(t) do t[k] = v + 1 t.c = nil n = n + v end return { n, t.a, t.b }") ==
      Json({3, 2, 3}));
  CHECK(value_of("local t = { 1, 2, 3, 4, 5, 6 } local seen = {}\n"
                 "for i, v in pairs(t) do seen[#seen + 1] = v t[i + 1] = nil end return seen") ==
        Json({1, 3, 5}));
  CHECK(value_of("local t, n = { a = 1, b = 2, c = 3, d = 4 }, 0\n"
                 "for k in next, t do t[k] = nil n = n + 1 end return { n, next(t) == nil }") ==
        Json({4, true}));
}

TEST_CASE("a traversal broken off does not hide what is added later") {
  CHECK(value_of("local t = { b = 1, d = 2 }\n"
                 "for k in next, t do if k == 'd' then break end end\n"
                 "t.a, t.c, t.e = 3, 4, 5\n"
                 "local out = {} for k in next, t do out[#out + 1] = k end\n"
                 "t.b, t.a = nil, nil t.f = 1\n"
                 "for k in next, t do out[#out + 1] = k end return table.concat(out)") ==
        "abcdecdef");
}

TEST_CASE("several walks with next go on side by side") {
  CHECK(value_of("local n, ts = 0, {}\n"
                 "for i = 1, 6 do ts[i] = { a = i, b = i, c = i } end\n"
                 "local k = {}\n"
                 "for round = 1, 3 do for i = 1, 6 do k[i] = next(ts[i], k[i]) n = n + ts[i][k[i]] "
                 "end end\n"
                 "return { n, k[1], k[6], next(ts[1], 'c') == nil }") ==
        Json({63, "c", "c", true}));
}

TEST_CASE("sort is stable and the same in every process") {
  CHECK(value_of("local t = {} for i = 1, 300 do t[i] = { k = i % 7, i = i } end\n"
                 "table.sort(t, function(a, b) return a.k < b.k end)\n"
                 "for i = 2, 300 do assert(t[i - 1].k < t[i].k or t[i - 1].i < t[i].i) end\n"
                 "local words = { 'b', 'a', 'C', 'B', '' } table.sort(words) return { #t, "
                 "table.concat(words) }") == Json({300, "BCab"}));
}

TEST_CASE("the clock stands still and the seed decides") {
  Inputs inputs;
  inputs.wall_us = 1'000'000'500'000;
  inputs.random_seed = 1;
  const char* const kBody = "return { os.time(), time.now(), math.random(1 << 60), crypto.uuid() }";
  const Outcome first = run_script(kBody, {}, inputs);
  const Outcome second = run_script(kBody, {}, inputs);
  CHECK(first.value == second.value);
  CHECK(first.value[0] == 1'000'000);
  CHECK(first.value[1] == 1'000'000.5);
  inputs.random_seed = 2;
  CHECK(run_script(kBody, {}, inputs).value[2] != first.value[2]);
}

}  // namespace yoke::sandbox::test

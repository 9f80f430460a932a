// What a sandboxed call costs: a fresh state, the file's body from bytecode, one call with about 1
// KB of JSON in and a small object out. Prints microseconds of processor time per operation.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "sandbox/vm.h"

namespace yoke::sandbox {

namespace {

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <class Work>
void row(const char* name, int times, Work work) {
  std::vector<double> batches;
  for (int batch = 0; batch < 8; ++batch) {
    const double begin = cpu_us();
    for (int i = 0; i < times; ++i) work();
    if (batch > 0) batches.push_back((cpu_us() - begin) / times);  // the first one warms up
  }
  std::sort(batches.begin(), batches.end());
  std::printf("| %s | %.1f | %.1f .. %.1f |\n", name, batches[3], batches.front(), batches.back());
}

const char* const kTool = R"(
local function total(items)
  local sum = 0
  for _, item in ipairs(items) do sum = sum + item.score end
  return sum
end
return tool {
  name = "bench", description = "Adds up.", input = { items = "any" }, effect = "read",
  run = function(input)
    local titles = {}
    for i, item in ipairs(input.items) do titles[i] = item.title:upper() end
    return { total = total(input.items), first = titles[1], count = #titles }
  end,
})";

const char* const kWork = R"(
return tool { run = function()
  local t = {}
  for i = 1, 300000 do t[i % 97 + 1] = i * 2 end
  local s = 0
  for i = 1, 300000 do s = s + t[i % 97 + 1] end
  return s
end })";

const char* const kPairs = R"(
return tool { run = function()
  local t, s = {}, 0
  for i = 1, 1000 do t["key" .. i] = i end
  for _ = 1, 20 do for _, v in pairs(t) do s = s + v end end
  return s
end })";

const char* const kCsv = R"(
return tool { run = function()
  local text_in = ("2026-11-21,Oslo,12.5,17,some text\n"):rep(5000)
  local table_in = text.parse_csv(text_in, { header = false, types = "auto" })
  return #table_in.rows
end })";

std::shared_ptr<const Program> must_compile(const char* text) {
  auto program = compile({"bench.lua", text, {}}, {});
  if (!program) std::abort();
  return *program;
}

void call(const std::shared_ptr<const Program>& program, const Json& args) {
  Vm vm(program, {}, {});
  const Step step = vm.start(0, "run", args);
  if (!std::holds_alternative<Done>(step)) std::abort();
}

void print_table() {
  const Json args = {document()};
  const std::string text = to_text(args);
  std::printf(
      "| with %zu bytes of JSON | median, us of processor time | range |\n|---|---:|---:|\n",
      text.size());
  const auto tool = must_compile(kTool);
  row("compile the tool", 2'000, [] { must_compile(kTool); });
  row("fresh state, define", 2'000, [&] {
    Vm vm(tool, {}, {});
    if (!vm.define()) std::abort();
  });
  row("fresh state, define, call", 2'000, [&] { call(tool, args); });
  row("the same with JSON text in and out", 2'000, [&] {
    const auto parsed = parse_json(text);
    Vm vm(tool, {}, {});
    const Step step = vm.start(0, "run", *parsed);
    const std::string out = to_text(std::get<Done>(step).value);
    if (out.empty()) std::abort();
  });
  const auto work = must_compile(kWork);
  row("600,000 table accesses", 3, [&] { call(work, Json::array()); });
  const auto walk = must_compile(kPairs);
  row("20 x pairs over 1,000 names", 20, [&] { call(walk, Json::array()); });
  const auto csv = must_compile(kCsv);
  row("parse_csv, 5,000 rows of 5 fields", 5, [&] { call(csv, Json::array()); });
}

}  // namespace

}  // namespace yoke::sandbox

int main() { yoke::sandbox::print_table(); }

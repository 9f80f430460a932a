#include <pthread.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "tests/sandbox/script.h"

namespace yoke::sandbox::test {

namespace {

std::string quota_of(const std::string& body, const Quota& quota) {
  const Outcome outcome = run_script(body, quota);
  INFO(body << " -> " << outcome.failure.message << to_text(outcome.value));
  CHECK(outcome.failure.kind == Failed::Kind::quota);
  return outcome.failure.quota;
}

// Library and language features that allocate in many different ways.
const char* const kBusy = R"(
local t = {}
for i = 1, 40 do t[i] = { name = 'n' .. i, list = { i, i * 2 }, f = function() return i end } end
table.sort(t, function(a, b) return a.name < b.name end)
local co = coroutine.wrap(function(...) for _, v in ipairs({ ... }) do coroutine.yield(v) end end)
local s = (('key=value; '):rep(20):gsub('(%w+)=(%w+)', '%2=%1'))
for k, v in pairs({ a = 1, b = 2, [3] = 4, [true] = 5 }) do s = s .. tostring(k) .. tostring(v) end
local Class = {}
Class.__index = Class
function Class.new(x) return setmetatable({ x = x }, Class) end
local o = Class.new(co(1, 2, 3))
local ok, why = pcall(function() error({ message = 'm' }) end)
local doc = json.decode(json.encode({ list = { 1, 2, 3 }, s = s }))
local csv = text.parse_csv('a,b\n1,2\n3,4\n', { types = 'auto' })
text.replace('aaa', 'a', 'b')
return { o.x, #doc.s, #csv.rows, string.format('%5.2f %s', 1.5, 'x'), os.date('%Y', 0),
  crypto.sha256(s) })";

// ThreadSanitizer makes each frame larger.
#ifdef __SANITIZE_THREAD__
constexpr std::size_t kStackBytes = 2 << 20;
#else
constexpr std::size_t kStackBytes = 1 << 20;
#endif

void run_on_small_stack(const std::function<void()>& work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread{};
  const auto entry = [](void* job) -> void* {
    (*static_cast<const std::function<void()>*>(job))();
    return nullptr;
  };
  auto* const given = const_cast<std::function<void()>*>(&work);
  const int failed = pthread_create(&thread, &attributes, entry, given);
  if (failed == 0) pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  REQUIRE(failed == 0);  // only now: the other thread makes assertions too
}

}  // namespace

TEST_CASE("each bound ends a script that passes it") {
  Quota quota;
  quota.instructions_max = 20'000;
  CHECK(quota_of("while true do end", quota) == "instructions");
  quota = {};
  quota.instructions_max = INT64_MAX;
  quota.cpu_max = std::chrono::milliseconds(20);
  CHECK(quota_of("while true do end", quota) == "cpu");
  quota = {};
  quota.memory_bytes_max = 1 << 20;
  CHECK(quota_of("local t = {} for i = 1, 1e9 do t[i] = i end", quota) == "memory");
  quota = {};
  quota.pattern_steps_max = 1'000;
  CHECK(quota_of("return ('a'):rep(2000):find('a*b')", quota) == "pattern_steps");
  quota = {};
  quota.string_bytes_max = 1'000;
  CHECK(quota_of("return ('a'):rep(1001)", quota) == "string_bytes");
  CHECK(quota_of("local s = ('a'):rep(1000) return s .. s", quota) == "string_bytes");
  CHECK(quota_of("return table.concat({ ('a'):rep(900), ('a'):rep(900) })", quota) ==
        "string_bytes");
  quota = {};
  quota.output_bytes_max = 100;
  CHECK(quota_of("return ('a'):rep(200)", quota) == "output_bytes");
  quota = {};
  quota.log_bytes_max = 100;
  CHECK(quota_of("for i = 1, 100 do pcall(print, i) end", quota) == "log_bytes");
  CHECK(quota_of("for i = 1, 100 do log.info(i) end", quota) == "log_bytes");
  quota = {};
  quota.coroutines_max = 3;
  CHECK(quota_of("local t = {} for i = 1, 4 do t[i] = coroutine.create(print) end", quota) ==
        "coroutines");
  quota = {};
  quota.list_items_max = 100;
  CHECK(quota_of("local t = {} for i = 1, 101 do t[i] = i end table.sort(t)", quota) ==
        "list_items");
  CHECK(quota_of("return #text.split(('a,'):rep(200), ',')", quota) == "list_items");
}

TEST_CASE("JSON bounds are errors, not ends") {
  Quota quota;
  quota.json_depth_max = 4;
  quota.json_nodes_max = 10;
  CHECK(run_script("return select(2, pcall(json.decode, '[[[[[1]]]]]'))", quota).done);
  CHECK(run_script("return select(2, pcall(json.encode, {{{{{1}}}}}))", quota).value ==
        "value[1][1][1][1] is nested too deeply");
  const Outcome outcome = run_script("return {1,2,3,4,5,6,7,8,9,10,11}", quota);
  CHECK(outcome.failure.kind == Failed::Kind::conversion);
}

TEST_CASE("a fatal bound is not caught by any means a script has") {
  Quota quota;
  quota.instructions_max = 30'000;
  const char* const kNets[] = {
      "pcall(pcall, function() while true do end end) return 'caught'",
      "xpcall(function() while true do end end, function() return 1 end) return 'caught'",
      "coroutine.resume(coroutine.create(function() while true do end end)) return 'caught'",
      "pcall(coroutine.wrap(function() while true do end end)) return 'caught'",
      "pcall(table.sort, { 2, 1 }, function() while true do end end) return 'caught'",
      "pcall(string.gsub, 'x', 'x', function() while true do end end) return 'caught'",
      "pcall(tostring, setmetatable({}, { __tostring = function() while true do end end })) return "
      "'caught'",
      "pcall(function() local t = setmetatable({}, { __index = function() while true do end end }) "
      "return t.x end) return 'caught'",
      "for _ in function() pcall(function() while true do end end) return 1 end do end",
  };
  for (const char* net : kNets) CHECK(quota_of(net, quota) == "instructions");
}

TEST_CASE("the quota holds for the file's body too") {
  Vm vm(must_compile("while true do end"), {}, {});
  const auto definitions = vm.define();
  REQUIRE_FALSE(definitions.has_value());
  CHECK(definitions.error().code == Errc::exhausted);
  const Outcome outcome = outcome_of(vm.start(0, "run", Json::array()));
  CHECK(outcome.failure.quota == "instructions");
}

TEST_CASE("a state that has no memory for itself fails cleanly") {
  bool ever_done = false;
  for (std::int64_t limit = 512; limit < 96 << 10; limit += 512) {
    Quota quota;
    quota.memory_bytes_max = limit;
    Vm vm(must_compile(as_tool(kBusy)), quota, {});
    const Outcome outcome = outcome_of(vm.start(0, "run", Json::array()));
    INFO(limit << " " << outcome.failure.message);
    ever_done = ever_done || outcome.done;
    if (!outcome.done) CHECK(outcome.failure.quota == "memory");
    CHECK(vm.meter().memory_bytes_peak <= limit);
  }
  CHECK(ever_done);
}

TEST_CASE("lack of memory while the host hands over arguments and answers is contained") {
  Json big = Json::array();
  for (int i = 0; i < 500; ++i) big.push_back({{"text", "item " + std::to_string(i)}});
  Inputs inputs;
  inputs.modules = {"kv"};
  for (std::int64_t limit = 40 << 10; limit < 400 << 10; limit += 3'001) {
    Quota quota;
    quota.memory_bytes_max = limit;
    Vm vm(must_compile(as_tool("local a = kv.get('x') local b = kv.get('y') return #a + #b")),
          quota, inputs);
    Step step = vm.start(0, "run", Json::array({big}));
    while (std::holds_alternative<HostCall>(step)) step = vm.resume({true, big, {}});
    const Outcome outcome = outcome_of(step);
    INFO(limit << " " << outcome.failure.message);
    CHECK((outcome.done || outcome.failure.quota == "memory"));
  }
}

TEST_CASE("attacks on memory end cleanly under every limit from 1 to 64 MiB") {
  for (const auto& entry : std::filesystem::directory_iterator("tests/sandbox/attacks")) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("12_", 0) != 0 && name.rfind("13_", 0) != 0 &&
        name.rfind("14_oom_in_pcall", 0) != 0)
      continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    for (std::int64_t mib = 1; mib <= 64; mib *= 2) {
      Quota quota;
      quota.memory_bytes_max = mib << 20;
      const Outcome outcome = run_script(text.str(), quota);
      INFO(name << " " << mib << " MiB: " << outcome.failure.message);
      CHECK(outcome.failure.kind == Failed::Kind::quota);
      CHECK(outcome.meter.memory_bytes_peak <= quota.memory_bytes_max);
    }
  }
}

TEST_CASE("recursion of every kind ends within a thread stack of 1 MiB") {
  const char* const kDeep[] = {
      "local function f() return coroutine.wrap(f)() end f()",
      "local function f() table.sort({ 2, 1 }, function(a, b) f() return a < b end) end f()",
      "local function f() return (('x'):gsub('x', f)) end f()",
      "local function f() return pcall(f) end return f()",
      "local function f() return tostring(setmetatable({}, { __tostring = f })) end f()",
      "local t = setmetatable({}, {}) local function f() return f() + 1 end f()",
      "local m = {} m.__index = function(t, k) return t[k .. 'x'] end return setmetatable({}, m).a",
      "local t = {} for i = 1, 63 do t = { t } end return t",
      "return json.decode(('['):rep(63) .. (']'):rep(63))",
      "return (('a'):rep(50000):find(('a?'):rep(15000) .. 'b'))",
  };
  int ended = 0;
  run_on_small_stack([&] {
    for (const char* body : kDeep) {
      const Outcome outcome = run_script(body);
      ended += outcome.done || !outcome.failure.message.empty() ? 1 : 0;
    }
  });
  CHECK(ended == static_cast<int>(std::size(kDeep)));
}

TEST_CASE("a meter tells what a call used") {
  Inputs inputs;
  const Outcome outcome =
      run_script("print('four') for i = 1, 20000 do end return { 'abc' }", {}, inputs);
  CHECK(outcome.meter.instructions >= 20'000);
  CHECK(outcome.meter.instructions < 60'000);
  CHECK(outcome.meter.log_bytes == 5);
  CHECK(outcome.meter.memory_bytes > 10'000);
  CHECK(outcome.meter.memory_bytes_peak >= outcome.meter.memory_bytes);
  CHECK(outcome.meter.output_bytes > 5);
}

}  // namespace yoke::sandbox::test

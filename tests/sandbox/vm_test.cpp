#include "sandbox/vm.h"

#include "tests/sandbox/script.h"

namespace yoke::sandbox::test {

TEST_CASE("a file's definitions are read as plain data with their functions by name") {
  Vm vm(must_compile(
            "\nreturn { tool { name = 'a', input = { x = 'string' }, run = function() end },\n"
            "agent { name = 'b', tools = { 'a', 'c' } } }"),
        {}, {});
  const auto definitions = vm.define();
  REQUIRE(definitions.has_value());
  REQUIRE(definitions->size() == 2);
  CHECK(definitions->at(0).kind == "tool");
  CHECK(definitions->at(0).fields == Json{{"name", "a"}, {"input", {{"x", "string"}}}});
  CHECK(definitions->at(0).functions == std::vector<std::string>{"run"});
  CHECK(definitions->at(0).line == 2);
  CHECK(definitions->at(1).kind == "agent");
  CHECK(definitions->at(1).line == 3);
  CHECK(definitions->at(1).fields["tools"] == Json{"a", "c"});
}

TEST_CASE("a function of a definition gets its arguments and gives its result as JSON") {
  const Json args = {{{"place", "Oslo"}, {"n", 7}, {"list", {1, 2.5, true, nullptr}}}};
  const Json value = value_of(
      "return { place = input.place .. '!', n = input.n + 1, kind = math.type(input.list[1]),\n"
      "  null = input.list[4] == json.null, list = input.list, empty = {}, none = json.array{} }",
      args);
  CHECK(to_text(value) ==
        R"({"empty":{},"kind":"integer","list":[1,2.5,true,null],"n":8,"none":[],"null":true,)"
        R"("place":"Oslo!"})");
}

TEST_CASE("a script's error says what, where and through which calls") {
  const Outcome outcome = run_file(
      "local function inner()\n  error('no such place')\nend\nlocal function outer()\n  inner()\n"
      "  return 1\nend\nreturn tool { run = function() return outer() + 1 end }");
  REQUIRE_FALSE(outcome.done);
  CHECK(outcome.failure.kind == Failed::Kind::error);
  CHECK(outcome.failure.message == "no such place");
  CHECK(outcome.failure.place == "tools/t.lua:2");
  CHECK(outcome.failure.traceback ==
        "tools/t.lua:2 in inner\ntools/t.lua:5 in outer\ntools/t.lua:8");
}

TEST_CASE("a module that a script was not given is named with what would give it") {
  CHECK(run_script("return http.get('https://a.example')").failure.message ==
        "attempt to index a nil value (global 'http'): only a tool that declares permissions for "
        "'http' has it");
  CHECK(run_script("return other.get()").failure.message ==
        "attempt to index a nil value (global 'other')");
}

TEST_CASE("a syntax error names its place") {
  const auto program = compile({"tools/t.lua", "local x = = 1"}, {});
  REQUIRE_FALSE(program.has_value());
  CHECK(program.error().place == "tools/t.lua:1");
  CHECK(program.error().detail == "unexpected symbol near '='");
}

TEST_CASE("a file that defines nothing is refused with what it should return") {
  for (const char* text : {"return 1", "return {}", "return", "return { 1 }"}) {
    Vm vm(must_compile(text), {}, {});
    const auto definitions = vm.define();
    INFO(text);
    REQUIRE_FALSE(definitions.has_value());
    CHECK(definitions.error().place == "tools/t.lua");
  }
}

TEST_CASE("a definition with a function deep inside is refused with its path") {
  Vm vm(must_compile("return tool { steps = { { run = function() end } } }"), {}, {});
  const auto definitions = vm.define();
  REQUIRE_FALSE(definitions.has_value());
  CHECK(definitions.error().detail == "tool.steps[1].run is a function");
}

TEST_CASE("schema keeps a full JSON Schema apart from the shorthand") {
  Vm vm(must_compile("return tool { input = schema { type = 'object' } }"), {}, {});
  const auto definitions = vm.define();
  REQUIRE(definitions.has_value());
  CHECK(to_text(definitions->at(0).fields) == R"({"input":{"$schema_full":{"type":"object"}}})");
}

TEST_CASE("a library is required once and only from those given") {
  Source source{"tools/t.lua",
                "local a, b = require 'lib.units', require 'lib.units'\n"
                "return tool { run = function() return { same = a == b, m = a.metres(2),\n"
                "  other = select(2, pcall(require, 'lib.none')) } end }",
                {{"lib.units", "return { metres = function(km) return km * 1000 end }"}}};
  const auto program = compile(source, {});
  REQUIRE(program.has_value());
  Vm vm(*program, {}, {});
  const Outcome outcome = outcome_of(vm.start(0, "run", Json::array()));
  REQUIRE(outcome.done);
  CHECK(outcome.value["same"] == true);
  CHECK(outcome.value["m"] == 2000);
  CHECK(outcome.value["other"] == "no library 'lib.none' came with this script");
}

TEST_CASE("a library that requires itself is an error") {
  Source source{
      "t.lua", "require 'lib.a'", {{"lib.a", "require 'lib.b'"}, {"lib.b", "require 'lib.a'"}}};
  Vm vm(*compile(source, {}), {}, {});
  const auto definitions = vm.define();
  REQUIRE_FALSE(definitions.has_value());
  CHECK(definitions.error().place == "lib/b.lua:1");
  CHECK(definitions.error().detail == "library 'lib.a' requires itself");
}

TEST_CASE("ctx reports progress and logs through the host") {
  std::string seen;
  Inputs inputs;
  inputs.progress = [&](double done, double total, std::string_view message) {
    seen += std::to_string(int(done)) + "/" + std::to_string(int(total)) + " " +
            std::string(message) + ";";
  };
  inputs.log = [&](std::string_view level, std::string_view text) {
    seen += std::string(level) + ":" + std::string(text) + ";";
  };
  const Json args = {Json::object(), {{"$ctx", true}, {"run_id", "r1"}}};
  const Outcome good = run_script(
      "ctx.progress(1, 4, 'reading') ctx.log(ctx.run_id) print('a', 1, nil) log.warn('w', 2)\n"
      "return ctx['$ctx'] == nil",
      {}, inputs, args);
  CHECK(good.value == true);
  CHECK(seen == "1/4 reading;info:r1;info:a\t1\tnil;warn:w 2;");
}

TEST_CASE("a state runs one call and refuses another") {
  Vm vm(must_compile(as_tool("return 1")), {}, {});
  CHECK(outcome_of(vm.start(0, "run", Json::array())).done);
  CHECK(outcome_of(vm.start(0, "run", Json::array())).failure.message ==
        "this state has already run a call");
}

TEST_CASE("a call of what is not there is refused by name") {
  Vm vm(must_compile(as_tool("return 1")), {}, {});
  CHECK(outcome_of(vm.start(0, "probe", Json::array())).failure.message ==
        "the definition has no function 'probe'");
  CHECK(outcome_of(vm.start(3, "run", Json::array())).failure.message ==
        "the file has no definition number 3");
  CHECK(outcome_of(vm.start(0, "run", Json::object())).failure.message ==
        "the arguments of a call are a list");
}

namespace {

// Nothing that a script can be inside of is left out.
const char* const kEverywhere = R"(
local function spin(n) local s = 0 for i = 1, n do s = s + i % 7 end return s end
local nested = coroutine.wrap(function()
  local inner = coroutine.wrap(function() for i = 1, 20 do coroutine.yield(spin(3000)) end end)
  for i = 1, 20 do coroutine.yield(inner()) end
end)
local meta = setmetatable({}, { __index = function(_, k) return spin(k) end,
  __add = function(a, b) return spin(2000) end })
local out = {}
for i = 1, 20 do
  out[#out + 1] = nested()
  out[#out + 1] = meta[2000 + i]
  out[#out + 1] = meta + 1
  local ok, e = pcall(function() spin(2000) error({ at = i }) end)
  out[#out + 1] = e.at
  xpcall(function() spin(1000) error('x') end, function() return spin(100) end)
end
table.sort(out, function(a, b) spin(20) return a < b end)
local text = ('abc'):rep(50):gsub('%w', function(c) spin(50) return c end)
return { out, text, math.random(1000), os.clock() })";

// Runs it to its end; how often it paused.
int run_paused(Vm& vm, Step& step) {
  int pauses = 0;
  while (std::holds_alternative<Paused>(step)) {
    ++pauses;
    step = vm.go_on();
  }
  return pauses;
}

}  // namespace

TEST_CASE("a script that is paused wherever it can be does the same as one that is not") {
  const auto program = must_compile(as_tool(kEverywhere));
  Vm whole(program, {}, {});
  const Outcome expected = outcome_of(whole.start(0, "run", Json::array()));
  REQUIRE(expected.done);
  Vm paused(program, {}, {});
  paused.pause_after(std::chrono::microseconds(1));
  Step step = paused.start(0, "run", Json::array());
  const int pauses = run_paused(paused, step);
  CHECK(pauses > 3);
  CHECK(outcome_of(step).value == expected.value);
  CHECK(paused.meter().instructions == whole.meter().instructions);
  CHECK(paused.meter().memory_bytes_peak >= whole.meter().memory_bytes_peak);
}

TEST_CASE("a pause spares no script its quota") {
  Quota quota;
  quota.instructions_max = 3'000'000;
  Vm vm(must_compile(as_tool("while true do pcall(function() while true do end end) end"), quota),
        quota, {});
  vm.pause_after(std::chrono::microseconds(1));
  Step step = vm.start(0, "run", Json::array());
  CHECK(run_paused(vm, step) > 3);
  CHECK(outcome_of(step).failure.quota == "instructions");
}

TEST_CASE("only a paused state goes on, and a paused one answers no host call") {
  Vm vm(must_compile(as_tool("for i = 1, 1000000 do end return 1")), {}, {});
  CHECK_FALSE(outcome_of(vm.go_on()).done);
  vm.pause_after(std::chrono::microseconds(1));
  Step step = vm.start(0, "run", Json::array());
  REQUIRE(std::holds_alternative<Paused>(step));
  CHECK(outcome_of(vm.resume({})).failure.message == "no host call waits for an answer");
  run_paused(vm, step);
  CHECK(outcome_of(step).value == 1);
}

}  // namespace yoke::sandbox::test

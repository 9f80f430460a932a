#include <algorithm>
#include <stdexcept>

#include "sandbox/module_table.h"
#include "tests/sandbox/script.h"

namespace yoke::sandbox::test {

namespace {

Inputs granting(std::vector<std::string> modules) {
  Inputs inputs;
  inputs.modules = std::move(modules);
  return inputs;
}

// A script with some modules, and its first step.
struct Play {
  Play(const std::string& body, std::vector<std::string> modules, const Quota& quota = {})
      : vm(must_compile(as_tool(body)), quota, granting(std::move(modules))),
        step(vm.start(0, "run", Json::array())) {}

  const HostCall& call() const {
    INFO(outcome_of(step).failure.message);
    REQUIRE(std::holds_alternative<HostCall>(step));
    return std::get<HostCall>(step);
  }
  void answer(Json value) { step = vm.resume({true, std::move(value), {}}); }
  void refuse(std::string message) { step = vm.resume({false, nullptr, std::move(message)}); }
  Outcome outcome() const { return outcome_of(step); }
  // Answers every call with its own first argument until the script ends.
  Outcome echo() {
    while (std::holds_alternative<HostCall>(step)) {
      const Json args = std::get<HostCall>(step).args;
      answer(args.empty() ? Json() : args.front());
    }
    return outcome();
  }

  Vm vm;
  Step step;
};

}  // namespace

TEST_CASE("a host call suspends the script and goes on with its answer") {
  Play play(
      "local r = http.get('https://a.example/x', { query = { q = 1 } })\n"
      "return { r.status, r.json.n + 1 }",
      {"http"});
  CHECK(play.call().module == "http");
  CHECK(play.call().function == "get");
  CHECK(to_text(play.call().args) == R"(["https://a.example/x",{"query":{"q":1}}])");
  play.answer({{"status", 200}, {"json", {{"n", 41}}}});
  CHECK(to_text(play.outcome().value) == "[200,42]");
}

TEST_CASE("a refused host call is an error that the script may catch") {
  Play play("local ok, why = pcall(fs.read, 'a.txt') return { ok, why }", {"fs"});
  play.refuse("no file 'a.txt'");
  CHECK(to_text(play.outcome().value) == R"([false,"no file 'a.txt'"])");
  Play uncaught("\nreturn fs.read('a.txt') .. ''", {"fs"});
  uncaught.refuse("no file 'a.txt'");
  CHECK(uncaught.outcome().failure.message == "no file 'a.txt'");
  CHECK(uncaught.outcome().failure.place == "tools/t.lua:2");
}

TEST_CASE("modules that were not granted do not exist") {
  Play play("return { fs == nil, kv == nil, http ~= nil, memory == nil, tools == nil }", {"http"});
  CHECK(to_text(play.outcome().value) == "[true,true,true,true,true]");
}

TEST_CASE("every granted function asks the host by its own name") {
  for (const Module& module : modules()) {
    if (!module.effectful) continue;
    for (const ModuleFunction& function : module.functions) {
      Play play(std::string("return ") + module.name + "['" + function.name + "']('x')",
                {module.name});
      CHECK(play.call().module == module.name);
      CHECK(play.call().function == function.name);
    }
  }
}

TEST_CASE("the module model and the constructor model share a name") {
  Inputs inputs = granting({"model"});
  Vm vm(must_compile(
            "return { model { name = 'm', reply = function() return model.ask('hi') end } }"),
        {}, inputs);
  const auto definitions = vm.define();
  REQUIRE(definitions.has_value());
  CHECK(definitions->at(0).kind == "model");
  const Step step = vm.start(0, "reply", Json::array());
  REQUIRE(std::holds_alternative<HostCall>(step));
  CHECK(std::get<HostCall>(step).module == "model");
}

TEST_CASE("a host call inside nested coroutines reaches the host and comes back") {
  Play play(R"(
local function inner(name)
  local got = kv.get(name)
  coroutine.yield(got)
  return kv.get(name .. '2')
end
local outer = coroutine.wrap(function()
  local co = coroutine.create(inner)
  local _, first = coroutine.resume(co, 'a')
  coroutine.yield(first)
  local ok, second = coroutine.resume(co)
  return second .. tostring(ok) .. coroutine.status(co)
end)
local x = outer()
local between = kv.get('b')
local y = outer()
return { x, between, y })",
            {"kv"});
  CHECK(to_text(play.echo().value) == R"(["a","b","a2truedead"])");
}

TEST_CASE("several coroutines may each wait in turn") {
  Play play(R"(
local out, cos = {}, {}
for i = 1, 5 do
  cos[i] = coroutine.create(function()
    for j = 1, 3 do
      out[#out + 1] = kv.get(i * 10 + j)
      coroutine.yield()
    end
  end)
end
for round = 1, 3 do
  for i = 1, 5 do assert(coroutine.resume(cos[i])) end
end
return out)",
            {"kv"});
  CHECK(to_text(play.echo().value) == "[11,21,31,41,51,12,22,32,42,52,13,23,33,43,53]");
}

TEST_CASE("a host call passes through pcall, xpcall, iterators and metamethods of the language") {
  Play play(R"(
local ok, a = pcall(function() return pcall(kv.get, 1) and kv.get(2) end)
local _, b = xpcall(function() return kv.get(3) end, print)
local _, c = xpcall(function() error('x') end, function() return kv.get(4) end)
local proxy = setmetatable({}, { __index = function(_, k) return kv.get(k) end,
                                 __add = function() return kv.get(6) end })
local list = {}
for v in function(_, last) last = (last or 0) + 1 return last <= 2 and kv.get(last) or nil end do
  list[#list + 1] = v
end
for k, v in pairs(setmetatable({}, { __pairs = function(t) kv.get(7) return next, { x = 8 } end
  })) do
  list[#list + 1] = v
end
return { a, b, c, proxy[5], proxy + 1, list })",
            {"kv"});
  CHECK(to_text(play.echo().value) == "[2,3,4,5,6,[1,2,8]]");
}

TEST_CASE("a host call where Lua cannot wait is an error that names the boundary") {
  const auto message = [](const std::string& body) {
    const std::string text = Play(body, {"kv"}).outcome().failure.message;
    return text;
  };
  CHECK(message("table.sort({ 2, 1 }, function(a, b) return kv.get(a) < b end)") ==
        "kv.get cannot be called inside a table.sort comparator");
  CHECK(message("return (('x'):gsub('x', function() return kv.get(1) end))") ==
        "kv.get cannot be called inside a string.gsub callback");
  CHECK(
      message(
          "return tostring(setmetatable({}, { __tostring = function() return kv.get(1) end }))") ==
      "kv.get cannot be called inside a __tostring metamethod");
  CHECK(message(
            "return table.concat(setmetatable({}, { __len = function() return kv.get(1) end }))") ==
        "kv.get cannot be called inside a metamethod that table.concat runs");
}

TEST_CASE("a coroutine started where Lua cannot wait cannot wait either") {
  Play play(R"(
local caught
table.sort({ 2, 1 }, function(a, b)
  coroutine.wrap(function() caught = select(2, pcall(kv.get, 1)) end)()
  return a < b
end)
return { caught, kv.get('after') })",
            {"kv"});
  CHECK(to_text(play.echo().value) ==
        R"(["kv.get cannot be called inside a table.sort comparator","after"])");
}

TEST_CASE("a host call while the file is read is refused") {
  Inputs inputs = granting({"kv"});
  Vm vm(must_compile("local x = kv.get('a')\nreturn tool {}"), {}, inputs);
  const auto definitions = vm.define();
  REQUIRE_FALSE(definitions.has_value());
  CHECK(definitions.error().place == "tools/t.lua:1");
  CHECK(definitions.error().detail ==
        "kv.get cannot be called while the file is read; call it from a function");
}

TEST_CASE("a coroutine made while the file is read may wait when it runs later") {
  Inputs inputs = granting({"kv"});
  Vm vm(must_compile("local co = coroutine.wrap(function() return kv.get('a') end)\n"
                     "return tool { run = function() return co() end }"),
        {}, inputs);
  const Step step = vm.start(0, "run", Json::array());
  REQUIRE(std::holds_alternative<HostCall>(step));
  CHECK(outcome_of(vm.resume({true, "yes", {}})).value == "yes");
}

TEST_CASE("arguments that are no plain data are refused by place and cost no call") {
  Play play("local ok, why = pcall(kv.set, 'k', { f = print }) return why", {"kv"});
  CHECK(play.outcome().value == "kv.set: argument 2.f is a function");
}

TEST_CASE("an answer that nobody waits for is rejected") {
  Play play("return 1", {});
  CHECK(play.outcome().done);
  CHECK(outcome_of(play.vm.resume({})).failure.message == "no host call waits for an answer");
  Vm fresh(must_compile(as_tool("return 1")), {}, {});
  CHECK(outcome_of(fresh.resume({})).failure.message == "no host call waits for an answer");
}

TEST_CASE("a state that waits may be destroyed") {
  Play play("local ok = pcall(kv.get, 'a') return ok", {"kv"});
  CHECK(play.call().function == "get");
}

TEST_CASE("an exception of the host inside a function that Lua called is an error of the script") {
  Inputs inputs;
  inputs.log = [](std::string_view, std::string_view) {
    throw std::runtime_error("the feed is closed");
  };
  const char* const kCatch =
      "local ok, why = pcall(print, 'x')\n"
      "local _, inner = coroutine.resume(coroutine.create(log.info), 'y') return { ok, why, inner "
      "}";
  CHECK(to_text(run_script(kCatch, {}, inputs).value) ==
        R"([false,"the feed is closed","the feed is closed"])");
  const Outcome raised = run_script("log.warn('x')", {}, inputs);
  CHECK(raised.failure.kind == Failed::Kind::error);
  CHECK(raised.failure.message == "the feed is closed");
}

TEST_CASE("a host call out of a coroutine that has ended is refused by Lua") {
  Play play(R"(
local co = coroutine.create(function() return kv.get('a') end)
local first = select(2, coroutine.resume(co))
local ok, why = coroutine.resume(co)
return { first, ok, why, coroutine.status(co) })",
            {"kv"});
  CHECK(to_text(play.echo().value) == R"(["a",false,"cannot resume dead coroutine","dead"])");
}

TEST_CASE("a refused call ends the coroutine that made it, and the answer goes to no other") {
  Play play(R"(
local one = coroutine.create(function() return kv.get(1) end)
local two = coroutine.create(function() return kv.get(2) end)
local a = { coroutine.resume(one) }
local b = { coroutine.resume(two) }
return { a, b })",
            {"kv"});
  play.refuse("not now");
  play.answer("second");
  CHECK(to_text(play.outcome().value) == R"([[false,"tools/t.lua:2: not now"],[true,"second"]])");
}

TEST_CASE("host calls past their number are fatal") {
  Quota quota;
  quota.host_calls_max = 3;
  Play play("for i = 1, 10 do pcall(kv.get, i) end return 'survived'", {"kv"}, quota);
  const Outcome outcome = play.echo();
  CHECK(outcome.failure.quota == "host_calls");
  CHECK(play.vm.meter().host_calls == 4);
}

TEST_CASE("waiting costs no processor time") {
  Quota quota;
  quota.cpu_max = std::chrono::milliseconds(200);
  Play play("return kv.get(1)", {"kv"}, quota);
  const Meter before = play.vm.meter();
  volatile double x = 1;
  for (int i = 0; i < 40'000'000; ++i) x = x * 1.0000001;  // the host's own work
  CHECK(play.vm.meter().cpu == before.cpu);
  play.answer(5);
  CHECK(play.outcome().value == 5);
}

TEST_CASE("an answer too deep or too long ends the script with an error, not the host") {
  Json deep = 1;
  for (int i = 0; i < 100; ++i) deep = Json::array({deep});
  Play play("return kv.get(1)", {"kv"});
  play.answer(deep);
  CHECK(play.outcome().failure.message == "a JSON value is nested more than 64 deep");
  Play longer("return kv.get(1)", {"kv"});
  longer.answer(std::string(2 << 20, 'x'));
  CHECK(longer.outcome().failure.quota == "string_bytes");
}

}  // namespace yoke::sandbox::test

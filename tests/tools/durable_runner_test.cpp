#include "tools/durable_runner.h"

#include <catch2/catch.hpp>
#include <deque>
#include <functional>

#include "runtime/base/text.h"
#include "tests/tools/fixture.h"
#include "tools/in_process.h"

namespace yoke {
namespace {

// The engine's place: answers what is wanted, the earliest first, or as the test says.
class FakeSteps final : public ScriptSteps {
 public:
  std::function<ScriptAnswer(const ScriptWant&)> answer_to = [](const ScriptWant& want) {
    return ScriptAnswer{want.at, Outcome::ok, Json(want.at), "", kTrustedPublic};
  };
  bool last_first = false;           // completions come in the other order
  std::vector<std::string> wanted;   // "3 tool {…}"
  std::vector<std::string> batches;  // positions that came together

  awaitable<ScriptAnswer> step(std::vector<ScriptWant> wants) override {
    std::string batch;
    for (ScriptWant& want : wants) {
      if (want.at == "0") continue;
      wanted.push_back(want.at + " " + want.kind + " " + to_text(want.args));
      batch += (batch.empty() ? "" : " ") + want.at;
      if (want.kind != "drop") open_.push_back(std::move(want));
      if (want.kind == "drop") {
        std::erase_if(
            open_, [&](const ScriptWant& each) { return each.at == string_at(want.args, "of"); });
      }
    }
    const bool is_clock = !wants.empty() && wants.front().at == "0";
    if (is_clock) co_return ScriptAnswer{"0", Outcome::ok, 1'700'000'000'000'000, "", label};
    batches.push_back(batch);
    ENSURE(!open_.empty());
    const ScriptWant next = last_first ? open_.back() : open_.front();
    last_first ? open_.pop_back() : open_.pop_front();
    co_return answer_to(next);
  }

  Label label = kTrustedPublic;

 private:
  std::deque<ScriptWant> open_;
};

struct DurableFixture {
  ToolOutcome call(Json source, Json input = Json::object()) {
    DurableScript script;
    script.source = std::move(source);
    script.input = std::move(input);
    script.run_id = "r1";
    script.call_id = "s1";
    script.run_use = used;
    return run(loop, runner.run(std::move(script), steps, context));
  }
  // The body of a workflow's run(w, input).
  ToolOutcome flow(const std::string& body, Json input = Json::object()) {
    DurableSource source;
    source.script.name = "workflows/f.lua";
    source.script.text =
        "return workflow { name = 'f', run = function(w, input) " + body + "\nend }";
    return call(yoke::to_json(source), std::move(input));
  }
  ToolOutcome code(const std::string& text) {
    DurableSource source;
    source.kind = DurableSource::Kind::code;
    source.script.name = "code";
    source.script.text = text;
    source.tools = {"csv.stats", "note"};
    return call(yoke::to_json(source), Json{{"city", "Oslo"}});
  }

  asio::io_context loop{1};
  RecordedContext context;
  InProcess place;
  DurableRunner runner{{place}};
  FakeSteps steps;
  ScriptUse used;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("what a workflow calls is wanted in its order, at positions of its own") {
  DurableFixture lua;
  const ToolOutcome out = lua.flow(
      "local a = w.tool('csv.stats', { file = input.file })\n"
      "local b = w.agent('analyst', { task = 'trend' })\n"
      "local c = w.model('say ' .. a)\n"
      "local d = w.ask { title = 'Well?', choices = { 'yes', 'no' } }\n"
      "w.sleep('1h30m') local e = w.signal('paid')\n"
      "return { a, b, c, d, e }",
      Json{{"file", "s.csv"}});
  INFO(out.message);
  CHECK(out.value == Json::array({"1", "2", "3", "4", "6"}));
  CHECK(lua.steps.wanted == Texts{R"(1 tool {"args":{"file":"s.csv"},"tool":"csv.stats"})",
                                  R"(2 agent {"agent":"analyst","task":"trend"})",
                                  R"(3 model {"prompt":"say 1"})",
                                  R"(4 ask {"choices":["yes","no"],"title":"Well?"})",
                                  R"(5 sleep {"us":5400000000})", R"(6 signal {"name":"paid"})"});
}

TEST_CASE("an answer that is to fit a schema comes back as a value that does, or is an error") {
  DurableFixture lua;
  lua.steps.answer_to = [](const ScriptWant& want) {
    const char* text = want.at == "1" ? "```json\n{\"city\": \"Oslo\"}\n```" : R"({"city": 4})";
    return ScriptAnswer{want.at, Outcome::ok, Json{{"text", text}}, "", kTrustedPublic};
  };
  const ToolOutcome out = lua.flow(
      "local good = w.model { prompt = 'where', schema = { city = 'string' } }\n"
      "local ok, e = pcall(w.model, { prompt = 'and', schema = schema { type = 'object',\n"
      "  properties = { city = { type = 'string' } } } })\n"
      "return { good.city, ok, e.outcome, e.message }");
  INFO(out.message);
  REQUIRE(out.outcome == Outcome::ok);
  CHECK(out.value[0] == "Oslo");
  CHECK(out.value[1] == false);
  CHECK(out.value[2] == "error");
  CHECK(out.value[3].get<std::string>().find("at /city: expected") != std::string::npos);
  REQUIRE(lua.steps.wanted.size() == 2);
  CHECK(lua.steps.wanted[0].find(R"("output_schema":{"additionalProperties":false)") !=
        std::string::npos);
}

TEST_CASE("what is no schema of an answer is told") {
  for (const auto& [given, told] :
       {std::pair{"'city'", "schema is a table such as"}, std::pair{"{ city = 'strin' }", "/city"},
        std::pair{"schema { type = 4 }", "w.model: schema: "}}) {
    DurableFixture lua;
    const ToolOutcome out =
        lua.flow("return w.model { prompt = 'where', schema = " + std::string(given) + " }");
    CHECK(out.outcome == Outcome::error);
    INFO(out.message);
    CHECK(out.message.find(told) != std::string::npos);
    CHECK(lua.steps.wanted.empty());
  }
}

TEST_CASE("branches of w.all are wanted together and come back by their place") {
  for (const bool last_first : {false, true}) {
    DurableFixture lua;
    lua.steps.last_first = last_first;
    const ToolOutcome out = lua.flow(
        "local function twice(name) return function()\n"
        "  return w.tool(name) .. w.tool(name) end end\n"
        "local list = w.all { twice('a'), twice('b'), function() end }\n"
        "local named = w.all { x = twice('c'), y = twice('d') }\n"
        "return { list, named, w.tool('z') }");
    INFO(out.message);
    CHECK(to_text(out.value) ==
          R"([["1.1.11.1.2","1.2.11.2.2",null],{"x":"2.x.12.x.2","y":"2.y.12.y.2"},"3"])");
    CHECK(lua.steps.batches.front() == "1.1.1 1.2.1");
  }
}

TEST_CASE("the same completions make a script want the same again") {
  const char* const body =
      "local seen = {}\n"
      "w.all { function() seen[1] = w.tool('a') w.tool('b') end,\n"
      "  function() if seen[1] then w.tool('c') else w.tool('d') end w.tool('e') end }\n"
      "return { os.time(), w.random(6), math.random(1000), w.now() }";
  Texts first;
  Json value;
  for (int i = 0; i < 2; ++i) {
    DurableFixture lua;
    lua.steps.last_first = true;
    lua.steps.answer_to = [](const ScriptWant& want) {
      const Json value = want.kind == "random" ? Json(0.5) : Json(7'000'000);
      return ScriptAnswer{want.at, Outcome::ok, value, "", kTrustedPublic};
    };
    const ToolOutcome out = lua.flow(body);
    INFO(out.message);
    if (i == 0) value = out.value;
    if (i == 0) first = lua.steps.wanted;
    CHECK(out.value == value);
    CHECK(lua.steps.wanted == first);
  }
  CHECK(value.at(0) == 1'700'000'000);
  CHECK(value.at(1) == 4);
  CHECK(value.at(3) == 7.0);
}

TEST_CASE("a race is won by the first that ends, and its losers are dropped") {
  DurableFixture lua;
  lua.steps.last_first = true;
  const ToolOutcome out = lua.flow(
      "local value, which = w.race {\n"
      "  answer = function() return w.ask { title = 'Well?' } end,\n"
      "  both = function() return w.all { function() return w.tool('a') end,\n"
      "                                   function() return w.tool('b') end } end,\n"
      "  late = function() w.sleep(60) return 'too late' end }\n"
      "return { value, which, w.tool('after') }");
  INFO(out.message);
  CHECK(to_text(out.value) == R"([["1.both.1.1.1","1.both.1.2.1"],"both","2"])");
  CHECK(lua.steps.batches ==
        Texts{"1.answer.1 1.late.1 1.both.1.1.1 1.both.1.2.1", "", "1.answer.1x 1.late.1x 2"});
}

TEST_CASE("a loser's open calls are dropped by position") {
  DurableFixture lua;
  const ToolOutcome out = lua.flow(
      "return (w.race { function() w.sleep(60) return 'late' end,\n"
      "                 function() return w.ask { title = 'Well?' } end })");
  INFO(out.message);
  CHECK(out.value == "late");
  CHECK(lua.steps.wanted.size() == 2);  // nothing is wanted after the end
  DurableFixture more;
  CHECK(more.flow("w.race { function() w.sleep(60) end,\n"
                  "         function() return w.ask { title = 'Well?' } end }\n"
                  "return w.tool('after')")
            .value == "2");
  CHECK(more.steps.wanted.at(2) == R"(1.2.1x drop {"of":"1.2.1"})");
}

TEST_CASE("a call that failed is an error that a workflow may catch") {
  DurableFixture lua;
  lua.steps.answer_to = [](const ScriptWant& want) {
    return ScriptAnswer{want.at, Outcome::denied, nullptr, "not without a person", kTrustedPublic};
  };
  const ToolOutcome caught = lua.flow(
      "local ok, e = pcall(w.tool, 'mail.send', {})\n"
      "return { ok, e.outcome, e.message, e.at }");
  CHECK(to_text(caught.value) == R"([false,"denied","mail.send: not without a person","1"])");
  DurableFixture raises;
  raises.steps.answer_to = lua.steps.answer_to;
  const ToolOutcome raised = raises.flow("\nlocal x = w.tool('mail.send')\nreturn x");
  CHECK(raised.outcome == Outcome::error);
  CHECK(raised.message == "workflows/f.lua:2: mail.send: not without a person");
  DurableFixture branch;
  branch.steps.answer_to = lua.steps.answer_to;
  const ToolOutcome inner =
      branch.flow("w.all { function()\n local x = w.tool('a') return x end, function() end }");
  CHECK(inner.message == "workflows/f.lua:2: a: not without a person");
}

TEST_CASE("a step's function runs once, and what it came to is kept") {
  DurableFixture lua;
  lua.steps.answer_to = [](const ScriptWant& want) {
    Json value = nullptr;
    if (want.kind == "step") value = Json{{"done", want.at == "2"}, {"value", "kept"}};
    return ScriptAnswer{want.at, Outcome::ok, value, "", kTrustedPublic};
  };
  const ToolOutcome out = lua.flow(
      "local ran = 0\n"
      "local a = w.step('count', function() ran = ran + 1 return { n = ran } end)\n"
      "local b = w.step('again', function() ran = ran + 1 return 'fresh' end)\n"
      "return { a.n, b, ran }");
  INFO(out.message);
  CHECK(to_text(out.value) == R"([1,"kept",1])");
  CHECK(lua.steps.wanted == Texts{R"(1 step {"name":"count"})",
                                  R"(1r record {"name":"count","value":{"n":1}})",
                                  R"(2 step {"name":"again"})"});
}

TEST_CASE("a call within a coroutine of the script's own waits like any other") {
  DurableFixture lua;
  const ToolOutcome out = lua.flow(
      "local function pages() return coroutine.wrap(function()\n"
      "  for i = 1, 2 do coroutine.yield(w.tool('page')) end end) end\n"
      "local function read() local all = '' for page in pages() do all = all .. page .. ';' end\n"
      "  return all end\n"
      "return w.all { read, read }");
  INFO(out.message);
  CHECK(to_text(out.value) == R"(["1.1.1;1.1.2;","1.2.1;1.2.2;"])");
}

TEST_CASE("misuse is told with the place and the mend") {
  const auto message_of = [](const std::string& body) {
    return DurableFixture().flow(body).message;
  };
  CHECK(message_of("w.all { 1 }") ==
        "workflows/f.lua:1: w.all: item 1 is a number, not a function");
  CHECK(message_of("w.sleep('soon')") ==
        "workflows/f.lua:1: w.sleep takes seconds, or a text such as '90s', '2h30m' or '7d'");
  CHECK(message_of("w.agent('a', { job = 'x' })") ==
        "workflows/f.lua:1: w.agent: 'job' is no option of it; there are: input, task");
  CHECK(message_of("w.ask { body = 'x' }") ==
        "workflows/f.lua:1: w.ask: the title must be a string");
  CHECK(message_of("coroutine.yield(1)") == "attempt to yield from outside a coroutine");
  CHECK(message_of("return http.get('x')").find("attempt to index a nil value") !=
        std::string::npos);
  CHECK(message_of("return flow == nil and w.tool('x', 1)") ==
        "workflows/f.lua:1: w.tool: the arguments of x must be a table");
}

TEST_CASE("ten thousand calls fit in one script, and a loop without end does not") {
  DurableFixture lua;
  const ToolOutcome out = lua.flow("for i = 1, 10000 do w.tool('t') end return 'done'");
  INFO(out.message);
  CHECK(out.value == "done");
  CHECK(lua.steps.wanted.size() == 10'000);
  const ToolOutcome loops = lua.flow("w.tool('t') while true do end");
  CHECK(loops.outcome == Outcome::error);
  CHECK(loops.message ==
        "the script used more than it may: 50000000 instructions between two calls");
}

TEST_CASE("processor time counts from one answer to the next") {
  DurableFixture lua;  // each stretch uses more than half of what one may
  const ToolOutcome out =
      lua.flow("for i = 1, 3 do w.tool('t') for i = 1, 15000000 do end end return 'done'");
  INFO(out.message);
  CHECK(out.value == "done");
  lua.used.instructions = 2'000'000'000;
  CHECK(lua.flow("return 1").message.find("[sandbox.run] instructions") != std::string::npos);
}

TEST_CASE("the label of a script is joined from all that it was answered") {
  DurableFixture lua;
  lua.steps.answer_to = [](const ScriptWant& want) {
    return ScriptAnswer{want.at, Outcome::ok, "x", "", want.at == "2" ? Label() : kTrustedPublic};
  };
  CHECK(lua.flow("return w.tool('a')").label == kTrustedPublic);
  CHECK(lua.flow("w.tool('a') return w.tool('b')").label == join(kTrustedPublic, Label()));
}

TEST_CASE(
    "a plan's steps run as soon as what they need is there, and a failed one ends only those "
    "that need it") {
  DurableFixture lua;
  lua.steps.answer_to = [](const ScriptWant& want) {
    const bool fails = string_at(want.args, "tool") == "bad";
    const Json value{{"rows", Json::array({Json{{"n", 7}}})}};
    return ScriptAnswer{want.at, fails ? Outcome::error : Outcome::ok, value, "no luck",
                        kTrustedPublic};
  };
  const Json steps = Json::parse(R"([
    {"id":"a","tool":"read","inputs":{"file":"$input.file","old":"$before.x"}},
    {"id":"b","tool":"bad","inputs":{},"retries":1},
    {"id":"c","agent":"writer","task":"tell ${a.rows.0.n} of $5","needs":["a"]},
    {"id":"d","tool":"last","inputs":{"b":"$b","l":["$a.rows.0"]}}])");
  const ToolOutcome out =
      lua.call(Json{{"kind", "plan"}}, Json{{"plan", {{"steps", steps}}},
                                            {"input", {{"file", "s.csv"}}},
                                            {"known", {{"before", {{"x", 1}}}}}});
  INFO(out.message);
  CHECK(to_text(out.value) == R"({"done":{"a":{"rows":[{"n":7}]},"c":{"rows":[{"n":7}]}},)"
                              R"("failed":{"b":"bad: no luck"},"skipped":["d"]})");
  CHECK(lua.steps.batches == Texts{"1.a.1 1.b.1", "1.c.1", "1.b.2", ""});
  CHECK(lua.steps.wanted.at(0) == R"(1.a.1 tool {"args":{"file":"s.csv","old":1},"tool":"read"})");
  CHECK(lua.steps.wanted.at(2) == R"(1.c.1 agent {"agent":"writer","task":"tell 7 of $5"})");
}

TEST_CASE("a plan that was refused comes back as what is wrong with it") {
  CHECK(
      DurableFixture().call(Json{{"kind", "plan"}}, Json{{"problem", "it has a cycle"}}).message ==
      "it has a cycle");
}

TEST_CASE("a model's script calls its tools by name and sees its input") {
  DurableFixture lua;
  const ToolOutcome out = lua.code(
      "local a = tools.csv.stats{ file = input.city }\n"
      "local b = tools.csv_stats{}\n"
      "local list = w.all { function() return tools.note{} end }\n"
      "return { a, b, list[1] }");
  INFO(out.message);
  CHECK(to_text(out.value) == R"(["1","2","3.1.1"])");
  CHECK(lua.code("local x = 1\nreturn tools.csv.stat{}").message ==
        "script.lua:2: there is no tool csv.stat; there are: csv.stats, note");
  CHECK(lua.code("local x = = 1").message == "script.lua:1: unexpected symbol near '='");
}

}  // namespace yoke

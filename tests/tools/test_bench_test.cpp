#include "tools/testing/test_bench.h"

#include "tests/tools/fixture.h"
#include "tools/broker/http_module.h"
#include "tools/in_process.h"

namespace yoke {
namespace {

constexpr const char* kTool = R"lua(return tool {
  name = "weather.now", description = "d", input = { place = "string", u = { default = "m" } },
  output = { temperature = "number", at = "number" },
  permissions = { net = { "api.example" }, kv = "write",
                  secrets = { KEY = { host = "api.example", header = "X-Key" } } },
  run = function(input, ctx)
    log.info("asked for " .. input.place)
    if input.place == "far" then http.get("https://far.example/") end
    local reply = http.get("https://api.example/now", { query = { p = input.place, u = input.u } })
    if reply.status ~= 200 then error("it answered " .. reply.status) end
    if input.place == "twice" then kv.set("last", 1) end
    if input.place == "spin" then while true do end end
    if input.place == "wrong" then return { temperature = "hot", at = 0 } end
    return { temperature = reply.json.t, at = time.now() }
  end,
})lua";

// A module that must only be asked what it would admit.
class Untouched final : public HostModule {
 public:
  std::string_view name() const override { return "kv"; }
  awaitable<Result<Json>> call(std::string, Json, CallScope&) override {
    touched = true;
    co_return json_result(nullptr);
  }
  bool touched = false;
};

struct BenchFixture {
  explicit BenchFixture(const std::string& body) {
    auto tool = std::make_shared<ScriptSource>();
    tool->name = "tools/w.lua";
    tool->text = kTool;
    bench.load(std::move(tool));
    ScriptSource source;
    source.name = "tools/w_test.lua";
    source.text = "return tests {\n['a test'] = function(t)\n" + body + "\nend }";
    Result<TestBench::TestFile> opened = bench.open(std::move(source));
    REQUIRE(opened);
    file = std::move(*opened);
  }
  std::vector<std::unique_ptr<HostModule>> real() {
    auto kv = std::make_unique<Untouched>();
    untouched = kv.get();
    std::vector<std::unique_ptr<HostModule>> all;
    all.push_back(std::make_unique<HttpModule>(client, secrets));
    all.push_back(std::move(kv));
    return all;
  }

  TestResult run() { return yoke::run(loop, bench.run(file.source, 0, "a test")); }

  asio::io_context loop{1};
  HttpClient client{loop.get_executor(), HttpClientOptions{}};
  FixedSecrets secrets;
  Untouched* untouched = nullptr;
  std::vector<std::unique_ptr<HostModule>> modules = real();
  InProcess place;
  TestBench bench{{loop.get_executor(), modules, place, &place}};
  TestBench::TestFile file;
};

// What a test with this body comes to: empty when it passes.
std::string message_of(const std::string& body) {
  BenchFixture fixture(body);
  const TestResult result = fixture.run();
  CHECK_FALSE(fixture.untouched->touched);
  CHECK(result.passed == result.message.empty());
  return result.message;
}

constexpr const char* kStubs =
    "t.secret('KEY', 'hush-hush') t.stub('kv.set', nil) "
    "t.stub('http.get', { json = { t = 3 } }) ";

std::string with_stubs(const std::string& body) { return message_of(kStubs + body); }

}  // namespace

TEST_CASE("a tool under test gets defaults, secrets, its stubs' answers and the test's clock") {
  CHECK(message_of(R"lua(
    t.secret("KEY", "hush-hush")
    t.now("2026-05-01T00:00:00Z")
    t.stub("http.get", function(url, options)
      t.equal(url, "https://api.example/now")
      t.equal(options.query, { p = "twice", u = "m" })
      t.equal(options.headers, { ["x-key"] = "hush-hush" })
      return { json = { t = 21.5 } }
    end)
    t.stub("kv.set", function(key, value) t.equal({ key, value }, { "last", 1 }) end)
    t.equal(t.call("weather.now", { place = "twice" }), { temperature = 21.5, at = 1777593600 })
    t.equal(#t.calls("http.get"), 1)
    t.equal(t.calls()[2].name, "kv.set")
    t.near(t.call("weather.now", { place = "twice" }).temperature, 21.4, 0.2)
  )lua") == "");
}

TEST_CASE("what nothing stands in for fails the test, also where the error is caught") {
  const std::string expected =
      "tools/w_test.lua:3: the tool weather.now called http.get(\"https://api.example/now\","
      "{\"headers\":{\"x-key\":\"k-k-k\"},\"query\":{\"p\":\"x\",\"u\":\"m\"}}), and nothing "
      "stands in for it: "
      "t.stub(\"http.get\", function(...) return {} end)";
  CHECK(message_of("t.secret('KEY', 'k-k-k') t.call('weather.now', { place = 'x' })") == expected);
  CHECK(
      message_of("t.secret('KEY', 'k-k-k') t.fails(function() t.call('weather.now', { place = 'x' "
                 "}) end)") == expected);
}

TEST_CASE("arguments, permissions, results and quotas of a tool under test are as in a run") {
  CHECK(with_stubs("t.call('weather.now', { plcae = 'x' })")
            .find("tools/w_test.lua:3: the arguments do not fit weather.now") == 0);
  CHECK(with_stubs("t.call('weather.now', { place = 'far' })") ==
        "tools/w_test.lua:3: tools/w.lua:8: http.get: 'far.example' is not granted "
        "(permissions.net does not list it)");
  CHECK(with_stubs("t.call('weather.now', { place = 'wrong' })").find("output schema forbids") !=
        std::string::npos);
  CHECK(with_stubs("t.call('weather.now', { place = 'spin' })").find("instructions") !=
        std::string::npos);
  CHECK(message_of("t.call('weather.now', { place = 'x' })") ==
        "tools/w_test.lua:3: tools/w.lua:9: the secret KEY has no value in this test: "
        "t.secret(\"KEY\", \"value\")");
  CHECK(with_stubs("t.call('weather.nwo')") ==
        "tools/w_test.lua:3: there is no tool 'weather.nwo' (did you mean 'weather.now'?)");
}

TEST_CASE("an error of a stub is the tool's to see, and a failure of a tool the test's") {
  CHECK(with_stubs("t.stub('http.get', function() error('refused') end)\n"
                   "local why = t.fails(function() t.call('weather.now', { place = 'x' }) end, "
                   "'w.lua:9: refused')\nt.match(why, 'refused$')") == "");
  CHECK(with_stubs("t.stub('http.get', { status = 503 }) t.call('weather.now', { place = 'x' })") ==
        "tools/w_test.lua:3: tools/w.lua:10: it answered 503");
}

TEST_CASE("assertions tell the line, what was found and what was wanted") {
  CHECK(message_of("t.equal({ a = { 1, { b = 'x' } } }, { a = { 1, { b = 'y' } }, d = 2 })") ==
        "tools/w_test.lua:3: not equal: at .a[2].b: got \"x\", want \"y\"; at .d: got nil, want 2");
  CHECK(message_of("\nt.near(1, 2)") == "tools/w_test.lua:4: not near: got 1, want 2 within 1e-06");
  CHECK(message_of("t.ok(nil)") == "tools/w_test.lua:3: expected a value that is true, got nil");
  CHECK(message_of("t.ok(false, 'no light')") == "tools/w_test.lua:3: no light");
  CHECK(message_of("t.match('abc', '^b')") ==
        "tools/w_test.lua:3: no match: \"abc\" does not match \"^b\"");
  CHECK(message_of("t.fails(function() end)") ==
        "tools/w_test.lua:3: expected an error, and there was none");
  CHECK(message_of("t.fails(function() error('a') end, 'b')") ==
        "tools/w_test.lua:3: expected an error with \"b\", got \"tools/w_test.lua:3: a\"");
  CHECK(message_of("pcall(t.equal, 1, 2) t.fails(function() end)").find("not equal") !=
        std::string::npos);
  CHECK(message_of("t.now('soon')").find("tools/w_test.lua:3: t.now takes a time") == 0);
  CHECK(message_of("t.equal({ 1, json.null }, { 1, json.null }) t.equal(1, 1.0)").empty());
}

TEST_CASE("a tool that is left waiting is given up, and the next test begins with nothing") {
  BenchFixture fixture(
      "t.secret('KEY', 'x-x-x') t.stub('http.get', function() t.ok(false) end)\n"
      "t.call('weather.now', { place = 'x' })");
  CHECK_FALSE(fixture.run().passed);
  const TestResult again = fixture.run();
  CHECK(again.message == "tools/w_test.lua:3: expected a value that is true, got false");
  CHECK(again.log == std::vector<std::string>{"info: asked for x"});
}

TEST_CASE("a test file returns tests alone, and all of them are functions") {
  BenchFixture fixture("");
  const auto error = [&](const std::string& text) {
    ScriptSource source;
    source.name = "tools/x_test.lua";
    source.text = text;
    const auto opened = fixture.bench.open(std::move(source));
    return opened ? "" : opened.error().message();
  };
  CHECK(error("return tool { name = 'a' }").find("tools/x_test.lua:1: a test file returns tests") ==
        0);
  CHECK(error("return tests { a = 1 }") == "tools/x_test.lua:1: the test 'a' is no function");
  CHECK(error("return tests {\n a = \n}").find("tools/x_test.lua:3") == 0);
}

}  // namespace yoke

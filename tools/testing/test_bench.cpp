#include "tools/testing/test_bench.h"

#include <map>

#include "runtime/base/text.h"
#include "tools/broker/http_module.h"
#include "tools/testing/stub_module.h"
#include "tools/testing/test_kit.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kTestTimeout{60};
// 2026-01-01T12:00:00Z: what a tool's clock says unless the test says otherwise.
constexpr Micros kTestNow = 1'767'268'800'000'000;

class TestSecrets final : public SecretSource {
 public:
  std::map<std::string, std::string, std::less<>> values;
  Result<Secret> secret(std::string_view name, const ToolRequest&) override {
    const auto found = values.find(name);
    if (found != values.end()) return Secret(found->second);
    return Error{Errc::not_found, "the secret " + std::string(name) +
                                      " has no value in this test: t.secret(\"" +
                                      std::string(name) + "\", \"value\")"};
  }
};

class TestClock final : public WallClock {
 public:
  Micros at = kTestNow;
  Micros now() override { return at; }
};

class AllowAll final : public Policy {
 public:
  PolicyDecision decide(const PolicyQuery&) const override {
    return PolicyDecision{Verdict::allow, "default"};
  }
};

class KeptLog final : public CallContext {
 public:
  std::vector<std::string> lines;
  void progress(double, double, std::string_view) override {}
  void log(std::string_view level, std::string_view message) override {
    lines.push_back(std::string(level) + ": " + std::string(message));
  }
};

// The module `test` of the state that a test runs in.
class TestModule final : public HostModule {
 public:
  TestModule(asio::any_io_executor executor, TestTalk& talk, ToolRegistry& tools,
             TestSecrets& secrets, TestClock& clock, KeptLog& log)
      : talk_(talk), tools_(tools), secrets_(secrets), clock_(clock), log_(log), tool_(executor) {}

  std::string_view name() const override { return "test"; }

  awaitable<Result<Json>> call(std::string function, Json args, CallScope&) override {
    if (function == "parse_time") co_return parse_time(args);
    if (function == "answer") {
      talk_.answers.push(answer_of(argument(args, 0)));
      co_return co_await next_step();
    }
    co_await stop();
    const Result<Json> begun = begin(args);
    if (!begun) co_return begun.error();
    if (!begun->is_null()) co_return *begun;
    co_return co_await next_step();
  }

  // Gives up a tool whose test has ended.
  awaitable<void> stop() {
    tool_.cancel();
    co_await tool_.join();
    std::variant<AskedOfTest, ToolOutcome> step;
    while (talk_.steps.try_pop(step)) {
    }
    TestAnswer answer;
    while (talk_.answers.try_pop(answer)) {
    }
  }

 private:
  static Result<Json> parse_time(const Json& args) {
    const Result<std::string> text = text_argument(args, 0, "t.now");
    if (!text) return text.error();
    const Result<Micros> at = micros_from_iso8601(*text);
    if (!at) return Error{Errc::invalid, "t.now: " + at.error().detail};
    return json_result(static_cast<double>(*at) / 1e6);
  }

  static TestAnswer answer_of(const Json& given) {
    TestAnswer answer;
    answer.ok = !given.contains("error");
    answer.error = string_at(given, "error");
    answer.value = member_at(given, "value");
    return answer;
  }

  // Null when the tool runs; else how the call ended before it began.
  Result<Json> begin(const Json& args) {
    const Result<std::string> wanted = text_argument(args, 0, "t.call");
    if (!wanted) return json_result(Json{{"failed", wanted.error().detail}});
    Tool* tool = tools_.find(*wanted);
    if (tool == nullptr) {
      return json_result(Json{{"failed", no_such_tool(*wanted, tools_).detail}});
    }
    const Json& setting = argument(args, 2);
    secrets_.values.clear();
    for (const auto& [name, value] : member_at(setting, "secrets").items()) {
      secrets_.values[name] = value.is_string() ? value.get<std::string>() : to_text(value);
    }
    const double now = number_at(setting, "now", 0);
    clock_.at = now == 0 ? kTestNow : static_cast<Micros>(now * 1e6);
    const Result<Json> checked = tool->check(argument(args, 1));
    if (!checked) return json_result(Json{{"failed", checked.error().detail}});
    ToolRequest request;
    request.tool = *wanted;
    request.args = *checked;
    request.run_id = "test";
    request.call_id = "c" + std::to_string(++calls_) + ".0";
    request.idempotency_key = request.run_id + "/" + request.call_id;
    request.agent = "test";
    request.tenant = "local";
    request.label = kTrustedPrivate;
    request.deadline = LoopClock::now() + tool->spec().timeout;
    tool_.spawn(drive(*tool, std::move(request)));
    return json_result(nullptr);
  }

  awaitable<void> drive(Tool& tool, ToolRequest request) {
    ToolOutcome outcome = co_await tool.call(std::move(request), log_);
    talk_.steps.push(std::move(outcome));
  }

  awaitable<Result<Json>> next_step() {
    const auto step = co_await talk_.steps.pop();
    if (const auto* asked = std::get_if<AskedOfTest>(&step)) {
      co_return json_result(Json{{"ask", Json{{"name", asked->name}, {"args", asked->args}}}});
    }
    const auto& outcome = std::get<ToolOutcome>(step);
    if (outcome.outcome == Outcome::ok) co_return json_result(Json{{"done", outcome.value}});
    const std::string kind =
        outcome.outcome == Outcome::error ? "" : std::string(name_of(outcome.outcome)) + ": ";
    const std::string first = outcome.message.substr(0, outcome.message.find("\ntraceback:"));
    co_return json_result(Json{{"failed", kind + first}});
  }

  TestTalk& talk_;
  ToolRegistry& tools_;
  TestSecrets& secrets_;
  TestClock& clock_;
  KeptLog& log_;
  int calls_ = 0;
  TaskGroup tool_;  // the call that is under way
};

std::vector<std::unique_ptr<HostModule>> one(std::unique_ptr<HostModule> module) {
  std::vector<std::unique_ptr<HostModule>> all;
  all.push_back(std::move(module));
  return all;
}

}  // namespace

// In the order in which they are built; each uses only what is above it.
struct TestBench::Parts {
  explicit Parts(const Services& services)
      : client(services.executor, HttpClientOptions{}),
        http(client, secrets),
        tools_broker(stubs(services)),
        tools_runner({tools_broker, policy, clock, services.inside, services.outside}),
        tool_services{tools_runner, [](const ToolSpec&, ScriptOrigin) { return granted(); }},
        broker(one(make_module(services))),
        runner({broker, policy, wall, services.inside, services.outside}) {
    for (const auto& real : services.modules) tool_services.modules.emplace_back(real->name());
  }

  static GrantDecision granted() {
    GrantDecision decision;
    decision.granted = true;
    return decision;
  }
  std::vector<std::unique_ptr<HostModule>> stubs(const Services& services) {
    std::vector<std::unique_ptr<HostModule>> all;
    for (const auto& real : services.modules) {
      HostModule& admitting = real->name() == "http" ? http : *real;  // with the test's secrets
      all.push_back(std::make_unique<StubModule>(admitting, talk));
    }
    return all;
  }
  std::unique_ptr<HostModule> make_module(const Services& services) {
    auto made =
        std::make_unique<TestModule>(services.executor, talk, registry, secrets, clock, log);
    module = made.get();
    return made;
  }

  TestTalk talk;
  TestSecrets secrets;
  TestClock clock;  // the tools'
  SystemWallClock wall;
  AllowAll policy;
  KeptLog log;
  HttpClient client;  // sends nothing: a stub only asks what would be admitted
  HttpModule http;
  Broker tools_broker;
  ScriptRunner tools_runner;
  LuaToolServices tool_services;
  ToolRegistry registry;
  TestModule* module = nullptr;  // the broker's
  Broker broker;
  ScriptRunner runner;
};

TestBench::TestBench(Services services) : parts_(std::make_unique<Parts>(services)) {}
TestBench::~TestBench() = default;

void TestBench::load(std::shared_ptr<const ScriptSource> source) {
  LoadedTools loaded = load_lua_source(parts_->tool_services, std::move(source));
  for (auto& tool : loaded.tools) static_cast<void>(parts_->registry.add(std::move(tool)));
}

Result<TestBench::TestFile> TestBench::open(ScriptSource source) {
  const std::string name = source.name;
  source.libs.emplace_back(std::string(sandbox::kTestKit), std::string(kTestKitText));
  Result<std::vector<ScriptDefinition>> definitions = parts_->runner.define(source);
  if (!definitions) return definitions.error();
  TestFile file;
  for (std::size_t i = 0; i < definitions->size(); ++i) {
    const ScriptDefinition& definition = (*definitions)[i];
    const std::string place = name + ":" + std::to_string(definition.line);
    if (definition.kind != "tests") {
      return Error{Errc::invalid,
                   "a test file returns tests { [\"what it does\"] = function(t) … end }, not " +
                       definition.kind + " { … }",
                   place};
    }
    for (const auto& [field, unused] : definition.fields.items()) {
      return Error{Errc::invalid, "the test '" + shorten(printable(field), 80) + "' is no function",
                   place};
    }
    for (const std::string& test : definition.functions) {
      file.tests.emplace_back(static_cast<int>(i), test);
    }
  }
  file.source = std::make_shared<const ScriptSource>(std::move(source));
  return file;
}

awaitable<TestResult> TestBench::run(std::shared_ptr<const ScriptSource> source, int definition,
                                     std::string name) {
  TestResult result;
  result.file = source->name;
  result.name = name;
  parts_->log.lines.clear();
  ScriptCall call;
  call.definition = definition;
  call.function = name;
  call.args = Json::array({Json{{"$test", true}}});
  call.profile = "test";
  call.identity.run_id = "test";
  call.identity.call_id = name;
  call.identity.tenant = "local";
  call.identity.label = kTrustedPrivate;
  const auto began = LoopClock::now();
  call.identity.deadline = began + kTestTimeout;
  ToolOutcome outcome =
      co_await parts_->runner.call(std::move(source), std::move(call), parts_->log);
  co_await parts_->module->stop();
  result.took = std::chrono::duration_cast<std::chrono::microseconds>(LoopClock::now() - began);
  result.passed = outcome.outcome == Outcome::ok;
  result.message = outcome.message.substr(0, outcome.message.find("\ntraceback:"));
  result.log = parts_->log.lines;
  co_return result;
}

}  // namespace yoke

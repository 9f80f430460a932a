#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"
#include "tests/support/mock_openai.h"

// Runs against an OpenAI-compatible server on the loopback that is strict, and fails on demand.
namespace yoke::testing {
namespace {

// The sample, with a backend "lab" at a mock whose scenario is the model's name.
class Lab : public Sample {
 public:
  Lab() : server(MockOpenAi::Options{}) {
    write("yoke.toml", read("yoke.toml") + "\n[backends.lab]\npreset = \"openai-compatible\"\n" +
                           "base_url = \"" + server.base_url() +
                           "\"\nprices = { input = 1000.0, output = 1000.0 }\n");
  }

  Ended ask(const std::string& model, const std::string& limits = "seconds=20") const {
    return yoke(Args{"run", "--model", "lab/" + model, "--limit", limits, "helper", "say hi"});
  }

  MockOpenAi server;
};

struct Nonsense {
  std::string scenario;
  std::string told;  // in the error
};

}  // namespace

TEST_CASE("one option puts a run on another vendor's server") {
  const Lab lab;
  const Ended ended = lab.ask("echo");
  CHECK(ended.status == 0);
  CHECK(ended.out == "You said: say hi\n");
  REQUIRE(lab.server.requests().size() == 1);
  const Json request = lab.server.requests().front();
  CHECK(member_at(request, "tools").size() == 4);
  CHECK(lab.yoke(Args{"runs", "replay", "@last"}).status == 0);
}

TEST_CASE("a server that answers nonsense ends a run with a clear line and status 1") {
  const Lab lab;
  const std::vector<Nonsense> all = {{"no-choices", "choices"},
                                     {"not-json", "JSON"},
                                     {"html", ""},
                                     {"empty-body", ""},
                                     {"empty-reply", ""},
                                     {"malformed-event", ""},
                                     {"error-in-200", ""},
                                     {"cut", ""},
                                     {"clean-end", ""},
                                     {"nothing", ""},
                                     {"no-such-model", "exist"},
                                     {"big-event", ""}};
  for (const Nonsense& each : all) {
    const Ended ended = lab.ask(each.scenario);
    INFO(each.scenario << ": " << ended.err);
    CHECK(ended.status == 1);
    CHECK(ended.out.empty());
    CHECK(holds(ended.err, each.told));
    CHECK(holds(ended.err, "yoke: the run failed (model."));
    CHECK(string_at(lab.events("@last").back(), "kind") == "run.failed");
  }
  CHECK(lab.yoke(Args{"runs", "verify"}).status == 0);
}

TEST_CASE("a stream without end or without news is ended by the run's own limit") {
  const Lab lab;
  for (const char* scenario : {"stall", "silence"}) {
    const Ended ended = lab.ask(scenario, "seconds=1");
    INFO(scenario << ": " << ended.err);
    CHECK(ended.status == 4);
    CHECK(holds(ended.err, "limit.seconds"));
  }
  const Ended endless = lab.ask("endless", "seconds=5");
  INFO(endless.err);
  CHECK((endless.status == 1 || endless.status == 4));
  CHECK(endless.out.empty());
}

TEST_CASE("arguments that are no JSON and tools that are not there are told to the model") {
  const Lab lab;
  const Ended args = lab.ask("bad-args");
  CHECK(args.status == 0);
  CHECK(holds(args.err, "the arguments are no JSON object"));
  const Ended tool = lab.ask("unknown-tool");
  CHECK(tool.status == 0);
  CHECK(holds(tool.err, "no tool named 'no_such_tool'"));
}

TEST_CASE("fifty calls at once each get their own outcome") {
  const Lab lab;
  const Ended ended = lab.ask("fifty-calls");
  INFO(ended.err);
  CHECK(ended.status == 0);
  int returned = 0;
  for (const Json& event : lab.events("@last")) {
    returned += string_at(event, "kind") == "tool.returned" ? 1 : 0;
  }
  CHECK(returned == 50);
  CHECK(lab.yoke(Args{"runs", "replay", "@last"}).status == 0);
}

TEST_CASE("a limit of money ends a run, and what it cost is told") {
  const Lab lab;
  const Ended ended = lab.ask("echo", "usd=0.000001");
  CHECK(ended.status == 4);
  CHECK(holds(ended.err, "limit.usd"));
  CHECK(lab.server.requests().empty());
  const Ended enough = lab.ask("echo", "usd=100");
  CHECK(enough.status == 0);
  CHECK(holds(enough.err, "$"));
}

TEST_CASE("where money is limited a model without a price is refused, with where to write it") {
  const Lab lab;
  std::string config = lab.read("yoke.toml");
  const std::string prices = "prices = { input = 1000.0, output = 1000.0 }\n";
  config.erase(config.find(prices), prices.size());
  lab.write("yoke.toml", config);
  const Ended refused = lab.ask("echo", "usd=0.5");
  CHECK(refused.status == 4);
  CHECK(holds(refused.err, "limit.usd"));
  CHECK(holds(refused.err, "no price is known for 'lab/echo'"));
  CHECK(holds(refused.err, "[backends.lab.prices]"));
  CHECK(lab.server.requests().empty());
  const Ended unlimited = lab.ask("echo");
  CHECK(unlimited.status == 0);
  CHECK(holds(unlimited.err, "cost unknown"));
  CHECK(holds(lab.yoke(Args{"runs", "show", "@last"}).out, "cost unknown"));
  CHECK(holds(lab.yoke(Args{"runs", "list"}).out, "unknown"));
  CHECK(holds(lab.yoke(Args{"doctor"}).out, "write them as [backends.lab.prices]"));
  lab.write("yoke.toml", config + "[budgets]\nday = { usd = 1.0 }\n");
  CHECK(lab.ask("echo").status == 4);
  std::string agent = lab.read("agents/helper.lua");
  agent.replace(agent.find("\"default\""), 9, "\"lab/echo\"");
  lab.write("agents/helper.lua", agent);
  const Ended checked = lab.yoke(Args{"agents", "check", "agents/helper.lua"});
  CHECK(checked.status == 0);
  CHECK(holds(checked.err, "[budgets] cannot be kept: no price is known for 'lab/echo'"));
}

TEST_CASE("a backend's header may name a secret, which is sent and not shown") {
  const Lab lab;
  const std::string config = lab.read("yoke.toml");
  lab.write("yoke.toml",
            config + "headers = { X-Tenant = \"env:LAB_TENANT\", X-Team = \"blue\" }\n");
  const Ended unset = lab.ask("echo");
  CHECK(unset.status == 1);
  CHECK(holds(unset.err,
              "backend 'lab' cannot be used: headers.X-Tenant: the environment variable "
              "LAB_TENANT is not set"));
  CHECK(lab.server.requests().empty());
  const Ended other = lab.yoke(Args{"run", "--model", "demo/sample", "helper", "count to be"});
  CHECK(other.status == 0);  // no other backend is the worse for it
  lab.write(".env", "LAB_TENANT=tenant-in-secret\n");
  CHECK(lab.ask("echo").status == 0);
  const auto sent = lab.server.raw_requests();
  const auto& headers = sent.front().headers;
  CHECK(headers.at("x-tenant") == "tenant-in-secret");
  CHECK(headers.at("x-team") == "blue");
  const Ended shown = lab.yoke(Args{"runs", "show", "@last", "--json"});
  CHECK(shown.out.find("tenant-in") == std::string::npos);
}

TEST_CASE("the next model of a route answers where the first cannot") {
  const Lab lab;
  std::string config = lab.read("yoke.toml");
  const std::string targets = "targets = [\"demo/sample\"]";
  config.replace(config.find(targets), targets.size(),
                 "targets = [\"lab/nothing\", \"demo/sample\"]");
  lab.write("yoke.toml", config);
  const Ended ended = lab.yoke(Args{"run", "helper", "say hi"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(ended.out == "hi\n");
}

TEST_CASE("a key is never shown, neither in a journal nor in an error") {
  const Lab lab;
  lab.write(".env", "LAB_KEY=sk-very-secret\n");
  lab.write("yoke.toml", lab.read("yoke.toml") + "api_key = \"env:LAB_KEY\"\n");
  const Ended ended = lab.ask("echo");
  CHECK(ended.status == 0);
  REQUIRE(lab.server.raw_requests().size() == 1);
  CHECK(lab.server.raw_requests().front().headers.at("authorization") == "Bearer sk-very-secret");
  for (const Args& args : {Args{"runs", "show", "@last", "--json"}, Args{"doctor"}}) {
    const Ended shown = lab.yoke(args);
    CHECK((shown.out + shown.err).find("sk-very") == std::string::npos);
  }
  const std::string config = lab.read("yoke.toml");
  lab.write("yoke.toml", config.substr(0, config.rfind("api_key")) + "api_key = \"sk-pasted\"\n");
  const Ended pasted = lab.ask("echo");
  CHECK(pasted.status == 2);
  CHECK(holds(pasted.err, "env:NAME"));
  CHECK(pasted.err.find("sk-pasted") == std::string::npos);
}

}  // namespace yoke::testing

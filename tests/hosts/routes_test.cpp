#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"
#include "tests/support/mock_openai.h"

// Routes as yoke.toml has them, through the program.
namespace yoke::testing {
namespace {

// The sample with two servers, "lab" and "spare", and what a test adds to its yoke.toml.
class Routes : public Sample {
 public:
  explicit Routes(const std::string& more) : lab(server("lab")), spare(server("spare")) {
    write("yoke.toml", read("yoke.toml") + backend("lab", lab) + backend("spare", spare) + more);
  }

  Ended ask(const std::string& route, const std::string& task = "say hi") const {
    return yoke(Args{"run", "--model", route, "--limit", "seconds=20", "lonely", task});
  }
  // The events of that kind of the last run.
  std::vector<Json> told(const std::string& kind) const {
    std::vector<Json> found;
    for (const Json& event : events("@last")) {
      if (string_at(event, "kind") == kind) found.push_back(event);
    }
    return found;
  }

  MockOpenAi lab;
  MockOpenAi spare;

 private:
  static MockOpenAi::Options server(const std::string& name) {
    MockOpenAi::Options options;
    options.script = [name](const Json& request, int) {
      MockTurn turn;
      turn.text = name + " says so";
      if (string_at(request, "model") == "down") turn.fault = MockFault::status;
      if (string_at(request, "model") == "cut") turn.fault = MockFault::cut;
      return turn;
    };
    return options;
  }
  static std::string backend(const std::string& name, const MockOpenAi& at) {
    return "\n[backends." + name + "]\npreset = \"openai-compatible\"\nbase_url = \"" +
           at.base_url() + "\"\nattempts = 1\nprices = { input = 1.0, output = 1.0 }\n";
  }
};

}  // namespace

TEST_CASE("a reply that a route keeps is given again at no cost, and the journal says so") {
  const Routes routes("[routes.kept]\ntargets = [\"lab/m\"]\ncache = { age = \"1h\" }\n");
  CHECK(routes.ask("kept").out == "lab says so\n");
  CHECK(routes.told("route.chosen").empty());
  const Ended again = routes.ask("kept");
  CHECK(again.status == 0);
  CHECK(again.out == "lab says so\n");
  CHECK(routes.lab.requests().size() == 1);
  REQUIRE(routes.told("route.chosen").size() == 1);
  CHECK(routes.told("route.chosen")[0]["from_cache"] == true);
  CHECK(integer_at(routes.told("model.replied").at(0), "cost") == 0);
  CHECK(routes.ask("kept", "say something else").status == 0);
  CHECK(routes.lab.requests().size() == 2);
  CHECK(routes.ask("lab/m").status == 0);  // the same, without the route
  CHECK(routes.lab.requests().size() == 3);
  CHECK(routes.yoke(Args{"runs", "verify"}).status == 0);
}

TEST_CASE("a reply that was kept is not given once its backend is set up otherwise") {
  const std::string route = "[routes.kept]\ntargets = [\"lab/m\"]\ncache = { age = \"1h\" }\n";
  Routes routes(route);
  CHECK(routes.ask("kept").status == 0);
  CHECK(routes.ask("kept").status == 0);
  CHECK(routes.lab.requests().size() == 1);
  routes.write("yoke.toml", routes.read("yoke.toml") + "[backends.lab.body]\nuser = \"x\"\n");
  CHECK(routes.ask("kept").status == 0);
  CHECK(routes.lab.requests().size() == 2);
  CHECK(routes.ask("kept").status == 0);
  CHECK(routes.lab.requests().size() == 2);
}

TEST_CASE("a route keeps nothing unless it is told to") {
  const Routes routes("[routes.plain]\ntargets = [\"lab/m\"]\n");
  CHECK(routes.ask("plain").status == 0);
  CHECK(routes.ask("plain").status == 0);
  CHECK(routes.lab.requests().size() == 2);
}

TEST_CASE("who was asked, and what became of it, is in the journal") {
  const Routes routes("[routes.r]\ntargets = [\"lab/down\", \"spare/m\"]\n");
  const Ended ended = routes.ask("r");
  CHECK(ended.out == "spare says so\n");
  REQUIRE(routes.told("route.chosen").size() == 1);
  const Json chosen = routes.told("route.chosen")[0];
  CHECK(chosen["strategy"] == "fallback");
  CHECK(chosen["target"] == "spare/m");
  REQUIRE(chosen["tries"].size() == 2);
  CHECK(chosen["tries"][0]["target"] == "lab/down");
  CHECK(string_at(chosen["tries"][0], "class") == "server");
}

TEST_CASE("a cascade of two models asks a Lua file of the project whether to go on") {
  const Routes routes(
      "[routes.r]\nstrategy = \"cascade\"\ntargets = [\"lab/m\", \"spare/m\"]\n"
      "escalate = [{ lua = \"checks/spare.lua\" }]\n");
  routes.write("checks/spare.lua", R"lua(return check {
  run = function(reply)
    return { pass = reply.text:find("spare") ~= nil, why = "it is not the spare one's" }
  end,
}
)lua");
  const Ended ended = routes.ask("r");
  INFO(ended.err);
  CHECK(ended.out == "spare says so\n");
  REQUIRE(routes.told("route.chosen").size() == 1);
  CHECK(routes.told("route.chosen")[0]["why"] ==
        "lab/m was not good enough: it is not the spare one's");
}

TEST_CASE("an answer that breaks off ends the run under 'error', and is replaced under 'restart'") {
  const Routes routes(
      "[routes.strict]\ntargets = [\"lab/cut\", \"spare/m\"]\nafter = \"error\"\n"
      "[routes.lenient]\ntargets = [\"lab/cut\", \"spare/m\"]\n"
      "[routes.hidden]\ntargets = [\"lab/cut\", \"spare/m\"]\ncommit = \"whole\"\n"
      "after = \"error\"\n");
  CHECK(routes.ask("strict").status == 1);
  CHECK(routes.ask("lenient").out == "spare says so\n");
  CHECK(routes.ask("hidden").out == "spare says so\n");
}

TEST_CASE("a route that cannot be is refused before anything runs, with file and line") {
  const Routes routes(
      "[routes.r]\nstrategy = \"weighted\"\ntargets = [\"lab/m\", \"spare/m\"]\n"
      "weights = [1]\n");
  const Ended ended = routes.ask("r");
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "routes.r.weights: 'weighted' needs one weight for each target"));
  CHECK(holds(ended.err, "yoke.toml:"));
}

}  // namespace yoke::testing

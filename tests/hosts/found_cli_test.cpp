#include <signal.h>

#include <catch2/catch.hpp>
#include <thread>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"
#include "tests/support/mock_openai.h"

// What is found without any configuration, and what `yoke models list` and `check` say of it.
namespace yoke::testing {
namespace {

constexpr const char* kKey = "sk-found-4711";

// Does what each kind of asking wants: calls the tool, keeps to the schema, thinks.
MockTurn clever(const Json& request, int) {
  MockTurn turn;
  const Json& tools = member_at(request, "tools");
  if (!tools.empty()) {
    const std::string name = string_at(member_at(tools.front(), "function"), "name");
    turn.calls.push_back({"call_1", name, R"({"a":17,"b":25})"});
  } else if (request.contains("response_format")) {
    turn.text = R"({"colour":"blue","letters":4})";
  } else {
    turn.text = "ready";
    turn.reasoning = "Nine are left.";
  }
  return turn;
}

MockTurn plain(const Json& request, int) {
  MockTurn turn;
  turn.text = request.contains("tools") ? "42" : "ready";
  return turn;
}

MockOpenAi::Options vendor(MockScript script) {
  MockOpenAi::Options options;
  options.script = std::move(script);
  options.key = kKey;
  return options;
}

// A folder without a yoke.toml, with a key and an address in the environment.
class Found : public TempProject {
 public:
  explicit Found(MockScript script, std::string key = kKey)
      : TempProject(YOKE_PROGRAM), server(vendor(std::move(script))), key_(std::move(key)) {}

  Ended run(const Args& args) const {
    ProcessOptions options = TempProject::options(args);
    options.env = {{"OPENAI_API_KEY", key_},
                   {"OPENAI_BASE_URL", server.base_url()},
                   {"OLLAMA_HOST", "127.0.0.1:1"},
                   {"GITHUB_TOKEN", "ghp_1"},
                   {"HOME", path()},
                   {"XDG_STATE_HOME", path() + "/state"}};
    return yoke(options);
  }

  MockOpenAi server;

 private:
  std::string key_;
};

bool lacks(const std::string& text, const std::string& part) {
  return text.find(part) == std::string::npos;
}

std::vector<Json> results_of(const Ended& ended) { return json_lines(ended.out); }

std::string state_in(const std::vector<Json>& results, const std::string& check) {
  for (const Json& result : results) {
    if (string_at(result, "check") == check) return string_at(result, "state");
  }
  return "missing";
}

}  // namespace

TEST_CASE("a vendor whose key is in the environment is used without any configuration") {
  const Found found(plain);
  const Ended ended = found.run(Args{"run", "-p", "--model", "openai/gpt-5-mini", "say ready"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(ended.out == "42\n");
  REQUIRE(found.server.raw_requests().size() == 1);
  CHECK(found.server.raw_requests()[0].headers.at("authorization") == "Bearer sk-found-4711");
}

TEST_CASE("a run that names no model and has no project says how to name one") {
  const Found found(plain);
  const Ended ended = found.run(Args{"run", "-p", "say ready"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "'yoke init' makes a project"));
  CHECK(holds(ended.err, "--model openai/MODEL"));
  CHECK(holds(found.run(Args{"run", "-p", "--model", "opnai/m", "x"}).err, "'openai'?"));
}

TEST_CASE("a vendor without its key says which variable is missing") {
  const Found found(plain);
  const Ended ended = found.run(Args{"run", "-p", "--model", "mistral/small", "say ready"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "MISTRAL_API_KEY"));
  CHECK(found.server.raw_requests().empty());
}

TEST_CASE("doctor and init say what was found and how to use it, and show no key") {
  const Found found(plain);
  const Ended doctor = found.run(Args{"doctor"});
  CHECK(holds(doctor.out, "found openai"));
  CHECK(holds(doctor.out, "its key is in OPENAI_API_KEY, at " + found.server.base_url()));
  CHECK(holds(doctor.out, "--model openai/MODEL"));
  CHECK(lacks(doctor.out, "found github-models"));
  CHECK(lacks(doctor.out + doctor.err, kKey));
  const Ended init = found.run(Args{"init", "p"});
  CHECK(init.status == 0);
  CHECK(holds(init.err, "found: a key of openai in OPENAI_API_KEY"));
  CHECK(holds(init.err, "cd p && yoke run hello --model "));
  CHECK(lacks(init.out + init.err, kKey));
}

TEST_CASE("the list says of each backend where it is from, whether it answers and what is known") {
  const Found found(plain);
  found.write("yoke.toml",
              "[backends.lab]\npreset = \"openai-compatible\"\nbase_url = "
              "\"http://127.0.0.1:1/v1\"\nprices = { input = 1.0, output = 2.0 }\n"
              "[backends.lab.models.\"tiny*\"]\ncontext = 4096\nimages = false\n"
              "[routes.default]\ntargets = [\"lab/tiny-1\"]\n");
  const std::vector<Json> all = results_of(found.run(Args{"models", "list", "--json"}));
  REQUIRE(all.size() >= 2);
  const Json& lab = all[0];
  CHECK(string_at(lab, "origin") == "configured");
  CHECK(string_at(lab, "state") == "unreachable");
  const Json& tiny = member_at(lab, "models").at(0);
  CHECK(string_at(tiny, "target") == "lab/tiny-1");
  CHECK(member_at(tiny, "facts") ==
        Json{{"context", 4096}, {"images", false}, {"source", "yoke.toml"}});
  CHECK(string_at(member_at(tiny, "price"), "from") == "yoke.toml");
  CHECK(string_at(all[1], "backend") == "openai");
  CHECK(string_at(all[1], "origin") == "key");
  CHECK(string_at(all[1], "preset_checked") == "documented");
  const Ended text = found.run(Args{"models", "list"});
  CHECK(holds(text.out, "lab (openai-compatible): unreachable"));
  CHECK(holds(text.out, "preset documented only"));
  CHECK(holds(text.out, "4096 context"));
  CHECK(holds(text.out, "no images"));
  CHECK(lacks(text.out + text.err, kKey));
}

TEST_CASE("a wrong fact in yoke.toml is told with its line") {
  const Found found(plain);
  found.write("yoke.toml",
              "[backends.lab]\npreset = \"vllm\"\n[backends.lab.models.m]\ncontxt = 4096\n");
  const Ended ended = found.run(Args{"models", "list"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "yoke.toml:3"));
  CHECK(holds(ended.err, "did you mean 'context'?"));
}

TEST_CASE("a backend that cannot be listed is named with what is missing") {
  const Found found(plain);
  CHECK(holds(found.run(Args{"models", "list", "xai"}).err, "XAI_API_KEY is not set"));
  CHECK(holds(found.run(Args{"models", "list", "opnai"}).err, "did you mean 'openai'?"));
  const Ended presets = found.run(Args{"models", "list", "--presets"});
  CHECK(holds(presets.out, "anthropic"));
  CHECK(holds(presets.out, "documented only"));
}

TEST_CASE("a key or password in an address is not shown") {
  const Found found(plain);
  found.write("yoke.toml",
              "[backends.odd]\npreset = \"openai-compatible\"\n"
              "base_url = \"http://127.0.0.1:1/v1?key=sk-hidden\"\n"
              "[backends.odder]\npreset = \"openai-compatible\"\n"
              "base_url = \"http://ann:sk-hidden@127.0.0.1:1/v1\"\n");
  for (const Args& args : {Args{"models", "list"}, Args{"--json", "models", "list"}, Args{"doctor"},
                           Args{"models", "ask", "odd/m", "hi"}}) {
    const Ended ended = found.run(args);
    INFO(ended.out << ended.err);
    CHECK(lacks(ended.out + ended.err, "sk-hidden"));
  }
  CHECK(holds(found.run(Args{"models", "list"}).out, "http://127.0.0.1:1/v1?…"));
}

TEST_CASE("a check asks in all five ways, plain without a stream, and says what works") {
  const Found found(clever);
  const Ended ended = found.run(Args{"models", "check", "openai/m", "--json"});
  INFO(ended.err << ended.out);
  CHECK(ended.status == 0);
  const std::vector<Json> results = results_of(ended);
  REQUIRE(results.size() == 5);
  for (const char* check : {"plain", "streamed", "tool call", "structured", "reasoning"}) {
    INFO(check);
    CHECK(state_in(results, check) == "works");
  }
  const std::vector<Json> requests = found.server.requests();
  REQUIRE(requests.size() == 5);
  CHECK_FALSE(requests[0].value("stream", false));
  for (std::size_t at = 1; at < 5; ++at) CHECK(requests[at].value("stream", false));
  CHECK(json_lines(found.run(Args{"runs", "list", "--agent", "check", "--json"}).out).size() == 5);
}

TEST_CASE("what a model does not do is told apart from what fails") {
  const Found found(plain);
  const Ended ended = found.run(Args{"models", "check", "openai/m"});
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "openai/m · tool call: no (it answered without calling the tool)"));
  CHECK(holds(ended.err, "openai/m · structured: no (output.invalid"));
  CHECK(holds(ended.err, "openai/m · reasoning: works (not shown, 5 tokens)"));
  CHECK(holds(ended.out, "target    plain"));
  const Found refused(plain, "sk-wrong-1");
  const Ended failed = refused.run(Args{"models", "check", "openai/m"});
  CHECK(failed.status == 1);
  CHECK(holds(failed.err, "openai/m · plain: failed (model.key"));
  CHECK(holds(failed.err, "streamed: not asked"));
  CHECK(refused.server.requests().empty());
}

TEST_CASE("a check keeps within its cost and says what it could not ask for it") {
  const Found found(clever);
  found.write("yoke.toml", "[backends.lab]\npreset = \"openai-compatible\"\nbase_url = \"" +
                               found.server.base_url() +
                               "\"\napi_key = \"env:OPENAI_API_KEY\"\n"
                               "prices = { input = 10.0, output = 10.0 }\n");
  const Ended over = found.run(Args{"models", "check", "lab/m", "--limit", "usd=0.001"});
  CHECK(over.status == 1);
  CHECK(holds(over.err, "plain: not asked"));
  CHECK(found.server.requests().empty());
  const Ended enough = found.run(Args{"models", "check", "lab/m"});
  INFO(enough.err);
  CHECK(enough.status == 0);
  CHECK(holds(enough.err, "all together: $0."));
  const Ended strict = found.run(Args{"models", "check", "openai/m", "--limit", "usd=1", "--json"});
  CHECK(state_in(results_of(strict), "plain") == "not asked");
  CHECK(holds(strict.out, "no price is known for 'openai/m'"));
}

TEST_CASE("a check that is stopped cancels its runs, gives back what they held and says so") {
  const MockOpenAi server(MockOpenAi::Options{});
  const TempProject project(YOKE_PROGRAM);
  project.write("yoke.toml", "[backends.lab]\npreset = \"openai-compatible\"\nbase_url = \"" +
                                 server.base_url() +
                                 "\"\nprices = { input = 1.0, output = 2.0 }\n\n"
                                 "[budgets]\nmonth = { usd = 1.0 }\n");
  const auto stopped_at = [&](const char* target, std::size_t requests, int number) {
    const std::size_t wanted = server.requests().size() + requests;
    Process process(YOKE_PROGRAM, project.options({"models", "check", target}));
    while (server.requests().size() < wanted) std::this_thread::yield();
    process.signal(number);
    Ended ended = process.wait();
    INFO(ended.out << ended.err);
    CHECK(ended.status == 130);
    CHECK(holds(ended.err, "stopped: the rest was not asked"));
    return ended;
  };
  const Ended plain = stopped_at("lab/silence", 1, SIGINT);
  CHECK(holds(plain.err, "lab/silence · plain: stopped · "));
  CHECK(holds(plain.out, "lab/silence  stopped     not asked"));
  const Ended streamed = stopped_at("lab/stall", 2, SIGTERM);
  CHECK(holds(streamed.err, "lab/stall · plain: works"));
  CHECK(holds(streamed.out, "lab/stall  works       stopped     not asked"));
  const auto count = [&project](const char* status) {
    const Ended listed =
        project.yoke(Args{"runs", "list", "--agent", "check", "--status", status, "--json"});
    return json_lines(listed.out).size();
  };
  CHECK(count("cancelled") == 2);
  CHECK(count("running") == 0);
  const Ended spend = project.yoke(Args{"models", "spend", "--json"});
  INFO(spend.out);
  CHECK(holds(spend.out, "\"reserved\":0"));
}

TEST_CASE("a check brings a server of its own up and shows its log") {
  const Found found(plain);
  found.write("yoke.toml", std::string("[backends.own]\npreset = \"llama.cpp\"\nlaunch = [\"") +
                               YOKE_FAKE_MODEL_SERVER +
                               "\", \"--port\", \"{port}\", \"--load-probes\", \"2\"]\n"
                               "base_url = \"http://127.0.0.1:{port}/v1\"\n"
                               "[routes.default]\ntargets = [\"own/tiny\"]\n");
  const Ended listed = found.run(Args{"models", "list"});
  CHECK(holds(listed.out, "own (llama.cpp): not asked, its server is started when it is needed"));
  const Ended ended = found.run(Args{"models", "check"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "own | life 1, pid "));
  CHECK(holds(ended.err, "own: loading"));
  CHECK(holds(ended.err, "own: ready after"));
  CHECK(holds(ended.err, "own/tiny · streamed: works"));
}

}  // namespace yoke::testing

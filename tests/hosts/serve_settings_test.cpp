#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/hosts/sample.h"
#include "tests/support/mock_socket.h"

// What `yoke serve` refuses to start with, and what `yoke doctor` says of it before.
namespace yoke::testing {
namespace {

const Args kServe{"serve", "--listen", "127.0.0.1:0"};

// Served with more settings; it must refuse them.
Ended refused(const Sample& sample, const std::string& more) {
  const std::string config = sample.read("yoke.toml");
  sample.write("yoke.toml", config + more);
  const Ended served = sample.yoke(kServe);
  const Ended looked = sample.yoke(Args{"doctor"});
  sample.write("yoke.toml", config);
  CHECK(served.status != 0);
  CHECK(looked.status == 1);
  const std::string said = served.err.substr(served.err.find(": ") + 2);
  CHECK(holds(looked.out, said.substr(0, said.find('\n'))));
  return served;
}

}  // namespace

TEST_CASE("names in yoke.toml that point nowhere are refused, with what comes near") {
  const Sample sample;
  const std::string schedule = "\n[schedules.s]\ncron = \"@daily\"\ntask = \"say x\"\nagent = ";
  const std::string models = "\n[serve.models]\n\"gpt-*\" = ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {schedule + "\"helpr\"", "schedules.s: no agent 'helpr' (did you mean 'helper'?)"},
      {models + "\"agent/helpr\"", "serve.models.gpt-*: no model 'agent/helpr' (did you mean"},
      {models + "\"route/defalt\"", "(did you mean 'route/default'?)"},
      {models + "\"nobody/m\"", "serve.models.gpt-*: no model 'nobody/m'"},
      {models + "\"workflow/w\"", "'workflow/w' is a workflow, which cannot be asked as a model"},
      {"\n[[serve.answers]]\nagents = [\"helpr\"]\ngroups = [\"g\"]\n",
       "serve.answers.agents: no agent 'helpr' (did you mean 'helper'?)"},
      {"\n[webhooks.w]\nurl = \"https://w.example/\"\nevents = [\"run.*\"]\nagents = [\"helpr\"]\n"
       "secrets = [\"file:secret.txt\"]\n",
       "webhooks.w.agents: no agent 'helpr' (did you mean 'helper'?)"},
  };
  sample.write("secret.txt", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  for (const auto& [config, told] : cases) {
    const Ended ended = refused(sample, config);
    CHECK(holds(ended.err, told));
    CHECK(holds(ended.err, "yoke.toml:"));
  }
}

TEST_CASE("a budget whose agent is misspelt is refused by whatever would run without it") {
  const Sample sample;
  const std::string config = sample.read("yoke.toml");
  sample.write("yoke.toml", config + "\n[budgets.agents]\nhelpr = { usd = 1.0 }\n");
  const std::string told = "budgets.agents.helpr: no agent 'helpr' (did you mean 'helper'?)";
  for (const Args& args : {Args{"run", "helper", "say x"}, kServe}) {
    const Ended ended = sample.yoke(args);
    CHECK(ended.status != 0);
    CHECK(holds(ended.err, told));
  }
  CHECK(holds(sample.yoke(Args{"doctor"}).out, told));
  sample.write("yoke.toml", config +
                                "\n[budgets.agents]\nhelper = { usd = 1.0 }\n"
                                "zzzzzzz = { usd = 1.0 }\n");
  CHECK(sample.yoke(Args{"run", "helper", "say x"}).status == 0);
  CHECK(holds(sample.yoke(Args{"doctor"}).out, "no agent 'zzzzzzz' in this project"));
}

TEST_CASE("a serve that cannot listen where it is to makes no store") {
  const Sample sample;
  const MockServer taken([](const MockRequest&, MockConnection&) { return false; });
  const std::string place = "127.0.0.1:" + std::to_string(taken.port());
  const Ended busy = sample.yoke(Args{"serve", "--listen", place});
  CHECK(busy.status != 0);
  CHECK(holds(busy.err, place));
  const Ended none = sample.yoke(Args{"serve", "--listen", "127.0.0.1:65536"});
  CHECK(none.status != 0);
  CHECK(holds(none.err, "127.0.0.1:65536' is no place to listen at"));
  sample.write("yoke.toml", "[serve]\nlisten = \"" + place + "\"\n" + sample.read("yoke.toml"));
  CHECK(sample.yoke(Args{"serve"}).status != 0);
  CHECK_FALSE(std::filesystem::exists(sample.file(".yoke")));
}

TEST_CASE("the doctor looks at the keys of the hook") {
  const Sample sample;
  const std::string config = sample.read("yoke.toml");
  const std::string open = "\n[serve]\nlisten = \"0.0.0.0:8177\"\n";
  sample.write("yoke.toml", config + open);
  CHECK(holds(sample.yoke(Args{"doctor"}).out, "others can reach 0.0.0.0"));
  REQUIRE(sample.yoke(Args{"keys", "create", "late", "-q", "--expires", "1s"}).status == 0);
  REQUIRE(sample.yoke(Args{"keys", "create", "gone", "-q"}).status == 0);
  REQUIRE(sample.yoke(Args{"keys", "revoke", "gone"}).status == 0);
  Ended looked = sample.yoke(Args{"doctor"});
  while (looked.out.find("expired at") == std::string::npos) {
    REQUIRE(looked.out.find("expires at") != std::string::npos);
    looked = sample.yoke(Args{"doctor"});
  }
  CHECK(looked.status == 1);
  CHECK(holds(looked.out, "key late"));
  CHECK(holds(looked.out, "each has expired or is revoked"));
  REQUIRE(sample.yoke(Args{"keys", "create", "ci", "-q", "--expires", "2d"}).status == 0);
  looked = sample.yoke(Args{"doctor"});
  CHECK(looked.status == 0);
  CHECK(holds(looked.out, "1 of the hook's are live"));
  CHECK(holds(looked.out, "expires at"));
}

}  // namespace yoke::testing

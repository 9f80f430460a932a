#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/interop/peer.h"
#include "tests/support/temp_project.h"

// Webhooks signed by what others wrote, taken by `yoke serve`; and its own, verified by the same.
namespace yoke::testing {
namespace {

constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kOldSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
constexpr const char* kGithubSecret = "It's a Secret to Everybody";
constexpr const char* kSlackSecret = "8f742231b10e8888abcd99yyyzzz85a5";

constexpr const char* kHookAgent = R"lua(return agent {
  name = "clerk", description = "Repeats.", model = "default", instructions = "Repeat.", tools = {},
}
)lua";

constexpr const char* kHookModel = R"lua(return model {
  name = "echo",
  reply = function(request)
    local last = request.messages[#request.messages].parts
    return { text = "heard: " .. last[1].text }
  end,
}
)lua";

constexpr const char* kMap = R"lua(return hook {
  run = function(delivery)
    if delivery.payload.action == "closed" then return { skip = true } end
    return { task = delivery.event .. " " .. delivery.payload.issue.title,
             session = "issue-" .. delivery.payload.issue.number }
  end,
}
)lua";

constexpr const char* kHookConfig = R"toml([backends.demo]
preset = "scripted"
script = "models/echo.lua"
[routes.default]
targets = ["demo/echo"]
[serve]
listen = "unix:hook.sock"
[hooks.standard]
scheme = "standard"
secrets = ["env:OLD_SECRET", "env:SECRET"]
agent = "clerk"
[hooks.github]
scheme = "github"
secret = "env:GITHUB_SECRET"
agent = "clerk"
events = ["issues"]
map = "hooks/github.lua"
[hooks.slack]
scheme = "slack"
secret = "env:SLACK_SECRET"
agent = "clerk"
[webhooks.out]
url = "http://127.0.0.1:PORT/in"
secrets = ["env:OLD_SECRET", "env:SECRET"]
events = ["run.completed"]
allow_private = true
)toml";

// `yoke serve` in a project of its own, and the peer that signs and verifies.
class Desk {
 public:
  Desk() : project_(YOKE_PROGRAM), peer_("webhooks.mjs", "standardwebhooks", {kSecret}) {
    const auto port = integer_at(peer_.next(), "port");
    std::string config = kHookConfig;
    config.replace(config.find("PORT"), 4, std::to_string(port));
    project_.write("yoke.toml", config);
    project_.write("agents/clerk.lua", kHookAgent);
    project_.write("models/echo.lua", kHookModel);
    project_.write("hooks/github.lua", kMap);
    start();
  }

  void start() {
    ProcessOptions options = project_.options({"serve"});
    options.env["SECRET"] = kSecret;
    options.env["OLD_SECRET"] = kOldSecret;
    options.env["GITHUB_SECRET"] = kGithubSecret;
    options.env["SLACK_SECRET"] = kSlackSecret;
    host_ = std::make_unique<Process>(YOKE_PROGRAM, options);
    host_->wait_for_err("ready on unix:");
  }
  void kill() {
    host_->signal(SIGKILL);
    host_->wait();
  }

  // What the host answers to a delivery that the peer signs.
  Json post(const std::string& hook, Json command) {
    command["socket"] = project_.file("hook.sock");
    command["path"] = "/hooks/" + hook;
    command["scheme"] = hook;
    peer_.tell(command);
    return answer("status");
  }
  Json refuse(int times) {
    peer_.tell(Json{{"do", "refuse"}, {"times", times}});
    return answer("refusing");
  }
  void wait_until_refused() { answer("refused"); }
  // The next webhook of ours that the peer was told.
  Json received() { return answer("received")["received"]; }

  std::vector<std::string> runs() {
    std::vector<std::string> ids;
    for (const Json& row : json_lines(project_.yoke({"runs", "list", "--json"}).out)) {
      ids.push_back(string_at(row, "run"));
    }
    return ids;
  }

 private:
  // Webhooks of ours and answers come as they like.
  Json answer(const std::string& key) {
    for (std::size_t i = 0; i < early_.size(); ++i) {
      if (!early_[i].contains(key)) continue;
      Json found = early_[i];
      early_.erase(early_.begin() + static_cast<long>(i));
      return found;
    }
    while (true) {
      Json next = peer_.next();
      if (next.contains(key)) return next;
      if (next.contains("error")) throw std::runtime_error(to_text(next));
      early_.push_back(std::move(next));
    }
  }

  TempProject project_;
  Peer peer_;
  std::unique_ptr<Process> host_;
  std::vector<Json> early_;
};

std::string run_of(const Json& answer) {
  return string_at(*parse_json(string_at(answer, "body")), "run");
}

std::string heard(const Json& received) { return string_at(received["verified"]["data"], "text"); }

Json standard(const std::string& id) {
  return Json{{"key", kSecret}, {"id", id}, {"body", R"({"type":"invoice.paid","data":{}})"}};
}

}  // namespace

TEST_CASE("standardwebhooks signs what starts a run once, and verifies what is told of it") {
  Desk desk;
  const Json first = desk.post("standard", standard("msg_1"));
  CHECK(first["status"] == 202);
  CHECK_FALSE(run_of(first).empty());
  const Json told = desk.received();
  INFO(to_text(told));
  CHECK(told["verified"]["type"] == "run.completed");
  CHECK(told["verified"]["data"]["run"] == run_of(first));
  CHECK_THAT(string_at(told["verified"]["data"], "text"), Catch::Contains("invoice.paid"));

  const Json again = desk.post("standard", standard("msg_1"));
  CHECK(again["status"] == 200);
  CHECK(run_of(again) == run_of(first));
  CHECK(desk.runs().size() == 1);
}

TEST_CASE("a delivery by standardwebhooks that is stale, changed or forged starts nothing") {
  Desk desk;
  Json stale = standard("msg_1");
  stale["age"] = 301;
  CHECK(desk.post("standard", stale)["status"] == 401);
  Json early = standard("msg_2");
  early["age"] = -301;
  CHECK(desk.post("standard", early)["status"] == 401);
  Json changed = standard("msg_3");
  changed["sent"] = R"({"type":"invoice.void","data":{}})";
  CHECK(desk.post("standard", changed)["status"] == 401);
  Json other_id = standard("msg_4");
  other_id["headers"] = Json{{"webhook-id", "msg_5"}};
  CHECK(desk.post("standard", other_id)["status"] == 401);
  Json forged = standard("msg_6");
  forged["key"] = "whsec_Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2Vk";
  const Json refused = desk.post("standard", forged);
  CHECK(refused["status"] == 401);
  CHECK_THAT(string_at(refused, "body"), !Catch::Contains("secret"));
  CHECK(desk.runs().empty());
  Json rotated = standard("msg_7");
  rotated["key"] = kOldSecret;
  CHECK(desk.post("standard", rotated)["status"] == 202);
}

TEST_CASE("what octokit signs as GitHub does is mapped by a script, filtered, and pinged") {
  Desk desk;
  const auto issue = [](const char* action, const char* id) {
    const Json body{{"action", action}, {"issue", Json{{"number", 7}, {"title", "It is slow"}}}};
    return Json{{"key", kGithubSecret}, {"id", id}, {"event", "issues"}, {"body", to_text(body)}};
  };
  CHECK(desk.post("github", issue("opened", "d-1"))["status"] == 202);
  const Json told = desk.received()["verified"]["data"];
  CHECK(told["text"] == "heard: issues.opened It is slow");
  CHECK(told["session"] == "issue-7");
  CHECK(desk.post("github", issue("opened", "d-1"))["status"] == 200);
  CHECK(string_at(desk.post("github", issue("closed", "d-2")), "body") == R"({"skipped":true})");
  Json push = issue("opened", "d-3");
  push["event"] = "push";
  CHECK(string_at(desk.post("github", push), "body") == R"({"skipped":true})");
  Json ping = issue("opened", "d-4");
  ping["event"] = "ping";
  CHECK(desk.post("github", ping)["status"] == 200);
  Json broken = issue("opened", "d-5");
  broken["body"] = R"({"action":"opened"})";  // the script indexes what is not there
  CHECK(desk.post("github", broken)["status"] == 500);
  Json forged = issue("opened", "d-6");
  forged["key"] = "another secret";
  CHECK(desk.post("github", forged)["status"] == 401);
  CHECK(desk.runs().size() == 1);
}

TEST_CASE("what Bolt takes for Slack's is taken here, and nothing else is") {
  Desk desk;
  const auto post = [&](Json command) {
    command["key"] = kSlackSecret;
    return desk.post("slack", std::move(command));
  };
  const Json command =
      post(Json{{"form", true}, {"body", "command=%2Fask&text=how+many&trigger_id=1.2"}});
  CHECK(command["bolt"] == true);
  CHECK(command["status"] == 200);
  CHECK_THAT(heard(desk.received()), Catch::StartsWith("heard: how many\n"));
  const Json challenge = post(Json{{"body", R"({"type":"url_verification","challenge":"c1"})"}});
  CHECK(challenge["body"] == "c1");
  const std::string event = R"({"type":"event_callback","event_id":"Ev1",)"
                            R"("event":{"type":"app_mention","text":"<@U> hi"}})";
  CHECK(post(Json{{"body", event}})["status"] == 200);
  CHECK_THAT(heard(desk.received()), Catch::StartsWith("heard: hi\n"));
  CHECK(post(Json{{"body", event}, {"age", 3}})["status"] == 200);  // Slack tries once more
  const Json stale = post(Json{{"body", event}, {"age", 360}});
  CHECK(stale["bolt"] == false);
  CHECK(stale["status"] == 401);
  const Json changed = post(Json{{"body", event}, {"sent", event + " "}});
  CHECK(changed["bolt"] == false);
  CHECK(changed["status"] == 401);
  CHECK(desk.runs().size() == 2);
}

TEST_CASE("a webhook whose host was killed before it was delivered is delivered by the next one") {
  Desk desk;
  desk.refuse(1);
  const std::string run = run_of(desk.post("standard", standard("msg_1")));
  desk.wait_until_refused();
  desk.kill();
  desk.start();
  const Json told = desk.received();
  CHECK(told["verified"]["data"]["run"] == run);
  CHECK(run_of(desk.post("standard", standard("msg_1"))) == run);
}

}  // namespace yoke::testing

#include <signal.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/hosts/sample.h"
#include "tests/support/mock_openai.h"

// `yoke models ask` and `compare`, shadows, and the story of why.
namespace yoke::testing {
namespace {

constexpr const char* kModels = R"lua(local function asked(request)
  local parts = request.messages[#request.messages].parts
  return parts[1].text
end
local function judging(request, field)
  local schema = request.output_schema
  return type(schema) == "table" and schema.properties and schema.properties[field]
end
return {
  model { name = "good", reply = function(request)
    local text = asked(request)
    if judging(request, "pass") then
      local names = text:find("It is Oslo", 1, true) ~= nil
      return { text = json.encode { why = "looked", pass = names, score = names and 1 or 0 } }
    end
    if judging(request, "better") then return { text = '{"why":"the first one","better":"A"}' } end
    if text:find("fail") then error("broken") end
    if text:find("call") then
      return { calls = { { tool = "csv.stats", args = { file = "a.csv" } } } }
    end
    return { reasoning = "I know that.", text = "It is Oslo.",
             usage = { input = 10, output = 20, reasoning = 5 } }
  end },
  model { name = "bad", reply = function(request)
    return { text = "<script>alert(1)</script>", usage = { input = 10, output = 12 } }
  end },
}
)lua";

class TrialProject : public TempProject {
 public:
  TrialProject() : TempProject(YOKE_PROGRAM) {
    write("yoke.toml",
          "[backends.demo]\npreset = \"scripted\"\nscript = \"models/demo.lua\"\n\n"
          "[routes.default]\ntargets = [\"demo/good\"]\n");
    write("models/demo.lua", kModels);
    std::string prompts;
    for (int i = 1; i <= 7; ++i) {
      prompts += "{\"id\":\"p" + std::to_string(i) + "\",\"prompt\":\"capital " +
                 std::to_string(i) + "?\",\"expected\":\"Oslo\"}\n";
    }
    write("prompts.jsonl", prompts);
  }

  // A backend "lab" whose model names say what the mock does, and a shadow route of these targets.
  void add_lab(const MockOpenAi& server, const std::string& watched = "\"demo/good\"") const {
    write("yoke.toml",
          read("yoke.toml") + "[backends.lab]\npreset = \"openai-compatible\"\n" + "base_url = \"" +
              server.base_url() + "\"\nprices = { input = 1.0, output = 2.0 }\n\n" +
              "[routes.watched]\nstrategy = \"shadow\"\ntargets = [" + watched + "]\n");
  }

  Json compare(Args more) const {
    Args args = {"models", "compare", "default", "demo/bad", "--json"};
    args.insert(args.end(), more.begin(), more.end());
    const Ended ended = yoke(args);
    INFO(ended.out << ended.err);
    REQUIRE(ended.status == 0);
    return json_lines(ended.out).front();
  }
  std::size_t runs() const {
    return json_lines(yoke(Args{"runs", "list", "--json", "--limit", "1000"}).out).size();
  }
};

double mean(const Json& comparison, int route, const char* measure) {
  return comparison["routes"][route]["measures"][measure]["mean"].get<double>();
}

}  // namespace

TEST_CASE("an answer to a question is printed alone, and what it took on standard error") {
  const TrialProject project;
  const Ended ended = project.yoke(Args{"models", "ask", "default", "the capital?"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "It is Oslo.\n");
  CHECK(holds(ended.err, "demo/good · 10 in, 20 out (5 reasoning) tokens · $0"));
  CHECK(holds(ended.err, "run 01"));
  CHECK(project.yoke(Args{"runs", "replay", "@last"}).status == 0);
  CHECK(project.yoke(Args{"models", "ask", "-q", "default", "the capital?"}).err.empty());
}

TEST_CASE("an answer as JSON says whose it is and what it took") {
  const TrialProject project;
  const Ended ended = project.yoke(Args{"models", "ask", "default", "please call", "--json"});
  const Json answer = json_lines(ended.out).front();
  CHECK(answer["target"] == "demo/good");
  CHECK(answer["calls"] ==
        Json::array({Json{{"tool", "csv.stats"}, {"args", {{"file", "a.csv"}}}}}));
  CHECK(answer["status"] == "failed");  // nobody offered it that tool
  CHECK(answer["reason"] == "output.unknown_tool");
}

TEST_CASE("a cost is known when whoever was asked has a price, whoever else the route names") {
  const MockOpenAi server(MockOpenAi::Options{});
  const TrialProject project;
  project.add_lab(server);
  project.write("yoke.toml", project.read("yoke.toml") +
                                 "[backends.np]\npreset = \"openai-compatible\"\nbase_url = \"" +
                                 server.base_url() +
                                 "\"\n[routes.mixed]\ntargets = [\"lab/echo\", \"np/echo\"]\n");
  const auto priced = [&project](const Args& args) {
    return json_lines(project.yoke(args).out).front().at("priced").get<bool>();
  };
  CHECK(priced({"models", "ask", "mixed", "hi", "--json"}));
  CHECK(priced({"runs", "show", "@last", "--why", "--json"}));
  CHECK(project.yoke(Args{"runs", "show", "@last"}).out.find("unknown") == std::string::npos);
  CHECK_FALSE(priced({"models", "ask", "np/echo", "hi", "--json"}));
  CHECK_FALSE(priced({"runs", "show", "@last", "--why", "--json"}));
  CHECK(holds(project.yoke(Args{"runs", "show", "@last"}).out, "unknown"));
}

TEST_CASE("what is piped in is asked, and nothing to ask is a wrong usage") {
  const TrialProject project;
  ProcessOptions options = project.options({"models", "ask", "default"});
  options.input = "the capital?";
  CHECK(project.yoke(options).out == "It is Oslo.\n");
  const Ended none = project.yoke(Args{"models", "ask", "default"});
  CHECK(none.status == 2);
  CHECK(holds(none.err, "nothing to ask"));
  const Ended nobody = project.yoke(Args{"models", "ask", "defualt", "x"});
  CHECK(nobody.status == 2);
  CHECK(holds(nobody.err, "did you mean 'default'"));
  CHECK(project.yoke(Args{"models", "ask", "default", "fail"}).status == 1);
}

TEST_CASE("an answer is held to the schema that was given") {
  const TrialProject project;
  project.write("s.json", R"({"type":"object","required":["n"]})");
  const Ended ended =
      project.yoke(Args{"models", "ask", "default", "the capital?", "--schema", "s.json"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "output.invalid"));
}

TEST_CASE("two routes are compared by checks, prompt by prompt") {
  const TrialProject project;
  project.write("checks.toml",
                "[[check]]\ncontains = \"{expected}\"\n\n[[check]]\nlua = \"own.lua\"\n");
  project.write("own.lua",
                "return check { run = function(reply, case)\n"
                "  return { pass = #reply.text > 3, score = 0.5, why = case.id } end }\n");
  const Json found = project.compare({"--prompts", "prompts.jsonl", "--checks", "checks.toml"});
  CHECK(mean(found, 0, "pass") == 1);
  CHECK(mean(found, 1, "pass") == 0);
  CHECK(mean(found, 0, "score") == Approx(0.75));
  CHECK(found["routes"][1]["measures"]["pass"]["difference"]["high"].get<double>() < 0);
  CHECK(found["routes"][1]["measures"]["pass"]["verdict"] == "passes less often");
  CHECK(found["cells"].size() == 14);
}

TEST_CASE("a route against itself shows no difference") {
  const TrialProject project;
  project.write("checks.toml", "[[check]]\ncontains = \"Oslo\"\n");
  const Json found =
      json_lines(project
                     .yoke(Args{"models", "compare", "default", "default", "--json", "--prompts",
                                "prompts.jsonl", "--checks", "checks.toml"})
                     .out)
          .front();
  for (const char* measure : {"pass", "score", "failed", "cost", "output_tokens"}) {
    INFO(measure);
    const Json& difference = found["routes"][1]["measures"][measure]["difference"];
    CHECK(difference["pairs"] == 7);
    CHECK(difference["low"].get<double>() <= 0);
    CHECK(difference["high"].get<double>() >= 0);
  }
}

TEST_CASE("judges are asked alone and in both orders, and a lean to a place is a tie") {
  const TrialProject project;
  project.write("checks.toml",
                "[[check]]\njudge = { route = \"default\", rubric = \"It names Oslo.\" }\n\n"
                "[[check]]\njudge = { route = \"default\", rubric = \"Better.\", "
                "pairwise = true }\n");
  const Json found = project.compare({"--prompts", "prompts.jsonl", "--checks", "checks.toml"});
  CHECK(mean(found, 0, "pass") == 1);
  CHECK(mean(found, 1, "pass") == 0);
  CHECK(mean(found, 1, "preferred") == 0.5);
  // 14 answers, 14 verdicts alone, 7 pairs in two orders.
  CHECK(project.runs() == 14 + 14 + 14);
}

TEST_CASE("answers that are there are judged anew and nobody is asked again") {
  const TrialProject project;
  project.compare({"--prompts", "prompts.jsonl"});
  const std::size_t asked = project.runs();
  project.write("checks.toml", "[[check]]\ncontains = \"Oslo\"\n");
  const Json found =
      project.compare({"--prompts", "prompts.jsonl", "--checks", "checks.toml", "--again"});
  CHECK(mean(found, 0, "pass") == 1);
  CHECK(project.runs() == asked);
  project.compare({"--prompts", "prompts.jsonl"});
  CHECK(project.runs() == 2 * asked);
}

TEST_CASE("a comparison that was killed goes on where it stood, and asks nothing twice") {
  const TrialProject project;
  const Args args = {"models", "compare", "default", "demo/bad", "--prompts", "prompts.jsonl"};
  ProcessOptions killed = project.options(args);
  killed.env["YOKE_CRASH_AT"] = "engine.before_model:6";
  CHECK(project.yoke(killed).status == -SIGKILL);
  const std::size_t begun = project.runs();
  CHECK(begun >= 6);
  CHECK(begun < 14);
  const Ended ended = project.yoke(args);
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "going on with trial"));
  CHECK(project.runs() == 14);
}

TEST_CASE("a budget that runs out leaves a report of what there is, and is gone on from") {
  const MockOpenAi server(MockOpenAi::Options{});
  const TrialProject project;
  const std::string backends = project.read("yoke.toml") +
                               "[backends.lab]\npreset = \"openai-compatible\"\nbase_url = \"" +
                               server.base_url() + "\"\nprices = { input = 1.0, output = 2.0 }\n";
  project.write("yoke.toml", backends + "[budgets]\nday = { usd = 0.0085 }\n");
  project.write("checks.toml", "[[check]]\ncontains = \"said\"\n");
  const Args args = {"models",        "compare",  "lab/echo",    "default", "--prompts",
                     "prompts.jsonl", "--checks", "checks.toml", "--json"};
  const Ended broke = project.yoke(args);
  INFO(broke.err);
  CHECK(broke.status == 4);
  CHECK(holds(broke.err, "the comparison is not whole: limit.budget"));
  const Json part = json_lines(broke.out).front();
  CHECK(part["unasked"].get<int>() > 0);
  CHECK(part["routes"][0]["asked"].get<int>() > 0);       // with room for one, one after the other
  CHECK(part["routes"][0]["measures"].contains("pass"));  // and what there is was judged
  project.write("yoke.toml", backends);
  const Ended ended = project.yoke(args);
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "going on with trial"));
  CHECK(json_lines(ended.out).front()["unasked"] == 0);
}

TEST_CASE("a route that fails passes nothing and is not preferred") {
  const TrialProject project;
  project.write("fail.txt", "fail 1\nfail 2\n");
  project.write("checks.toml",
                "[[check]]\ncontains = \"i\"\n\n[[check]]\njudge = { route = \"default\", "
                "rubric = \"Better.\", pairwise = true }\n");
  const Ended ended = project.yoke(Args{"models", "compare", "demo/bad", "default", "--prompts",
                                        "fail.txt", "--checks", "checks.toml", "--json"});
  INFO(ended.err);
  const Json found = json_lines(ended.out).front();
  CHECK(mean(found, 1, "failed") == 1);
  CHECK(mean(found, 1, "pass") == 0);
  CHECK(mean(found, 1, "preferred") == 0);
  CHECK(project.runs() == 4);  // no judge was asked
}

TEST_CASE("a comparison that is stopped says so, and goes on with the same command") {
  const MockOpenAi server(MockOpenAi::Options{});
  const TrialProject project;
  project.add_lab(server);
  const Args args = {"models",    "compare",       "lab/stall", "default",
                     "--prompts", "prompts.jsonl", "--at-once", "2"};
  Process process(YOKE_PROGRAM, project.options(args));
  while (server.requests().empty()) std::this_thread::yield();
  process.signal(SIGINT);
  const Ended ended = process.wait();
  CHECK(ended.status == 130);
  CHECK(holds(ended.err, "answers; the same command goes on with it"));
}

TEST_CASE("a rival's answer is on record in a run of its own, failing ones as well") {
  const MockOpenAi server(MockOpenAi::Options{});
  const TrialProject project;
  project.add_lab(server, "\"demo/good\", \"demo/bad\", \"lab/status\"");
  const Ended ended = project.yoke(Args{"models", "ask", "watched", "the capital?"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "It is Oslo.\n");
  CHECK(project.runs() == 3);
  CHECK(project.yoke(Args{"runs", "verify"}).status == 0);
  const Json found =
      json_lines(project.yoke(Args{"models", "compare", "--shadows", "watched", "--json"}).out)[0];
  REQUIRE(found["routes"].size() == 3);
  CHECK(found["routes"][0]["answered"] == 1);
  for (const Json& route : found["routes"]) {
    if (route["route"] == "lab/status") CHECK(route["failed"] == 1);
    if (route["route"] == "demo/bad") CHECK(route["answered"] == 1);
  }
  const std::string why = project.yoke(Args{"runs", "show", "@last", "--why"}).out;
  CHECK(holds(why, "also asked, to compare: demo/bad"));
}

TEST_CASE("an answer does not wait for a rival, and who leaves leaves it to be gone on with") {
  const MockOpenAi server(MockOpenAi::Options{});
  const TrialProject project;
  project.add_lab(server, "\"demo/good\", \"lab/stall\"");
  Process process(YOKE_PROGRAM, project.options({"models", "ask", "watched", "the capital?"}));
  process.wait_for("It is Oslo.");
  process.wait_for_err("run 01");  // whose answer it was
  while (server.requests().empty()) std::this_thread::yield();
  process.signal(SIGINT);
  const Ended ended = process.wait();
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "shadow: not answered yet: lab/stall"));
  const Ended listed =
      project.yoke(Args{"runs", "list", "--agent", "shadow", "--status", "running"});
  CHECK(holds(listed.out, "the capital?"));
}

TEST_CASE("the newest run is one's own, not what was asked for its sake") {
  const TrialProject project;
  project.write("yoke.toml", project.read("yoke.toml") +
                                 "[routes.watched]\nstrategy = \"shadow\"\n"
                                 "targets = [\"demo/good\", \"demo/bad\"]\n");
  CHECK(project.yoke(Args{"models", "ask", "watched", "the capital?"}).status == 0);
  CHECK(holds(project.yoke(Args{"runs", "list"}).out, "shadow"));
  CHECK(holds(project.yoke(Args{"runs", "show", "@last"}).out, "It is Oslo."));
}

TEST_CASE("a page with the answers side by side runs nothing that they say") {
  const TrialProject project;
  project.compare({"--prompts", "prompts.jsonl", "--html", "r.html"});
  const std::string page = project.read("r.html");
  CHECK(holds(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK(page.find("<script") == std::string::npos);
  const Ended nowhere = project.yoke(Args{"models", "compare", "default", "demo/bad", "--prompts",
                                          "prompts.jsonl", "--html", "no/such/folder/r.html"});
  CHECK(nowhere.status == 1);
  CHECK(holds(nowhere.err, "cannot write no/such/folder/r.html"));
}

TEST_CASE("the model calls of earlier runs are asked again as they were") {
  const Sample sample;
  const std::string run = sample.run("count to be or not");
  const Ended ended =
      sample.yoke(Args{"models", "compare", "default", "demo/sample", "--runs", run, "--json"});
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  const Json found = json_lines(ended.out).front();
  REQUIRE(found["cells"].size() == 4);  // two model calls on two routes
  int wanted = 0;
  for (const Json& cell : found["cells"]) wanted += cell["calls"].empty() ? 0 : 1;
  CHECK(wanted == 2);
}

TEST_CASE("a comparison's wrong usages say what to write") {
  const TrialProject project;
  const auto says = [&](Args args, const std::string& words) {
    args.insert(args.begin(), {"models", "compare"});
    const Ended ended = project.yoke(args);
    CHECK(ended.status == 2);
    CHECK(holds(ended.err, words));
  };
  says({"default"}, "name two routes or more");
  says({"default", "demo/bad"}, "--prompts FILE, or --runs ID");
  says({"default", "demo/worse", "--prompts", "prompts.jsonl"}, "no model named 'worse'");
  says({"default", "demo/bad", "--prompts", "absent.txt"}, "cannot read absent.txt");
  says({"default", "demo/bad", "--prompts", "prompts.jsonl", "--limit", "steps=1"}, "usd=0.50");
  project.write("checks.toml", "[[check]]\n\n[[check]]\nlua = \"gone.lua\"\n");
  says({"default", "demo/bad", "--prompts", "prompts.jsonl", "--checks", "checks.toml"},
       "checks.toml:1: a check needs one of");
  project.write("checks.toml", "[[check]]\nlua = \"gone.lua\"\n");
  says({"default", "demo/bad", "--prompts", "prompts.jsonl", "--checks", "checks.toml"},
       "checks.toml:2: 'lua'");
  const Ended none = project.yoke(Args{"models", "compare", "--shadows", "default"});
  CHECK(none.status == 1);
  CHECK(holds(none.err, "no shadow of route 'default' is on record"));
}

TEST_CASE("the story of a run says what was thought before each call") {
  const Sample sample;
  const std::string run = sample.run("count to be or not");
  const Ended told = sample.yoke(Args{"runs", "show", run, "--why"});
  CHECK(told.status == 0);
  CHECK(holds(told.out, "  thought (about 2 tokens)\n    I count."));
  CHECK(holds(told.out, "words.count(text=\"to be or not\")   after the reasoning of event "));
  CHECK(holds(told.out, "→ {\"words\":4}"));
  CHECK(holds(told.out, "policy: allowed by rule 'words.*'"));
  CHECK(holds(told.out, "thought: nothing on record"));
  const Json why = json_lines(sample.yoke(Args{"runs", "show", run, "--why", "--json"}).out)[0];
  const Json& call = why["steps"][0]["calls"][0];
  CHECK(call["follows"] == why["steps"][0]["event"]);
  CHECK(why["steps"][0]["thought"]["kind"] == "text");
  CHECK(why["steps"][1]["thought"]["kind"] == "none");
}

}  // namespace yoke::testing

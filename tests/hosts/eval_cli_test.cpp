#include <signal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <thread>

#include "tests/hosts/sample.h"
#include "tests/support/mock_openai.h"

// `yoke eval`, by the program itself.
namespace yoke::testing {
namespace {

class EvalProject : public Sample {
 public:
  EvalProject() { write("set.toml", talking(7)); }

  static std::string talking(int cases) {
    std::string text = "agents = [\"helper\"]\n\n[[check]]\nequals = \"{expected}\"\n\n";
    for (int i = 1; i <= cases; ++i) {
      const std::string number = std::to_string(i);
      text += "[[case]]\nid = \"c" + number + "\"\nprompt = \"say word " + number +
              "\"\nexpected = \"word " + number + "\"\n\n";
    }
    return text;
  }
  Ended eval(Args more) const {
    more.insert(more.begin(), "eval");
    return yoke(more);
  }
  Json results(Args more, int status = 0) const {
    more.push_back("--json");
    const Ended ended = eval(more);
    INFO(ended.out << ended.err);
    REQUIRE(ended.status == status);
    return json_lines(ended.out).front();
  }
  std::string question_of(const std::string& run) const {
    for (const Json& event : events(run)) {
      if (string_at(event, "kind") == "question.asked") return string_at(event, "question");
    }
    FAIL("nothing was asked");
    return {};
  }
  std::size_t runs() const {
    return json_lines(yoke(Args{"runs", "list", "--json", "--limit", "1000"}).out).size();
  }
  // From now on words.count cannot be called.
  void break_tool() const {
    std::string tools = read("tools/sample.lua");
    const std::string counts = "return { words = select(2";
    tools.replace(tools.find(counts), counts.size(), "error(\"called\") return { words = select(2");
    write("tools/sample.lua", tools);
  }
};

// Three cases over a model whose server fails so many times on the second.
class FailingLab {
 public:
  explicit FailingLab(int times, int status = 503)
      : left_(std::make_shared<std::atomic<int>>(times)), server(options_of(left_, status)) {
    project.write("yoke.toml",
                  project.read("yoke.toml") +
                      "[backends.lab]\npreset = \"openai-compatible\"\nattempts = 1\n" +
                      "base_url = \"" + server.base_url() + "\"\n");
    std::string set = "routes = [\"lab/m\"]\n[[check]]\ncontains = \"word\"\n";
    for (const char* number : {"1", "2", "3"}) {
      set += std::string("[[case]]\nid = \"c") + number + "\"\nprompt = \"word " + number + "\"\n";
    }
    project.write("set.toml", set);
  }

 private:
  static MockOpenAi::Options options_of(std::shared_ptr<std::atomic<int>> left, int status) {
    MockOpenAi::Options options;
    options.script = [left, status](const Json& request, int) {
      MockTurn turn;
      turn.text = "a word";
      const Json& last = member_at(request, "messages").back();
      if (string_at(last, "content") == "word 2" && (*left)-- > 0) {
        turn.fault = MockFault::status;
        turn.status = status;
      }
      return turn;
    };
    return options;
  }

  std::shared_ptr<std::atomic<int>> left_;

 public:
  EvalProject project;
  MockOpenAi server;
};

double pass_of(const Json& found, int subject = 0) {
  return found.at("routes").at(subject).at("measures").at("pass").at("mean").get<double>();
}

const Json& cell_of_case(const Json& found, const std::string& id) {
  for (const Json& cell : found["cells"]) {
    if (cell["case"] == id) return cell;
  }
  FAIL("no cell of " + id);
  return found;
}

}  // namespace

TEST_CASE("a data set is run over an agent, and its answers are held to the checks") {
  const EvalProject project;
  const Json found = project.results({"set.toml"});
  CHECK(pass_of(found) == 1);
  CHECK(found["routes"][0]["route"] == "helper");
  CHECK(found["routes"][0]["measures"]["steps"]["mean"] == 1.0);
  CHECK(found["kept"] == true);
  CHECK(project.runs() == 7);
  CHECK(project.yoke(Args{"runs", "verify"}).status == 0);
}

TEST_CASE("checks see what an agent called, how far it went and what it said") {
  const EvalProject project;
  project.write(
      "set.toml",
      "agents = [\"helper\"]\n[[case]]\nid = \"count\"\nprompt = \"count a b c\"\n"
      "checks = [{ calls = \"words.*\", args = { text = \"a b c\" } },\n"
      "  { steps_at_most = 2 }, { steps_at_most = 1, name = \"one\" },\n"
      "  { matches = 'words.:3' }, { not_calls = \"door.*\" }, { seconds_at_most = 60 }]\n"
      "[[case]]\nid = \"fails\"\nprompt = \"fail\"\nchecks = [{ contains = \"x\" }]\n");
  const Json found = project.results({"set.toml"});
  for (const Json& finding : cell_of_case(found, "count")["findings"]) {
    INFO(finding.dump());
    CHECK(finding["passed"] == (finding["check"] != "one"));
  }
  const Json& failed = cell_of_case(found, "fails");
  CHECK(failed["answered"] == false);
  CHECK(failed["findings"][0]["passed"] == false);
  CHECK(pass_of(found) == 0);
}

TEST_CASE("a Lua check and a route without an agent need nothing else") {
  const EvalProject project;
  project.write("short.lua",
                "return check { run = function(reply, case)\n"
                "  return { pass = reply.steps <= 1 and #reply.text < 9, why = case.id } end }\n");
  project.write("set.toml",
                "routes = [\"default\"]\n[[case]]\nid = \"s\"\nprompt = \"say hello\"\n"
                "[[check]]\nlua = \"short.lua\"\n");
  const Json found = project.results({"set.toml"});
  CHECK(pass_of(found) == 1);
  CHECK(cell_of_case(found, "s")["text"] == "hello");
}

TEST_CASE("agents are compared pair by pair, with intervals and an exact test") {
  const EvalProject project;
  project.write("agents/parrot.lua",
                "return agent { name = \"parrot\", description = \"Errs.\", model = \"default\",\n"
                "  instructions = \"Err.\", tools = { \"words.*\" } }\n");
  std::string text = "agents = [\"helper\", \"lonely\"]\n[[check]]\nmatches = 'words.:'\n";
  for (int i = 1; i <= 8; ++i)
    text += "[[case]]\nprompt = \"count a b " + std::to_string(i) + "\"\n";
  project.write("set.toml", text);
  const Json found = project.results({"set.toml", "--no-worse"}, 1);
  CHECK(pass_of(found, 0) == 1);
  CHECK(pass_of(found, 1) == 0);
  const Json& pass = found["routes"][1]["measures"]["pass"];
  CHECK(pass["difference"]["high"].get<double>() < 0);
  CHECK(pass["mcnemar"]["worse"] == 8);
  CHECK(pass["mcnemar"]["p"].get<double>() == Approx(2 / 256.0));
  CHECK(pass["high"].get<double>() == Approx(0.3244).margin(1e-3));
  CHECK(found["broken"].size() == 2);
}

TEST_CASE("an evaluation that was killed goes on where it stood, and runs nothing twice") {
  const EvalProject project;
  ProcessOptions killed = project.options({"eval", "set.toml"});
  killed.env["YOKE_CRASH_AT"] = "engine.before_model:4";
  CHECK(project.yoke(killed).status == -SIGKILL);
  const std::size_t begun = project.runs();
  CHECK(begun >= 4);
  CHECK(begun < 7);
  const Ended ended = project.eval({"set.toml"});
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "going on with evaluation"));
  CHECK(holds(ended.out, "100 %"));
  CHECK(project.runs() == 7);
  CHECK(project.eval({"set.toml"}).status == 0);  // one that is whole is begun anew
  CHECK(project.runs() == 14);
  const Ended again = project.eval({"set.toml", "--again"});
  CHECK(again.status == 0);
  CHECK(project.runs() == 14);
}

TEST_CASE("an evaluation goes on only while its agents are what they were") {
  const EvalProject project;
  ProcessOptions killed = project.options({"eval", "set.toml"});
  killed.env["YOKE_CRASH_AT"] = "engine.before_model:4";
  CHECK(project.yoke(killed).status == -SIGKILL);
  std::string agent = project.read("agents/helper.lua");
  agent.replace(agent.find("Do what you are told"), 4, "Make");
  project.write("agents/helper.lua", agent);
  const Ended ended = project.eval({"set.toml"});
  CHECK(ended.status == 0);
  CHECK_FALSE(holds(ended.err, "going on"));
}

TEST_CASE("through a pipe an evaluation tells each answer in a line, and quietly none") {
  const EvalProject project;
  const Ended ended = project.eval({"set.toml", "--at-once", "1"});
  CHECK(holds(ended.err, "[1/7] c"));
  CHECK(holds(ended.err, "[7/7] c"));
  CHECK(holds(ended.err, ": answered in "));
  CHECK_FALSE(holds(ended.err, "\r"));
  CHECK(project.eval({"set.toml", "-q"}).err.empty());
}

TEST_CASE("recorded runs become cases, whose tools need not be called again") {
  const EvalProject project;
  const std::string run = project.run("count a b c");
  const Ended saved = project.eval({"--from-runs", run, "--save", "cases.jsonl"});
  INFO(saved.err);
  REQUIRE(saved.status == 0);
  CHECK(holds(project.read("cases.jsonl"), "words.count"));
  project.break_tool();
  project.write("checks.toml", "[[check]]\nequals = \"{expected}\"\n");
  const Args called = {"cases.jsonl", "--checks", "checks.toml"};
  CHECK(pass_of(project.results(called)) == 0);
  const Args replayed = {"cases.jsonl", "--checks", "checks.toml", "--replay-tools"};
  CHECK(pass_of(project.results(replayed)) == 1);
  const Args straight = {"--from-runs", run, "--replay-tools", "--checks", "checks.toml"};
  CHECK(pass_of(project.results(straight)) == 1);
}

TEST_CASE("a call that is not recorded leaves its case without a verdict") {
  const EvalProject project;
  project.write("cases.jsonl",
                "{\"id\":\"n\",\"prompt\":\"count a b\",\"agent\":\"helper\",\"recorded\":[],"
                "\"checks\":[{\"contains\":\"it\"}]}\n");
  const Json found = project.results({"cases.jsonl", "--replay-tools"});
  CHECK(found["routes"][0]["not_judged"] == 1);
  CHECK(holds(cell_of_case(found, "n").dump(), "no result of words.count is recorded"));
  const Ended bound = project.eval({"cases.jsonl", "--replay-tools", "--min-pass", "0.5"});
  CHECK(bound.status == 1);
  project.write("set.toml", "agents = [\"helper\"]\n[[case]]\nprompt = \"count a\"\n");
  const Ended none = project.eval({"set.toml", "--replay-tools"});
  CHECK(none.status == 2);
  CHECK(holds(none.err, "set.toml:2: --replay-tools: case '1' has no recorded calls"));
}

TEST_CASE("a replayed run that another process goes on with calls no tool either") {
  const EvalProject project;
  const std::string run = project.run("count a b c");
  project.break_tool();
  ProcessOptions killed = project.options({"eval", "--from-runs", run, "--replay-tools"});
  killed.env["YOKE_CRASH_AT"] = "engine.before_model:1";
  CHECK(project.yoke(killed).status == -SIGKILL);
  const std::string begun = project.newest_run();
  REQUIRE(begun != run);
  const Ended resumed = project.yoke(Args{"runs", "resume", begun});
  CHECK(resumed.status == 0);
  CHECK(holds(resumed.out, "it said: {\"words\":3}"));
}

TEST_CASE("what a run asks is declined, approved beforehand, or its end where nobody can say") {
  const EvalProject project;
  project.write("set.toml",
                "agents = [\"helper\"]\n[[case]]\nid = \"o\"\nprompt = \"open\"\n"
                "checks = [{ contains = \"opened_for\" }]\n");
  CHECK(pass_of(project.results({"set.toml"})) == 0);
  CHECK(pass_of(project.results({"set.toml", "--yes", "--fresh"})) == 1);
  project.write("workflows/asks.lua",
                "return workflow { name = \"asks\", description = \"Asks.\", run = function(w)\n"
                "  return w.ask { title = \"Which one?\", choices = { \"a\", \"b\" } } end }\n");
  project.write("set.toml",
                "agents = [\"asks\"]\n[[case]]\nid = \"q\"\ninput = { n = 1 }\n"
                "checks = [{ contains = \"a\" }]\n");
  const Json found = project.results({"set.toml"});
  CHECK(cell_of_case(found, "q")["failure"] == "unanswered: it asked \"Which one?\"");
}

TEST_CASE("a call that was denied is denied again where tools are replayed") {
  const EvalProject project;
  const std::string run = project.run("open", 3);
  const std::string question = project.question_of(run);
  REQUIRE(project.yoke(Args{"runs", "answer", run, question, "not at night"}).status == 0);
  const Ended resumed = project.yoke(Args{"runs", "resume", run});
  REQUIRE(holds(resumed.out, "not at night"));
  project.write("checks.toml", "[[check]]\nequals = \"{expected}\"\n");
  const Json found =
      project.results({"--from-runs", run, "--replay-tools", "--checks", "checks.toml"});
  CHECK(pass_of(found) == 1);
  CHECK(found["routes"][0]["not_judged"] == 0);
  REQUIRE(project.eval({"--from-runs", run, "--save", "cases.jsonl"}).status == 0);
  CHECK(holds(project.read("cases.jsonl"), "\"outcome\":\"denied\""));
  CHECK(pass_of(project.results({"cases.jsonl", "--checks", "checks.toml", "--replay-tools"})) ==
        1);
}

TEST_CASE("an answer that was lost on the way is asked for again, after all others") {
  const FailingLab lab(1);
  const Json found = lab.project.results({"set.toml"});
  CHECK(found["routes"][0]["errored"] == 0);
  CHECK(pass_of(found) == 1);
  CHECK(lab.server.requests().size() == 4);
  CHECK(lab.project.eval({"set.toml", "--again"}).status == 0);
  CHECK(lab.server.requests().size() == 4);
}

TEST_CASE("what errored is told apart from what failed, and asked for again when gone on with") {
  const FailingLab lab(2);
  const Ended first = lab.project.eval({"set.toml", "--at-once", "1"});
  CHECK(first.status == 1);
  CHECK(holds(first.out, "errored on the way, and are not judged\n  c2: model.server: "));
  CHECK(first.out.find("did not pass") == std::string::npos);
  CHECK(holds(first.err, "the evaluation is not whole: 1 answer errored on the way"));
  CHECK(holds(first.err, "[3/3] c2: errored: model.server"));
  CHECK(lab.server.requests().size() == 4);
  const Json kept = lab.project.results({"set.toml", "--again", "--at-once", "1"}, 1);
  CHECK(cell_of_case(kept, "c2")["errored"] == true);
  CHECK(cell_of_case(kept, "c2")["findings"][0]["judged"] == false);
  CHECK(kept["routes"][0]["errored"] == 1);
  CHECK(kept["routes"][0]["failed"] == 0);
  CHECK(kept["routes"][0]["measures"]["pass"]["cases"] == 2);
  CHECK(lab.server.requests().size() == 4);
  const Ended resumed = lab.project.eval({"set.toml", "--at-once", "1"});
  CHECK(resumed.status == 0);
  CHECK(holds(resumed.err, "going on with evaluation"));
  CHECK(lab.server.requests().size() == 5);  // only what had errored
}

TEST_CASE("an answer of a refused key is not asked for again at once") {
  const FailingLab lab(9, 401);
  const Ended first = lab.project.eval({"set.toml", "--at-once", "1"});
  CHECK(first.status == 1);
  CHECK(holds(first.out, "c2: model.key: "));
  std::size_t asked = 0;
  for (const Json& request : lab.server.requests()) {
    asked += string_at(member_at(request, "messages").back(), "content") == "word 2" ? 1 : 0;
  }
  CHECK(asked == 1);
}

TEST_CASE("pairs that differ in a word are held against each other") {
  const EvalProject project;
  project.write("set.toml",
                "agents = [\"helper\"]\n[[check]]\nalike = { matches = 'score (\\d+)' }\n"
                "[[case]]\nid = \"a1\"\ngroup = \"a\"\nprompt = \"say Ann has score 7\"\n"
                "[[case]]\nid = \"a2\"\ngroup = \"a\"\nprompt = \"say Bob has score 7\"\n"
                "[[case]]\nid = \"b1\"\ngroup = \"b\"\nprompt = \"say Ann has score 7\"\n"
                "[[case]]\nid = \"b2\"\ngroup = \"b\"\nprompt = \"say Bob has score 3\"\n");
  const Json found = project.results({"set.toml"});
  CHECK(found["routes"][0]["measures"]["pass"]["cases"] == 2);  // a pair counts once
  CHECK(pass_of(found) == 0.5);
  CHECK(cell_of_case(found, "b1")["findings"][0]["why"] == "b1: 7; b2: 3");
}

TEST_CASE("a share that must pass decides the exit status") {
  const EvalProject project;
  std::string text = EvalProject::talking(4);
  text.replace(text.find("expected = \"word 1\""), 19, "expected = \"other\"");
  project.write("set.toml", text);
  CHECK(project.eval({"set.toml", "--min-pass", "0.75"}).status == 0);
  const Ended low = project.eval({"set.toml", "--again", "--min-pass", "0.8"});
  CHECK(low.status == 1);
  CHECK(holds(low.err, "helper passes 75 %, wanted are 80 %"));
  CHECK(holds(low.out, "did not pass\n  c1: equals {expected}: expected \"other\""));
  project.write("none.jsonl", "{\"prompt\":\"say a\"}\n");
  CHECK(project.eval({"none.jsonl", "--min-pass", "0.5"}).status == 2);
}

TEST_CASE("money that runs out leaves a report of what there is, and is gone on from") {
  const MockOpenAi server(MockOpenAi::Options{});
  const EvalProject project;
  project.write("yoke.toml", project.read("yoke.toml") +
                                 "[backends.lab]\npreset = \"openai-compatible\"\nbase_url = \"" +
                                 server.base_url() +
                                 "\"\nprices = { input = 1.0, output = 2.0 }\n");
  project.write("set.toml",
                "routes = [\"lab/echo\"]\n" +
                    EvalProject::talking(12).substr(std::string("agents = [\"helper\"]\n").size()));
  const Ended broke = project.eval({"set.toml", "--json", "--limit", "usd=0.009"});
  INFO(broke.err);
  CHECK(broke.status == 4);
  CHECK(holds(broke.err, "the evaluation is not whole"));
  const Json part = json_lines(broke.out).front();
  CHECK(part["unasked"].get<int>() > 0);
  CHECK(part["routes"][0]["asked"].get<int>() > 0);
  std::int64_t spent = 0;
  for (const Json& cell : part["cells"]) spent += cell.value("cost", std::int64_t{0});
  CHECK(spent <= 9'000'000);
  const Ended ended = project.eval({"set.toml", "--json"});
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "going on with evaluation"));
  CHECK(json_lines(ended.out).front()["unasked"] == 0);
}

TEST_CASE("an evaluation that is stopped says so, and goes on with the same command") {
  const MockOpenAi server(MockOpenAi::Options{});
  const EvalProject project;
  project.write("yoke.toml", project.read("yoke.toml") +
                                 "[backends.lab]\npreset = \"openai-compatible\"\nbase_url = \"" +
                                 server.base_url() + "\"\n");
  project.write("set.toml", "routes = [\"lab/stall\"]\n[[case]]\nprompt = \"a\"\n");
  Process process(YOKE_PROGRAM, project.options({"eval", "set.toml"}));
  while (server.requests().empty()) std::this_thread::yield();
  process.signal(SIGINT);
  const Ended ended = process.wait();
  CHECK(ended.status == 130);
  CHECK(holds(ended.err, "stopped with 0 of 1 answers; the same command goes on with it"));
}

TEST_CASE("the page of an evaluation stands by itself and runs nothing that an answer says") {
  const EvalProject project;
  project.write(
      "set.toml",
      "agents = [\"helper\"]\n[[case]]\nid = \"x\"\n"
      "prompt = \"say <script>alert(1)</script>\"\nchecks = [{ contains = \"alert\" }]\n");
  const Ended ended = project.eval({"set.toml", "--html", "page.html"});
  CHECK(ended.status == 0);
  const std::string page = project.read("page.html");
  CHECK(holds(page, "<h1>Evaluation set</h1>"));
  CHECK(holds(page, "&lt;script&gt;alert(1)"));
  CHECK_FALSE(holds(page, "<script"));
  CHECK_FALSE(holds(page, "http://"));
  CHECK(holds(page, "prefers-color-scheme: dark"));
}

TEST_CASE("what cannot be run is told before anything is") {
  const EvalProject project;
  const auto told = [&project](const Args& args) {
    const Ended ended = project.eval(args);
    CHECK(ended.status == 2);
    return ended.err;
  };
  CHECK(holds(told({}), "say what to run"));
  CHECK(holds(told({"none.toml"}), "none.toml"));
  CHECK(holds(told({"set.toml", "--agent", "helpr"}), "helpr"));
  CHECK(holds(told({"set.toml", "--route", "defualt"}), "did you mean 'default'"));
  CHECK(holds(told({"set.toml", "--limit", "steps=3"}), "--limit"));
  CHECK(holds(told({"set.toml", "--limits", "stps=3"}), "stps"));
  CHECK(holds(told({"set.toml", "--only", "z*"}), "--only matches no case"));
  CHECK(holds(told({"set.toml", "--save", "x.jsonl"}), "--from-runs"));
  project.write("set.toml", "[[case]]\nprompt = \"a\"\n[[check]]\nalike = {}\n");
  CHECK(holds(told({"set.toml"}), "set.toml:3: 'alike' is of cases with a 'group'"));
  project.write("set.toml", "agents = [\"helper\"]\n");
  CHECK(holds(told({"set.toml"}), "there is no case in it"));
  CHECK(project.runs() == 0);
}

TEST_CASE("only the cases that are named are run") {
  const EvalProject project;
  const Json found =
      project.results({"set.toml", "--only", "c1", "--only", "c[23]", "--only", "c7"});
  CHECK(found["cases"] == 2);  // a glob has no classes
  CHECK(project.runs() == 2);
}

}  // namespace yoke::testing

#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"
#include "tests/record/training_formats.h"

// Training sets as those who train read them, and pairs that judges' verdicts make.
namespace yoke::testing {
namespace {

void export_to(const TempProject& project, const Args& more) {
  Args args{"runs", "export", "--to", project.file("set.jsonl"), "--as"};
  args.insert(args.end(), more.begin(), more.end());
  const Ended ended = project.yoke(args);
  INFO(ended.err);
  REQUIRE(ended.status == 0);
}

std::vector<Json> lines_of(const TempProject& project) {
  return json_lines(project.read("set.jsonl"));
}

Json manifest_of(const TempProject& project) {
  const Result<Json> manifest = parse_json(project.read("set.jsonl.manifest.json"));
  REQUIRE(manifest.has_value());
  return *manifest;
}

using Wrong = std::string (*)(const Json& line);

void check_lines(const TempProject& project, std::size_t count, Wrong wrong) {
  const std::vector<Json> lines = lines_of(project);
  CHECK(lines.size() == count);
  for (const Json& line : lines) {
    INFO(line.dump());
    CHECK(wrong(line) == "");
  }
}

constexpr const char* kModels = R"lua(local function asked(request)
  local parts = request.messages[#request.messages].parts
  return parts[#parts].text
end
local function speaker(name, text)
  return model { name = name, reply = function(request) return { text = text } end }
end
-- What a judge is shown is JSON: A stands before B.
local function better_of(text)
  local please, plain = text:find("please", 1, true), text:find("Oslo%.")
  if text:find("lean", 1, true) then return "A" end
  if not please or not plain then return "tie" end
  return please < plain and "A" or "B"
end
return {
  speaker("polite", "Oslo, if you please"), speaker("curt", "Oslo."), speaker("wrong", "Rome!"),
  model { name = "judge", reply = function(request)
    local text = asked(request)
    if request.output_schema.properties.better then
      return { text = json.encode { why = "looked", better = better_of(text) } }
    end
    local score = text:find('"text": "Oslo%.') and 0.9 or text:find('"text": "Oslo') and 0.5 or 0.1
    return { text = json.encode { why = "looked", pass = score >= 0.5, score = score } }
  end },
}
)lua";

class JudgedProject : public TempProject {
 public:
  explicit JudgedProject(const std::string& judging) : TempProject(YOKE_PROGRAM) {
    write("yoke.toml",
          "[backends.demo]\npreset = \"scripted\"\nscript = \"models/demo.lua\"\n\n"
          "[backends.court]\npreset = \"scripted\"\nscript = \"models/demo.lua\"\n\n"
          "[routes.default]\ntargets = [\"demo/curt\"]\n");
    write("models/demo.lua", kModels);
    write("checks.toml",
          "[[check]]\nname = \"nice\"\njudge = { route = \"court/judge\", rubric = " + judging +
              " }\n");
  }
  void compare(const std::string& prompt, const std::string& other) const {
    write("prompts.txt", prompt + "\n");
    const Ended ended = yoke(Args{"models", "compare", "demo/curt", other, "--prompts",
                                  file("prompts.txt"), "--checks", file("checks.toml")});
    INFO(ended.err);
    REQUIRE(ended.status == 0);
  }
  std::string chosen(std::size_t at) const {
    return string_at(lines_of(*this).at(at)["chosen"][0], "content");
  }
  std::string rejected(std::size_t at) const {
    return string_at(lines_of(*this).at(at)["rejected"][0], "content");
  }
};

}  // namespace

TEST_CASE("the checks of training files find what their vendors refuse") {
  const auto parsed = [](const std::string& text) { return parse_json(text).value(); };
  const std::string user = R"({"role":"user","content":"hi"})";
  const std::string good = R"({"messages":[)" + user + R"(,{"role":"assistant","content":"ho"}]})";
  CHECK(wrong_for_openai_sft(parsed(good)) == "");
  CHECK(wrong_for_trl_sft(parsed(good)) == "");
  for (const std::string& bad :
       {R"({"messages":[)" + user + "]}",
        R"({"messages":[)" + user + R"(,{"role":"assistant","content":null}]})",
        R"({"messages":[)" + user + R"(,{"role":"assistant","content":"x","thinking":"y"}]})",
        R"({"messages":[)" + user + R"(,{"role":"assistant","tool_calls":[{"id":"a","type":)" +
            R"("function","function":{"name":"f","arguments":"{}"}}]}]})",
        R"({"messages":[)" + user + R"(,{"role":"tool","tool_call_id":"a","content":"x"},)" +
            R"({"role":"assistant","content":"ho"}]})",
        R"({"messages":[)" + user + R"(,{"role":"assistant","content":"ho"}],"tools":[]})"}) {
    INFO(bad);
    CHECK(wrong_for_openai_sft(parsed(bad)) != "");
    CHECK(wrong_for_trl_sft(parsed(bad)) != "");
  }
}

TEST_CASE("conversations with tools are as OpenAI and TRL describe them") {
  const Sample sample;
  sample.run("count one two");
  sample.run("say hello");
  sample.run("count one two three");
  const Ended talk = sample.yoke(Args{"run", "helper", "count one", "--session", "s"});
  REQUIRE(talk.status == 0);
  REQUIRE(sample.yoke(Args{"run", "helper", "say bye", "--session", "s"}).status == 0);
  export_to(sample, {"sft", "--for", "openai"});
  check_lines(sample, 5, wrong_for_openai_sft);
  export_to(sample, {"sft", "--for", "trl"});
  check_lines(sample, 5, wrong_for_trl_sft);
}

TEST_CASE("pairs of calls and of answers are as OpenAI and TRL describe them") {
  const Sample sample;
  const Ended asked = sample.yoke(Args{"run", "helper", "open"});
  REQUIRE(asked.status == 3);
  std::string question;
  for (const Json& event : sample.events("@last")) {
    if (string_at(event, "kind") == "question.asked") question = string_at(event, "question");
  }
  const std::string edit = "{\"approve\":true,\"args\":{\"who\":\"bob\"}}";
  REQUIRE(sample.yoke(Args{"runs", "answer", "@last", question, edit}).status == 0);
  REQUIRE(sample.yoke(Args{"runs", "resume", "@last"}).status == 0);
  export_to(sample, {"dpo", "--for", "openai"});
  check_lines(sample, 1, wrong_for_openai_dpo);
  export_to(sample, {"dpo", "--for", "trl"});
  check_lines(sample, 1, wrong_for_trl_dpo);
}

TEST_CASE("what a judge preferred in both orders becomes a pair, and a lean to a place none") {
  const JudgedProject project("\"Kinder.\", pairwise = true");
  project.compare("capital of Norway?", "demo/polite");
  export_to(project, {"dpo"});
  check_lines(project, 1, wrong_for_trl_dpo);
  CHECK(project.chosen(0) == "Oslo, if you please");
  CHECK(project.rejected(0) == "Oslo.");
  const std::string why = manifest_of(project)["pairs"][0].get<std::string>();
  CHECK(why.find("judge nice (") != std::string::npos);
  CHECK(why.find("preferred it in both orders") != std::string::npos);
  export_to(project, {"dpo", "--for", "openai"});
  check_lines(project, 1, wrong_for_openai_dpo);
  const JudgedProject leaning("\"Kinder, and lean.\", pairwise = true");
  leaning.compare("capital of Norway?", "demo/polite");
  export_to(leaning, {"dpo"});
  CHECK(lines_of(leaning).empty());
}

TEST_CASE("an answer that a rubric passes stands against one that fails, or is graded well below") {
  const JudgedProject failing("\"It names Oslo.\"");
  failing.compare("capital of Norway?", "demo/wrong");
  export_to(failing, {"dpo"});
  REQUIRE(lines_of(failing).size() == 1);
  CHECK(failing.chosen(0) == "Oslo.");
  CHECK(failing.rejected(0) == "Rome!");
  const JudgedProject graded("\"It names Oslo.\"");
  graded.compare("capital of Norway?", "demo/polite");
  export_to(graded, {"dpo"});
  REQUIRE(lines_of(graded).size() == 1);
  CHECK(graded.chosen(0) == "Oslo.");
  CHECK(graded.rejected(0) == "Oslo, if you please");
  CHECK(manifest_of(graded)["pairs"][0].get<std::string>().find("graded them apart") !=
        std::string::npos);
}

TEST_CASE(
    "a verdict whose vendor forbids training on it makes no pair, and judges are no examples") {
  const JudgedProject project("\"It names Oslo.\"");
  project.compare("capital of Norway?", "demo/wrong");
  export_to(project, {"sft"});
  CHECK(lines_of(project).size() == 2);  // the two answers, and neither verdict
  std::string config = project.read("yoke.toml");
  const std::string court = "[backends.court]\n";
  config.insert(config.find(court) + court.size(), "training = false\n");
  project.write("yoke.toml", config);
  export_to(project, {"dpo"});
  CHECK(lines_of(project).empty());
  CHECK(to_text(manifest_of(project)).find("of a judge: [backends.court]") != std::string::npos);
}

}  // namespace yoke::testing

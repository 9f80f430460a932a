#include "tools/skills/skills.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"
#include "tools/skills/front_matter.h"
#include "tools/tool_registry.h"

namespace yoke::testing {
namespace {

constexpr const char* kForms = R"(---
name: pdf-forms
description: Fills in PDF forms. Use it when somebody
  wants a form filled in.
---
Look at the fields first.
)";

std::string skill_text(const std::string& name, const std::string& description) {
  return "---\nname: " + name + "\ndescription: " + description + "\n---\nDo it.\n";
}

std::string complaint(const std::string& text, const std::string& folder = "pdf-forms") {
  const Result<Skill> skill = read_skill(text, "skills/" + folder + "/SKILL.md", folder);
  return skill ? "" : skill.error().message();
}

Json front(const std::string& text) {
  const Result<FrontMatter> read = read_front_matter("---\n" + text + "\n---\n", "x");
  return read ? read->fields : Json(read.error().message());
}

class DeafContext final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

// What skill.load answers.
ToolOutcome loaded(const ToolSet& tools, const Json& args) {
  Tool* tool = tools.find(kSkillTool);
  REQUIRE(tool != nullptr);
  ToolOutcome outcome;
  const Result<Json> checked = tool->check(args);
  if (!checked) {
    outcome.outcome = Outcome::not_started;
    outcome.message = checked.error().detail;
    return outcome;
  }
  TestLoop loop;
  ToolRequest request;
  request.args = *checked;
  request.label = kTrustedPublic;
  DeafContext context;
  Started<ToolOutcome> call;
  call.on(loop.io, tool->call(std::move(request), context));
  loop.settle();
  return call.value();
}

std::shared_ptr<const ToolSet> set_with(std::vector<Skill> skills) {
  Result<std::shared_ptr<const ToolSet>> set =
      with_skills(std::make_shared<ToolRegistry>(), std::move(skills));
  REQUIRE(set.has_value());
  return std::move(*set);
}

}  // namespace

TEST_CASE("front matter is read as texts, lists and maps") {
  CHECK(front("a: 1\nb: 'it''s'\nc: \"say \\\"x\\\": y\"  # why") ==
        Json{{"a", "1"}, {"b", "it's"}, {"c", "say \"x\": y"}});
  CHECK(front("tools: [a, 'b c']\nmore:\n  - x\n  - y\n") ==
        Json{{"tools", {"a", "b c"}}, {"more", {"x", "y"}}});
  CHECK(front("metadata:\n  author: me\n  inner:\n    deep: yes\nlast: z") ==
        Json{{"metadata", {{"author", "me"}, {"inner", {{"deep", "yes"}}}}}, {"last", "z"}});
  CHECK(front("d: >\n  one\n  two\n\n  three\ne: |\n  a\n    b") ==
        Json{{"d", "one two\nthree"}, {"e", "a\n  b"}});
  CHECK(front("# nothing\n\nurl: https://x.example/a#b") == Json{{"url", "https://x.example/a#b"}});
}

TEST_CASE("front matter that cannot be read is told with its line") {
  CHECK(front("a: 1\na: 2") == "x:3: the front matter's line 'a: 2' has a key that is there twice");
  CHECK(front("a: *x").get<std::string>().starts_with("x:2: "));
  CHECK(front("\tb: 1") == "x:2: a tab indents this line of the front matter: use spaces");
  CHECK(front("just words") == "x:2: the front matter's line 'just words' must be 'key: value'");
  CHECK(front("a: it is: so").get<std::string>().find("double quotes") != std::string::npos);
  CHECK(front("a: \"open").get<std::string>().find("not closed") != std::string::npos);
  std::string deep;
  for (int i = 0; i < 12; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "k:\n";
  CHECK(front(deep).get<std::string>().find("too deeply") != std::string::npos);
}

TEST_CASE("a skill has a name, a description and a text") {
  const Result<Skill> skill = read_skill(kForms, "skills/pdf-forms/SKILL.md", "pdf-forms");
  if (!skill) FAIL(skill.error().message());
  CHECK(skill->name == "pdf-forms");
  CHECK(skill->text == "Look at the fields first.");
}

TEST_CASE("a bad skill is told with file, line and mend") {
  CHECK(complaint("# Forms") ==
        "skills/pdf-forms/SKILL.md:1: there is no front matter: begin the file with a line '---', "
        "then 'name: …' and 'description: …', then '---'");
  CHECK(complaint("---\nname: pdf-forms\n") ==
        "skills/pdf-forms/SKILL.md:1: the front matter is not closed: end it with a line '---'");
  CHECK(complaint("---\nname: pdf-forms\n---\nx") ==
        "skills/pdf-forms/SKILL.md:1: the front matter has no 'description': write a line "
        "'description: …'");
  CHECK(complaint(skill_text("PDF Forms", "x")).starts_with("skills/pdf-forms/SKILL.md:2: 'PDF "));
  CHECK(complaint(skill_text("other", "x")) ==
        "skills/pdf-forms/SKILL.md:2: the skill 'other' lies in a folder named 'pdf-forms': give "
        "both the same name");
  CHECK(complaint(skill_text("pdf-forms", std::string(1025, 'x')))
            .starts_with("skills/pdf-forms/SKILL.md:3: the description is over 1024 characters"));
  CHECK(complaint(skill_text("pdf-forms", "x") + "\xff").ends_with("is no UTF-8 text"));
}

TEST_CASE("a skill's files are those beneath its folder, and hidden ones and links are not") {
  const TempFolder folder;
  folder.write("skills/pdf-forms/SKILL.md", skill_text("pdf-forms", "Fills in forms."));
  folder.write("skills/pdf-forms/references/fields.md", "the fields");
  folder.write("skills/pdf-forms/logo.png", std::string("\x89PNG\0\0", 6));
  folder.write("skills/pdf-forms/.secret", "no");
  folder.write("secret.txt", "no");
  std::filesystem::create_symlink(folder.file("secret.txt"),
                                  folder.file("skills/pdf-forms/link.txt"));
  folder.write("skills/broken/SKILL.md", "nothing");
  folder.write("skills/notes/README.md", "no skill at all");
  const FoundSkills found = find_skills(folder.path(), {"skills", "not-there"});
  REQUIRE(found.skills.size() == 1);
  REQUIRE(found.problems.size() == 1);
  CHECK(found.problems[0].place == "skills/broken/SKILL.md:1");
  const std::vector<SkillFile>& files = found.skills[0].files;
  REQUIRE(files.size() == 2);
  CHECK(files[0].path == "logo.png");
  CHECK(files[0].why == "it is no text");
  CHECK(files[1].path == "references/fields.md");
  CHECK(files[1].text == "the fields");
}

TEST_CASE("a skill that is not there is told with the nearest") {
  FoundSkills found;
  found.skills.push_back(Skill{"pdf-forms", "x", "y", "f", {}});
  found.problems.push_back(Error{Errc::invalid, "is broken", "skills/broken/SKILL.md:2"});
  CHECK(choose_skills(found, {"*"})->size() == 1);
  CHECK(choose_skills(found, {"pdf-*", "pdf-forms"})->size() == 1);
  CHECK(choose_skills(found, {"pdf-form"}).error().detail ==
        "there is no skill 'pdf-form' (did you mean 'pdf-forms'?)");
  CHECK(choose_skills(found, {"broken"}).error().place == "skills/broken/SKILL.md:2");
  CHECK(choose_skills(FoundSkills{}, {"*"})->empty());
}

TEST_CASE("a skill is loaded by its name, and its files by their paths alone") {
  Skill skill{"pdf-forms", "Fills in forms.", "Look first.", "skills/pdf-forms/SKILL.md", {}};
  skill.files.push_back(SkillFile{"references/fields.md", 10, "the fields", ""});
  skill.files.push_back(SkillFile{"logo.png", 6, std::nullopt, "it is no text"});
  const Result<std::vector<Skill>> kept = skills_from_json(to_json(std::vector<Skill>{skill}));
  REQUIRE(kept.has_value());
  const std::shared_ptr<const ToolSet> tools = set_with(*kept);
  REQUIRE(tools->list().size() == 1);
  const ToolOutcome whole = loaded(*tools, {{"name", "pdf-forms"}});
  CHECK(string_at(whole.value, "text") == "Look first.");
  CHECK(whole.value["files"].size() == 2);
  CHECK(whole.label == kTrustedPrivate);
  CHECK(loaded(*tools, {{"name", "pdf-forms"}, {"file", "./references/fields.md"}}).value["text"] ==
        "the fields");
  CHECK(loaded(*tools, {{"name", "pdf-forms"}, {"file", "logo.png"}}).message ==
        "the file 'logo.png' of the skill 'pdf-forms' cannot be read here: it is no text");
  for (const char* path : {"../secret.txt", "/etc/passwd", "references/../logo.png", "SKILL.md"}) {
    INFO(path);
    CHECK(loaded(*tools, {{"name", "pdf-forms"}, {"file", path}}).outcome == Outcome::not_started);
  }
  CHECK(loaded(*tools, {{"name", "pdf-form"}}).message ==
        "there is no skill 'pdf-form' (did you mean 'pdf-forms'?); there is: pdf-forms");
  CHECK(loaded(*tools, {{"nam", "x"}}).outcome == Outcome::not_started);
  CHECK(set_with({})->list().empty());
}

TEST_CASE("skills are offered a line each, whatever their descriptions are written on") {
  CHECK(skills_offer({}).empty());
  const std::string offer = skills_offer({Skill{"a", "One.", "x", "f", {}}});
  CHECK(offer.ends_with("\n- a: One."));
}

}  // namespace yoke::testing

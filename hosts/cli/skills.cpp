#include "hosts/cli/skills.h"

#include "hosts/app/app.h"
#include "hosts/app/context_files.h"
#include "hosts/cli/support.h"
#include "runtime/base/text.h"

// `yoke skills …`
namespace yoke {
namespace {

awaitable<int> list_skills(App& app, Terminal& terminal, bool json) {
  const FoundSkills found = skills_of(app.config());
  for (const Skill& skill : found.skills) {
    if (json) {
      terminal.out(to_text(Json{{"name", skill.name},
                                {"description", skill.description},
                                {"file", skill.file},
                                {"files", skill.files.size()}}) +
                   "\n");
      continue;
    }
    std::string line = skill.name;
    line.append(line.size() < 20 ? 20 - line.size() : 1, ' ');
    terminal.out(line + shorten(printable(skill.description), 100) + "\n");
  }
  for (const Error& problem : found.problems) fail(terminal, problem);
  if (found.skills.empty() && found.problems.empty() && !json) {
    terminal.line("there are no skills: a skill is a folder skills/NAME with a SKILL.md");
  }
  co_return found.problems.empty() ? kExitCompleted : kExitUsage;
}

void print_skill(const Skill& skill, Terminal& terminal) {
  terminal.out(skill.name + ": " + printable(skill.description) + "\n(" + printable(skill.file) +
               ")\n\n" + printable(skill.text) + "\n");
  if (!skill.files.empty()) terminal.out("\nfiles:\n");
  for (const SkillFile& file : skill.files) {
    const std::string why = file.why.empty() ? "" : "; a model cannot read it: " + file.why;
    terminal.out("  " + printable(file.path) + " (" + std::to_string(file.bytes) + " bytes" +
                 printable(why) + ")\n");
  }
}

awaitable<int> show_skill(App& app, Terminal& terminal, std::string name, bool json) {
  const FoundSkills found = skills_of(app.config());
  const std::vector<std::string> patterns(1, name);
  const Result<std::vector<Skill>> chosen = choose_skills(found, patterns);
  if (!chosen) {
    const Error error{Errc::invalid, chosen.error().detail, chosen.error().place};
    co_return fail(terminal, error);
  }
  for (const Skill& skill : *chosen) {
    if (!json) {
      print_skill(skill, terminal);
      continue;
    }
    const std::vector<Skill> one(1, skill);
    terminal.out(to_text(to_json(one).front()) + "\n");
  }
  co_return kExitCompleted;
}

}  // namespace

int skills_list(const CommonOptions& common) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return list_skills(app, out, common.json); });
}

int skills_show(const CommonOptions& common, const std::string& name) {
  return with_project(
      common, "", [&](App& app, Terminal& out) { return show_skill(app, out, name, common.json); });
}

}  // namespace yoke

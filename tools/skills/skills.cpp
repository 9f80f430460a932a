#include "tools/skills/skills.h"

#include <algorithm>
#include <set>

#include "runtime/base/text.h"
#include "tools/skills/front_matter.h"

namespace yoke {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kDescriptionCharsMax = 1024;

std::size_t chars_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char each) {
    return (static_cast<unsigned char>(each) & 0xC0) != 0x80;
  }));
}

bool is_skill_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  if (name.front() == '-' || name.back() == '-' || name.find("--") != std::string_view::npos) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '-';
  });
}

// One line, whatever it was written on.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char each : text) {
    const bool space = each == '\n' || each == '\r' || each == '\t' || each == ' ';
    if (!space) out += each;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  return std::string(trim(out));
}

Error skill_wrong(const FrontMatter& head, const std::string& file, const std::string& key,
                  const std::string& why) {
  const auto line = head.lines.find(key);
  const int number = line == head.lines.end() ? 1 : line->second;
  return Error{Errc::invalid, why, file + ":" + std::to_string(number)};
}

}  // namespace

Result<Skill> read_skill(std::string_view text, const std::string& file,
                         const std::string& folder) {
  if (!is_valid_utf8(text)) return Error{Errc::invalid, "the file is no UTF-8 text", file + ":1"};
  Result<FrontMatter> read = read_front_matter(text, file);
  if (!read) return read.error();
  FrontMatter& head = *read;
  for (const char* key : {"name", "description"}) {
    const Json& value = member_at(head.fields, key);
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) continue;
    return skill_wrong(
        head, file, key,
        std::string("the front matter has no '") + key + "': write a line '" + key + ": …'");
  }
  Skill skill;
  skill.name = string_at(head.fields, "name");
  if (!is_skill_name(skill.name)) {
    return skill_wrong(head, file, "name",
                       "'" + shorten(printable(skill.name), 80) +
                           "' is no skill's name: write at most 64 of a-z, 0-9 and single '-'");
  }
  if (skill.name != folder) {
    return skill_wrong(head, file, "name",
                       "the skill '" + skill.name + "' lies in a folder named '" +
                           printable(folder) + "': give both the same name");
  }
  skill.description = on_one_line(string_at(head.fields, "description"));
  if (chars_of(skill.description) > kDescriptionCharsMax) {
    return skill_wrong(head, file, "description",
                       "the description is over 1024 characters: say in few words what the skill "
                       "does and when to use it");
  }
  if (head.body.empty()) {
    return Error{Errc::invalid, "nothing follows the front matter: write what is to be done",
                 file + ":1"};
  }
  skill.text = std::move(head.body);
  skill.file = file;
  return skill;
}

Result<std::vector<Skill>> choose_skills(const FoundSkills& found,
                                         const std::vector<std::string>& patterns) {
  std::vector<Skill> chosen;
  std::set<std::string> seen;
  std::vector<std::string> names;
  for (const Skill& skill : found.skills) names.push_back(skill.name);
  for (const std::string& pattern : patterns) {
    bool matched = pattern == "*";  // there may be none
    for (const Skill& skill : found.skills) {
      if (!glob_match(pattern, skill.name)) continue;
      matched = true;
      if (seen.insert(skill.name).second) chosen.push_back(skill);
    }
    if (matched) continue;
    for (const Error& problem : found.problems) {
      if (problem.place.find("/" + pattern + "/") != std::string::npos) return problem;
    }
    return Error{Errc::not_found, "there is no skill '" + shorten(printable(pattern), 80) + "'" +
                                      did_you_mean(pattern, names)};
  }
  std::sort(chosen.begin(), chosen.end(),
            [](const Skill& a, const Skill& b) { return a.name < b.name; });
  return chosen;
}

std::string skills_offer(const std::vector<Skill>& skills) {
  if (skills.empty()) return {};
  std::string out =
      "There are skills: instructions for particular tasks. Before a task that one of "
      "them fits, call " +
      std::string(kSkillTool) + " with its name, and do as it says.";
  for (const Skill& skill : skills) out += "\n- " + skill.name + ": " + skill.description;
  return out;
}

Json to_json(const std::vector<Skill>& skills) {
  Json out = Json::array();
  for (const Skill& skill : skills) {
    Json files = Json::array();
    for (const SkillFile& file : skill.files) {
      Json one{{"path", file.path}, {"bytes", file.bytes}};
      if (file.text) one["text"] = *file.text;
      if (!file.why.empty()) one["why"] = file.why;
      files.push_back(std::move(one));
    }
    out.push_back(Json{{"name", skill.name},
                       {"description", skill.description},
                       {"text", skill.text},
                       {"file", skill.file},
                       {"files", std::move(files)}});
  }
  return out;
}

Result<std::vector<Skill>> skills_from_json(const Json& value) {
  std::vector<Skill> skills;
  if (value.is_null()) return skills;
  if (!value.is_array()) {
    return Error{Errc::invalid, "the skills of this run cannot be restored: they are no list"};
  }
  for (const Json& each : value) {
    Skill& skill = skills.emplace_back();
    skill.name = string_at(each, "name");
    skill.description = string_at(each, "description");
    skill.text = string_at(each, "text");
    skill.file = string_at(each, "file");
    for (const Json& one : member_at(each, "files")) {
      SkillFile& file = skill.files.emplace_back();
      file.path = string_at(one, "path");
      file.bytes = integer_at(one, "bytes");
      file.why = string_at(one, "why");
      if (one.contains("text")) file.text = string_at(one, "text");
    }
  }
  return skills;
}

}  // namespace yoke

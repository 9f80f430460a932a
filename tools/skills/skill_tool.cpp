#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "tools/skills/skills.h"

// The tool that skills are loaded by.
namespace yoke {
namespace {

const Json kInput = {
    {"type", "object"},
    {"properties",
     {{"name", {{"type", "string"}, {"description", "The skill's name, as it was offered."}}},
      {"file",
       {{"type", "string"},
        {"description",
         "One of the skill's files, by its path; the skill itself when left out."}}}}},
    {"required", Json::array({"name"})},
    {"additionalProperties", false}};

ToolSpec spec_of_tool(const std::vector<Skill>& skills) {
  ToolSpec spec;
  spec.name = std::string(kSkillTool);
  spec.description =
      "Loads a skill: returns its instructions and lists its files. With `file` it returns one of "
      "those files.";
  spec.input_schema = kInput;
  spec.effect = Effect::read;
  spec.origin = "skills";
  spec.source_hash = to_hex(sha256(to_text(to_json(skills))));
  return spec;
}

class SkillTool final : public Tool {
 public:
  explicit SkillTool(std::vector<Skill> skills)
      : skills_(std::move(skills)), spec_(spec_of_tool(skills_)) {}

  const ToolSpec& spec() const override { return spec_; }

  Result<Json> check(const Json& args) const override {
    const bool named = args.is_object() && member_at(args, "name").is_string();
    if (!named) return Error{Errc::invalid, "at /name: expected the name of a skill"};
    for (const auto& [key, value] : args.items()) {
      if (key == "name" || (key == "file" && value.is_string())) continue;
      return Error{Errc::invalid, "at /" + shorten(printable(key), 60) +
                                      ": expected nothing but name and file, which are texts"};
    }
    const Result<Json> found = look_up(args);
    if (!found) return found.error();
    return args;
  }

  awaitable<ToolOutcome> call(ToolRequest request, CallContext&) override {
    ToolOutcome outcome;
    // The operator wrote them, as he wrote the agent's instructions.
    outcome.label = join(request.label, kTrustedPrivate);
    Result<Json> found = look_up(request.args);
    if (found) {
      outcome.value = std::move(*found);
    } else {
      outcome.outcome = Outcome::error;
      outcome.message = found.error().detail;
    }
    co_return outcome;
  }

  awaitable<ProbeOutcome> probe(ToolRequest, CallContext&) override { co_return ProbeOutcome{}; }

 private:
  Result<Json> look_up(const Json& args) const {
    const std::string name = string_at(args, "name");
    const auto skill = std::find_if(skills_.begin(), skills_.end(),
                                    [&](const Skill& each) { return each.name == name; });
    if (skill == skills_.end()) {
      std::vector<std::string> names;
      for (const Skill& each : skills_) names.push_back(each.name);
      return Error{Errc::not_found, "there is no skill '" + shorten(printable(name), 80) + "'" +
                                        did_you_mean(name, names) +
                                        "; there is: " + join(names, ", ")};
    }
    return args.contains("file") ? file_of(*skill, string_at(args, "file")) : whole(*skill);
  }

  static Json whole(const Skill& skill) {
    Json files = Json::array();
    for (const SkillFile& file : skill.files) {
      Json one{{"path", file.path}, {"bytes", file.bytes}};
      if (!file.text) one["unreadable"] = file.why;
      files.push_back(std::move(one));
    }
    return Json{{"name", skill.name}, {"text", skill.text}, {"files", std::move(files)}};
  }

  static Result<Json> file_of(const Skill& skill, std::string path) {
    while (path.starts_with("./")) path.erase(0, 2);
    std::vector<std::string> paths;
    for (const SkillFile& file : skill.files) {
      paths.push_back(file.path);
      if (file.path != path) continue;
      if (file.text) return Json{{"name", skill.name}, {"file", path}, {"text", *file.text}};
      return Error{Errc::unsupported, "the file '" + path + "' of the skill '" + skill.name +
                                          "' cannot be read here: " + file.why};
    }
    return Error{Errc::not_found, "the skill '" + skill.name + "' has no file '" +
                                      shorten(printable(to_valid_utf8(path)), 120) + "'" +
                                      did_you_mean(path, paths)};
  }

  const std::vector<Skill> skills_;
  const ToolSpec spec_;
};

// Another set's tools and one more.
class SetWithSkills final : public ToolSet {
 public:
  SetWithSkills(std::shared_ptr<const ToolSet> tools, std::vector<Skill> skills)
      : tools_(std::move(tools)), skill_tool_(std::make_unique<SkillTool>(std::move(skills))) {}

  Tool* find(std::string_view name) const override {
    return name == kSkillTool ? skill_tool_.get() : tools_->find(name);
  }
  std::vector<const ToolSpec*> list() const override {
    std::vector<const ToolSpec*> specs = tools_->list();
    const ToolSpec* own = &skill_tool_->spec();
    const auto place = std::find_if(specs.begin(), specs.end(),
                                    [&](const ToolSpec* each) { return each->name > own->name; });
    specs.insert(place, own);
    return specs;
  }

 private:
  std::shared_ptr<const ToolSet> tools_;  // shared with whoever made it
  std::unique_ptr<SkillTool> skill_tool_;
};

}  // namespace

Result<std::shared_ptr<const ToolSet>> with_skills(std::shared_ptr<const ToolSet> tools,
                                                   std::vector<Skill> skills) {
  if (skills.empty()) return tools;
  if (const Tool* other = tools->find(kSkillTool)) {
    return Error{
        Errc::conflict,
        "the tool '" + std::string(kSkillTool) + "' is how skills are loaded: rename the other one",
        other->spec().origin};
  }
  return std::shared_ptr<const ToolSet>(
      std::make_shared<SetWithSkills>(std::move(tools), std::move(skills)));
}

}  // namespace yoke

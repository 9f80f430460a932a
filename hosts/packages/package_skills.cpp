#include "hosts/packages/package_skills.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

using Verdict = PluginFinding::Verdict;

constexpr std::string_view kSkillText = "SKILL.md";

// Takes the skills of one agent, by name each once.
class SkillTaker {
 public:
  SkillTaker(Package& files, PluginFindings& findings) : files_(files), findings_(findings) {}

  void take(const std::string& manifest, const std::vector<SkillFolder>& folders) {
    for (const SkillFolder& each : folders) {
      Result<Skill> skill = read(manifest, each.folder);
      if (!skill) {
        put(Verdict::error, manifest, each.pointer, skill.error().message());
        continue;
      }
      const bool known = std::any_of(skills_.begin(), skills_.end(),
                                     [&](const Skill& other) { return other.name == skill->name; });
      const std::string said = "the skill '" + skill->name + "' is ";
      put(known ? Verdict::not_honoured : Verdict::honoured, manifest, each.pointer,
          said + (known ? "there twice; the first one counts"
                        : "offered to the model, which loads it when a task needs it"));
      if (!known) skills_.push_back(std::move(*skill));
    }
  }

  std::vector<Skill> skills() { return std::move(skills_); }

 private:
  void put(Verdict verdict, const std::string& file, const std::string& pointer, std::string text) {
    findings_.push_back(PluginFinding{verdict, file, pointer, std::move(text), false});
  }

  Result<Skill> read(const std::string& manifest, std::string folder) {
    while (folder.ends_with('/')) folder.pop_back();
    const Result<std::string> path = package_path(manifest, folder);
    if (!path) return path.error();
    const std::string file = *path + "/" + std::string(kSkillText);
    const Result<std::string> text = files_.read(file);
    if (!text) return text.error();
    if (text->size() > kSkillTextBytesMax) return Error{Errc::too_large, "over 256 KiB", file};
    const std::size_t slash = path->rfind('/');
    Result<Skill> skill =
        read_skill(*text, file, slash == std::string::npos ? *path : path->substr(slash + 1));
    if (!skill) return skill;
    const Result<std::vector<std::string>> names = files_.names();
    if (!names) return names.error();
    std::size_t kept = 0;
    for (const std::string& name : *names) {
      if (!name.starts_with(*path + "/") || name == file) continue;
      if (skill->files.size() == kSkillFilesMax) {
        return Error{
            Errc::too_large,
            "there are over " + std::to_string(kSkillFilesMax) + " files beneath the skill", file};
      }
      skill->files.push_back(inner_file(name, name.substr(path->size() + 1), kept));
    }
    return skill;
  }

  SkillFile inner_file(const std::string& name, std::string path, std::size_t& kept) {
    SkillFile file;
    file.path = std::move(path);
    Result<std::string> text = files_.read(name);
    if (!text) {
      file.why = text.error().detail;
      return file;
    }
    file.bytes = static_cast<std::int64_t>(text->size());
    if (text->size() > kSkillFileBytesMax) {
      file.why = "it is over " + std::to_string(kSkillFileBytesMax >> 10) + " KiB";
    } else if (!is_valid_utf8(*text) || text->find('\0') != std::string::npos) {
      file.why = "it is no text";
    } else if (kept + text->size() > kSkillBytesMax) {
      file.why =
          "the skill's texts are over " + std::to_string(kSkillBytesMax >> 10) + " KiB together";
    } else {
      kept += text->size();
      file.text = std::move(*text);
    }
    return file;
  }

  Package& files_;
  PluginFindings& findings_;
  std::vector<Skill> skills_;
};

}  // namespace

std::vector<Skill> skills_of_package(const ReadPackage& read, const PackagedAgent& agent,
                                     PluginFindings& findings) {
  SkillTaker taker(*read.files, findings);
  taker.take(agent.file, agent.agent.skills);
  if (read.app) taker.take(read.app->file, read.app->skills);
  return taker.skills();
}

}  // namespace yoke

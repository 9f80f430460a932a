#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ports/tool.h"

namespace yoke {

// Instructions for a particular task, after agentskills.io: a folder with a SKILL.md, whose front
// matter has `name` and `description`. What a run is shown of it is kept with the run.

// A file beneath a skill's folder.
struct SkillFile {
  std::string path;  // relative to the folder: "references/forms.md"
  std::int64_t bytes = 0;
  std::optional<std::string> text = {};  // none: `why` says why it cannot be read
  std::string why = {};
};

struct Skill {
  std::string name;
  std::string description;
  std::string text;  // what follows the front matter
  std::string file;  // its SKILL.md, as a person names it
  std::vector<SkillFile> files;
};

inline constexpr std::size_t kSkillsMax = 200;                 // of one folder
inline constexpr std::size_t kSkillTextBytesMax = 256u << 10;  // of a SKILL.md
inline constexpr std::size_t kSkillFilesMax = 200;             // beneath a skill
inline constexpr std::size_t kSkillFileBytesMax = 128u << 10;  // of one that can be read
inline constexpr std::size_t kSkillBytesMax = 512u << 10;  // of a skill's files that can be read

struct FoundSkills {
  std::vector<Skill> skills;    // by name
  std::vector<Error> problems;  // one for each that cannot be used; `place` is file:line
};

// The skills of the folders, each relative to `project` or absolute: of a folder every folder in it
// that has a SKILL.md. A folder that is not there holds none. Blocks on the disk.
// Files beneath a skill whose names begin with a dot, and symbolic links, are no part of it.
FoundSkills find_skills(const std::string& project, const std::vector<std::string>& folders);

// Reads a SKILL.md that is at hand; `folder` is its folder's own name. Pure.
Result<Skill> read_skill(std::string_view text, const std::string& file, const std::string& folder);

// Those whose names match one of the patterns. Errors: not_found: a pattern that names none; where
// it names one that cannot be used, that one's problem.
Result<std::vector<Skill>> choose_skills(const FoundSkills& found,
                                         const std::vector<std::string>& patterns);

// What a model is told of them beside its instructions; empty when there are none. Pure.
std::string skills_offer(const std::vector<Skill>& skills);

// As data, for a run's program.
Json to_json(const std::vector<Skill>& skills);
Result<std::vector<Skill>> skills_from_json(const Json& value);

inline constexpr std::string_view kSkillTool = "skill.load";

// The set, which the new one keeps, and, when there are skills, the tool `skill.load` {name,
// file?}, which returns a skill's text and lists its files, or returns one of its files. The tool
// touches no disk. Errors: conflict: the set has a tool of that name.
Result<std::shared_ptr<const ToolSet>> with_skills(std::shared_ptr<const ToolSet> tools,
                                                   std::vector<Skill> skills);

}  // namespace yoke

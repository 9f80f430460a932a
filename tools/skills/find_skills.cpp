#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "runtime/base/text.h"
#include "tools/skills/skills.h"

// Where skills lie on the disk.
namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSkillFileName = "SKILL.md";
constexpr int kDepthMax = 8;

// At most `bytes_max` and one more byte.
Result<std::string> read_some(const fs::path& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::unavailable, "it cannot be opened", path.string()};
  std::string text(bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Error{Errc::unavailable, "it cannot be read", path.string()};
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

void read_text(const fs::path& path, SkillFile& file, std::size_t& kept) {
  if (file.bytes > static_cast<std::int64_t>(kSkillFileBytesMax)) {
    file.why = "it is over " + std::to_string(kSkillFileBytesMax >> 10) + " KiB";
    return;
  }
  Result<std::string> text = read_some(path, kSkillFileBytesMax);
  if (!text) {
    file.why = text.error().detail;
  } else if (!is_valid_utf8(*text) || text->find('\0') != std::string::npos) {
    file.why = "it is no text";
  } else if (kept + text->size() > kSkillBytesMax) {
    file.why =
        "the skill's texts are over " + std::to_string(kSkillBytesMax >> 10) + " KiB together";
  } else {
    kept += text->size();
    file.text = std::move(*text);
  }
}

// The files beneath a skill, sorted by path. False: there are too many.
bool list_files(const fs::path& folder, std::vector<SkillFile>& files) {
  std::error_code failed;
  std::vector<std::pair<std::string, fs::path>> found;
  auto each = fs::recursive_directory_iterator(folder, failed);
  for (; !failed && each != fs::recursive_directory_iterator(); each.increment(failed)) {
    const std::string name = each->path().filename().string();
    const bool apart = name.starts_with('.') || each->is_symlink(failed);
    if (apart || each.depth() >= kDepthMax) each.disable_recursion_pending();
    if (apart || !each->is_regular_file(failed)) continue;
    const std::string path = each->path().lexically_relative(folder).generic_string();
    if (path == kSkillFileName || !is_valid_utf8(path)) continue;
    if (found.size() == kSkillFilesMax) return false;
    found.emplace_back(path, each->path());
  }
  std::sort(found.begin(), found.end());
  std::size_t kept = 0;
  for (const auto& [path, place] : found) {
    SkillFile& file = files.emplace_back();
    file.path = path;
    const std::uintmax_t size = fs::file_size(place, failed);
    file.bytes = failed ? 0 : static_cast<std::int64_t>(size);
    read_text(place, file, kept);
  }
  return true;
}

Result<Skill> load_skill(const fs::path& folder, const std::string& shown) {
  const std::string file = shown + "/" + kSkillFileName;
  Result<std::string> text = read_some(folder / kSkillFileName, kSkillTextBytesMax);
  if (!text) return Error{text.error().code, text.error().detail, file};
  if (text->size() > kSkillTextBytesMax) {
    return Error{Errc::too_large,
                 "it is over 256 KiB: move what is not always needed into files beside it", file};
  }
  Result<Skill> skill = read_skill(*text, file, folder.filename().string());
  if (!skill) return skill;
  if (!list_files(folder, skill->files)) {
    return Error{Errc::too_large,
                 "there are over " + std::to_string(kSkillFilesMax) + " files beneath the skill",
                 file};
  }
  return skill;
}

}  // namespace

FoundSkills find_skills(const std::string& project, const std::vector<std::string>& folders) {
  FoundSkills found;
  std::map<std::string, std::string> files;  // by name
  for (const std::string& folder : folders) {
    const fs::path path = fs::path(project) / folder;
    std::error_code failed;
    std::vector<fs::path> inner;
    for (const auto& item : fs::directory_iterator(path, failed)) {
      if (fs::is_regular_file(item.path() / kSkillFileName, failed)) inner.push_back(item.path());
    }
    std::sort(inner.begin(), inner.end());
    if (inner.size() > kSkillsMax) {
      found.problems.push_back(
          Error{Errc::too_large, "the folder holds over " + std::to_string(kSkillsMax) + " skills",
                folder});
      inner.resize(kSkillsMax);
    }
    for (const fs::path& each : inner) {
      const std::string shown = (fs::path(folder) / each.filename()).generic_string();
      Result<Skill> skill = load_skill(each, shown);
      if (!skill) {
        found.problems.push_back(skill.error());
      } else if (const auto [other, added] = files.emplace(skill->name, skill->file); !added) {
        found.problems.push_back(Error{
            Errc::conflict, "the skill '" + skill->name + "' is there twice: in " + other->second,
            skill->file});
      } else {
        found.skills.push_back(std::move(*skill));
      }
    }
  }
  std::sort(found.skills.begin(), found.skills.end(),
            [](const Skill& a, const Skill& b) { return a.name < b.name; });
  return found;
}

}  // namespace yoke

#include "hosts/app/context_files.h"

#include <filesystem>

#include "agents/definition.h"
#include "hosts/config/context_config.h"
#include "hosts/config/read_file.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

std::string place_of(const Config& config, const ContextConfig& context) {
  return context.line == 0 ? std::string() : place_in(config, context.line);
}

Error too_much(const Config& config, const ContextConfig& context, const std::string& name) {
  return Error{Errc::too_large,
               "with " + name + " the context files are over " + std::to_string(context.bytes_max) +
                   " bytes, which every model call would carry: shorten them, move parts into "
                   "skills, or raise bytes_max under [context]",
               place_of(config, context)};
}

// As a wrong setting of the project, whatever it is.
Error as_setting(const Error& error) { return Error{Errc::invalid, error.detail, error.place}; }

}  // namespace

Result<std::vector<ContextFile>> read_context(const Config& config) {
  const Result<ContextConfig> context = context_config_of(config);
  if (!context) return context.error();
  std::vector<ContextFile> files;
  std::size_t bytes = 0;
  const auto most = static_cast<std::uintmax_t>(context->bytes_max);
  for (const std::string& name : context->files) {
    const fs::path path = fs::path(config.project_dir) / name;
    std::error_code failed;
    if (!fs::exists(path, failed) && context->by_default) continue;
    const std::uintmax_t size = fs::file_size(path, failed);
    if (!failed && size > most) return too_much(config, *context, name);
    Result<std::string> text = read_file(path.string());
    if (!text) {
      return Error{text.error().code,
                   "context.files: " + text.error().detail + "; take it out or write it",
                   place_of(config, *context)};
    }
    if (!is_valid_utf8(*text)) {
      return Error{Errc::invalid, "context.files: " + name + " is no UTF-8 text",
                   place_of(config, *context)};
    }
    bytes += text->size();
    if (bytes > most) return too_much(config, *context, name);
    files.push_back(ContextFile{name, std::string(trim(*text))});
  }
  return files;
}

FoundSkills skills_of(const Config& config) {
  const Result<ContextConfig> context = context_config_of(config);
  if (context) return find_skills(config.project_dir, context->skill_paths);
  FoundSkills none;
  none.problems.push_back(context.error());
  return none;
}

std::string with_context(const std::string& instructions, const std::vector<ContextFile>& files,
                         const std::string& offer) {
  std::string out(trim(instructions));
  const auto add = [&out](const std::string& part) {
    if (part.empty()) return;
    if (!out.empty()) out += "\n\n";
    out += part;
  };
  if (files.empty() && offer.empty()) return instructions;
  for (const ContextFile& file : files) {
    if (file.text.empty()) continue;
    add("What the project's " + file.name + " says:\n\n" + file.text + "\n\n(End of " + file.name +
        ".)");
  }
  add(offer);
  return out;
}

Result<Program> in_context(Program program, const AgentExtras& extras, const Config& config) {
  // Those of its package, where it came in one: its extras name no others then.
  Result<std::vector<Skill>> own = skills_from_json(member_at(program.source, "skills"));
  if (!own) return own.error();
  std::vector<Skill> skills = std::move(*own);
  if (!extras.skills.empty()) {
    Result<std::vector<Skill>> chosen = choose_skills(skills_of(config), extras.skills);
    if (!chosen) return as_setting(chosen.error());
    skills.insert(skills.end(), chosen->begin(), chosen->end());
  }
  std::vector<ContextFile> files;
  if (extras.context) {
    Result<std::vector<ContextFile>> read = read_context(config);
    if (!read) return as_setting(read.error());
    files = std::move(*read);
  }
  if (files.empty() && skills.empty()) return program;
  AgentSpec spec = program.agent->spec();
  spec.instructions = with_context(spec.instructions, files, skills_offer(skills));
  program.source["agent"] = to_json(spec);
  Result<std::shared_ptr<const Agent>> shown =
      make_agent(std::move(spec), options_of(*program.agent));
  if (!shown) return as_setting(shown.error());
  program.agent = std::move(*shown);
  if (skills.empty()) return program;
  program.source["skills"] = to_json(skills);
  Result<std::shared_ptr<const ToolSet>> all = with_skills(program.tools, std::move(skills));
  if (!all) return as_setting(all.error());
  program.tools = std::move(*all);
  return program;
}

Result<std::shared_ptr<const ToolSet>> with_kept_skills(std::shared_ptr<const ToolSet> tools,
                                                        const Json& source) {
  Result<std::vector<Skill>> skills = skills_from_json(member_at(source, "skills"));
  if (!skills) return skills.error();
  return with_skills(std::move(tools), std::move(*skills));
}

}  // namespace yoke

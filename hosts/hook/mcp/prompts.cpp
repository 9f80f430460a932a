#include "hosts/hook/mcp/prompts.h"

#include <algorithm>
#include <filesystem>

#include "hosts/config/read_file.h"
#include "runtime/base/text.h"
#include "tools/skills/front_matter.h"
#include "tools/skills/skills.h"

namespace yoke::mcp_hook {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPromptsMax = 500;

std::vector<std::string> texts_in(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& each : list) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

PromptArgument argument_from(const std::string& name, const Json& said) {
  PromptArgument argument;
  argument.name = name;
  if (said.is_string()) argument.description = said.get<std::string>();
  if (!said.is_object()) return argument;
  argument.description = string_at(said, "description");
  argument.required = string_at(said, "required") == "true";
  argument.values = texts_in(member_at(said, "values"));
  return argument;
}

// "{{name}}" from `at` on; empty: there is none.
std::string place_at(std::string_view text, std::size_t at) {
  const std::size_t end = text.find("}}", at);
  if (end == std::string_view::npos) return {};
  return std::string(trim(text.substr(at + 2, end - at - 2)));
}

Prompt prompt_of(const Offer& offer) {
  Prompt prompt;
  prompt.name = offer.name;
  prompt.description = offer.description;
  prompt.offer = offer;
  const std::vector<std::string> required = texts_in(member_at(offer.input_schema, "required"));
  for (const auto& [name, schema] : member_at(offer.input_schema, "properties").items()) {
    PromptArgument argument;
    argument.name = name;
    argument.description = string_at(schema, "description");
    argument.required = std::find(required.begin(), required.end(), name) != required.end();
    argument.values = texts_in(member_at(schema, "enum"));
    prompt.arguments.push_back(std::move(argument));
  }
  return prompt;
}

void add_files(const Config& config, std::vector<Prompt>& prompts) {
  const fs::path folder = fs::path(config.project_dir) / "prompts";
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const fs::path& path = entry.path();
    const bool is_prompt = path.extension() == ".md" && entry.is_regular_file(none);
    if (!is_prompt || prompts.size() >= kPromptsMax) continue;
    const Result<std::string> text = read_file(path.string());
    if (!text) continue;
    Result<Prompt> prompt = prompt_from(path.stem().string(), *text, path.string());
    if (prompt) prompts.push_back(std::move(*prompt));
  }
}

void add_skills(const Config& config, std::vector<Prompt>& prompts) {
  const FoundSkills found = find_skills(config.project_dir, {"skills"});
  for (const Skill& skill : found.skills) {
    Prompt prompt;
    prompt.name = skill.name;
    prompt.description = skill.description;
    prompt.text = skill.text;
    prompts.push_back(std::move(prompt));
  }
}

}  // namespace

Result<Prompt> prompt_from(const std::string& name, std::string_view file_text,
                           const std::string& file) {
  Prompt prompt;
  prompt.name = name;
  prompt.description = "The prompt " + name + ".";
  if (!file_text.starts_with("---")) {
    prompt.text = std::string(trim(file_text));
    return prompt;
  }
  const Result<FrontMatter> read = read_front_matter(file_text, file);
  if (!read) return read.error();
  prompt.text = read->body;
  prompt.description = string_at(read->fields, "description", prompt.description);
  const Json& arguments = member_at(read->fields, "arguments");
  if (arguments.is_object()) {
    for (const auto& [key, said] : arguments.items()) {
      prompt.arguments.push_back(argument_from(key, said));
    }
  }
  return prompt;
}

Result<std::string> filled(const Prompt& prompt, const Json& arguments) {
  for (const PromptArgument& argument : prompt.arguments) {
    if (argument.required && !member_at(arguments, argument.name).is_string()) {
      return Error{Errc::invalid,
                   "the prompt '" + prompt.name + "' needs the argument '" + argument.name + "'"};
    }
  }
  std::string text;
  std::string_view rest = prompt.text;
  while (true) {
    const std::size_t at = rest.find("{{");
    text += rest.substr(0, at);
    if (at == std::string_view::npos) return text;
    const std::string name = place_at(rest, at);
    const bool is_argument =
        std::any_of(prompt.arguments.begin(), prompt.arguments.end(),
                    [&](const PromptArgument& argument) { return argument.name == name; });
    if (!is_argument) {  // braces of the text's own
      text += "{{";
      rest.remove_prefix(at + 2);
      continue;
    }
    text += string_at(arguments, name);
    rest.remove_prefix(rest.find("}}", at) + 2);
  }
}

std::vector<Prompt> prompts_of(const Config& config, const std::vector<Offer>& made, bool skills) {
  std::vector<Prompt> prompts;
  add_files(config, prompts);
  for (const Offer& offer : made) prompts.push_back(prompt_of(offer));
  if (skills) add_skills(config, prompts);
  const auto by_name = [](const Prompt& a, const Prompt& b) { return a.name < b.name; };
  std::stable_sort(prompts.begin(), prompts.end(), by_name);
  const auto same = [](const Prompt& a, const Prompt& b) { return a.name == b.name; };
  prompts.erase(std::unique(prompts.begin(), prompts.end(), same), prompts.end());
  return prompts;
}

Json listing_of(const Prompt& prompt) {
  Json listing{{"name", prompt.name}, {"description", prompt.description}};
  for (const PromptArgument& argument : prompt.arguments) {
    Json one{{"name", argument.name}, {"required", argument.required}};
    if (!argument.description.empty()) one["description"] = argument.description;
    listing["arguments"].push_back(std::move(one));
  }
  return listing;
}

Json typed_arguments(const Json& schema, const Json& arguments) {
  Json typed = arguments.is_object() ? arguments : Json::object();
  for (auto& [name, value] : typed.items()) {
    const std::string type = string_at(member_at(member_at(schema, "properties"), name), "type");
    if (!value.is_string() || type == "string" || type.empty()) continue;
    Result<Json> parsed = parse_json(value.get_ref<const std::string&>());
    if (parsed) value = std::move(*parsed);
  }
  return typed;
}

}  // namespace yoke::mcp_hook

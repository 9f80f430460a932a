#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/mcp/catalogue.h"

namespace yoke::mcp_hook {

struct PromptArgument {
  std::string name;
  std::string description = {};
  bool required = false;
  std::vector<std::string> values = {};  // that are suggested
};

// A prompt of the project: a file of prompts/, a skill, or what a tool or agent makes.
struct Prompt {
  std::string name;
  std::string description;
  std::vector<PromptArgument> arguments = {};
  std::string text = {};            // with {{argument}} in it
  std::optional<Offer> offer = {};  // makes it instead
};

// A file of prompts/, as its name without ".md". Errors: invalid, with file:line.
Result<Prompt> prompt_from(const std::string& name, std::string_view file_text,
                           const std::string& file);
// The text with its arguments in place. Errors: invalid: one is missing.
Result<std::string> filled(const Prompt& prompt, const Json& arguments);

// By name, each once: files first, then what `made` makes, then skills where they are wanted.
// Blocks on the disk. What cannot be read is left out.
std::vector<Prompt> prompts_of(const Config& config, const std::vector<Offer>& made, bool skills);
Json listing_of(const Prompt& prompt);
// The arguments, which are texts, as the schema of whoever makes it has them.
Json typed_arguments(const Json& schema, const Json& arguments);

}  // namespace yoke::mcp_hook

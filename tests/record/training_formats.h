#pragma once

#include <string>

#include "runtime/base/json.h"

// Training files held to what their consumers' descriptions say of a line, as strictly as they do:
// OpenAI's schemas of its supervised and preference files, and the conversational columns, with
// tools, of Hugging Face TRL. Each gives what is wrong with the line; empty: nothing.
namespace yoke::testing {

std::string wrong_for_openai_sft(const Json& line);
std::string wrong_for_openai_dpo(const Json& line);
std::string wrong_for_trl_sft(const Json& line);
std::string wrong_for_trl_dpo(const Json& line);

}  // namespace yoke::testing

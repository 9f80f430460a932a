#include "models/openai_chat/profile.h"

#include <array>

#include "runtime/base/text.h"

namespace yoke::openai_chat {
namespace {

struct ModelRule {
  std::string_view pattern;
  void (*apply)(Profile& profile);
};

void old_deepseek(Profile& profile) {
  // Refuses reasoning from before the last user message, yet wants it inside a tool loop.
  if (profile.reasoning_back == ReasoningBack::tool_turns) {
    profile.reasoning_back = ReasoningBack::current_loop;
  }
}

void raw_r1(Profile& profile) {
  // Its template opens the reasoning in the prompt, so the model may only ever close it.
  if (profile.think_tags) profile.think_opening_omitted = true;
}

// Groq gives raw tags unless it is asked, and refuses the question for models that cannot reason.
void groq_parsed(Profile& profile) {
  if (profile.asks_reasoning_format) profile.reasoning_format = "parsed";
}

// The older models of Moonshot do not reason.
void old_moonshot(Profile& profile) {
  if (profile.reasoning_back == ReasoningBack::every_turn) {
    profile.reasoning_back = ReasoningBack::never;
  }
}

// OpenAI's reasoning models want the newer name of the limit; OpenRouter translates it for them.
void openai_reasoner(Profile& profile) {
  if (!profile.many_makers) profile.max_tokens_key = "max_completion_tokens";
}

// The vendors say of which models they hold to a schema; of the others they want no schema at all.
void takes_schema(Profile& profile) {
  if (profile.schema_form == SchemaForm::json_object) profile.schema_form = SchemaForm::json_schema;
}

// By this name they are at Google's own address in OpenAI's dialect: others put a vendor in front.
void gemini_3(Profile& profile) { profile.signature_stand_in = true; }

constexpr std::array kModelRules{
    ModelRule{"deepseek-reasoner*", old_deepseek},
    ModelRule{"*deepseek-r1*", old_deepseek},
    ModelRule{"*-r1*", raw_r1},
    ModelRule{"*-R1*", raw_r1},
    ModelRule{"r1*", raw_r1},
    ModelRule{"qwen*", groq_parsed},
    ModelRule{"deepseek-r1*", groq_parsed},
    ModelRule{"moonshot-v1*", old_moonshot},
    ModelRule{"openai/gpt-5*", openai_reasoner},     // GitHub Models
    ModelRule{"openai/o?", openai_reasoner},         // GitHub Models
    ModelRule{"openai/o?-*", openai_reasoner},       // GitHub Models
    ModelRule{"openai/gpt-oss*", takes_schema},      // Groq
    ModelRule{"meta-llama/llama-4*", takes_schema},  // Groq
    ModelRule{"moonshotai/kimi*", takes_schema},     // Groq
    ModelRule{"kimi-*", takes_schema},               // Moonshot
    ModelRule{"qwen3.7*", takes_schema},             // Qwen
    ModelRule{"qwen3.8*", takes_schema},             // Qwen
    ModelRule{"gemini-3*", gemini_3},
    ModelRule{"models/gemini-3*", gemini_3},
};

}  // namespace

Profile profile_for_model(const Profile& vendor, std::string_view model) {
  Profile profile = vendor;
  for (const ModelRule& rule : kModelRules) {
    if (glob_match(rule.pattern, model)) rule.apply(profile);
  }
  return profile;
}

}  // namespace yoke::openai_chat

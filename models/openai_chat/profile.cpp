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

constexpr std::array kModelRules{
    ModelRule{"deepseek-reasoner*", old_deepseek},
    ModelRule{"*deepseek-r1*", old_deepseek},
    ModelRule{"*-r1*", raw_r1},
    ModelRule{"*-R1*", raw_r1},
    ModelRule{"r1*", raw_r1},
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

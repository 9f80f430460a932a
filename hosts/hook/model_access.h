#pragma once

#include <string>
#include <variant>
#include <vector>

#include "hosts/hook/model_name.h"
#include "hosts/hook/principal.h"
#include "hosts/hook/reply.h"
#include "models/catalogue.h"

// What a client of another's wire may ask, and what is known of those who will answer.
namespace yoke {

// Who asks has to have the scope and the right: what they may not see is not there. The refusals
// have the codes of OpenAI's clients (404 model_not_found, 403 insufficient_scope, 400
// invalid_value) and the param "model".
std::variant<Refusal, ModelName> model_for(App& app, const Principal& who,
                                           const std::string& asked);

// The "backend/model"s that may answer; none for an agent.
std::vector<std::string> answering(App& app, const ModelName& name);

struct TargetFacts {
  std::string preset;
  ModelFacts facts;
};
TargetFacts facts_of_target(const Config& config, const std::string& target);

}  // namespace yoke

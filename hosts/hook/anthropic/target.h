#pragma once

#include <set>
#include <string>
#include <variant>

#include "hosts/hook/anthropic/ask.h"
#include "hosts/hook/model_name.h"
#include "hosts/hook/services.h"

namespace yoke::anthropic {

// What a request is for, once it may ask that.
struct Target {
  ModelName name;
  std::vector<std::string> models;  // "backend/model": what may answer; of an agent: none
};

// Who asks has to have the scope and the right. What they may not see is not there.
std::variant<Refusal, Target> find_target(App& app, const Principal& who, const std::string& asked);

// Fits what the client asked of its own vendor's models to those that will answer: no more output
// than they are known to give, and effort only where they are known to think.
void fit(App& app, const Target& target, Ask& ask);

// Origins of the opaque parts that Anthropic itself makes, over all backends.
std::set<std::string> anthropic_origins(const Config& config);

// A refusal with the statuses that Anthropic's clients know.
Refusal anthropic_status(Refusal refusal);
Refusal bad_request(const Error& error);

}  // namespace yoke::anthropic

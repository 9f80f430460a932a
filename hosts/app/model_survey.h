#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hosts/app/find_models.h"
#include "models/prices.h"

namespace yoke {

// What is known of one model at one backend.
struct SurveyedModel {
  std::string name;
  bool listed = false;              // its server lists it
  std::vector<std::string> routes;  // that name it
  ModelFacts facts;
  std::optional<Price> price = {};
  std::string price_source = {};  // "yoke.toml", or the date of the table
};

// A backend that can be used, and how it stands.
struct SurveyedBackend {
  enum class Origin { configured, key, server };
  enum class State {
    reachable,
    unreachable,
    not_asked,  // its model is a script, or its server is started when it is needed
  };

  std::string name;
  std::string preset;
  std::string address;  // empty: a script's
  std::string key_name =
      {};  // where its key comes from: "env:OPENAI_API_KEY"; empty: it needs none
  bool key_set = false;
  Origin origin = Origin::configured;
  State state = State::not_asked;
  std::string why = {};      // unreachable, not_asked
  std::string checked = {};  // the preset's: "documented"
  std::vector<SurveyedModel> models = {};
};
std::string_view name_of(SurveyedBackend::Origin origin);
std::string_view name_of(SurveyedBackend::State state);

// Looks at what is configured, at vendors whose keys are set, and at `places`; asks each backend
// for its models, all at once. `config` is what models_of() gives, with add_implied().
awaitable<std::vector<SurveyedBackend>> survey_models(HttpSender& http, ModelsConfig config,
                                                      std::vector<FoundKey> keys,
                                                      std::vector<UsualPlace> places,
                                                      Deadline deadline);

}  // namespace yoke

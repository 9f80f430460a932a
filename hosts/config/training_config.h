#pragma once

#include <map>
#include <string>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

// `training` of [backends.NAME]: whether models may be trained on its replies, as far as the
// operator says.
using TrainingConfig = std::map<std::string, bool>;

// What is wrong is left with the reader.
TrainingConfig read_training_config(TomlReader& reader, const toml::table& root);
// From the file that `config` was read from. Errors: invalid, with file:line.
Result<TrainingConfig> training_config_of(const Config& config);

// Why a target's replies are not to be trained on; empty: they may be. Nobody's terms are taken for
// granted: what the operator does not speak of may be used only where the answers are his own,
// those of a script.
std::string training_forbidden(const Config& config, const TrainingConfig& said,
                               const std::string& target);

}  // namespace yoke

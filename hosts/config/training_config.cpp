#include "hosts/config/training_config.h"

#include "hosts/config/section.h"

namespace yoke {

TrainingConfig read_training_config(TomlReader& reader, const toml::table& root) {
  TrainingConfig said;
  const toml::table* backends = root.get_as<toml::table>("backends");
  if (backends == nullptr) return said;
  for (const auto& [name, node] : *backends) {
    const toml::table* backend = node.as_table();
    const toml::node* training = backend == nullptr ? nullptr : backend->get("training");
    if (training == nullptr) continue;
    const std::string key(name.str());
    const std::optional<bool> value = training->value_exact<bool>();
    if (value) {
      said[key] = *value;
    } else {
      reader.fail(*training, "'backends." + key + ".training' must be true or false");
    }
  }
  return said;
}

Result<TrainingConfig> training_config_of(const Config& config) {
  return section_of(config, read_training_config);
}

std::string training_forbidden(const Config& config, const TrainingConfig& said,
                               const std::string& target) {
  const std::string backend = target.substr(0, target.find('/'));
  const auto word = said.find(backend);
  if (word != said.end()) {
    return word->second ? std::string() : "[backends." + backend + "] training = false forbids it";
  }
  const auto found = config.backends.find(backend);
  const bool own = found != config.backends.end() && found->second.preset == "scripted";
  if (own) return {};
  return "replies of '" + backend +
         "' are left out until you say that its terms allow training on them: [backends." +
         backend + "] training = true";
}

}  // namespace yoke

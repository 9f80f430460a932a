#include "hosts/config/sections.h"

namespace yoke {

void read_serve_models(TomlReader& reader, const toml::table& serve, ServeConfig& config) {
  const toml::table* models = reader.table(serve, "serve", "models");
  if (models == nullptr) return;
  config.models = reader.text_map(serve, "serve", "models");
  for (const auto& [glob, target] : config.models) {
    const std::size_t slash = target.find('/');
    const bool whole = slash != std::string::npos && slash > 0 && slash + 1 < target.size();
    if (whole || reader.failed()) continue;
    reader.fail(*models->get(glob),
                "'serve.models." + glob + "': '" + target +
                    "' is no target: write agent/NAME, route/NAME or backend/model");
  }
}

}  // namespace yoke

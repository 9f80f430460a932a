#include "hosts/config/context_config.h"

#include "hosts/config/section.h"

namespace yoke {

ContextConfig read_context_config(TomlReader& reader, const toml::table& root) {
  ContextConfig to;
  if (const toml::table* skills = reader.table(root, "", "skills")) {
    reader.check_keys(*skills, "skills", {"paths"});
    if (skills->contains("paths")) to.skill_paths = reader.texts(*skills, "skills", "paths");
  }
  const toml::table* context = reader.table(root, "", "context");
  if (context == nullptr) return to;
  reader.check_keys(*context, "context", {"files", "bytes_max"});
  to.line = line_of(*context);
  if (context->contains("files")) {
    to.files = reader.texts(*context, "context", "files");
    to.by_default = false;
    to.line = line_of(*context->get("files"));
  }
  const auto most = reader.bytes(*context, "context", "bytes_max");
  if (most) to.bytes_max = *most;
  return to;
}

Result<ContextConfig> context_config_of(const Config& config) {
  return section_of(config, &read_context_config);
}

}  // namespace yoke

#include "hosts/app/memory_settings.h"

namespace yoke {

Result<MemoryOptions> memory_options_of(const Config& config) {
  MemoryOptions options;
  Result<std::string> path = memory_path_of(config.store_url);
  if (!path) return path.error();
  options.path = std::move(*path);
  const auto section = config.bundled.find("memory");
  if (section == config.bundled.end()) return options;
  const Json& settings = section->second.settings;
  options.embed = string_at(settings, "embed");
  options.entries_max = integer_at(settings, "entries", options.entries_max);
  const auto usual = static_cast<std::int64_t>(options.text_bytes_max);
  options.text_bytes_max = static_cast<std::size_t>(integer_at(settings, "text_bytes", usual));
  return options;
}

}  // namespace yoke

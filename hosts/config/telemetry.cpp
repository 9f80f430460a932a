#include "hosts/config/sections.h"
#include "runtime/base/text.h"

namespace yoke {

void read_telemetry(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* telemetry = reader.table(root, "", "telemetry");
  if (telemetry == nullptr) return;
  TelemetryConfig& to = config.telemetry;
  reader.check_keys(*telemetry, "telemetry", {"log", "otlp", "content", "headers"});
  to.log = reader.text(*telemetry, "telemetry", "log");
  to.otlp = reader.text(*telemetry, "telemetry", "otlp");
  const bool address = to.otlp.starts_with("http://") || to.otlp.starts_with("https://");
  if (!to.otlp.empty() && !address) {
    reader.fail(*telemetry->get("otlp"),
                "'telemetry.otlp': '" + shorten(printable(to.otlp), 120) +
                    "' is no collector's address: begin it with http:// or https://");
  }
  to.headers = reader.text_map(*telemetry, "telemetry", "headers");
  if (!to.log.empty() && to.log != "text" && to.log != "json" && to.log != "none") {
    reader.fail(*telemetry->get("log"), "'telemetry.log' must be \"text\", \"json\" or \"none\"");
  }
  const toml::node* content = telemetry->get("content");
  if (content != nullptr) {
    const std::optional<bool> value = content->value_exact<bool>();
    if (!value) return reader.fail(*content, "'telemetry.content' must be true or false");
    to.content = *value;
  }
  to.line = line_of(*telemetry);
}

}  // namespace yoke

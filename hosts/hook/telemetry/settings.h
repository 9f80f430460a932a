#pragma once

#include "hosts/config/config.h"
#include "hosts/hook/telemetry/exporter.h"
#include "hosts/hook/telemetry/log.h"

namespace yoke {

// [telemetry] and OpenTelemetry's own environment variables, resolved.
struct TelemetrySettings {
  ServiceLog::Form log = ServiceLog::Form::none;
  OtlpExporter::Options otlp = {};  // its url is empty: nothing is sent
  bool newest_names = false;
  bool content = false;
};
// Errors: invalid (no address, a header that is none, a reference to nothing).
Result<TelemetrySettings> telemetry_settings(const Config& config, const std::string& version);

// Who serves a target, in the words of the conventions; who is not among them goes by the name of
// the preset.
std::string telemetry_provider(const Config& config, const std::string& target);

}  // namespace yoke

#include "hosts/hook/telemetry/settings.h"

#include <charconv>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr const char* kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
constexpr const char* kTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

// A variable of the environment or of .env; empty where it is not set.
std::string variable(const Config& config, const std::string& name) {
  const Result<std::string> value = resolve_reference(config, "env:" + name);
  return value ? std::string(trim(*value)) : std::string();
}

std::string with_path(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url.ends_with("/v1/traces") ? url : url + "/v1/traces";
}

Result<void> add_header(HttpHeaders& headers, const std::string& name, const std::string& value,
                        const std::string& place) {
  if (!is_http_token(name) || !is_http_field_value(value)) {
    return Error{Errc::invalid, "'" + shorten(printable(name), 60) + "' is no header", place};
  }
  headers.set(name, value);
  return {};
}

// "Bearer%20x" as "Bearer x"; a '%' without two hexadecimal digits stands for itself.
std::string decoded_value(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view digits = text.substr(at).starts_with('%') ? text.substr(at + 1, 2) : "";
    unsigned byte = 0;
    const char* end = digits.data() + digits.size();
    const bool coded =
        digits.size() == 2 && std::from_chars(digits.data(), end, byte, 16).ptr == end;
    out += coded ? static_cast<char>(byte) : text[at];
    if (coded) at += 2;
  }
  return out;
}

// "a=b,c=d%2Ce", as OpenTelemetry has it.
Result<void> add_listed(HttpHeaders& headers, const std::string& list) {
  for (const std::string& one : split(list, ',')) {
    const std::size_t equals = one.find('=');
    if (trim(one).empty()) continue;
    if (equals == std::string::npos) {
      return Error{Errc::invalid, "it is a list of NAME=VALUE", "OTEL_EXPORTER_OTLP_HEADERS"};
    }
    const Result<void> added =
        add_header(headers, std::string(trim(one.substr(0, equals))),
                   decoded_value(trim(one.substr(equals + 1))), "OTEL_EXPORTER_OTLP_HEADERS");
    if (!added) return added.error();
  }
  return {};
}

Result<void> read_headers(const Config& config, HttpHeaders& headers) {
  const Result<void> listed = add_listed(headers, variable(config, "OTEL_EXPORTER_OTLP_HEADERS"));
  if (!listed) return listed.error();
  for (const auto& [name, reference] : config.telemetry.headers) {
    const std::string place = place_in(config, config.telemetry.line);
    std::string value = reference;
    if (is_reference(reference)) {
      Result<std::string> resolved = resolve_reference(config, reference);
      if (!resolved) return Error{Errc::invalid, resolved.error().message(), place};
      value = std::move(*resolved);
    }
    const Result<void> added = add_header(headers, name, value, place);
    if (!added) return added.error();
  }
  return {};
}

}  // namespace

Result<TelemetrySettings> telemetry_settings(const Config& config, const std::string& version) {
  TelemetrySettings settings;
  const TelemetryConfig& written = config.telemetry;
  if (written.log == "text") settings.log = ServiceLog::Form::text;
  if (written.log == "json") settings.log = ServiceLog::Form::json;
  settings.content = written.content;
  std::string url = written.otlp.empty() ? std::string() : with_path(written.otlp);
  if (url.empty()) url = variable(config, kTracesEndpoint);
  if (url.empty() && !variable(config, kEndpoint).empty()) {
    url = with_path(variable(config, kEndpoint));
  }
  if (variable(config, "OTEL_SDK_DISABLED") == "true") url.clear();
  if (url.empty()) return settings;
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return Error{Errc::invalid,
                 "the collector's address '" + shorten(printable(url), 120) +
                     "' begins with neither http:// nor https://",
                 written.otlp.empty() ? kEndpoint : place_in(config, written.line)};
  }
  settings.otlp.url = url;
  const Result<void> headers = read_headers(config, settings.otlp.headers);
  if (!headers) return headers.error();
  const std::string service = variable(config, "OTEL_SERVICE_NAME");
  if (!service.empty()) settings.otlp.resource.service = service;
  settings.otlp.resource.version = version;
  const std::string opted = variable(config, "OTEL_SEMCONV_STABILITY_OPT_IN");
  for (const std::string& one : split(opted, ',')) {
    if (trim(one) == "gen_ai_latest_experimental") settings.newest_names = true;
  }
  return settings;
}

std::string telemetry_provider(const Config& config, const std::string& target) {
  const std::string backend = target.substr(0, target.find('/'));
  const auto found = config.backends.find(backend);
  const std::string preset = found == config.backends.end() ? backend : found->second.preset;
  if (preset == "azure") return "azure.ai.openai";
  if (preset == "gemini") return "gcp.gemini";
  if (preset == "mistral") return "mistral_ai";
  if (preset == "moonshot") return "moonshot_ai";
  if (preset == "xai") return "x_ai";
  return preset;
}

}  // namespace yoke

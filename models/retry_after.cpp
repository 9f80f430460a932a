#include "models/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "runtime/base/ascii.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;

milliseconds bounded(double value_ms) {
  constexpr double kDayMs = 86'400'000.0;
  return milliseconds(static_cast<std::int64_t>(std::ceil(std::clamp(value_ms, 0.0, kDayMs))));
}

std::optional<double> number_of(std::string_view text) {
  text = trim(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<Micros> micros_of_http_date(std::string_view text) {
  constexpr std::size_t kLength = 29;
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != kLength || text.substr(25) != " GMT") return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::string number = std::to_string(month / 3 + 1);
  std::string iso(text.substr(12, 4));
  iso += (number.size() < 2 ? "-0" : "-") + number + "-";
  iso.append(text.substr(5, 2)).append("T").append(text.substr(17, 8)).append("Z");
  const Result<Micros> micros = micros_from_iso8601(iso);
  return micros ? std::optional(*micros) : std::nullopt;
}

std::optional<milliseconds> until_date(std::string_view text, Micros wall_us) {
  std::optional<Micros> date = micros_of_http_date(text);
  if (!date) {
    const Result<Micros> iso = micros_from_iso8601(text);
    if (iso) date = *iso;
  }
  if (!date) return std::nullopt;
  return bounded(static_cast<double>(*date - wall_us) / 1000.0);
}

struct Unit {
  std::string_view name;
  double ms;
};
constexpr std::array kUnits{Unit{"ms", 1},     Unit{"us", 0.001}, Unit{"h", 3'600'000},
                            Unit{"m", 60'000}, Unit{"s", 1'000},  Unit{"d", 86'400'000},
                            Unit{"ns", 1e-6}};

// "1m2.5s", "20ms", "34.07s": the form that Go and protobuf give durations.
std::optional<double> ms_of_duration(std::string_view text) {
  double sum = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [name](const Unit& one) { return one.name == name; });
    if (unit == kUnits.end()) return std::nullopt;
    sum += value * unit->ms;
    text.remove_prefix(name.size());
  }
  return sum;
}

// When a limit is reset: a bare number is seconds, or a point in time when it is that large.
std::optional<milliseconds> reset_of(std::string_view text, Micros wall_us) {
  constexpr double kEpochSeconds = 1e9;
  constexpr double kEpochMs = 1e12;
  text = trim(text);
  if (const auto number = number_of(text)) {
    const double wall_ms = static_cast<double>(wall_us) / 1000.0;
    if (*number >= kEpochMs) return bounded(*number - wall_ms);
    if (*number >= kEpochSeconds) return bounded(*number * 1000.0 - wall_ms);
    return bounded(*number * 1000.0);
  }
  if (const auto ms = ms_of_duration(text)) return bounded(*ms);
  return until_date(text, wall_us);
}

// The name of the header that says how much is left, for one that says when more comes; empty when
// it is no such header.
std::string remaining_name(std::string_view name) {
  std::string lower = to_lower(name);
  if (lower.find("ratelimit") == std::string::npos) return {};
  const std::size_t at = lower.rfind("reset");
  if (at == std::string::npos) return {};
  lower.replace(at, 5, "remaining");
  return lower;
}

std::optional<milliseconds> reset_of_exhausted(const HttpHeaders& headers, Micros wall_us) {
  std::optional<milliseconds> last;
  for (const auto& [name, value] : headers) {
    const std::string remaining = remaining_name(name);
    if (remaining.empty()) continue;
    const auto left = number_of(headers.get(remaining));
    if (!left || *left > 0) continue;
    const auto reset = reset_of(value, wall_us);
    if (reset && (!last || *reset > *last)) last = reset;
  }
  return last;
}

// {"error":{"details":[{"@type":"…google.rpc.RetryInfo","retryDelay":"34.07s"}]}}, or a list of it.
std::optional<milliseconds> retry_info_of(std::string_view body) {
  if (body.find("retryDelay") == std::string_view::npos) return std::nullopt;
  const Result<Json> parsed = parse_json(body);
  if (!parsed) return std::nullopt;
  const Json& first = parsed->is_array() && !parsed->empty() ? parsed->front() : *parsed;
  const Json& details = member_at(member_at(first, "error"), "details");
  if (!details.is_array()) return std::nullopt;
  for (const Json& detail : details) {
    if (const auto ms = ms_of_duration(string_at(detail, "retryDelay"))) return bounded(*ms);
  }
  return std::nullopt;
}

}  // namespace

std::optional<milliseconds> retry_after_of(const HttpHeaders& headers, std::string_view body,
                                           Micros wall_us) {
  if (const auto ms = number_of(headers.get("retry-after-ms"))) return bounded(*ms);
  const std::string_view plain = trim(headers.get("Retry-After"));
  if (const auto seconds = number_of(plain)) return bounded(*seconds * 1000.0);
  if (const auto date = until_date(plain, wall_us)) return date;
  if (const auto info = retry_info_of(body)) return info;
  return reset_of_exhausted(headers, wall_us);
}

}  // namespace yoke

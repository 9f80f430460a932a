#pragma once

#include <map>
#include <string>

namespace yoke {

// [telemetry]
struct TelemetryConfig {
  std::string log;       // "text", "json", "none" or empty
  std::string otlp;      // the collector's address; empty: as the environment says
  bool content = false;  // texts go to the collector, too
  std::map<std::string, std::string> headers;  // a value may be a reference
  int line = 0;
};

}  // namespace yoke

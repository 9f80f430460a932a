#pragma once

#include <string>
#include <vector>

#include "hosts/hook/telemetry/spans.h"

namespace yoke {

// Who sends them.
struct OtlpResource {
  std::string service = "yoke";
  std::string version;
};

// The body of POST …/v1/traces: OTLP in its JSON form.
std::string otlp_text(const std::vector<Span>& spans, const OtlpResource& resource);

}  // namespace yoke

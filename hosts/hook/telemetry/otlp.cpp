#include "hosts/hook/telemetry/otlp.h"

namespace yoke {
namespace {

// 64-bit integers are decimal texts on this wire.
Json value_json(const Json& value) {
  if (value.is_string()) return Json{{"stringValue", value}};
  if (value.is_boolean()) return Json{{"boolValue", value}};
  if (value.is_number_integer()) {
    return Json{{"intValue", std::to_string(value.get<std::int64_t>())}};
  }
  if (value.is_number()) return Json{{"doubleValue", value}};
  if (!value.is_array()) return Json{{"stringValue", to_text(value)}};
  Json values = Json::array();
  for (const Json& each : value) values.push_back(value_json(each));
  return Json{{"arrayValue", {{"values", std::move(values)}}}};
}

Json attributes_json(const Attributes& attributes) {
  Json list = Json::array();
  for (const auto& [key, value] : attributes) {
    list.push_back(Json{{"key", key}, {"value", value_json(value)}});
  }
  return list;
}

std::string nanos(Micros at) { return std::to_string(at) + "000"; }

Json span_json(const Span& span) {
  Json out{{"traceId", span.trace_id},
           {"spanId", span.span_id},
           {"name", span.name},
           {"kind", static_cast<int>(span.kind)},
           {"startTimeUnixNano", nanos(span.begun)},
           {"endTimeUnixNano", nanos(span.ended)},
           {"attributes", attributes_json(span.attributes)}};
  if (!span.parent_id.empty()) out["parentSpanId"] = span.parent_id;
  Json status{{"code", static_cast<int>(span.status)}};
  if (!span.message.empty()) status["message"] = span.message;
  out["status"] = std::move(status);
  for (const SpanEvent& event : span.events) {
    out["events"].push_back(Json{{"timeUnixNano", nanos(event.at)},
                                 {"name", event.name},
                                 {"attributes", attributes_json(event.attributes)}});
  }
  return out;
}

}  // namespace

std::string otlp_text(const std::vector<Span>& spans, const OtlpResource& resource) {
  const Attributes about{{"service.name", resource.service},
                         {"service.version", resource.version},
                         {"telemetry.sdk.name", "yoke"},
                         {"telemetry.sdk.language", "cpp"},
                         {"telemetry.sdk.version", resource.version}};
  Json list = Json::array();
  for (const Span& span : spans) list.push_back(span_json(span));
  const Json scope{{"scope", {{"name", "yoke"}, {"version", resource.version}}},
                   {"spans", std::move(list)}};
  const Json resource_spans{{"resource", {{"attributes", attributes_json(about)}}},
                            {"scopeSpans", Json::array({scope})}};
  return to_text(Json{{"resourceSpans", Json::array({resource_spans})}});
}

}  // namespace yoke

#include "runtime/journal/event.h"

namespace yoke {
namespace {

bool has_type(const Json& value, FieldType type) {
  switch (type) {
    case FieldType::text:
      return value.is_string();
    case FieldType::integer:
      return value.is_number_integer();
    case FieldType::boolean:
      return value.is_boolean();
    case FieldType::object:
      return value.is_object();
    case FieldType::list:
      return value.is_array();
    case FieldType::any:
      return true;
  }
  return false;
}

const FieldSpec* find_field(const EventSpec& spec, std::string_view name) {
  for (const FieldSpec& field : spec.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

Error bad_event(const EventSpec& spec, const std::string& what) {
  return Error{Errc::invalid, std::string(spec.name) + ": " + what};
}

// A little more than the door lets in: what came through it is kept inside an event's fields.
JsonLimits record_limits() {
  JsonLimits limits;
  limits.text_bytes_max *= 4;
  limits.depth_max += 16;
  limits.nodes_max *= 4;
  return limits;
}

}  // namespace

Result<void> check_event(const Event& event) {
  const EventSpec* spec = find_event(static_cast<int>(event.kind));
  if (spec == nullptr) return Error{Errc::invalid, "an event of no known kind"};
  if (!event.fields.is_object()) return bad_event(*spec, "its fields are no object");
  for (const FieldSpec& field : spec->fields) {
    const auto found = event.fields.find(field.name);
    if (found == event.fields.end()) {
      if (field.required) return bad_event(*spec, "lacks '" + std::string(field.name) + "'");
    } else if (!has_type(*found, field.type)) {
      return bad_event(*spec, "'" + std::string(field.name) + "' has the wrong type");
    }
  }
  for (const auto& [name, value] : event.fields.items()) {
    if (find_field(*spec, name) == nullptr) return bad_event(*spec, "unknown field '" + name + "'");
  }
  const bool needs_call = spec->edge == CallEdge::opens || spec->edge == CallEdge::closes;
  if (needs_call && event.call_id.empty()) return bad_event(*spec, "names no call");
  return {};
}

RecordIn to_record(const Event& event) {
  RecordIn record;
  record.kind = static_cast<int>(event.kind);
  record.at = event.at;
  record.call_id = event.call_id;
  record.parent_call = event.parent_call;
  record.attempt = event.attempt;
  record.label = to_text(event.label);
  record.reason = event.reason;
  record.body = to_text(event.fields);
  return record;
}

Result<Event> event_from_record(const Record& record) {
  const EventSpec* spec = find_event(record.kind);
  if (spec == nullptr) {
    return Error{Errc::unsupported, "event " + std::to_string(record.seq) + " of run " +
                                        record.run_id + " is of a kind (" +
                                        std::to_string(record.kind) +
                                        ") that this version of yoke does not know"};
  }
  Result<Json> fields = Json::object();
  if (!record.erased) fields = parse_json(record.body, record_limits());
  if (!fields) return damaged_at(record.run_id, record.seq, fields.error().detail);
  if (!fields->is_object()) {
    return damaged_at(record.run_id, record.seq, "its fields are no object");
  }
  Event event;
  event.erased = record.erased;
  event.kind = spec->kind;
  event.seq = record.seq;
  event.at = record.at;
  event.run_id = record.run_id;
  event.call_id = record.call_id;
  event.parent_call = record.parent_call;
  event.attempt = record.attempt;
  event.reason = record.reason;
  event.label = label_from_text(record.label);
  event.fields = std::move(*fields);
  return event;
}

Error content_erased(const std::string& run_id) {
  return Error{Errc::not_found, "the content of run " + run_id + " was erased"};
}

Error damaged_at(const std::string& run_id, std::int64_t seq, const std::string& why) {
  return Error{Errc::unavailable, "the journal of run " + run_id + " is damaged at event " +
                                      std::to_string(seq) + ": " + why +
                                      "; see what is whole with: yoke runs verify " + run_id};
}

Json to_json(const Event& event) {
  Json out = event.fields;
  out["seq"] = event.seq;
  out["run"] = event.run_id;
  out["kind"] = spec_of(event.kind).name;
  out["at"] = to_iso8601(event.at);
  out["label"] = to_text(event.label);
  if (!event.call_id.empty()) out["call_id"] = event.call_id;
  if (!event.parent_call.empty()) out["parent_call"] = event.parent_call;
  if (event.attempt != 0) out["attempt"] = event.attempt;
  if (!event.reason.empty()) out["reason"] = event.reason;
  if (event.erased) out["erased"] = true;
  return out;
}

}  // namespace yoke

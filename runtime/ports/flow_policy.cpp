#include "runtime/ports/flow_policy.h"

namespace yoke {

std::string_view name_of(CriticalKind kind) {
  switch (kind) {
    case CriticalKind::recipient:
      return "recipient";
    case CriticalKind::place:
      return "place";
    case CriticalKind::path:
      return "path";
    case CriticalKind::account:
      break;
  }
  return "account";
}

std::string_view name_of(ValueOrigin origin) {
  if (origin == ValueOrigin::trusted) return "trusted";
  return origin == ValueOrigin::untrusted ? "untrusted" : "nowhere";
}

Json to_json(const ArgumentSource& source) {
  Json value{{"argument", source.argument},
             {"value", source.value},
             {"kind", name_of(source.kind)},
             {"origin", name_of(source.origin)}};
  if (!source.found_in.empty()) value["found_in"] = source.found_in;
  return value;
}

ArgumentSource argument_source_from_json(const Json& value) {
  ArgumentSource source;
  source.argument = string_at(value, "argument");
  source.value = string_at(value, "value");
  for (const CriticalKind kind : {CriticalKind::place, CriticalKind::path, CriticalKind::account}) {
    if (name_of(kind) == string_at(value, "kind")) source.kind = kind;
  }
  for (const ValueOrigin origin : {ValueOrigin::trusted, ValueOrigin::untrusted}) {
    if (name_of(origin) == string_at(value, "origin")) source.origin = origin;
  }
  for (const Json& name : member_at(value, "found_in")) {
    if (name.is_string()) source.found_in.push_back(name.get<std::string>());
  }
  return source;
}

}  // namespace yoke

#include "runtime/ports/durable_source.h"

namespace yoke {
namespace {

constexpr std::int64_t kDefinitionsMax = 1'000;

Error no_source(const std::string& why) {
  return Error{Errc::invalid, "the source of this script cannot be read: " + why};
}

}  // namespace

Json to_json(const DurableSource& source) {
  using Kind = DurableSource::Kind;
  if (source.kind == Kind::plan) return Json{{"kind", "plan"}};
  const bool is_code = source.kind == Kind::code;
  Json out{{"kind", is_code ? "code" : "workflow"}, {"script", to_json(source.script)}};
  if (is_code) {
    out["tools"] = source.tools;
    return out;
  }
  out["origin"] = std::string(name_of(source.script.origin));
  out["definition"] = source.definition;
  return out;
}

Result<DurableSource> durable_source_from_json(const Json& value) {
  const std::string kind = string_at(value, "kind");
  DurableSource source;
  if (kind == "plan") {
    source.kind = DurableSource::Kind::plan;
    return source;
  }
  if (kind != "code" && kind != "workflow") return no_source("it is of no known kind");
  Result<ScriptSource> script = script_source_from_json(member_at(value, "script"));
  if (!script) return no_source(script.error().message());
  source.script = std::move(*script);
  if (kind == "code") {
    source.kind = DurableSource::Kind::code;
    source.script.origin = ScriptOrigin::stranger;
    for (const Json& name : member_at(value, "tools")) {
      if (!name.is_string()) return no_source("'tools' is no list of names");
      source.tools.push_back(name.get<std::string>());
    }
    return source;
  }
  const Result<ScriptOrigin> origin = script_origin_from_name(string_at(value, "origin"));
  if (!origin) return no_source(origin.error().message());
  if (*origin == ScriptOrigin::bundled) return no_source("no workflow ships with the program");
  source.script.origin = *origin;
  const std::int64_t definition = integer_at(value, "definition");
  if (definition < 0 || definition > kDefinitionsMax) return no_source("it has no such definition");
  source.definition = static_cast<int>(definition);
  return source;
}

}  // namespace yoke

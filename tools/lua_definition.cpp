#include "tools/lua_definition.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "tools/broker/permissions.h"
#include "tools/tool_registry.h"

namespace yoke {
namespace {

const std::vector<std::string> kFields = {"name",   "description", "input",   "output",
                                          "effect", "permissions", "timeout", "critical",
                                          "run",    "probe"};
const std::vector<std::string> kFunctions = {"run", "probe"};
constexpr std::chrono::milliseconds kTimeoutMax = std::chrono::hours(1);

Error wrong(std::string_view field, std::string_view why) {
  return Error{Errc::invalid, std::string(field) + ": " + std::string(why)};
}

bool has_name(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> check_fields(const ScriptDefinition& definition) {
  for (const auto& [field, unused] : definition.fields.items()) {
    if (has_name(kFunctions, field)) return wrong(field, "expected a function");
    if (has_name(kFields, field)) continue;
    return Error{Errc::invalid, "a tool has no field '" + shorten(printable(field), 60) + "'" +
                                    did_you_mean(field, kFields)};
  }
  for (const std::string& name : definition.functions) {
    if (has_name(kFunctions, name)) continue;
    if (has_name(kFields, name)) return wrong(name, "expected plain data, found a function");
    return Error{Errc::invalid, "a tool has no function '" + shorten(printable(name), 60) + "'" +
                                    did_you_mean(name, kFunctions)};
  }
  if (!has_name(definition.functions, "run")) {
    return wrong("run", "the tool has no function run(input, ctx)");
  }
  return {};
}

Result<std::string> text_field(const Json& fields, const char* name) {
  const Json& value = member_at(fields, name);
  if (value.is_null()) return std::string();
  if (!value.is_string())
    return wrong(name, "expected a text, found " + shorten(to_text(value), 80));
  return value.get<std::string>();
}

struct SchemaPair {
  Json json;
  std::shared_ptr<const Schema> compiled;
};

Result<SchemaPair> schema_field(const Json& fields, const char* name) {
  Result<Json> expanded = expand_shorthand(member_at(fields, name));
  if (!expanded) return wrong(name, expanded.error().message());
  Result<std::shared_ptr<const Schema>> compiled = Schema::compile(*expanded);
  if (!compiled) return wrong(name, compiled.error().message());
  return SchemaPair{std::move(*expanded), std::move(*compiled)};
}

Result<void> read_schemas(LuaDefinition& out, const Json& fields) {
  Result<SchemaPair> input = schema_field(fields, "input");
  if (!input) return input.error();
  if (string_at(input->json, "type", "object") != "object" || !input->json.is_object()) {
    return wrong("input", "the arguments of a tool are an object: type = \"object\"");
  }
  out.spec.input_schema = std::move(input->json);
  out.input = std::move(input->compiled);
  if (member_at(fields, "output").is_null()) return {};
  Result<SchemaPair> output = schema_field(fields, "output");
  if (!output) return output.error();
  out.spec.output_schema = std::move(output->json);
  out.output = std::move(output->compiled);
  return {};
}

Result<void> read_permissions(LuaDefinition& out, const Json& fields,
                              const std::vector<std::string>& modules) {
  const Json& declared = member_at(fields, "permissions");
  const Result<Permissions> permissions = parse_permissions(declared);
  if (!permissions) return permissions.error();
  for (const std::string& module : permissions->modules()) {
    if (has_name(modules, module)) continue;
    return Error{Errc::unsupported,
                 "permissions: the module '" + module + "' is not available to tool scripts here"};
  }
  if (declared.is_object()) out.spec.permissions = declared;
  out.spec.effect = permissions->only_reads() ? Effect::read : Effect::once;
  return {};
}

Result<void> read_effect(LuaDefinition& out, const Json& fields) {
  const Result<std::string> text = text_field(fields, "effect");
  if (!text) return text.error();
  if (text->empty()) return {};
  const Result<Effect> effect = effect_from_name(*text);
  if (!effect) return wrong("effect", "expected read, idempotent or once, found '" + *text + "'");
  out.spec.effect = *effect;
  return {};
}

Result<void> read_timeout(LuaDefinition& out, const Json& fields) {
  const Json& value = member_at(fields, "timeout");
  if (value.is_null()) return {};
  const bool plain = value.is_number() || value.is_string();
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  const Result<std::chrono::milliseconds> timeout =
      plain ? parse_duration(text) : wrong("timeout", "expected a duration such as \"20s\"");
  if (!timeout) return wrong("timeout", timeout.error().detail);
  if (*timeout <= std::chrono::milliseconds(0) || *timeout > kTimeoutMax) {
    return wrong("timeout", "expected more than nothing and at most 1h, found " + text);
  }
  out.spec.timeout = *timeout;
  return {};
}

// Each names an argument, or a field of one, that the input schema has.
Result<void> read_critical(LuaDefinition& out, const Json& fields) {
  const Json& value = member_at(fields, "critical");
  if (value.is_null()) return {};
  const bool empty = value.is_object() && value.empty();  // what Lua makes of {}
  if (!value.is_array() && !empty) {
    return wrong("critical", "expected a list of arguments' names, such as { \"to\", \"cc\" }");
  }
  const Json& properties = member_at(out.spec.input_schema, "properties");
  std::vector<std::string> known;
  for (const auto& [name, unused] : properties.items()) known.push_back(name);
  out.critical.emplace();
  for (const Json& each : value) {
    const std::string name = each.is_string() ? each.get<std::string>() : to_text(each);
    if (!has_name(known, name.substr(0, name.find_first_of(".[")))) {
      return wrong("critical", "there is no argument '" + shorten(printable(name), 60) + "'" +
                                   did_you_mean(name, known));
    }
    out.critical->push_back(name);
  }
  return {};
}

Result<void> read_names(LuaDefinition& out, const Json& fields) {
  Result<std::string> name = text_field(fields, "name");
  if (!name) return name.error();
  if (name->empty()) return wrong("name", "the tool has no name");
  if (Result<void> checked = check_tool_name(*name); !checked) return checked;
  if (name->find(':') != std::string::npos) return wrong("name", "a Lua tool's name has no ':'");
  Result<std::string> description = text_field(fields, "description");
  if (!description) return description.error();
  out.spec.name = std::move(*name);
  out.spec.description = std::move(*description);
  return {};
}

Result<void> read_all(LuaDefinition& out, const ScriptDefinition& definition,
                      const std::vector<std::string>& modules) {
  const Json& fields = definition.fields;
  if (Result<void> read = check_fields(definition); !read) return read;
  if (Result<void> read = read_names(out, fields); !read) return read;
  if (Result<void> read = read_schemas(out, fields); !read) return read;
  if (Result<void> read = read_critical(out, fields); !read) return read;
  if (Result<void> read = read_permissions(out, fields, modules); !read) return read;
  if (Result<void> read = read_effect(out, fields); !read) return read;
  if (Result<void> read = read_timeout(out, fields); !read) return read;
  out.spec.has_probe = has_name(definition.functions, "probe");
  return {};
}

}  // namespace

Result<LuaDefinition> read_definition(const ScriptSource& source,
                                      const ScriptDefinition& definition, int index,
                                      const std::vector<std::string>& modules) {
  LuaDefinition out;
  out.index = index;
  out.spec.origin = "lua:" + source.name;
  out.spec.source_hash = hash_of(source);
  if (Result<void> read = read_all(out, definition, modules); !read) {
    Error error = read.error();
    if (!out.spec.name.empty()) error.detail = "tool '" + out.spec.name + "': " + error.detail;
    error.place = source.name + ":" + std::to_string(definition.line);
    return error;
  }
  return out;
}

}  // namespace yoke

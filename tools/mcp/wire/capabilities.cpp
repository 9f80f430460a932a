#include "tools/mcp/wire/capabilities.h"

#include "tools/mcp/wire/names.h"

namespace yoke::mcp {
namespace {

void put_text(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

void put_object(Json& out, const char* key, const Json& value) {
  if (value.is_object() && !value.empty()) out[key] = value;
}

// Members that are no objects are left out: a setting must be one.
Json objects_in(const Json& value) {
  Json out = Json::object();
  if (!value.is_object()) return out;
  for (const auto& [name, settings] : value.items()) {
    if (settings.is_object()) out[name] = settings;
  }
  return out;
}

bool has_object(const Json& value, std::string_view key) {
  return member_at(value, key).is_object();
}

Json flag_object(std::initializer_list<std::pair<const char*, bool>> flags) {
  Json out = Json::object();
  for (const auto& [name, on] : flags) {
    if (on) out[name] = true;
  }
  return out;
}

bool is_token(const Json& value) { return value.is_string() || value.is_number_integer(); }

}  // namespace

Json to_json(const Implementation& program) {
  Json out = {{"name", program.name}, {"version", program.version}};
  put_text(out, "title", program.title);
  put_text(out, "description", program.description);
  put_text(out, "websiteUrl", program.website);
  return out;
}

Implementation implementation_from_json(const Json& value) {
  return {string_at(value, "name"), string_at(value, "version"), string_at(value, "title"),
          string_at(value, "description"), string_at(value, "websiteUrl")};
}

Json to_json(const ClientCapabilities& capabilities, Era era) {
  Json out = Json::object();
  if (capabilities.roots) {
    const bool told = capabilities.roots_list_changed && era == Era::legacy;
    out["roots"] = flag_object({{"listChanged", told}});
  }
  if (capabilities.sampling) {
    Json& sampling = out["sampling"] = Json::object();
    if (capabilities.sampling_tools) sampling["tools"] = Json::object();
    if (capabilities.sampling_context) sampling["context"] = Json::object();
  }
  if (capabilities.elicitation_form || capabilities.elicitation_url) {
    Json& elicitation = out["elicitation"] = Json::object();
    if (capabilities.elicitation_form) elicitation["form"] = Json::object();
    if (capabilities.elicitation_url) elicitation["url"] = Json::object();
  }
  put_object(out, "extensions", capabilities.extensions);
  put_object(out, "experimental", capabilities.experimental);
  return out;
}

ClientCapabilities client_capabilities_from_json(const Json& value) {
  ClientCapabilities out;
  out.roots = has_object(value, "roots");
  out.roots_list_changed = bool_at(member_at(value, "roots"), "listChanged");
  out.sampling = has_object(value, "sampling");
  out.sampling_tools = has_object(member_at(value, "sampling"), "tools");
  out.sampling_context = has_object(member_at(value, "sampling"), "context");
  const Json& elicitation = member_at(value, "elicitation");
  out.elicitation_url = has_object(elicitation, "url");
  out.elicitation_form =
      has_object(elicitation, "form") || (elicitation.is_object() && !out.elicitation_url);
  out.extensions = objects_in(member_at(value, "extensions"));
  out.experimental = objects_in(member_at(value, "experimental"));
  return out;
}

Json missing_capabilities(const ClientCapabilities& given, const ClientCapabilities& needed) {
  ClientCapabilities missing;
  missing.roots = needed.roots && !given.roots;
  missing.sampling_tools = needed.sampling_tools && !given.sampling_tools;
  missing.sampling_context = needed.sampling_context && !given.sampling_context;
  missing.sampling =
      (needed.sampling && !given.sampling) || missing.sampling_tools || missing.sampling_context;
  missing.elicitation_form = needed.elicitation_form && !given.elicitation_form;
  missing.elicitation_url = needed.elicitation_url && !given.elicitation_url;
  for (const auto& [name, settings] : needed.extensions.items()) {
    if (!given.extensions.contains(name)) missing.extensions[name] = settings;
  }
  return to_json(missing, Era::modern);
}

Json to_json(const ServerCapabilities& capabilities) {
  Json out = Json::object();
  if (capabilities.tools) {
    out["tools"] = flag_object({{"listChanged", capabilities.tools_list_changed}});
  }
  if (capabilities.prompts) {
    out["prompts"] = flag_object({{"listChanged", capabilities.prompts_list_changed}});
  }
  if (capabilities.resources) {
    out["resources"] = flag_object({{"listChanged", capabilities.resources_list_changed},
                                    {"subscribe", capabilities.resources_subscribe}});
  }
  if (capabilities.logging) out["logging"] = Json::object();
  if (capabilities.completions) out["completions"] = Json::object();
  put_object(out, "extensions", capabilities.extensions);
  put_object(out, "experimental", capabilities.experimental);
  return out;
}

ServerCapabilities server_capabilities_from_json(const Json& value) {
  ServerCapabilities out;
  out.tools = has_object(value, "tools");
  out.tools_list_changed = bool_at(member_at(value, "tools"), "listChanged");
  out.prompts = has_object(value, "prompts");
  out.prompts_list_changed = bool_at(member_at(value, "prompts"), "listChanged");
  out.resources = has_object(value, "resources");
  out.resources_list_changed = bool_at(member_at(value, "resources"), "listChanged");
  out.resources_subscribe = bool_at(member_at(value, "resources"), "subscribe");
  out.logging = has_object(value, "logging");
  out.completions = has_object(value, "completions");
  out.extensions = objects_in(member_at(value, "extensions"));
  out.experimental = objects_in(member_at(value, "experimental"));
  return out;
}

Json to_json(const RequestMeta& meta) {
  Json out = Json::object();
  out[std::string(meta::kProtocolVersion)] = meta.version;
  out[std::string(meta::kClientCapabilities)] = to_json(meta.capabilities, Era::modern);
  if (!meta.client.name.empty()) out[std::string(meta::kClientInfo)] = to_json(meta.client);
  if (!meta.log_level.empty()) out[std::string(meta::kLogLevel)] = meta.log_level;
  if (is_token(meta.progress_token)) out[std::string(meta::kProgressToken)] = meta.progress_token;
  return out;
}

bool is_modern(const Json& params) {
  return !member_at(member_at(params, "_meta"), meta::kProtocolVersion).is_null();
}

MetaRead request_meta_of(const Json& params) {
  MetaRead read;
  const Json& from = member_at(params, "_meta");
  const auto missing = [](std::string_view name, std::string_view what) {
    return RpcError{code::kInvalidParams,
                    "params._meta needs '" + std::string(name) + "', " + std::string(what)};
  };
  read.meta.version = string_at(from, meta::kProtocolVersion);
  if (read.meta.version.empty()) {
    read.error = missing(meta::kProtocolVersion, "the revision that the request is of");
    return read;
  }
  if (era_of(read.meta.version) != Era::modern) {
    read.error = unsupported_version(read.meta.version, false);
    return read;
  }
  if (!has_object(from, meta::kClientCapabilities)) {
    read.error = missing(meta::kClientCapabilities, "an object, which may be empty");
    return read;
  }
  read.meta.capabilities =
      client_capabilities_from_json(member_at(from, meta::kClientCapabilities));
  read.meta.client = implementation_from_json(member_at(from, meta::kClientInfo));
  read.meta.log_level = string_at(from, meta::kLogLevel);
  const Json& token = member_at(from, meta::kProgressToken);
  if (is_token(token)) read.meta.progress_token = token;
  return read;
}

RpcError unsupported_version(std::string_view requested, bool legacy_too) {
  Json supported = Json::array();
  for (const std::string_view version : versions(Era::modern)) {
    supported.push_back(std::string(version));
  }
  if (legacy_too) {
    for (const std::string_view version : versions(Era::legacy)) {
      supported.push_back(std::string(version));
    }
  }
  RpcError error;
  error.code = code::kUnsupportedVersion;
  error.message = "protocol version '" + std::string(requested) + "' is not supported";
  error.data = {{"supported", supported}, {"requested", std::string(requested)}};
  return error;
}

}  // namespace yoke::mcp

#pragma once

#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "tools/mcp/wire/message.h"
#include "tools/mcp/wire/versions.h"

// What each side says that it can. Reading is lenient: what is not understood is not there.
namespace yoke::mcp {

// A program, as it names itself. Not verified by anything: for logs and people.
struct Implementation {
  std::string name;
  std::string version;
  std::string title = {};
  std::string description = {};
  std::string website = {};
};
Json to_json(const Implementation& program);
Implementation implementation_from_json(const Json& value);

struct ClientCapabilities {
  bool roots = false;
  bool roots_list_changed = false;  // legacy
  bool sampling = false;
  bool sampling_tools = false;
  bool sampling_context = false;
  bool elicitation_form = false;
  bool elicitation_url = false;
  Json extensions = Json::object();    // name -> its settings, an object
  Json experimental = Json::object();  // the same
  bool has_extension(std::string_view name) const { return extensions.contains(name); }
};
Json to_json(const ClientCapabilities& capabilities, Era era);
// An `elicitation` without a mode means forms, as it did before there were two.
ClientCapabilities client_capabilities_from_json(const Json& value);
// Those of `needed` that `given` lacks, in the shape of data.requiredCapabilities; empty: none.
Json missing_capabilities(const ClientCapabilities& given, const ClientCapabilities& needed);

struct ServerCapabilities {
  bool tools = false;
  bool tools_list_changed = false;
  bool prompts = false;
  bool prompts_list_changed = false;
  bool resources = false;
  bool resources_list_changed = false;
  bool resources_subscribe = false;
  bool logging = false;
  bool completions = false;
  Json extensions = Json::object();
  Json experimental = Json::object();
  bool has_extension(std::string_view name) const { return extensions.contains(name); }
};
Json to_json(const ServerCapabilities& capabilities);
ServerCapabilities server_capabilities_from_json(const Json& value);

// What the `_meta` of a modern request must say.
struct RequestMeta {
  std::string version;
  ClientCapabilities capabilities;
  Implementation client;          // may be empty
  std::string log_level;          // empty: no log messages are wanted
  Json progress_token = nullptr;  // a text or an integer; null: no progress is wanted
};
Json to_json(const RequestMeta& meta);  // the members of `_meta`
// Is the request of the modern era? It is when its `_meta` names a version.
bool is_modern(const Json& params);
// Errors: kInvalidParams where a required member is missing or of another type,
//         kUnsupportedVersion with its data.
struct MetaRead {
  RequestMeta meta;
  std::optional<RpcError> error = {};
};
MetaRead request_meta_of(const Json& params);
// The error for a version that is not ours, with all that are.
RpcError unsupported_version(std::string_view requested, bool legacy_too);

}  // namespace yoke::mcp

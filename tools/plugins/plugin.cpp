#include "tools/plugins/plugin.h"

#include <algorithm>
#include <set>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/openapi/document.h"
#include "tools/plugins/function_schema.h"
#include "tools/plugins/plugin_credentials.h"
#include "tools/plugins/plugin_tool.h"

namespace yoke {
namespace {

constexpr std::size_t kPluginToolNameMax = 64;
constexpr std::size_t kNameHashDigits = 6;
constexpr std::size_t kUnfilledToldMax = 20;

using DocumentPtr = std::shared_ptr<const openapi::Document>;

bool is_remote(const std::string& url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

// The manifest of a plugin that is an OpenAPI document alone.
PluginManifest manifest_of_document(const PluginSource& source, const openapi::Document& document) {
  PluginManifest manifest;
  manifest.file = source.file;
  manifest.name_for_human = document.title();
  manifest.name_space = source.name;
  manifest.description_for_model = document.description();
  PluginRuntime runtime;
  runtime.url = source.file;
  manifest.runtimes.push_back(std::move(runtime));
  return manifest;
}

// Loads one plugin, one document at a time.
class PluginLoader {
 public:
  explicit PluginLoader(const PluginSource& source) : source_(source) {}

  Result<void> read_manifest_or_document() {
    Json json = source_.inlined;
    if (json.is_null()) {
      const Result<std::string> text = read(source_.file);
      if (!text) return text.error();
      const Result<Json> parsed = parse_json(without_bom(*text));
      const bool plugin = parsed && package_document_of(*parsed) == PackageDocument::plugin;
      if (!plugin) return read_document_alone(*text, parsed);
      Result<Json> filled =
          read_manifest(*source_.package, source_.file, source_.words, plugin_.findings);
      if (!filled) return filled.error();
      json = std::move(*filled);
    }
    hashed_.field("manifest").field(to_text(json));
    Result<PluginManifest> manifest = read_plugin_manifest(json, source_.file, *source_.package,
                                                           plugin_.findings, source_.only_told);
    if (!manifest) return manifest.error();
    plugin_.manifest = std::move(*manifest);
    return {};
  }

  Result<Plugin> load() {
    plugin_.name = source_.name;
    if (Result<void> done = read_manifest_or_document(); !done) return done.error();
    for (std::size_t i = 0; i < plugin_.manifest.runtimes.size(); ++i) load_runtime(i);
    hash_cards();
    plugin_.hash = to_hex(hashed_.finish());
    std::stable_sort(plugin_.functions.begin(), plugin_.functions.end(),
                     [](const auto& a, const auto& b) { return a.name < b.name; });
    return std::move(plugin_);
  }

  const PluginManifest& manifest() const { return plugin_.manifest; }

 private:
  Result<std::string> read(const std::string& file) { return source_.package->read(file); }

  Result<void> read_document_alone(const std::string& text, const Result<Json>& parsed) {
    if (parsed && package_document_of(*parsed) != PackageDocument::openapi) {
      return Error{Errc::invalid, "it is neither a plugin manifest nor an OpenAPI document",
                   source_.file};
    }
    Result<DocumentPtr> document = openapi::Document::parse(filled(text, source_.file), {});
    if (!document) return Error{Errc::invalid, document.error().message(), source_.file};
    alone_ = *document;
    hashed_.field("document").field(text);
    plugin_.manifest = manifest_of_document(source_, *alone_);
    return {};
  }

  // ${{NAME}} stands in documents too: in the address of a server, in a default.
  std::string filled(const std::string& text, const std::string& file) {
    std::string out(without_bom(text));
    for (const auto& [name, value] : source_.words.environment) {
      for (const std::string& mark : {"${{" + name + "}}", "${{ " + name + " }}"}) {
        for (std::size_t at = out.find(mark); at != std::string::npos;
             at = out.find(mark, at + value.size())) {
          out.replace(at, mark.size(), value);
        }
      }
    }
    tell_unfilled(out, file);
    return out;
  }

  void tell_unfilled(const std::string& text, const std::string& file) {
    std::set<std::string> told;
    for (std::size_t at = text.find("${{"); at != std::string::npos; at = text.find("${{", at)) {
      const std::size_t end = text.find("}}", at);
      if (end == std::string::npos) return;
      const std::string name(trim(std::string_view(text).substr(at + 3, end - at - 3)));
      at = end;
      if (told.size() >= kUnfilledToldMax || !told.insert(name).second) continue;
      put(PluginFinding::Verdict::not_honoured, file, "",
          "nothing is set for the variable '" + shorten(printable(name), 80) +
              "'; what it stands in has no value");
    }
  }

  void put(PluginFinding::Verdict verdict, const std::string& file, const std::string& pointer,
           std::string words) {
    plugin_.findings.push_back({verdict, file, pointer, std::move(words), false});
  }

  void load_runtime(std::size_t index) {
    const PluginRuntime& runtime = plugin_.manifest.runtimes[index];
    if (runtime.kind == PluginRuntime::Kind::mcp) load_mcp(index);
    if (runtime.kind != PluginRuntime::Kind::open_api) return;
    std::string file = plugin_.manifest.file;
    const DocumentPtr document = document_of(runtime, file);
    if (document != nullptr) load_document(index, *document, file);
  }

  DocumentPtr document_of(const PluginRuntime& runtime, std::string& file) {
    if (alone_ != nullptr) return alone_;
    const std::string at = runtime.pointer + "/spec/url";
    if (runtime.document.is_null() && runtime.url.empty()) return nullptr;
    Result<std::string> text = document_text(runtime, file);
    if (!text) {
      put(PluginFinding::Verdict::error, plugin_.manifest.file, at, text.error().message());
      return nullptr;
    }
    hashed_.field("document").field(*text);
    const std::string base = is_remote(runtime.url) ? runtime.url : std::string();
    Result<DocumentPtr> document = openapi::Document::parse(filled(*text, file), base);
    if (document) return *document;
    put(PluginFinding::Verdict::error, file, "", document.error().message());
    return nullptr;
  }

  Result<std::string> document_text(const PluginRuntime& runtime, std::string& file) {
    if (runtime.document.is_string()) return runtime.document.get<std::string>();
    if (!runtime.document.is_null()) return to_text(runtime.document);
    if (is_remote(runtime.url)) {
      file = runtime.url;
      const auto found = source_.documents.find(runtime.url);
      if (found != source_.documents.end()) return found->second;
      return Error{Errc::unavailable,
                   "the document at " + shown_url(runtime.url) + " was not fetched"};
    }
    const Result<std::string> path = package_path(plugin_.manifest.file, runtime.url);
    if (!path) return path.error();
    file = *path;
    return read(*path);
  }

  void load_document(std::size_t index, const openapi::Document& document,
                     const std::string& file) {
    for (const openapi::Finding& finding : document.findings()) put_finding(file, finding);
    for (const FunctionWords& words : plugin_.manifest.functions) {
      if (runs_here(index, words.name)) add_function(index, document, file, words);
    }
    if (plugin_.manifest.has_functions) return;
    for (const openapi::OperationEntry& entry : document.entries()) {
      FunctionWords words;  // inferred: the manifest lists none
      words.name = entry.id.empty() ? entry.name : entry.id;
      if (!plugin_.manifest.runtimes[index].runs(words.name)) continue;
      add_function(index, document, file, words);
    }
    if (alone_ == nullptr) {
      put(PluginFinding::Verdict::honoured, plugin_.manifest.file, "",
          "the manifest lists no functions: they are the operations of " + file);
    }
  }

  // The first runtime that names the function runs it.
  bool runs_here(std::size_t index, const std::string& function) const {
    for (std::size_t i = 0; i < index; ++i) {
      if (plugin_.manifest.runtimes[i].runs(function)) return false;
    }
    return plugin_.manifest.runtimes[index].runs(function);
  }

  void put_finding(const std::string& file, const openapi::Finding& finding) {
    const bool note = finding.kind == openapi::Finding::Kind::note;
    const auto verdict =
        note ? PluginFinding::Verdict::differently : PluginFinding::Verdict::not_honoured;
    const std::string line = finding.line > 0 ? "line " + std::to_string(finding.line) + ": " : "";
    put(verdict, file, finding.pointer, line + finding.message);
  }

  void add_function(std::size_t index, const openapi::Document& document, const std::string& file,
                    const FunctionWords& words) {
    const openapi::OperationEntry* entry = document.find(words.name);
    if (entry == nullptr) {
      put(PluginFinding::Verdict::error, plugin_.manifest.file, words.pointer + "/name",
          "no operation of " + file + " is named '" + shorten(printable(words.name), 60) + "'");
      return;
    }
    Result<openapi::Operation> read = document.operation(*entry);
    if (!read) {
      put(PluginFinding::Verdict::error, file, entry->pointer,
          "the function '" + words.name + "' is left out: " + read.error().message());
      return;
    }
    for (const openapi::Finding& finding : read->findings) put_finding(file, finding);
    const ManifestPlace place{plugin_.manifest.file, words.pointer};
    narrow_input(*read, words, place, plugin_.findings);
    PluginFunction function;
    function.name = words.name;
    function.tool = tool_name(words);
    function.words = words;
    function.runtime = index;
    function.credentials = wanted_of_operation(plugin_, index, document, *read, alone_ != nullptr);
    function.operation = std::make_shared<const openapi::Operation>(std::move(*read));
    put(PluginFinding::Verdict::honoured, file, function.operation->pointer,
        function.operation->method + " " + function.operation->path + " is the tool " +
            function.tool);
    tell_data_handling(function.words);
    plugin_.functions.push_back(std::move(function));
  }

  void tell_data_handling(const FunctionWords& words) {
    if (words.data.told) return;
    put(PluginFinding::Verdict::differently, plugin_.manifest.file, words.pointer,
        "'security_info' is missing: the results of '" + words.name +
            "' count as private and untrusted, its calls as sending data, and a run does not mix "
            "it with other plugins");
  }

  void load_mcp(std::size_t index) {
    const PluginRuntime& runtime = plugin_.manifest.runtimes[index];
    if (runtime.url.empty()) return;
    check_address(runtime);
    PluginMcpServer server;
    server.runtime = index;
    server.url = runtime.url;
    server.is_dynamic = runtime.is_dynamic;
    server.credentials = wanted_of_mcp(plugin_, index);
    plugin_.mcp_servers.push_back(server);
    std::map<std::string, PluginMcpTool> described;
    for (const PluginMcpTool& tool : runtime.mcp_tools) described.emplace(tool.name, tool);
    if (server.is_dynamic) {
      const bool some = !runtime.for_all && !runtime.runs("*");
      put(PluginFinding::Verdict::differently, plugin_.manifest.file, runtime.pointer,
          "the server is asked for its tools by 'yoke mcp check', and a person takes them" +
              (some ? ": of those that it names, " + std::to_string(runtime.functions.size()) +
                          " in all"
                    : std::string()));
    }
    const bool all = plugin_.manifest.functions.empty();
    for (const FunctionWords& words : plugin_.manifest.functions) {
      if (runs_here(index, words.name)) add_mcp(index, server, words, described[words.name]);
    }
    for (const auto& [name, tool] : described) {
      if (!all || name.empty() || !runtime.runs(name)) continue;
      FunctionWords words;
      words.name = name;
      words.description = tool.description;
      add_mcp(index, server, words, tool);
    }
  }

  // A placeholder that nobody filled in was told of before.
  void check_address(const PluginRuntime& runtime) {
    const Result<Url> url = parse_url(runtime.url);
    if (url || runtime.url.find("${{") != std::string::npos) return;
    put(PluginFinding::Verdict::error, plugin_.manifest.file, runtime.pointer + "/spec/url",
        url.error().detail);
  }

  void add_mcp(std::size_t index, const PluginMcpServer& server, const FunctionWords& words,
               const PluginMcpTool& tool) {
    if (tool.for_interfaces) {
      put(PluginFinding::Verdict::not_honoured, plugin_.manifest.file, words.pointer,
          "the MCP tool '" + words.name +
              "' is for what its server shows to a person, and for no model; it is left out");
      return;
    }
    PluginFunction function;
    function.name = words.name;
    function.tool = tool_name(words);
    function.words = words;
    function.runtime = index;
    function.mcp = tool;
    function.mcp.name = words.name;
    function.credentials = server.credentials;
    if (!tool.input_schema.is_object() && words.parameters.is_object()) {
      function.mcp.input_schema = schema_of_parameters(words.parameters);
      function.mcp.description = words.description;
    }
    tell_hints(words, tool);
    const bool described = function.mcp.input_schema.is_object();
    const auto verdict =
        described ? PluginFinding::Verdict::honoured : PluginFinding::Verdict::differently;
    const std::string once = "; what it takes is known once 'yoke mcp check' has met the server";
    put(verdict, plugin_.manifest.file, words.pointer,
        "the MCP tool '" + words.name + "' is the tool " + function.tool + (described ? "" : once));
    tell_data_handling(words);
    plugin_.functions.push_back(std::move(function));
  }

  // Whether it only reads is the manifest's to say: that was looked at, and the server's list may
  // be another one tomorrow.
  void tell_hints(const FunctionWords& words, const PluginMcpTool& tool) {
    const Json& reads = member_at(tool.annotations, "readOnlyHint");
    if (reads == Json(true)) {
      put(PluginFinding::Verdict::honoured, plugin_.manifest.file, words.pointer,
          "'" + words.name +
              "' only reads (annotations.readOnlyHint): its calls are not asked "
              "about");
    } else if (!reads.is_boolean()) {
      put(PluginFinding::Verdict::not_honoured, plugin_.manifest.file, words.pointer,
          "what the server itself hints of '" + words.name +
              "' (readOnlyHint) does not count: its calls are asked about, unless annotations of "
              "mcp_tool_description, or `allow` in [policy], say otherwise");
    }
  }

  std::string tool_name(const FunctionWords& words) {
    std::string name = plugin_tool_name(plugin_.name, words.name);
    if (names_.insert(name).second) return name;
    name = plugin_tool_name(plugin_.name, words.name + "." + std::to_string(names_.size()));
    names_.insert(name);
    return name;
  }

  void hash_cards() {
    for (const PluginFunction& function : plugin_.functions) {
      hashed_.field(function.name);
      if (function.words.response) hashed_.field(to_text(function.words.response->card));
      hashed_.field(to_text(function.mcp.input_schema)).field(function.mcp.description);
    }
  }

  const PluginSource& source_;
  Plugin plugin_;
  DocumentPtr alone_;  // the document that is the whole plugin
  Hasher hashed_;
  std::set<std::string> names_;
};

}  // namespace

Result<std::vector<std::string>> remote_documents(const PluginSource& source) {
  PluginLoader loader(source);
  if (Result<void> done = loader.read_manifest_or_document(); !done) return done.error();
  std::vector<std::string> urls;
  for (const PluginRuntime& runtime : loader.manifest().runtimes) {
    const bool wanted = runtime.kind == PluginRuntime::Kind::open_api &&
                        runtime.document.is_null() && is_remote(runtime.url);
    if (wanted && std::find(urls.begin(), urls.end(), runtime.url) == urls.end()) {
      urls.push_back(runtime.url);
    }
  }
  return urls;
}

Result<Plugin> load_plugin(const PluginSource& source) { return PluginLoader(source).load(); }

ToolSpec plugin_grant_spec(const Plugin& plugin) {
  std::vector<std::string> origins;
  for (const PluginFunction& function : plugin.functions) {
    const std::vector<std::string>& more = function.credentials.origins;
    origins.insert(origins.end(), more.begin(), more.end());
  }
  for (const PluginMcpServer& server : plugin.mcp_servers) origins.push_back(server.url);
  ToolSpec spec;
  spec.name = "plugin:" + plugin.name;
  spec.description = plugin.manifest.description_for_human;
  spec.origin = "plugin:" + plugin.name;
  spec.source_hash = plugin.hash;
  spec.permissions["net"] = hosts_of(origins);
  return spec;
}

std::string plugin_tool_name(const std::string& plugin, const std::string& function) {
  std::string made;
  for (const char c : function) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    made += kept ? c : '_';
  }
  const std::string head = "plugin:" + plugin + ".";
  const std::size_t room = kPluginToolNameMax - std::min(kPluginToolNameMax - 8, head.size());
  if (made == function && made.size() <= room && !made.empty()) return head + made;
  const std::string hash = to_hex(sha256(function)).substr(0, kNameHashDigits);
  return head + made.substr(0, room - kNameHashDigits - 1) + "_" + hash;
}

}  // namespace yoke

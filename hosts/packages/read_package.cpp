#include "hosts/packages/read_package.h"

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using Verdict = PluginFinding::Verdict;

bool is_yaml(std::string_view file) { return file.ends_with(".yaml") || file.ends_with(".yml"); }

bool is_at_top(std::string_view file) { return file.find('/') == std::string_view::npos; }

// What a file is, without a word on what is wrong in it; the first that is no JSON is `broken`.
PackageDocument kind_of_file(Package& files, const std::string& file,
                             std::optional<Error>& broken) {
  const Result<std::string> text = files.read(file);
  if (!text) return PackageDocument::unknown;
  const Result<Json> document = parse_json(without_bom(*text));
  if (!document && !broken) broken = Error{document.error().code, document.error().detail, file};
  return document ? package_document_of(*document) : PackageDocument::unknown;
}

class PackageReader {
 public:
  PackageReader(const std::string& path, ManifestWords words, const std::string& language,
                bool only_told = false)
      : language_(language), only_told_(only_told) {
    out_.path = path;
    out_.words = std::move(words);
  }

  Result<ReadPackage> read() {
    Result<std::shared_ptr<Package>> opened = Package::open(out_.path);
    if (!opened) return opened.error();
    const std::string entry = (*opened)->entry();
    return read_in(std::move(*opened), entry);
  }

  Result<ReadPackage> read_in(std::shared_ptr<Package> files, const std::string& entry) {
    out_.files = std::move(files);
    out_.entry = entry;
    if (out_.entry.empty()) {
      Result<std::string> found = find_entry();
      if (!found) return found.error();
      out_.entry = std::move(*found);
    }
    Result<void> done = is_yaml(out_.entry) ? take_openapi() : read_entry();
    if (!done) return Error{done.error().code, done.error().detail, place_of(done.error())};
    return std::move(out_);
  }

 private:
  std::string place_of(const Error& error) const {
    return error.place.empty() ? out_.path : error.place;
  }
  void put(Verdict verdict, const std::string& file, const std::string& pointer, std::string text,
           bool forbidden = false) {
    out_.findings.push_back(PluginFinding{verdict, file, pointer, std::move(text), forbidden});
  }

  // Of a folder or zip.
  Result<std::string> find_entry() {
    const Result<std::vector<std::string>> names = out_.files->names();
    if (!names) return names.error();
    if (std::find(names->begin(), names->end(), "manifest.json") != names->end()) {
      return std::string("manifest.json");
    }
    std::vector<std::string> agents;
    std::vector<std::string> plugins;
    std::optional<Error> broken;
    for (const std::string& name : *names) {
      if (!name.ends_with(".json") || !is_at_top(name)) continue;
      const PackageDocument kind = kind_of_file(*out_.files, name, broken);
      if (kind == PackageDocument::declarative_agent) agents.push_back(name);
      if (kind == PackageDocument::plugin) plugins.push_back(name);
    }
    const std::vector<std::string>& found = agents.empty() ? plugins : agents;
    if (found.size() == 1) return found.front();
    if (found.empty() && broken) return Error{broken->code, broken->detail, place_of(*broken)};
    const std::string what = found.empty()
                                 ? "holds no manifest.json, declarative agent or plugin at its top"
                                 : "holds several; name one of " + join(found, ", ");
    return Error{Errc::invalid, out_.path + " " + what};
  }

  Result<void> take_openapi() {
    out_.kind = PackageDocument::openapi;
    const std::size_t folder = out_.entry.rfind('/');
    const std::string name =
        folder == std::string::npos ? out_.entry : out_.entry.substr(folder + 1);
    out_.plugins.push_back(
        PackagedPlugin{name.substr(0, name.find('.')), "", out_.entry, "", nullptr});
    return {};
  }

  Result<void> read_entry() {
    Result<Json> document = read_manifest(*out_.files, out_.entry, out_.words, out_.findings);
    if (!document) return document.error();
    out_.kind = package_document_of(*document);
    switch (out_.kind) {
      case PackageDocument::app_manifest:
        return read_app(*document);
      case PackageDocument::declarative_agent:
        return read_agent(out_.entry, *document);
      case PackageDocument::plugin:
        out_.plugins.push_back(plugin_of(*document, out_.entry));
        return {};
      case PackageDocument::openapi:
        return take_openapi();
      case PackageDocument::unknown:
        break;
    }
    return Error{Errc::invalid,
                 "is no app manifest, declarative agent, plugin manifest or OpenAPI document",
                 out_.path};
  }

  Result<void> read_app(const Json& document) {
    // What an agent's texts are localised with stands here; the app's own texts too.
    out_.words.localised = read_localisation(*out_.files, document, language_, out_.findings);
    PluginFindings again;  // the same as the first reading's
    const Result<Json> localised = read_manifest(*out_.files, out_.entry, out_.words, again);
    Result<AppManifest> app = read_app_manifest(localised ? *localised : document, out_.entry,
                                                *out_.files, out_.findings, only_told_);
    if (!app) return app.error();
    out_.app = std::move(*app);
    for (const std::string& file : out_.app->agent_files) {
      const Result<Json> agent = read_manifest(*out_.files, file, out_.words, out_.findings);
      const Result<void> read = agent ? read_agent(file, *agent) : Result<void>(agent.error());
      if (!read) put(Verdict::error, file, "", read.error().detail, true);
    }
    return {};
  }

  Result<void> read_agent(const std::string& file, const Json& document) {
    Result<DeclarativeReading> reading = read_declarative_agent(document, only_told_);
    if (!reading) return Error{reading.error().code, reading.error().detail, file};
    for (AgentFinding& each : reading->findings) {
      put(static_cast<Verdict>(each.verdict), file, each.pointer, std::move(each.text),
          each.forbidden);
    }
    PackagedAgent agent{file, std::move(reading->agent), {}};
    for (const DeclarativeAction& action : agent.agent.actions) {
      if (std::optional<PackagedPlugin> plugin = action_plugin(file, action)) {
        agent.plugins.push_back(std::move(*plugin));
      }
    }
    out_.agents.push_back(std::move(agent));
    return {};
  }

  std::optional<PackagedPlugin> action_plugin(const std::string& file,
                                              const DeclarativeAction& action) {
    PackagedPlugin plugin;
    if (action.file.empty()) {
      plugin = plugin_of(action.manifest, file);
      plugin.inlined = action.manifest;
      plugin.pointer = action.pointer;
    } else {
      Result<PackagedPlugin> named = plugin_file(file, action);
      if (!named) {
        put(Verdict::error, file, action.pointer, named.error().message(), true);
        return std::nullopt;
      }
      plugin = std::move(*named);
    }
    plugin.id = action.id;
    put(Verdict::honoured, file, action.pointer, "its functions are the agent's tools");
    return plugin;
  }

  Result<PackagedPlugin> plugin_file(const std::string& file, const DeclarativeAction& action) {
    Result<std::string> path = package_path(file, action.file);
    if (!path) return path.error();
    PluginFindings of_plugin;  // told where it is loaded
    const Result<Json> document = read_manifest(*out_.files, *path, out_.words, of_plugin);
    if (!document) return document.error();
    return plugin_of(*document, *path);
  }

  static PackagedPlugin plugin_of(const Json& document, const std::string& file) {
    const std::string name_space = string_at(document, "namespace");
    const std::string id = name_space.empty() ? string_at(document, "name_for_human") : name_space;
    return PackagedPlugin{id, name_space, file, "", nullptr};
  }

  const std::string language_;
  const bool only_told_;
  ReadPackage out_;
};

}  // namespace

Result<ReadPackage> read_package(const std::string& path, ManifestWords words,
                                 const std::string& language, bool only_told) {
  return PackageReader(path, std::move(words), language, only_told).read();
}

Result<ReadPackage> read_package_in(std::shared_ptr<Package> files, const std::string& entry,
                                    ManifestWords words, const std::string& language) {
  return PackageReader("", std::move(words), language).read_in(std::move(files), entry);
}

Result<std::string> package_hash(Package& files) {
  const Result<std::vector<std::string>> names = files.names();
  if (!names) return names.error();
  std::string all;
  for (const std::string& name : *names) {
    const Result<std::string> bytes = files.read(name);
    if (!bytes) return bytes.error();
    all += to_hex(sha256(name)) + " " + to_hex(sha256(*bytes)) + "\n";
  }
  return to_hex(sha256(all));
}

std::string_view name_of(PackageDocument kind) {
  switch (kind) {
    case PackageDocument::app_manifest:
      return "app manifest";
    case PackageDocument::declarative_agent:
      return "declarative agent";
    case PackageDocument::plugin:
      return "plugin";
    case PackageDocument::openapi:
      return "OpenAPI document";
    case PackageDocument::unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace yoke

#include <algorithm>
#include <filesystem>

#include "agents/declarative/declarative_program.h"
#include "hosts/app/app.h"
#include "hosts/app/operator_credentials.h"
#include "hosts/app/package_means.h"
#include "hosts/app/plugin_loader.h"
#include "hosts/app/plugin_servers.h"
#include "hosts/app/project.h"
#include "hosts/cli/folder_swap.h"
#include "hosts/cli/plugins.h"
#include "hosts/cli/support.h"
#include "hosts/config/named_sections.h"
#include "hosts/config/read_file.h"
#include "hosts/packages/read_package.h"
#include "hosts/packages/toml_sections.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"
#include "runtime/http/url.h"
#include "tools/oauth/discovery.h"
#include "tools/plugins/plugin.h"

// `yoke plugins add` and `yoke plugins remove`.
namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDownloadBytesMax = 64u << 20;
constexpr const char* kFolder = "plugins";

using PluginFiles = std::map<std::string, std::string>;

bool is_address(const std::string& path) {
  return path.starts_with("https://") || path.starts_with("http://");
}

awaitable<Result<std::string>> fetched(App& app, std::string url) {
  const Result<Url> parsed = parse_url(url);
  if (!parsed) co_return parsed.error();
  const bool here = parsed->host == "127.0.0.1" || parsed->host == "localhost";
  if (!parsed->tls && !here) {
    co_return Error{Errc::denied, "what is added comes over https, not from " + shown_url(url)};
  }
  HttpRequest request;
  request.url = url;
  request.limits.body_bytes_max = kDownloadBytesMax;
  request.limits.redirects_max = 5;
  request.permit_redirect = [here](const std::string& to) -> Result<void> {
    if (to.starts_with("https://") || here) return {};
    return Error{Errc::denied, "it redirects to an address without https"};
  };
  HttpOutcome outcome =
      co_await app.http().send(std::move(request), LoopClock::now() + std::chrono::seconds(60));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    co_return Error{Errc::unavailable, failure->message};
  }
  auto& response = std::get<HttpResponse>(outcome);
  if (response.status != 200) {
    co_return Error{Errc::unavailable,
                    shown_url(url) + " answered " + std::to_string(response.status)};
  }
  co_return std::move(response.body);
}

// The last part of an address or path, without its ending.
std::string stem_of_path(const std::string& path) {
  const std::string plain = path.substr(0, path.find_first_of("?#"));
  return fs::path(plain).stem().string();
}

Result<PluginFiles> all_files_of(Package& package) {
  const Result<std::vector<std::string>> names = package.names();
  if (!names) return names.error();
  PluginFiles files;
  for (const std::string& name : *names) {
    Result<std::string> bytes = package.read(name);
    if (!bytes) return bytes.error();
    files[name] = std::move(*bytes);
  }
  return files;
}

// What is to be added: all files of it, and the one that is named in yoke.toml ("": the folder).
struct TakenPlugin {
  PluginFiles files;
  std::string entry;
  std::string stem;
};

Result<TakenPlugin> taken_bytes(const std::string& bytes, const std::string& url) {
  TakenPlugin taken;
  taken.stem = stem_of_path(url);
  if (bytes.starts_with("PK")) {
    Result<std::shared_ptr<Package>> zip = Package::from_zip(bytes, url);
    if (!zip) return zip.error();
    Result<PluginFiles> files = all_files_of(**zip);
    if (!files) return files.error();
    taken.files = std::move(*files);
    return taken;
  }
  const std::size_t start = bytes.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const bool json = start != std::string::npos && bytes[start] == '{';
  taken.entry = json ? "document.json" : "document.yaml";
  taken.files[taken.entry] = bytes;
  return taken;
}

Result<TakenPlugin> taken_path(const std::string& path) {
  TakenPlugin taken;
  taken.stem = stem_of_path(path.ends_with("/") ? path.substr(0, path.size() - 1) : path);
  Result<std::shared_ptr<Package>> package = Package::open(path);
  if (!package) return package.error();
  taken.entry = (*package)->entry();
  Result<ReadPackage> read = read_package(path, {});
  if (!read) return read.error();
  if (read->kind == PackageDocument::openapi) {
    Result<std::string> text = (*package)->read(taken.entry);
    if (!text) return text.error();
    taken.files[taken.entry] = std::move(*text);
    return taken;
  }
  Result<PluginFiles> files = all_files_of(**package);
  if (!files) return files.error();
  taken.files = std::move(*files);
  return taken;
}

bool is_yes(Terminal& terminal, const std::string& question) {
  terminal.err(question + " [y/N] ");
  std::string answer;
  char c = 0;
  while (std::fread(&c, 1, 1, stdin) == 1 && c != '\n') answer += c;
  return answer == "y" || answer == "yes";
}

// Adds one plugin: puts its files into place, says what it is, asks, and writes it down.
class PluginAddition {
 public:
  PluginAddition(App& app, Terminal& terminal, const PluginsVerb& verb, TakenPlugin taken)
      : app_(app), terminal_(terminal), verb_(verb), taken_(std::move(taken)) {}

  Result<void> settle() {
    for (const std::string& pair : verb_.env) {
      const std::size_t equals = pair.find('=');
      if (equals == 0 || equals == std::string::npos) {
        return Error{Errc::invalid, "--env takes NAME=VALUE, not '" + printable(pair) + "'"};
      }
      words_.environment[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    name_ = verb_.name.empty() ? plain_agent_name(taken_.stem).substr(0, 32) : verb_.name;
    if (!is_section_name(name_)) {
      return Error{Errc::invalid, "--name is of a-z, 0-9, '_' and '-', at most 32; not '" +
                                      printable(name_) + "'"};
    }
    const Config& config = app_.config();
    folder_ = fs::path(config.project_dir) / kFolder / name_;
    toml_ = config.file.empty() ? config.project_dir + "/yoke.toml" : config.file;
    std::error_code none;
    const auto& all = app_.project().plugins();
    known_ = std::any_of(all.begin(), all.end(),
                         [&](const PluginListing& each) { return each.name == name_; });
    if ((known_ || fs::exists(folder_, none)) && !verb_.force) {
      return Error{Errc::invalid, "there is a plugin '" + name_ +
                                      "' already: --force replaces it, --name gives this one "
                                      "another name"};
    }
    return {};
  }

  // The documents that its runtimes name by address.
  Result<std::vector<std::string>> remote() {
    package_ = Package::from_files(taken_.files);
    Result<ReadPackage> read = open();
    if (!read) return read.error();
    std::vector<std::string> urls;
    for (const PackagedPlugin& plugin : plugins_in(*read)) {
      const auto more = remote_documents(source_of(*read, plugin));
      if (more) urls.insert(urls.end(), more->begin(), more->end());
    }
    return urls;
  }
  void keep_document(const std::string& url, std::string text) {
    const std::string file = "yoke-documents/" + std::to_string(documents_.size() + 1) + ".txt";
    taken_.files[file] = std::move(text);
    documents_[url] = file;
    taken_.files[kKeptDocuments] = to_pretty_text(documents_) + "\n";
  }

  // What it is, on the terminal. Errors: nothing in it can be used.
  Result<void> tell() {
    package_ = Package::from_files(taken_.files);
    const Result<ReadPackage> read = open();
    if (!read) return read.error();
    std::size_t functions = 0;
    std::vector<std::string> hosts;
    for (const PackagedPlugin& each : plugins_in(*read)) {
      const Result<Plugin> plugin = load_plugin(source_of(*read, each));
      if (!plugin) return plugin.error();
      for (const PluginFunction& function : plugin->functions) {
        ++functions;
        tell_function(function, hosts);
        note_key(function.credentials);
      }
      for (std::size_t at = 0; at < plugin->mcp_servers.size(); ++at) {
        functions += tell_server(*plugin, at, hosts);
        note_key(plugin->mcp_servers[at].credentials);
      }
      for (const PluginFinding& finding : plugin->findings) {
        if (finding.verdict != PluginFinding::Verdict::error) continue;
        terminal_.line("note: " + to_line(finding));
      }
    }
    if (functions == 0) {
      return Error{Errc::invalid, "no function of it can be used; 'yoke plugins check' says why",
                   verb_.path};
    }
    tell_keys();
    terminal_.line("it asks: " + (hosts.empty() ? std::string("nobody yet") : join(hosts, ", ")));
    if (waits_) {
      terminal_.line(
          "note: not all of its servers are known: 'yoke plugins check' names what "
          "--env has to say, or write a base_url into [plugins." +
          name_ + "]");
    }
    return {};
  }

  // To the plugin, and to showing it what it names of the operator's keys.
  bool agreed() {
    const bool here = terminal_.in_is_terminal();
    if (!verb_.yes && !here) {
      terminal_.line("yoke: nobody is here to be asked: --yes adds it");
      return false;
    }
    grants_keys_ = verb_.grant_keys;
    if (!verb_.yes) {
      const std::string more = keys_.empty() || grants_keys_ ? "" : ", with what it gets";
      grants_keys_ = is_yes(terminal_, "Add it as '" + name_ + "'" + more + "?");
      return grants_keys_;
    }
    for (const SharedKey& key : keys_) {
      if (grants_keys_ || !app_.credentials().has_section(key)) continue;
      if (here) return grants_keys_ = is_yes(terminal_, "Show it what it gets?");
      terminal_.line("yoke: nobody is here to agree that " + printable(key_words(key, key.to)) +
                     ": --grant-keys agrees, and so does " + printable(origins_line(key, key.to)));
      return false;
    }
    return true;
  }

  Result<void> write() {
    FolderSwap swap(folder_);
    Result<void> written = swap.write(taken_.files);
    if (!written) return written;
    const Result<std::shared_ptr<Package>> there = Package::open(swap.beside().string());
    if (!there) return there.error();
    const Result<std::string> hash = package_hash(**there);
    if (!hash) return hash.error();
    written = swap.swap();
    if (written) written = write_section();
    if (written) {
      written = app_.project().grants().pin("plugins", name_, *hash, app_.wall().now());
    }
    // A grant is of the content that was just pinned.
    for (const SharedKey& key : keys_) {
      if (written && grants_keys_) {
        written = app_.credentials().key_grants().grant(key, app_.wall().now());
      }
    }
    if (written) swap.keep();
    return written;
  }

  const std::string& name() const { return name_; }
  // MCP servers whose tools are known once they were met.
  const std::vector<std::string>& unmet() const { return unmet_; }

 private:
  Result<ReadPackage> open() {
    return read_package_in(package_, taken_.entry, words_, verb_.language);
  }
  static std::vector<PackagedPlugin> plugins_in(const ReadPackage& read) {
    std::vector<PackagedPlugin> all = read.plugins;
    for (const PackagedAgent& agent : read.agents) {
      all.insert(all.end(), agent.plugins.begin(), agent.plugins.end());
    }
    return all;
  }
  PluginSource source_of(const ReadPackage& read, const PackagedPlugin& plugin) const {
    PluginSource source;
    source.name = name_;
    source.package = read.files;
    source.file = plugin.file;
    source.words = read.words;
    source.inlined = plugin.inlined;
    source.documents = kept_documents(*read.files);
    return source;
  }

  void note_key(CredentialsWanted wanted) {
    wanted.name = name_;
    wanted.origins_are_said = has_base_url();
    std::optional<SharedKey> key = app_.credentials().shared_key(wanted);
    if (!key) return;
    for (SharedKey& each : keys_) {
      if (each.reference != key->reference) continue;
      each.to = union_of(std::move(each.to), key->to);
      return;
    }
    keys_.push_back(std::move(*key));
  }

  // Of the section that stays when a plugin is replaced.
  bool has_base_url() const {
    const Result<std::vector<PluginConfig>> sections = plugins_config_of(app_.config());
    return sections && std::any_of(sections->begin(), sections->end(), [&](const auto& each) {
             return each.name == name_ && !each.base_url.empty();
           });
  }

  // Those that a person has agreed to for this very content are not asked about again.
  void tell_keys() {
    const Result<std::string> hash = package_hash(*package_);
    const bool same = hash && *hash == app_.project().grants().pin_of("plugins", name_);
    const KeyGrants& grants = app_.credentials().key_grants();
    if (same) {
      std::erase_if(keys_, [&](const SharedKey& key) { return grants.missing(key).empty(); });
    }
    for (const SharedKey& key : keys_) {
      const bool there = app_.credentials().has_section(key);
      terminal_.line(printable(key_words(key, key.to)) +
                     (there ? "" : ", once [auth." + printable(key.reference) + "] is written"));
    }
  }

  void tell_function(const PluginFunction& function, std::vector<std::string>& hosts) {
    std::string line = "  " + function.tool;
    if (function.operation) {
      line += "  " + function.operation->method + " " + function.operation->path;
      for (const openapi::Server& server : function.operation->servers) {
        const Result<std::string> usual = openapi::server_url(server);
        tell_host(usual ? *usual : server.url, hosts);
      }
      waits_ = waits_ || function.operation->servers.empty();
    }
    terminal_.line(printable(line));
  }

  // Whom an address leads to, or the address where that is not known yet.
  std::string tell_host(const std::string& address, std::vector<std::string>& hosts) {
    const Result<Url> url = parse_url(address);
    std::string host = url ? url->origin() : address;
    waits_ = waits_ || !url;
    if (url && std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
    return host;
  }

  // How many functions it may have beside those that are told already.
  std::size_t tell_server(const Plugin& plugin, std::size_t number,
                          std::vector<std::string>& hosts) {
    const PluginMcpServer& server = plugin.mcp_servers[number];
    const std::string host = tell_host(server.url, hosts);
    const auto undescribed = [&](const PluginFunction& function) {
      return function.runtime == server.runtime && !function.mcp.input_schema.is_object();
    };
    const bool some = std::any_of(plugin.functions.begin(), plugin.functions.end(), undescribed);
    if (server.is_dynamic || some) unmet_.push_back(plugin_server_name(name_, number));
    if (!server.is_dynamic) return 0;
    terminal_.line(printable("  plugin:" + name_ + ".*  the tools of the MCP server at " + host));
    return 1;
  }

  Result<void> write_section() {
    std::string text;
    if (fs::exists(toml_)) {
      Result<std::string> read = read_file(toml_);
      if (!read) return read.error();
      text = std::move(*read);
    }
    if (known_) return {};  // its section stays as the operator wrote it
    std::string path = std::string(kFolder) + "/" + name_;
    if (!taken_.entry.empty()) path += "/" + taken_.entry;
    std::string body = "path = " + toml_quoted(path) + "\n";
    if (!verb_.language.empty()) body += "language = " + toml_quoted(verb_.language) + "\n";
    if (!words_.environment.empty()) {
      std::string env;
      for (const auto& [key, value] : words_.environment) {
        env += (env.empty() ? "" : ", ") + toml_quoted(key) + " = " + toml_quoted(value);
      }
      body += "env = { " + env + " }\n";
    }
    const Result<std::string> with = with_toml_section(text, "plugins." + name_, body);
    if (!with) return with.error();
    return replace_text_file(toml_, *with);
  }

  App& app_;
  Terminal& terminal_;
  const PluginsVerb verb_;
  TakenPlugin taken_;
  ManifestWords words_;
  std::string name_;
  fs::path folder_;
  std::string toml_;
  bool known_ = false;
  std::vector<SharedKey> keys_;  // that are not granted yet, one of each reference
  bool grants_keys_ = false;
  bool waits_ = false;  // for somebody to say where a server is
  Json documents_ = Json::object();
  std::vector<std::string> unmet_;
  std::shared_ptr<Package> package_;  // shared with what is read from it
};

awaitable<int> add_plugin(App& app, Terminal& terminal, PluginsVerb verb) {
  Result<TakenPlugin> taken = Error{Errc::invalid, ""};
  if (is_address(verb.path)) {
    const Result<std::string> bytes = co_await fetched(app, verb.path);
    taken = bytes ? taken_bytes(*bytes, verb.path) : Result<TakenPlugin>(bytes.error());
  } else {
    taken = taken_path(verb.path);
  }
  if (!taken) co_return fail(terminal, taken.error());
  PluginAddition addition(app, terminal, verb, std::move(*taken));
  if (Result<void> settled = addition.settle(); !settled) co_return fail(terminal, settled.error());
  const Result<std::vector<std::string>> remote = addition.remote();
  if (!remote) co_return fail(terminal, remote.error());
  for (const std::string& url : *remote) {
    Result<std::string> document = co_await fetched(app, url);
    if (!document) co_return fail(terminal, document.error());
    addition.keep_document(url, std::move(*document));
  }
  if (Result<void> told = addition.tell(); !told) co_return fail(terminal, told.error());
  if (!addition.agreed()) co_return kExitFailed;
  if (Result<void> written = addition.write(); !written) {
    co_return fail(terminal, written.error());
  }
  terminal.line("added as [plugins." + addition.name() +
                "]; its functions are tools: plugin:" + addition.name() + ".*");
  for (const std::string& server : addition.unmet()) {
    terminal.line("before they can be called: `yoke mcp check " + server +
                  "` meets the server that runs them");
  }
  co_return kExitCompleted;
}

Result<void> take_out(App& app, const PluginListing& listing) {
  const Result<std::string> text = read_file(app.config().file);
  if (!text) return text.error();
  const Result<std::string> without = without_toml_section(*text, "plugins." + listing.name);
  if (!without) return without.error();
  Result<void> written = replace_text_file(app.config().file, *without);
  if (!written) return written;
  if (!app.project().grants().pin_of("plugins", listing.name).empty()) {
    written = app.project().grants().pin("plugins", listing.name, "", app.wall().now());
  }
  for (const SharedKey& key : app.credentials().shared_keys()) {
    const bool its = key.package.empty() && key.plugin == listing.name;
    if (written && its) written = app.credentials().key_grants().forget(key, app.wall().now());
  }
  // Only what 'add' has put there.
  const fs::path folder = fs::path(kFolder) / listing.name;
  const std::string path = fs::path(listing.path).lexically_normal().generic_string();
  const bool ours =
      path == folder.generic_string() || path.starts_with(folder.generic_string() + "/");
  std::error_code failed;
  if (ours) fs::remove_all(fs::path(app.config().project_dir) / folder, failed);
  if (failed) return Error{Errc::unavailable, "cannot be removed", folder.string()};
  return written;
}

awaitable<int> remove_plugin(App& app, Terminal& terminal, PluginsVerb verb) {
  const Result<const PluginListing*> found = find_plugin(app.project(), verb.name);
  if (!found) co_return fail(terminal, found.error());
  if (!verb.yes && terminal.in_is_terminal() &&
      !is_yes(terminal, "Remove '" + verb.name + "' and its files?")) {
    co_return kExitFailed;
  }
  if (const Result<void> done = take_out(app, **found); !done)
    co_return fail(terminal, done.error());
  terminal.line("removed '" + verb.name + "'");
  co_return kExitCompleted;
}

}  // namespace

int plugins_add(const CommonOptions& common, const PluginsVerb& verb) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return add_plugin(app, out, verb); });
}

int plugins_remove(const CommonOptions& common, const PluginsVerb& verb) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return remove_plugin(app, out, verb); });
}

}  // namespace yoke

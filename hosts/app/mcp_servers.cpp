#include "hosts/app/mcp_servers.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "hosts/app/mcp_memory.h"
#include "hosts/app/private_places.h"
#include "hosts/app/project.h"
#include "hosts/app/version.h"
#include "hosts/config/tenant_name.h"
#include "runtime/base/hash.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

constexpr const char* kToolPins = "mcp";
constexpr const char* kServerPins = "mcp-servers";

// A value that may be a reference, and then is secret. A stranger's is none: it would choose what
// of ours is read, and where it goes.
Result<std::string> value_of(const Config& config, const McpConfig& of, const std::string& text,
                             std::vector<Secret>& secrets) {
  if (of.is_strangers || !is_reference(text)) return text;
  Result<std::string> value = resolve_reference(config, text);
  if (value) secrets.emplace_back(*value);
  return value;
}

void take_environment(std::map<std::string, std::string>& env, const char* name) {
  const char* value = std::getenv(name);
  if (value != nullptr) env.emplace(name, value);
}

std::string folder_in(const Config& config, const std::string& folder) {
  const std::filesystem::path path = folder;
  const std::filesystem::path whole =
      path.is_absolute() ? path : std::filesystem::path(config.project_dir) / path;
  return whole.lexically_normal().string();
}

mcp::Sampling sampling_of(const std::string& word) {
  if (word == "allow") return mcp::Sampling::allow;
  return word == "ask" ? mcp::Sampling::ask : mcp::Sampling::off;
}

std::string file_url(const std::string& folder) {
  std::string out = "file://";
  for (const char c : folder) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                       std::string_view("/-._~").find(c) != std::string_view::npos;
    constexpr char kHex[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

Result<mcp::ServerSettings> settings_of(const Config& config, const McpConfig& from) {
  mcp::ServerSettings settings;
  settings.name = from.name;
  settings.tenant = kLocalTenant;
  settings.command = from.command;
  settings.secrets = from.secrets;
  for (const auto& [name, value] : from.env) {
    Result<std::string> text = value_of(config, from, value, settings.secrets);
    if (!text) return text.error();
    settings.env[name] = std::move(*text);
  }
  for (const char* name : {"PATH", "HOME"}) take_environment(settings.env, name);
  settings.dir = folder_in(config, from.cwd.empty() ? "." : from.cwd);
  settings.url = from.url;
  for (const auto& [name, value] : from.headers) {
    Result<std::string> text = value_of(config, from, value, settings.secrets);
    if (!text) return text.error();
    settings.headers.set(name, std::move(*text));
  }
  if (from.timeout) settings.timeout = *from.timeout;
  settings.tools = from.tools;
  settings.trusts_annotations = from.trusts_annotations;
  settings.sampling = sampling_of(from.sampling);
  for (const std::string& root : from.roots) {
    const std::string folder = folder_in(config, root);
    settings.roots.push_back({file_url(folder), std::filesystem::path(folder).filename().string()});
  }
  settings.log_file = config.project_dir + "/.yoke/mcp/" + from.name + ".log";
  return settings;
}

// What a person says yes to before a stranger's server is started: all that the entry says, what
// its command and address came to, and what the project's .env gives it.
std::string start_pin_of(const McpServers::One& one) {
  Hasher hasher;
  hasher.field(mcp::identity_of(one.server->settings())).field(to_text(one.config.written));
  if (!one.config.of_env_file.empty()) hasher.field(one.config.of_env_file_hash);
  return to_hex(hasher.finish());
}

// Where nobody has signed in: each call is told what to do.
class MissingCredentials final : public Credentials {
 public:
  explicit MissingCredentials(Error why) : why_(std::move(why)) {}
  awaitable<Result<AuthorizedRequest>> authorize(HttpRequest, std::string, Deadline) override {
    co_return Error{Errc::denied, why_.message()};
  }
  awaitable<Result<bool>> refused(AuthorizationRefusal, Deadline) override { co_return false; }

 private:
  const Error why_;
};

mcp::ServerSettings settings_of_plugin(const McpServers::OfPlugin& wanted) {
  mcp::ServerSettings settings;
  settings.name = wanted.name;
  settings.tenant = kLocalTenant;
  settings.url = wanted.url;
  settings.tools = wanted.tools;
  settings.login = "yoke plugins login " + wanted.plugin;
  return settings;
}

}  // namespace

struct McpServers::Parts {
  Parts(const Config& from, Services with) : config(from), services(std::move(with)) {}

  const Config& config;
  const Services services;
  std::unique_ptr<Credentials> nobody = no_credentials();
  std::vector<std::unique_ptr<Credentials>> missing;
  std::vector<std::unique_ptr<mcp::McpServer>> replaced;  // tools of earlier packages use them
  std::vector<One> all;
  std::vector<Error> problems;

  Result<void> add(One& one);
  void serve(One& one, mcp::ServerSettings settings, Credentials& who, PermitAddress permit);
  Result<Credentials*> credentials_of(const McpConfig& of) const;
};

Result<Credentials*> McpServers::Parts::credentials_of(const McpConfig& of) const {
  if (services.credentials == nullptr || of.url.empty()) return nobody.get();
  const Result<Url> url = parse_url(of.url);
  if (!url) return url.error();
  CredentialsWanted wanted;
  wanted.service = CredentialsWanted::Service::mcp;
  wanted.kind = CredentialsWanted::Kind::any;
  wanted.name = of.name;
  wanted.url = of.url;
  wanted.origins = {url->origin()};
  return services.credentials->credentials_for(wanted);
}

Result<void> McpServers::Parts::add(One& one) {
  Result<mcp::ServerSettings> settings = settings_of(config, one.config);
  if (!settings) return settings.error();
  const Result<Credentials*> credentials = credentials_of(one.config);
  if (!credentials) return credentials.error();
  PermitAddress permit;
  if (!one.config.url.empty()) {
    PlaceRule rule{!one.config.is_strangers, one.config.allow_private, {}};
    rule.mend = one.config.is_strangers ? "[mcp." + one.config.name + "] with its url in yoke.toml"
                                        : "allow_private = true in [mcp." + one.config.name + "]";
    Result<PermitAddress> permitted = permit_for(one.config.url, rule);
    if (!permitted) return permitted.error();
    permit = std::move(*permitted);
  }
  serve(one, std::move(*settings), **credentials, std::move(permit));
  return {};
}

void McpServers::Parts::serve(One& one, mcp::ServerSettings settings, Credentials& who,
                              PermitAddress permit) {
  mcp::McpServer::Services with;
  with.executor = services.executor;
  with.http = &services.http;
  with.credentials = &who;
  with.client = {"yoke", YOKE_VERSION, "Yoke"};
  with.permit_address = std::move(permit);
  const std::string file = config.project_dir + "/.yoke/mcp/" + one.config.name + ".json";
  one.server =
      std::make_unique<mcp::McpServer>(std::move(with), std::move(settings), read_mcp_memory(file));
  one.server->on_met([file](const mcp::ServerMemory& met) { write_mcp_memory(file, met); });
}

Result<std::unique_ptr<McpServers>> McpServers::make(const Config& config, Services services) {
  auto parts = std::make_unique<Parts>(config, std::move(services));
  Result<std::vector<McpConfig>> read = mcp_config_of(config, parts->problems);
  if (!read) return read.error();
  for (McpConfig& server : *read) {
    One one;
    one.config = std::move(server);
    if (one.config.enabled) {
      const Result<void> added = parts->add(one);
      if (!added) one.problem = added.error().message();
    }
    parts->all.push_back(std::move(one));
  }
  return std::make_unique<McpServers>(std::move(parts));
}

McpServers::McpServers(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

McpServers::~McpServers() {
  for (One& one : parts_->all) {
    if (one.server) one.server->let_go();  // all at once, before the first is waited for
  }
}

Result<mcp::ShownTools> McpServers::shown() const {
  const Result<McpListing> listing = mcp_listing_of(parts_->config);
  if (!listing) return listing.error();
  mcp::ShownTools shown;
  shown.listed_max = listing->listed_max;
  for (const One& one : parts_->all) {
    if (!one.config.listed) continue;
    (*one.config.listed ? shown.always : shown.only_looked_for).push_back(one.config.name);
  }
  return shown;
}

std::vector<McpServers::One>& McpServers::all() { return parts_->all; }
const std::vector<Error>& McpServers::problems() const { return parts_->problems; }

McpServers::One* McpServers::find(const std::string& name) {
  const auto same = [&](const One& one) { return one.config.name == name; };
  const auto found = std::ranges::find_if(parts_->all, same);
  return found == parts_->all.end() ? nullptr : &*found;
}

Result<mcp::McpServer*> McpServers::of_plugin(OfPlugin wanted) {
  One* one = find(wanted.name);
  if (one != nullptr && one->plugin != wanted.plugin) {
    return Error{Errc::conflict, "the MCP server of the plugin '" + wanted.plugin +
                                     "' is called '" + wanted.name + "' here, and " +
                                     one->config.place + " has one of that name: rename it"};
  }
  mcp::ServerSettings settings = settings_of_plugin(wanted);
  const bool same = one != nullptr && one->config.tools == wanted.tools &&
                    mcp::identity_of(one->server->settings()) == mcp::identity_of(settings);
  if (one == nullptr) one = &parts_->all.emplace_back();
  one->described = std::move(wanted.described);
  if (same) return one->server.get();
  if (one->server) parts_->replaced.push_back(std::move(one->server));
  one->plugin = wanted.plugin;
  one->config.name = wanted.name;
  one->config.url = wanted.url;
  one->config.tools = wanted.tools;
  one->config.place = "the plugin '" + wanted.plugin + "'";
  Credentials* who = parts_->nobody.get();
  if (parts_->services.credentials != nullptr) {
    const auto found = parts_->services.credentials->credentials_for(wanted.credentials);
    if (!found) {
      parts_->missing.push_back(std::make_unique<MissingCredentials>(found.error()));
    }
    who = found ? *found : parts_->missing.back().get();
  }
  parts_->serve(*one, std::move(settings), *who, std::move(wanted.permit_address));
  return one->server.get();
}

mcp::ToolPins McpServers::pins() const {
  return
      [this](const std::string& tool, const std::string& hash) { return refusal_of(tool, hash); };
}

std::string McpServers::refusal_of(const std::string& tool, const std::string& hash) const {
  const std::string pinned = parts_->services.grants().pin_of(kToolPins, tool);
  if (pinned == hash) return {};
  const std::string server = tool.substr(4, tool.find('.') - 4);  // after "mcp:"
  return "the tool '" + tool + "' " +
         (pinned.empty() ? "was never taken by a person"
                         : "has changed since a person took it: what it says of itself is new") +
         "; run `yoke mcp check " + server + "` to look at it and take it";
}

bool McpServers::may_start(const One& one) const {
  if (!one.config.is_strangers) return true;
  const std::string pinned = parts_->services.grants().pin_of(kServerPins, one.config.name);
  return one.server != nullptr && pinned == start_pin_of(one);
}

Result<void> McpServers::take_server(const One& one, Micros now) {
  return parts_->services.grants().pin(kServerPins, one.config.name, start_pin_of(one), now);
}

Result<void> McpServers::take_tools(const One& one, Micros now) {
  for (const mcp::ListedTool& tool : one.server->listing().tools) {
    const std::string name = mcp_tool_name(one, tool.name);
    if (refusal_of(name, tool.hash).empty()) continue;
    const Result<void> pinned = parts_->services.grants().pin(kToolPins, name, tool.hash, now);
    if (!pinned) return pinned;
  }
  return {};
}

std::string mcp_tool_name(const McpServers::One& one, const std::string& tool) {
  return mcp::tool_name_for(one.config.name, tool);
}

void McpServers::add_to(Project& project) {
  for (const Error& problem : parts_->problems) project.add_problem(problem);
  for (One& one : parts_->all) {
    if (!one.config.enabled) continue;
    const std::string who = "the MCP server '" + one.config.name + "' ";
    if (!one.problem.empty()) {
      project.add_problem(
          Error{Errc::invalid, who + "cannot be used: " + one.problem, one.config.place});
    } else if (!may_start(one) || one.server->memory() == nullptr) {
      project.add_problem(Error{Errc::not_found,
                                who + (may_start(one) ? "was never met" : "is a stranger's") +
                                    ": run `yoke mcp check " + one.config.name +
                                    "` to look at what it can",
                                one.config.place});
    } else {
      project.add_tools(mcp::tools_of(*one.server, pins(), one.left_out),
                        "; leave it out with `tools` in [mcp." + one.config.name + "]");
    }
  }
}

}  // namespace yoke

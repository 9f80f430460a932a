#include "hosts/app/app.h"

#include <filesystem>
#include <optional>

#include "hosts/app/grant_policy.h"
#include "hosts/app/project.h"
#include "hosts/app/settings.h"
#include "hosts/control/server.h"
#include "hosts/control/socket_path.h"
#include "models/http_sender.h"
#include "models/router.h"
#include "runtime/http/client.h"
#include "runtime/loop/task_group.h"
#include "tools/broker/broker.h"
#include "tools/broker/fs_module.h"
#include "tools/broker/http_module.h"
#include "tools/broker/kv_module.h"
#include "tools/policy_rules.h"
#include "tools/script_runner.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

// Where the project is looked for: beside the agent that was named by its path.
std::string start_of(const std::string& agent) {
  std::error_code ignored;
  if (fs::is_directory(agent, ignored)) return agent;
  if (agent.ends_with(".lua") && fs::exists(agent, ignored)) {
    return fs::absolute(agent).parent_path().string();
  }
  return ".";
}

PolicyLists lists_of(const PolicyConfig& config) {
  return PolicyLists{config.allow, config.ask, config.deny};
}

// For as long as the process drives runs. When the lease is lost, each run that it drives ends as
// fenced and says why: there is nobody else to tell.
awaitable<void> hold_lease(Engine& engine) {
  try {
    co_await engine.keep_lease();
  } catch (const Fault&) {
    // What drives a run is told by the engine, which starts nothing more.
  }
}

}  // namespace

// In the order in which they are built; each uses only what is above it.
struct App::Parts {
  explicit Parts(asio::io_context& io)
      : executor(io.get_executor()),
        disk("yoke-disk", 2),
        lua("yoke-lua", 2),
        reader("yoke-stdin", 1) {}

  asio::any_io_executor executor;
  Config config;
  SystemWallClock wall;
  SystemRandom random;
  Pool disk;
  Pool lua;  // scripts compute here, so that the loop goes on meanwhile
  Pool reader;
  std::unique_ptr<Store> store;
  std::unique_ptr<ConfigSecrets> secrets;
  std::unique_ptr<PolicyRules> policy;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<ClientSender> sender;
  std::unique_ptr<Broker> broker;
  std::unique_ptr<ScriptRunner> scripts;
  std::unique_ptr<Project> project;
  std::unique_ptr<GrantPolicy> grants;
  std::unique_ptr<Router> models;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<ControlServer> control;
  std::optional<TaskGroup> background;  // made last: it goes first

  Result<void> load(const CommonOptions& common, const std::string& agent);
  Result<void> open_store(StoreUse use);
  Result<void> build();
  void drive(StoreUse use);
};

Result<void> App::Parts::load(const CommonOptions& common, const std::string& agent) {
  ConfigPlace place;
  place.file = common.config;
  place.store_url = common.store;
  place.start_dir = start_of(agent);
  Result<Config> loaded = load_config(place);
  if (!loaded) return loaded.error();
  config = std::move(*loaded);
  return {};
}

Result<void> App::Parts::open_store(StoreUse use) {
  StoreOptions options;
  options.read_only = use == StoreUse::read;
  options.node_id = node_id();
  options.wall = &wall;
  Result<std::unique_ptr<Store>> opened = yoke::open_store(config.store_url, executor, options);
  if (!opened) return opened.error();
  store = std::move(*opened);
  return {};
}

Result<void> App::Parts::build() {
  secrets = std::make_unique<ConfigSecrets>(config);
  Result<std::unique_ptr<PolicyRules>> rules = PolicyRules::from_lists(lists_of(config.policy));
  if (!rules) {
    return Error{Errc::invalid, rules.error().message(), config.file};
  }
  policy = std::move(*rules);
  HttpClientOptions options;
  options.proxies = proxies_from_environment();
  http = std::make_unique<HttpClient>(executor, std::move(options));
  sender = std::make_unique<ClientSender>(*http);
  HostPaths host(config.project_dir, host_files_of(config));
  Result<std::shared_ptr<const ProjectFolder>> folder =
      ProjectFolder::open(config.project_dir, std::move(host));
  if (!folder) return folder.error();
  std::vector<std::unique_ptr<HostModule>> modules;
  modules.push_back(std::make_unique<FsModule>(std::move(*folder), disk));
  modules.push_back(std::make_unique<HttpModule>(*http, *secrets));
  modules.push_back(std::make_unique<KvModule>(*store));
  broker = std::make_unique<Broker>(std::move(modules));
  scripts = std::make_unique<ScriptRunner>(ScriptRunner::Services{*broker, *policy, wall, &lua});
  Result<Grants> opened = Grants::open(config.project_dir + "/yoke.lock");
  if (!opened) return opened.error();
  project = std::make_unique<Project>(config, *scripts, std::move(*opened));
  grants = std::make_unique<GrantPolicy>(*policy, *project);
  Result<ModelsConfig> backends = models_of(config);
  if (!backends) return backends.error();
  const ModelServices services{*sender, random, wall, scripts.get()};
  Result<std::unique_ptr<Router>> router = make_router(std::move(*backends), services);
  if (!router) return router.error();
  models = std::move(*router);
  return {};
}

void App::Parts::drive(StoreUse use) {
  EngineOptions options;
  options.node_id = node_id();
  for (const auto& [scope, cap] : config.budgets) {
    options.budgets.push_back(BudgetRule{scope, cap});
  }
  const EngineServices services{executor, *store, wall, random, *models, *grants, *project};
  engine = std::make_unique<Engine>(services, std::move(options));
  if (use == StoreUse::write) {
    background.emplace(executor);
    background->spawn(hold_lease(*engine));
    control = ControlServer::open(executor, *engine, *store, *project, control_socket_of(config));
  }
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

App::~App() = default;

Result<std::unique_ptr<App>> App::open(asio::io_context& io, const CommonOptions& common,
                                       const std::string& agent, StoreUse use) {
  auto parts = std::make_unique<Parts>(io);
  const Result<void> loaded = parts->load(common, agent);
  if (!loaded) return loaded.error();
  const Result<void> opened = parts->open_store(use);
  if (!opened) return opened.error();
  const Result<void> built = parts->build();
  if (!built) return built.error();
  parts->drive(use);
  return std::make_unique<App>(std::move(parts));
}

const Config& App::config() const { return parts_->config; }
Engine& App::engine() { return *parts_->engine; }
Store& App::store() { return *parts_->store; }
Project& App::project() { return *parts_->project; }
const Policy& App::policy() const { return *parts_->policy; }
std::vector<Error> App::policy_problems() const {
  const std::vector<std::string> names = parts_->project->tools().names();
  return check_policy(*parts_->policy, names);
}
Router& App::models() { return *parts_->models; }
ScriptHost& App::scripts() { return *parts_->scripts; }
Pool& App::reader() { return parts_->reader; }

awaitable<void> App::finish() {
  if (parts_->control) co_await parts_->control->finish();
}

awaitable<Result<std::string>> App::last_session() {
  RunFilter filter;
  const std::vector<RunRow> rows = co_await store().list(std::move(filter));
  for (const RunRow& row : rows) {
    if (!row.session.empty()) co_return row.session;
  }
  co_return Error{Errc::not_found,
                  "there is no session to go on with; begin one with --session NAME"};
}

}  // namespace yoke

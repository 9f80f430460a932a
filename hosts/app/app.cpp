#include "hosts/app/app.h"

#include "hosts/app/agent_names.h"
#include "hosts/app/caller_budgets.h"
#include "hosts/app/context_window.h"
#include "hosts/app/find_models.h"
#include "hosts/app/grant_policy.h"
#include "hosts/app/guard_settings.h"
#include "hosts/app/judge_runs.h"
#include "hosts/app/mcp_servers.h"
#include "hosts/app/memory_settings.h"
#include "hosts/app/operator_credentials.h"
#include "hosts/app/plugin_loader.h"
#include "hosts/app/project.h"
#include "hosts/app/run_additions.h"
#include "hosts/app/run_hook_settings.h"
#include "hosts/app/settings.h"
#include "hosts/app/stored_replies.h"
#include "hosts/app/tenant_folders.h"
#include "hosts/app/webhook_rows.h"
#include "hosts/config/tenant_name.h"
#include "hosts/keys/api_keys.h"
#include "models/http_sender.h"
#include "models/local/local_servers.h"
#include "models/router.h"
#include "runtime/base/ensure.h"
#include "runtime/engine/paid_embedder.h"
#include "runtime/http/client.h"
#include "tools/broker/broker.h"
#include "tools/broker/fs_module.h"
#include "tools/broker/http_module.h"
#include "tools/broker/kv_module.h"
#include "tools/broker/mail_module.h"
#include "tools/broker/memory_module.h"
#include "tools/broker/sqlite_module.h"
#include "tools/durable_runner.h"
#include "tools/in_process.h"
#include "tools/policy_rules.h"
#include "tools/script_runner.h"
#include "tools/workers/worker_pool.h"

namespace yoke {
namespace {

Error no_project(const Config& config) {
  const std::vector<FoundKey> keys = found_keys(environment_of(config));
  const std::string model = keys.empty() ? "openai/gpt-5-mini" : keys.front().preset + "/MODEL";
  return Error{Errc::invalid, "there is no yoke.toml in " + config.project_dir +
                                  " or above it: 'yoke init' makes a project; without one, "
                                  "name the model, as in --model " +
                                  model};
}

}  // namespace

// In the order in which they are built; each uses only what is above it.
struct App::Parts {
  explicit Parts(asio::io_context& io)
      : executor(io.get_executor()),
        disk("yoke-disk", 2),
        lua("yoke-lua", 2),
        commands("yoke-hooks", 8),
        reader("yoke-stdin", 1) {}

  asio::any_io_executor executor;
  Config config;
  std::vector<BudgetRule> user_budgets;
  SystemWallClock wall;
  SystemRandom random;
  Pool disk;
  Pool lua;       // the program's own scripts compute here, so that the loop goes on meanwhile
  Pool commands;  // where hooks are waited for
  Pool reader;
  std::unique_ptr<Store> store;
  std::unique_ptr<ApiKeys> keys;
  std::unique_ptr<ConfigSecrets> secrets;
  std::unique_ptr<PolicyRules> policy;
  std::unique_ptr<LabelRules> labels;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<OperatorCredentials> credentials;
  std::unique_ptr<ClientSender> sender;
  std::unique_ptr<TenantFolders> folders;
  std::unique_ptr<SqliteMemory> memory;
  std::unique_ptr<Broker> broker;
  InProcess inside{&lua};
  std::unique_ptr<WorkerPool> workers;
  ScriptQuotas quotas;
  std::unique_ptr<ScriptRunner> scripts;
  std::unique_ptr<DurableRunner> durable;
  std::unique_ptr<RunAdditions> additions;
  std::unique_ptr<McpServers> mcp;  // its processes end when no tool of theirs is left
  std::unique_ptr<PluginLoader> plugins;
  std::unique_ptr<Project> project;
  std::unique_ptr<GrantPolicy> grants;
  std::unique_ptr<StoredReplies> replies;
  std::unique_ptr<LocalServers> local;
  std::unique_ptr<Router> models;
  std::unique_ptr<PaidEmbedder> embedder;
  std::unique_ptr<Engine> engine;
  std::set<std::string> attended;
  bool stopping = false;

  Result<void> load(const CommonOptions& common, const std::string& agent);
  Result<void> open_store(StoreUse use);
  Result<void> make_memory(StoreUse use);
  Result<void> build(Additions additions);
  Result<void> add_servers();
  Result<void> guard_runs();
  void make_engine();
  std::vector<BudgetRule> budgets() const;
};

Result<void> App::Parts::load(const CommonOptions& common, const std::string& agent) {
  Result<Config> loaded = load_config(config_place(common, agent));
  if (!loaded) return loaded.error();
  config = std::move(*loaded);
  Result<std::vector<BudgetRule>> of_users = user_budgets_of(config);
  if (!of_users) return of_users.error();
  user_budgets = std::move(*of_users);
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
  keys = std::make_unique<ApiKeys>(*store, wall, random);
  return {};
}

// Its file is opened when something is first remembered or looked for.
Result<void> App::Parts::make_memory(StoreUse use) {
  Result<MemoryOptions> options = memory_options_of(config);
  if (!options) return options.error();
  options->read_only = use == StoreUse::read;
  SqliteMemory::Services services{wall, random, [this] { return embedder.get(); }};
  memory = std::make_unique<SqliteMemory>(std::move(services), std::move(*options));
  return {};
}

Result<void> App::Parts::build(Additions additions) {
  secrets = std::make_unique<ConfigSecrets>(config);
  Result<std::unique_ptr<PolicyRules>> rules = PolicyRules::from_lists(policy_of(config));
  if (!rules) return rules.error();
  Result<Narrowing> narrowing = narrowing_of(config);
  if (!narrowing) return narrowing.error();
  policy = std::move(*rules);
  labels = std::make_unique<LabelRules>(labels_of(config));
  HttpClientOptions options;
  options.proxies = proxies_from_environment();
  http = std::make_unique<HttpClient>(executor, std::move(options));
  const auto granted = [this]() -> Grants& { return project->grants(); };
  Result<std::unique_ptr<OperatorCredentials>> book = OperatorCredentials::make(
      config, OperatorCredentials::Services{*http, *secrets, wall, granted});
  if (!book) return book.error();
  credentials = std::move(*book);
  sender = std::make_unique<ClientSender>(*http);
  folders = std::make_unique<TenantFolders>(config);
  const auto projects = folders->of(std::string(kLocalTenant));
  if (!projects) return projects.error();
  const FolderOf folder_of = [this](const std::string& tenant) { return folders->of(tenant); };
  std::vector<std::unique_ptr<HostModule>> modules;
  modules.push_back(std::make_unique<FsModule>(folder_of, disk));
  modules.push_back(std::make_unique<HttpModule>(*http, *secrets));
  modules.push_back(std::make_unique<KvModule>(*store));
  modules.push_back(std::make_unique<MailModule>(*secrets, wall));
  modules.push_back(std::make_unique<MemoryModule>(*memory, *store, wall));
  modules.push_back(std::make_unique<SqliteModule>(folder_of));
  broker = std::make_unique<Broker>(std::move(modules));
  Result<ScriptQuotas> allowed = quotas_of(config);
  if (!allowed) return allowed.error();
  quotas = std::move(*allowed);
  if (config.sandbox.strangers_without_seccomp) workers->admit_strangers_without_seccomp();
  const ScriptRunner::Services services_of_scripts{*broker, *policy,       wall,
                                                   inside,  workers.get(), quotas};
  scripts = std::make_unique<ScriptRunner>(services_of_scripts);
  Result<Grants> opened = Grants::open(config.project_dir + "/yoke.lock");
  if (!opened) return opened.error();
  durable = std::make_unique<DurableRunner>(DurableRunner::Services{inside, workers.get(), quotas});
  project = std::make_unique<Project>(config, *scripts, std::move(*opened), std::move(*narrowing),
                                      durable.get());
  const Result<void> served = add_servers();
  if (!served) return served.error();
  plugins = std::make_unique<PluginLoader>(config, *http, *credentials, *mcp);
  project->use_plugins(*plugins);
  const Result<void> guarded = guard_runs();
  if (!guarded) return guarded.error();
  const std::chrono::microseconds lifetime = config.questions.expire_after;
  const GrantPolicy::Rules of_policy{*policy, *labels, lifetime.count()};
  grants = std::make_unique<GrantPolicy>(of_policy, *project, *plugins);
  Result<ModelsConfig> backends = models_of(config);
  if (!backends) return placed(config, backends.error());
  std::set<std::string> brought;
  for (const auto& [name, backend] : additions.backends) brought.insert(name);
  add_implied(*backends, environment_of(config), brought);
  replies = std::make_unique<StoredReplies>(*store, wall);
  Result<std::unique_ptr<LocalServers>> servers = LocalServers::make(executor, *sender, *backends);
  if (!servers) return placed(config, servers.error());
  local = std::move(*servers);
  const ModelServices services{*sender, random, wall, scripts.get(), replies.get(), local.get()};
  Result<std::unique_ptr<Router>> router =
      make_router(std::move(*backends), services, std::move(additions.backends));
  if (!router) return placed(config, router.error());
  models = std::move(*router);
  const PaidEmbedder::Services paid{*models, *models, *store, wall, random};
  embedder = std::make_unique<PaidEmbedder>(paid, budgets(), prices_edition(config));
  return {};
}

Result<void> App::Parts::add_servers() {
  McpServers::Services with{executor, *http, credentials.get(),
                            [this]() -> Grants& { return project->grants(); }};
  Result<std::unique_ptr<McpServers>> made = McpServers::make(config, std::move(with));
  if (!made) return made.error();
  mcp = std::move(*made);
  mcp->add_to(*project);
  return {};
}

Result<void> App::Parts::guard_runs() {
  Result<std::vector<guards::GuardRule>> rules = guard_rules_of(config, *scripts);
  if (!rules) return rules.error();
  Result<std::vector<hooks::HookRule>> asked = hook_rules_of(config, *scripts);
  if (!asked) return asked.error();
  const hooks::HookServices with{*scripts, commands, config.project_dir,
                                 hook_environment(config.project_dir)};
  guards::GuardServices services_of_guards{*scripts, lua};
  services_of_guards.ask = [this](ModelRequest request, ToolRequest of) {
    return ask_judge_run(*engine, *store, std::move(request), std::move(of));
  };
  auto windows = [this](const std::string& model) {
    return models ? windows_of(config, *models, model) : std::map<std::string, std::int64_t>();
  };
  additions = std::make_unique<RunAdditions>(std::move(*rules), std::move(services_of_guards),
                                             std::move(windows),
                                             hooks::make_hooks(std::move(*asked), with));
  if (config.bundled.contains("memory")) additions->recall_from(*memory);
  Result<mcp::ShownTools> shown = mcp->shown();
  if (!shown) return shown.error();
  additions->show_tools(std::move(*shown));
  project->add_to_runs(*additions);
  return {};
}

void App::Parts::make_engine() {
  EngineOptions options;
  options.node_id = node_id();
  options.budgets = budgets();
  options.prices = prices_edition(config);
  if (!config.webhooks.empty()) {
    options.outbox = [this](const Event& event, const RunState& state) {
      return webhook_rows(config.webhooks, event, webhook_run(state));
    };
  }
  const EngineServices services{executor, *store, wall, random, *models, *grants, *project};
  engine = std::make_unique<Engine>(services, std::move(options));
  keys->on_change([this] { engine->set_budgets(budgets()); });
}

std::vector<BudgetRule> App::Parts::budgets() const {
  std::vector<BudgetRule> rules = budgets_of(config);
  rules.insert(rules.end(), user_budgets.begin(), user_budgets.end());
  for (BudgetRule& rule : key_budgets_of(*keys)) rules.push_back(std::move(rule));
  return rules;
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

App::~App() = default;

Result<std::unique_ptr<App>> App::open(asio::io_context& io, const CommonOptions& common,
                                       const std::string& agent, StoreUse use,
                                       Additions additions) {
  // First of all: what scripts run in is made while there is no thread, file or secret here.
  WorkerPoolOptions pool;
  if (!additions.scripts_program.empty()) pool.program = additions.scripts_program;
  Result<std::unique_ptr<WorkerPool>> workers =
      WorkerPool::start(io.get_executor(), std::move(pool));
  if (!workers) return workers.error();
  auto parts = std::make_unique<Parts>(io);
  parts->workers = std::move(*workers);
  const Result<void> loaded = parts->load(common, agent);
  if (!loaded) return loaded.error();
  const Result<void> opened = parts->open_store(use);
  if (!opened) return opened.error();
  const Result<void> remembering = parts->make_memory(use);
  if (!remembering) return remembering.error();
  const Result<void> built = parts->build(std::move(additions));
  if (!built) return built.error();
  parts->make_engine();
  return std::make_unique<App>(std::move(parts));
}

asio::any_io_executor App::executor() const { return parts_->executor; }
const Config& App::config() const { return parts_->config; }
Engine& App::engine() { return *parts_->engine; }
std::vector<BudgetRule> App::budgets() const { return parts_->budgets(); }
Store& App::store() { return *parts_->store; }
OperatorCredentials& App::credentials() { return *parts_->credentials; }
HttpClient& App::http() { return *parts_->http; }
WallClock& App::wall() { return parts_->wall; }
ApiKeys& App::keys() { return *parts_->keys; }
Project& App::project() { return *parts_->project; }
const PluginLoader& App::plugin_loader() const { return *parts_->plugins; }
const PolicyRules& App::policy() const { return *parts_->policy; }
const FlowPolicy& App::flow_policy() const { return *parts_->grants; }
std::vector<Error> App::setting_problems() const {
  const std::vector<std::string> names = parts_->project->tools().names();
  std::vector<Error> problems = check_policy(*parts_->policy, names);
  for (Error& problem : check_arguments(*parts_->policy, parts_->project->tools())) {
    problems.push_back(std::move(problem));
  }
  for (Error& problem : check_labels(labels_of(parts_->config), parts_->project->tools())) {
    problems.push_back(std::move(problem));
  }
  for (Error& problem : parts_->project->narrowing_problems()) {
    problems.push_back(std::move(problem));
  }
  for (Error& problem : misspelt_budgets(parts_->config, *parts_->project)) {
    problems.push_back(std::move(problem));
  }
  return problems;
}
Router& App::models() { return *parts_->models; }
LocalServers& App::local() { return *parts_->local; }
ScriptHost& App::scripts() { return *parts_->scripts; }
Broker& App::broker() { return *parts_->broker; }
ScriptPlace& App::inside() { return parts_->inside; }
WorkerPool& App::workers() { return *parts_->workers; }
const ScriptQuotas& App::quotas() const { return parts_->quotas; }
Memory& memory_of(App& app) {
  for (const auto& module : app.broker().modules()) {
    if (auto* memory = dynamic_cast<MemoryModule*>(module.get())) return memory->memory();
  }
  ENSURE(false);  // build() gives the broker one
  std::abort();
}
Pool& App::reader() { return parts_->reader; }

std::set<std::string>& App::attended() { return parts_->attended; }
void App::stop() { parts_->stopping = true; }
bool App::is_stopping() const { return parts_->stopping; }

Result<void> App::check_model(const std::string& model, const Program& program) const {
  // A workflow may ask no model; one that does names it, or fails where it asks.
  if (model.empty() && program.agent->spec().strategy == "workflow") return {};
  const std::string& name = model.empty() ? program.agent->spec().model : model;
  const Result<std::vector<std::string>> targets = parts_->models->targets_of(name);
  if (targets) return {};
  const bool route = name.find('/') == std::string::npos;
  if (route && parts_->config.file.empty()) return no_project(parts_->config);
  return Error{Errc::invalid, targets.error().message()};
}

Result<Program> App::choose(const ProgramChoice& choice) {
  Result<Program> program =
      choice.plain ? project().plain_program(choice.model) : project().program(choice.agent);
  if (!program && config().file.empty()) return no_project(config());
  if (!program) return program;
  const Result<void> model = check_model(choice.model, *program);
  if (!model) return model.error();
  return program;
}

awaitable<Result<std::string>> App::last_session() {
  RunFilter filter;
  filter.children_left_out = true;
  const std::vector<RunRow> rows = co_await store().list(std::move(filter));
  for (const RunRow& row : rows) {
    if (!row.session.empty()) co_return row.session;
  }
  co_return Error{Errc::not_found,
                  "there is no session to go on with; begin one with --session NAME"};
}

}  // namespace yoke

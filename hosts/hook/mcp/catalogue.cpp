#include "hosts/hook/mcp/catalogue.h"

#include <algorithm>
#include <filesystem>

#include "agents/strategy.h"
#include "hosts/app/project.h"
#include "hosts/hook/mcp/names.h"
#include "hosts/hook/mcp/questions.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/schema/schema.h"

namespace yoke::mcp_hook {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameMax = 128;
constexpr std::size_t kTaskShownMax = 200;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

std::string wire_name(const std::string& target) {
  std::string name = target.substr(0, kNameMax);
  for (char& c : name) {
    if (!is_plain(c)) c = c == ':' ? '.' : '_';
  }
  return name;
}

bool is_any_of(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_match(glob, name); });
}

void add_file(Hasher& hasher, const fs::directory_entry& entry) {
  std::error_code none;
  const auto changed = entry.last_write_time(none).time_since_epoch().count();
  hasher.field(entry.path().string())
      .field(static_cast<std::int64_t>(changed))
      .field(static_cast<std::int64_t>(entry.file_size(none)));
}

void add_folder(Hasher& hasher, const fs::path& folder) {
  std::vector<fs::directory_entry> files;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
    if (entry.is_regular_file(none)) files.push_back(entry);
  }
  std::sort(files.begin(), files.end());
  for (const fs::directory_entry& file : files) add_file(hasher, file);
}

std::string folders_as_of(const fs::path& project, std::initializer_list<const char*> folders) {
  Hasher hasher;
  for (const char* folder : folders) add_folder(hasher, project / folder);
  return to_hex(hasher.finish());
}

// The arguments of an agent that is given a task in words.
Json task_schema(const StrategyOptions& options) {
  const Json task{{"type", "string"}, {"description", "What to do, in words."}};
  const Json session{{"type", "string"},
                     {"description", "Goes on with the conversation of this name."}};
  Json properties{{"task", task}, {"session", session}};
  if (options.input_schema.is_object()) properties["input"] = options.input_schema;
  return Json{{"type", "object"},
              {"properties", std::move(properties)},
              {"required", Json::array({"task"})},
              {"additionalProperties", false}};
}

Offer offer_of_agent(const AgentListing& listing, const Agent& agent) {
  Offer offer;
  const bool is_workflow = agent.spec().strategy == "workflow";
  offer.kind = is_workflow ? Offer::Kind::workflow : Offer::Kind::agent;
  offer.name = wire_name(listing.name);
  offer.target = listing.name;
  offer.description =
      listing.description.empty() ? "The agent " + listing.name + "." : listing.description;
  const StrategyOptions options = options_of(agent);
  if (!is_workflow) {
    offer.input_schema = task_schema(options);
  } else if (options.input_schema.is_object()) {
    offer.input_schema = options.input_schema;
  } else {
    offer.input_schema = Json{{"type", "object"}};
  }
  offer.output_schema = agent.spec().output_schema;
  return offer;
}

Offer offer_of_tool(const ToolSpec& spec) {
  Offer offer;
  offer.name = wire_name(spec.name);
  offer.target = spec.name;
  offer.description = spec.description.empty() ? "The tool " + spec.name + "." : spec.description;
  offer.input_schema = spec.input_schema;
  if (!offer.input_schema.is_object() || offer.input_schema.empty()) {
    offer.input_schema = Json{{"type", "object"}};
  }
  offer.output_schema = spec.output_schema;
  offer.effect = spec.effect;
  return offer;
}

Json annotations_of(Effect effect) {
  return Json{{"readOnlyHint", effect == Effect::read},
              {"destructiveHint", effect == Effect::once},
              {"idempotentHint", effect != Effect::once}};
}

Error wrong_args(const std::string& what) { return Error{Errc::invalid, what}; }

Result<void> check_args(const Offer& offer, const Json& args) {
  const Result<std::shared_ptr<const Schema>> schema = Schema::compile(offer.input_schema);
  if (!schema) return wrong_args("its schema cannot be checked: " + schema.error().message());
  const std::vector<SchemaError> errors = (*schema)->check(args);
  if (errors.empty()) return {};
  return wrong_args(offer.name + ": the arguments do not fit: " + describe(errors));
}

Result<StartRun> start_tool(HookServices services, const Offer& offer, const Json& args) {
  Project& project = services.app.project();
  const Tool* tool = project.tools().find(offer.target);
  if (tool == nullptr) return Error{Errc::not_found, "there is no tool '" + offer.target + "' now"};
  Result<Json> checked = tool->check(args);
  if (!checked) return wrong_args(checked.error().detail);
  Result<Program> program = project.program("tool:" + offer.target);
  if (!program) return program.error();
  StartRun start;
  start.program = std::move(*program);
  start.task = shorten(offer.target + " " + to_text(*checked), kTaskShownMax);
  start.input = args;
  return start;
}

Result<StartRun> start_agent(HookServices services, const Offer& offer, const Client& client,
                             const Json& args) {
  const Result<void> fits = check_args(offer, args);
  if (!fits) return fits.error();
  ProgramChoice choice;
  choice.agent = offer.target;
  Result<Program> program = services.app.choose(choice);
  if (!program) return program.error();
  StartRun start;
  start.program = std::move(*program);
  if (offer.kind == Offer::Kind::workflow) {
    start.input = args;
    start.caller_tools = client_tools(client);
    return start;
  }
  start.task = string_at(args, "task");
  start.session = string_at(args, "session");
  if (!start.session.empty()) start.on_busy = OnBusy::enqueue;
  const Json& input = member_at(args, "input");
  if (input.is_object()) start.input = input;
  return start;
}

}  // namespace

Json listing_of(const Offer& offer) {
  Json listing{{"name", offer.name},
               {"description", offer.description},
               {"inputSchema", offer.input_schema}};
  if (string_at(offer.output_schema, "type") == "object") {
    listing["outputSchema"] = offer.output_schema;
  }
  if (offer.effect) listing["annotations"] = annotations_of(*offer.effect);
  return listing;
}

std::string Catalogue::tools_as_of() const {
  return folders_as_of(services_.app.config().project_dir, {"agents", "workflows"});
}

std::string Catalogue::prompts_as_of() const {
  return folders_as_of(services_.app.config().project_dir, {"prompts", "skills"});
}

const std::vector<Offer>& Catalogue::agents() {
  std::string now = tools_as_of();
  if (now == agents_as_of_) return agents_;
  agents_.clear();
  Project& project = services_.app.project();
  for (const AgentListing& listing : project.agents()) {
    if (!listing.problem.empty()) continue;
    const Result<std::string> file = project.find_agent(listing.name);
    if (!file) continue;
    const Result<std::shared_ptr<const Agent>> agent = project.read_agent(*file);
    if (agent) agents_.push_back(offer_of_agent(listing, **agent));
  }
  agents_as_of_ = std::move(now);
  return agents_;
}

McpTask Catalogue::task_of(const std::string& name) const {
  for (const auto& [glob, mode] : config_.tasks) {
    if (glob_match(glob, name)) return mode;
  }
  return McpTask::late;
}

// A tool comes before an agent of the same name, and the name is there once.
std::vector<Offer> Catalogue::matching(const Principal& who, const std::vector<std::string>& agents,
                                       const std::vector<std::string>& tools) {
  std::vector<Offer> offers;
  for (const ToolSpec* spec : services_.app.project().tools().list()) {
    if (is_any_of(tools, spec->name)) offers.push_back(offer_of_tool(*spec));
  }
  for (const Offer& agent : this->agents()) {
    if (is_any_of(agents, agent.target) && may_use_agent(who, agent.target)) {
      offers.push_back(agent);
    }
  }
  const auto by_name = [](const Offer& a, const Offer& b) { return a.name < b.name; };
  std::stable_sort(offers.begin(), offers.end(), by_name);
  const auto same = [](const Offer& a, const Offer& b) { return a.name == b.name; };
  offers.erase(std::unique(offers.begin(), offers.end(), same), offers.end());
  for (Offer& offer : offers) offer.task = task_of(offer.name);
  return offers;
}

std::vector<Offer> Catalogue::tools(const Principal& who) {
  std::vector<Offer> offers = matching(who, config_.agents, config_.tools);
  std::erase_if(offers,
                [this](const Offer& offer) { return is_any_of(config_.prompts, offer.target); });
  return offers;
}

std::vector<Offer> Catalogue::prompts(const Principal& who) {
  return matching(who, config_.prompts, config_.prompts);
}

std::optional<Offer> Catalogue::tool(const Principal& who, const std::string& name) {
  for (Offer& offer : tools(who)) {
    if (offer.name == name) return std::move(offer);
  }
  return std::nullopt;
}

std::optional<Offer> Catalogue::resource_tool(const std::string& target) {
  const Tool* tool = services_.app.project().tools().find(target);
  if (tool == nullptr) return std::nullopt;
  return offer_of_tool(tool->spec());
}

Result<StartRun> start_of(HookServices services, const Offer& offer, const Client& client,
                          const Json& args) {
  Result<StartRun> start = offer.kind == Offer::Kind::tool
                               ? start_tool(services, offer, args)
                               : start_agent(services, offer, client, args);
  if (!start) return start;
  start->tenant = client.who.tenant;
  start->by = client.who.name;
  const std::string program = string_at(client.info, "name");
  start->note = Json{{"mcp", {{"name", offer.name}, {"client", shorten(program, 80)}}}};
  return start;
}

}  // namespace yoke::mcp_hook

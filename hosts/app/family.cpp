#include "hosts/app/family.h"

#include <algorithm>
#include <deque>
#include <filesystem>

#include "agents/agent_tools.h"
#include "agents/definition.h"
#include "agents/one_call.h"
#include "agents/one_tool.h"
#include "agents/plan.h"
#include "hosts/app/agent_package.h"
#include "hosts/app/context_files.h"
#include "hosts/app/project.h"
#include "hosts/app/recorded_tools.h"
#include "hosts/app/run_additions.h"
#include "runtime/base/text.h"
#include "tools/script_files.h"

// Which agents a project has, and which of them a run of one may start.
namespace yoke {
namespace {

namespace fs = std::filesystem;

// "tool:csv.stats": no agent, but one call of that tool.
constexpr std::string_view kToolAgent = "tool:";
constexpr const char* kAgentsFolder = "agents";
constexpr const char* kWorkflowsFolder = "workflows";

std::string stem_of(const std::string& file) { return fs::path(file).stem().string(); }

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& each : list) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

// Of the agents that it has as tools.
std::vector<std::string> inner_patterns(const AgentSpec& spec) {
  std::vector<std::string> patterns;
  for (const std::string& pattern : spec.tools) {
    const std::string inner = agent_pattern(pattern);
    if (!inner.empty()) patterns.push_back(inner);
  }
  return patterns;
}

bool is_any_of(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return glob_match(pattern, name); });
}

Result<std::shared_ptr<const Agent>> agent_of(const Json& source) {
  const Json& kept = member_at(source, "agent");
  if (is_one_tool(kept)) return restore_one_tool(kept);
  Result<AgentSpec> spec = agent_spec_from_json(kept);
  if (!spec) return spec.error();
  Result<StrategyOptions> options = strategy_options_from_json(member_at(source, "options"));
  if (!options) return options.error();
  return make_agent(std::move(*spec), std::move(*options));
}

}  // namespace

Result<Program> KeptFamily::program(std::string_view agent) const {
  const auto found = members_->find(std::string(agent));
  const bool may = std::find(names_.begin(), names_.end(), agent) != names_.end();
  if (!may || found == members_->end()) {
    return Error{Errc::not_found, "there is no agent '" + shorten(printable(agent), 60) +
                                      "' that this run may start" + did_you_mean(agent, names_)};
  }
  Json source = *found;
  source["family"] = *members_;
  return restore_(std::move(source));
}

std::vector<Project::AgentFile> Project::agent_files() const {
  std::vector<AgentFile> files;
  for (const char* folder : {kAgentsFolder, kWorkflowsFolder}) {
    const Result<std::vector<std::string>> listed = list_scripts(config_.project_dir, folder);
    if (!listed) continue;
    for (const std::string& file : *listed) files.push_back(AgentFile{stem_of(file), file});
  }
  add_package_files(files);
  return files;
}

std::vector<AgentListing> Project::agents() {
  std::vector<AgentListing> listings;
  for (const auto& [name, file] : agent_files()) {
    AgentListing& listing = listings.emplace_back();
    listing.name = name;
    listing.file = file;
    const Result<std::shared_ptr<const Agent>> agent = read_agent(file);
    if (!agent) {
      listing.problem = agent.error().message();
      continue;
    }
    listing.description = (*agent)->spec().description;
    if (is_package_file(file)) continue;  // its tools are its own
    const Result<std::unique_ptr<ToolSet>> tools = select(**agent);
    if (!tools) listing.problem = tools.error().message();
    const auto starts = startable(**agent, name);
    if (tools && !starts) listing.problem = starts.error().message();
  }
  return listings;
}

Result<std::string> Project::find_agent(const std::string& agent) const {
  std::error_code ignored;
  if (is_package(agent)) return found_package(agent);
  if (agent.ends_with(".lua")) {
    if (fs::is_regular_file(agent, ignored)) return fs::absolute(agent).lexically_normal().string();
    return Error{Errc::invalid, "no agent file " + agent};
  }
  const std::vector<AgentFile> files = agent_files();
  std::vector<std::string> names;
  for (const AgentFile& each : files) names.push_back(each.name);
  if (fs::is_directory(agent, ignored)) {
    if (names.size() == 1) return files.front().file;
    return Error{Errc::invalid, agent + " has " + std::to_string(names.size()) +
                                    " agents; name one: " + join(names, ", ")};
  }
  if (const auto worker = workers_.find(agent); worker != workers_.end()) return worker->second;
  const auto found = std::find(names.begin(), names.end(), agent);
  if (found != names.end()) return files[static_cast<std::size_t>(found - names.begin())].file;
  const std::string there = names.empty() ? "; " + config_.project_dir + "/agents holds none" : "";
  return Error{Errc::invalid, "no agent '" + agent + "'" + did_you_mean(agent, names) + there};
}

Result<std::unique_ptr<ToolSet>> Project::select(const Agent& agent) const {
  // A workflow that says nothing has all the tools there are, even none.
  const bool any = agent.spec().strategy == "workflow" && registry_.names().empty();
  std::vector<std::string> patterns;
  for (const std::string& pattern : agent.spec().tools) {
    if (agent_pattern(pattern).empty() && !(any && pattern == "*")) patterns.push_back(pattern);
  }
  return registry_.select(patterns);
}

Result<std::vector<Project::Startable>> Project::startable(const Agent& agent,
                                                           const std::string& own_name) const {
  std::vector<std::string> patterns = options_of(agent).agents;
  for (const std::string& pattern : options_of(agent).handoff) patterns.push_back(pattern);
  for (const std::string& pattern : inner_patterns(agent.spec())) patterns.push_back(pattern);
  std::vector<std::string> names;
  for (const AgentFile& each : agent_files()) names.push_back(each.name);
  for (const auto& [worker, file] : workers_) names.push_back(worker);
  std::map<std::string, bool> found;  // whether it was named
  for (const std::string& pattern : patterns) {
    const bool is_named = !is_pattern(pattern);
    bool matched = false;
    for (const std::string& name : names) {
      if (!glob_match(pattern, name)) continue;
      matched = true;
      if (is_named || name != own_name) found[name] = found[name] || is_named;
    }
    if (!matched && is_named) {
      return Error{Errc::invalid, "agent '" + agent.spec().name + "': there is no agent '" +
                                      shorten(printable(pattern), 60) + "'" +
                                      did_you_mean(pattern, names)};
    }
  }
  std::vector<Startable> out;
  for (const auto& [name, is_named] : found) out.push_back(Startable{name, is_named});
  return out;
}

Result<Program> Project::program(const std::string& agent) {
  if (agent.starts_with(kToolAgent)) {
    const std::string tool = agent.substr(kToolAgent.size());
    Result<Program> one = program_of(one_tool_agent("mcp", tool));
    if (one) one = with_engine_tools(std::move(*one));
    return one ? with_additions(std::move(*one), AgentExtras{}) : one;
  }
  const Result<std::string> file = find_agent(agent);
  if (!file) return file.error();
  AgentExtras extras;
  Result<Program> program = read_program(*file, extras);
  if (!program) return program;
  return with_family(std::move(*program), stem_of(*file), extras);
}

// Tells the agent what it may use, and its source what its agent is.
Result<void> Project::note_names(Program& program, const std::vector<std::string>& agents) const {
  AgentSpec spec = program.agent->spec();
  StrategyOptions options = options_of(*program.agent);
  if (spec.strategy == "code" || spec.strategy == "plan") {
    options.tool_names.clear();
    for (const ToolSpec* tool : program.tools->list()) options.tool_names.push_back(tool->name);
    if (spec.strategy == "plan") {
      options.agent_names = agents;
    } else {
      for (const std::string& name : agents) options.tool_names.push_back("agent:" + name);
    }
  }
  program.source["agent"] = to_json(spec);
  if (spec.strategy != "loop" || !options.input_schema.is_null() || !options.handoff.empty() ||
      !options.reasoning_effort.empty()) {
    program.source["options"] = to_json(options);
  }
  if (!agents.empty()) program.source["starts"] = agents;
  Result<std::shared_ptr<const Agent>> agent = make_agent(std::move(spec), std::move(options));
  if (!agent) return agent.error();
  program.agent = std::move(*agent);
  return {};
}

Result<Json> Project::member_source(const std::string& name, std::vector<Startable>& more) {
  const Result<std::string> file = find_agent(name);
  if (!file) return file.error();
  AgentExtras extras;
  Result<Program> program = read_program(*file, extras);
  if (!program) return program.error();
  Result<std::vector<Startable>> starts = startable(*program->agent, name);
  if (!starts) return starts.error();
  std::vector<std::string> names;
  for (const Startable& each : *starts) names.push_back(each.name);
  if (Result<void> noted = note_names(*program, names); !noted) return noted.error();
  more = std::move(*starts);
  program = with_additions(std::move(*program), extras);
  if (!program) return program.error();
  return std::move(program->source);
}

Result<Program> Project::with_family(Program program, const std::string& own_name,
                                     const AgentExtras& extras) {
  Result<std::vector<Startable>> starts = startable(*program.agent, own_name);
  if (!starts) return starts.error();
  Json members = Json::object();
  std::vector<std::string> lost;  // cannot be used, and nobody named them
  std::deque<Startable> waiting(starts->begin(), starts->end());
  while (!waiting.empty()) {
    const Startable next = std::move(waiting.front());
    waiting.pop_front();
    if (members.contains(next.name)) continue;
    std::vector<Startable> more;
    Result<Json> source = member_source(next.name, more);
    if (!source && next.is_named) {
      return Error{Errc::invalid, "agent '" + program.agent->spec().name + "': the agent '" +
                                      next.name + "': " + source.error().message()};
    }
    if (!source) {
      lost.push_back(next.name);
      continue;
    }
    members[next.name] = std::move(*source);
    waiting.insert(waiting.end(), more.begin(), more.end());
  }
  std::vector<std::string> names;
  for (const Startable& each : *starts) {
    if (members.contains(each.name)) names.push_back(each.name);
  }
  if (Result<void> noted = note_names(program, names); !noted) return noted.error();
  if (!members.empty()) program.source["family"] = std::move(members);
  Result<Program> whole = with_engine_tools(std::move(program));
  if (!whole) return whole;
  return with_additions(std::move(*whole), extras);
}

Result<Program> Project::with_engine_tools(Program program) const {
  const Json& family = member_at(program.source, "family");
  const std::vector<std::string> names = texts_of(member_at(program.source, "starts"));
  std::vector<std::unique_ptr<Tool>> more;
  if (std::unique_ptr<Tool> own = tool_of_strategy(*program.agent)) more.push_back(std::move(own));
  for (const std::string& name : names) {
    if (program.agent->spec().strategy == "workflow" || !family.contains(name)) continue;
    Result<std::shared_ptr<const Agent>> agent = agent_of(family[name]);
    if (!agent) return agent.error();
    if (is_any_of(options_of(*program.agent).handoff, name)) {
      Result<std::unique_ptr<Tool>> tool = handoff_to(name, **agent);
      if (!tool) return tool.error();
      more.push_back(std::move(*tool));
    }
    if (!is_any_of(inner_patterns(program.agent->spec()), name)) continue;
    Result<std::unique_ptr<Tool>> tool = tool_for_agent(name, **agent);
    if (!tool) return tool.error();
    more.push_back(std::move(*tool));
  }
  program.tools = with_tools(std::move(program.tools), std::move(more));
  if (!family.is_null()) {
    auto restore = [this](Json source) { return restored(std::move(source)); };
    program.family = std::make_shared<const KeptFamily>(std::make_shared<const Json>(family), names,
                                                        std::move(restore));
  }
  if (durable_ != nullptr) {  // borrowed: it outlives every run
    program.scripts = std::shared_ptr<DurableScripts>(std::shared_ptr<void>(), durable_);
  }
  return program;
}

Result<Program> Project::with_plan(Program program, Json plan) const {
  StrategyOptions options = options_of(*program.agent);
  const std::string& strategy = program.agent->spec().strategy;
  if (strategy != "plan") {
    return Error{Errc::invalid, "agent '" + program.agent->spec().name + "' has the strategy \"" +
                                    strategy + "\": a plan is for one with strategy = \"plan\""};
  }
  const PlanScope scope{options.tool_names, options.agent_names, {}};
  if (Result<Json> checked = checked_plan(plan, scope); !checked) return checked.error();
  options.plan = std::move(plan);
  program.source["options"] = to_json(options);
  Result<std::shared_ptr<const Agent>> agent =
      make_agent(program.agent->spec(), std::move(options));
  if (!agent) return agent.error();
  program.agent = std::move(*agent);
  return program;
}

Result<Program> Project::restored(Json source) const {
  if (is_one_call(source)) return restore_one_call(std::move(source));
  Result<std::shared_ptr<const Agent>> agent = agent_of(source);
  if (!agent) return agent.error();
  Result<std::shared_ptr<const ToolSet>> tools = restored_tools(source);
  if (!tools) return tools.error();
  if (const Json& recorded = member_at(source, kRecorded); !recorded.is_null()) {
    tools = with_recorded(std::move(*tools), recorded);
    if (!tools) return tools.error();
  }
  Result<std::shared_ptr<const ToolSet>> all = with_kept_skills(std::move(*tools), source);
  if (!all) return all.error();
  Program program;
  program.agent = std::move(*agent);
  program.tools = std::move(*all);
  program.source = std::move(source);
  Result<Program> whole = with_engine_tools(std::move(program));
  if (!whole || additions_ == nullptr) return whole;
  // Outermost, where the engine looks for it.
  Result<std::shared_ptr<const ToolSet>> kept = additions_->kept(whole->tools, whole->source);
  if (!kept) return kept.error();
  whole->tools = std::move(*kept);
  return whole;
}

awaitable<Result<Program>> Project::restore(Json source) { co_return restored(std::move(source)); }

}  // namespace yoke

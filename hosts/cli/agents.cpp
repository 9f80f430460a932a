#include "hosts/app/agent_package.h"
#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "models/router.h"
#include "runtime/base/text.h"

// `yoke agents …`
namespace yoke {
namespace {

awaitable<int> list(App& app, Terminal& terminal, bool json) {
  int status = kExitCompleted;
  for (const AgentListing& agent : app.project().agents()) {
    if (json) {
      terminal.out(to_text(Json{{"name", agent.name},
                                {"file", agent.file},
                                {"description", agent.description},
                                {"problem", agent.problem}}) +
                   "\n");
    } else if (agent.problem.empty()) {
      std::string line = agent.name;
      line.append(line.size() < 20 ? 20 - line.size() : 1, ' ');
      terminal.out(line + shorten(printable(agent.description), 100) + "\n");
    } else {
      terminal.line("yoke: " + printable(agent.problem));
      status = kExitUsage;
    }
  }
  co_return status;
}

// A limit of money that would refuse the agent's first call, because no price is known.
std::string money_warning(App& app, const AgentSpec& spec) {
  if (spec.limits.usd <= 0 && app.config().budgets.empty()) return {};
  ModelRequest request;
  request.target = spec.model;
  const Result<ModelEstimate> estimate = app.models().estimate(request);
  if (!estimate || estimate->priced) return {};
  return (spec.limits.usd > 0 ? "limits.usd" : "[budgets]") + std::string(" cannot be kept: ") +
         estimate->unpriced;
}

// What came with it in its package and cannot be used; empty: all can.
std::string unusable_parts(App& app, const Program& program) {
  const std::string file = string_at(member_at(program.source, "package"), "file");
  if (file.empty()) return {};
  const Result<std::shared_ptr<const AgentPackage>> package = app.project().package(file);
  if (!package) return package.error().message();
  std::vector<std::string> lines;
  for (const PluginFinding& finding : (*package)->findings()) {
    if (finding.verdict == PluginFinding::Verdict::error) lines.push_back(to_line(finding));
  }
  return join(lines, "; ");
}

// The file, its tools and its model: all that must be there for it to run. What it returns may be
// a warning.
Result<std::string> check_one(App& app, const std::string& file) {
  const Result<Program> program = app.project().program(file);
  if (!program) return program.error();
  const std::string unusable = unusable_parts(app, *program);
  if (!unusable.empty()) return Error{Errc::invalid, unusable, file};
  const Result<void> model = app.check_model("", *program);
  if (!model) return Error{Errc::invalid, model.error().detail, file};
  return money_warning(app, program->agent->spec());
}

awaitable<int> check(App& app, Terminal& terminal, AgentsOptions options) {
  std::vector<std::string> files = options.files;
  if (files.empty()) {
    for (const AgentListing& agent : app.project().agents()) {
      files.push_back(app.config().project_dir + "/" + agent.file);
    }
  }
  int status = kExitCompleted;
  for (const std::string& file : files) {
    const Result<std::string> checked = check_one(app, file);
    if (!checked) {
      status = fail(terminal, checked.error());
    } else if (checked->empty()) {
      terminal.line(file + " is well");
    } else {
      terminal.line("warning: " + file + ": " + *checked);
    }
  }
  co_return status;
}

}  // namespace

int agents_list(const CommonOptions& common, const AgentsOptions&) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return list(app, out, common.json); });
}

int agents_check(const CommonOptions& common, const AgentsOptions& options) {
  const std::string first = options.files.empty() ? "" : options.files.front();
  return with_project(common, first,
                      [&](App& app, Terminal& out) { return check(app, out, options); });
}

}  // namespace yoke

#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "models/router.h"
#include "runtime/base/text.h"

// `yoke agents …`
namespace yoke {
namespace {

int list(App& app, Terminal& terminal, bool json) {
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
  return status;
}

// The file, its tools and its model: all that must be there for it to run.
Result<void> check_one(App& app, const std::string& file) {
  const Result<Program> program = app.project().program(file);
  if (!program) return program.error();
  const std::string& model = program->agent->spec().model;
  const Result<std::vector<std::string>> targets = app.models().targets_of(model);
  if (!targets) return Error{Errc::invalid, targets.error().message(), file};
  return {};
}

int check(App& app, Terminal& terminal, const AgentsOptions& options) {
  std::vector<std::string> files = options.files;
  if (files.empty()) {
    for (const AgentListing& agent : app.project().agents()) {
      files.push_back(app.config().project_dir + "/" + agent.file);
    }
  }
  int status = kExitCompleted;
  for (const std::string& file : files) {
    const Result<void> checked = check_one(app, file);
    if (checked) {
      terminal.line(file + " is well");
    } else {
      status = fail(terminal, checked.error());
    }
  }
  return status;
}

using AgentsWork = std::function<int(App&, Terminal&)>;

int with_project(const CommonOptions& common, const std::string& agent, const AgentsWork& work) {
  Terminal terminal(common.color);
  CommonOptions apart = common;
  if (apart.store.empty()) apart.store = "memory:";
  asio::io_context io{1};
  const Result<std::unique_ptr<App>> app = App::open(io, apart, agent);
  if (!app) return fail(terminal, app.error());
  return work(**app, terminal);
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

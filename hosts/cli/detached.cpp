#include <filesystem>

#include "hosts/app/open_store.h"
#include "hosts/cli/attended.h"
#include "hosts/cli/run_task.h"
#include "hosts/cli/support.h"
#include "hosts/control/client.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

// The other process may stand in another folder.
std::string agent_for_others(const std::string& agent) {
  std::error_code ignored;
  const bool is_path = agent.ends_with(".lua") || fs::is_directory(agent, ignored);
  return is_path ? fs::absolute(agent).lexically_normal().string() : agent;
}

Json order_of(const RunOptions& options, const RunTask& wanted, const Config& config) {
  Json body{{"project", config.project_dir}, {"by", user_name()}};
  if (options.plain) {
    body["plain"] = true;
  } else {
    body["agent"] = agent_for_others(options.agent);
  }
  if (!wanted.task.empty()) body["task"] = wanted.task;
  if (!wanted.input.empty()) body["input"] = wanted.input;
  for (const ImagePart& image : wanted.images) body["images"].push_back(image.url);
  if (!options.limits.empty()) body["limits"] = options.limits;
  if (!options.model.empty()) body["model"] = options.model;
  if (!options.session.empty()) {
    body["session"] = options.session;
  } else if (options.go_on) {
    body["continue"] = true;
  }
  return body;
}

}  // namespace

int run_detached(const CommonOptions& common, const RunOptions& options) {
  Terminal terminal(common.color);
  if (options.when_asked != WhenAsked::ask) {
    return fail(terminal, Error{Errc::invalid,
                                "--yes and --deny cannot be handed over with --detach: answer with "
                                "'yoke runs answer' when the run asks"});
  }
  if (!options.plan.empty()) {
    return fail(terminal, Error{Errc::invalid, "--plan cannot be handed over with --detach"});
  }
  const Result<Config> config = load_config(config_place(common, options.agent));
  if (!config) return fail(terminal, config.error());
  // Whoever runs it knows whether the agent needs a task.
  constexpr bool needs_task = false;
  const Result<RunTask> wanted = read_task(terminal, options, needs_task);
  if (!wanted) return fail(terminal, wanted.error());
  const Json body = order_of(options, *wanted, *config);
  const std::optional<Result<Json>> started = start_over_socket(*config, body);
  if (started && !*started) return fail(terminal, started->error());
  if (started) {
    terminal.out(string_at(**started, "run") + "\n");
    terminal.line("handed over");
    return kExitCompleted;
  }
  return fail(terminal,
              Error{Errc::unavailable,
                    "no running yoke holds this store, so there is nobody to hand the run "
                    "to; leave --detach out"});
}

}  // namespace yoke

#pragma once

#include "hosts/cli/options.h"
#include "hosts/hook/serve.h"

// The verbs of the command line. Each runs to its end and returns the exit status.
namespace yoke {

int run_agent(const CommonOptions& common, const RunOptions& options);

int runs_list(const CommonOptions& common, const RunsOptions& options);
int runs_show(const CommonOptions& common, const RunsOptions& options);
int runs_images(const CommonOptions& common, const RunsOptions& options);
int runs_events(const CommonOptions& common, const RunsOptions& options);
int runs_resume(const CommonOptions& common, const RunsOptions& options);
int runs_answer(const CommonOptions& common, const RunsOptions& options);
int runs_signal(const CommonOptions& common, const RunsOptions& options);
int runs_cancel(const CommonOptions& common, const RunsOptions& options);
int runs_erase(const CommonOptions& common, const RunsOptions& options);
int runs_fork(const CommonOptions& common, const RunsOptions& options);
int runs_replay(const CommonOptions& common, const RunsOptions& options);
int runs_diff(const CommonOptions& common, const RunsOptions& options);

int tools_list(const CommonOptions& common, const ToolsOptions& options);
int tools_show(const CommonOptions& common, const ToolsOptions& options);
int tools_call(const CommonOptions& common, const ToolsOptions& options);
int tools_check(const CommonOptions& common, const ToolsOptions& options);
int tools_grant(const CommonOptions& common, const ToolsOptions& options);
int tools_add(const CommonOptions& common, const ToolsOptions& options);
int tools_test(const CommonOptions& common, const ToolsOptions& options);
int tools_types(const CommonOptions& common, const ToolsOptions& options);
int tools_explain(const CommonOptions& common, const ToolsOptions& options);

int agents_list(const CommonOptions& common, const AgentsOptions& options);
int agents_check(const CommonOptions& common, const AgentsOptions& options);

int models_list(const CommonOptions& common, const ModelsOptions& options);
int models_check(const CommonOptions& common, const ModelsOptions& options);
int models_ask(const CommonOptions& common, const ModelsOptions& options);
int models_embed(const CommonOptions& common, const ModelsOptions& options);
int models_compare(const CommonOptions& common, const ModelsOptions& options);
int models_spend(const CommonOptions& common, const ModelsOptions& options);
int models_budgets(const CommonOptions& common);

int serve_hook(const CommonOptions& common, const ServeOptions& options);
int keys_create(const CommonOptions& common, const KeysOptions& options);
int keys_list(const CommonOptions& common, const KeysOptions& options);
int keys_revoke(const CommonOptions& common, const KeysOptions& options);

int policy_explain(const CommonOptions& common, const PolicyOptions& options);

int schedules_list(const CommonOptions& common, const SchedulesOptions& options);
int schedules_run(const CommonOptions& common, const SchedulesOptions& options);
// With `paused` it starts nothing until it is resumed.
int schedules_pause(const CommonOptions& common, const SchedulesOptions& options, bool paused);

int init_project(const CommonOptions& common, const InitOptions& options);
int doctor(const CommonOptions& common);
int version(const CommonOptions& common);

// Parses the arguments and runs the verb.
int run_command_line(int argc, char** argv);

}  // namespace yoke

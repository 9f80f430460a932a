#include <CLI/CLI.hpp>

#include "hosts/cli/commands.h"
#include "hosts/cli/repl_screen.h"
#include "hosts/cli/verbs.h"

namespace yoke {
namespace {

void add_run_options(CLI::App& app, RunOptions& run) {
  app.add_option("--session", run.session, "Talk on in this conversation")->type_name("NAME");
  app.add_flag("-c,--continue", run.go_on, "Go on with the last session");
  app.add_option("--model", run.model, "A route or backend/model")->type_name("ROUTE");
  app.add_option("--limit", run.limits, "steps=20,tokens=100000,usd=0.5,seconds=120")
      ->type_name("LIMITS");
  add_asking(app, run.when_asked);
}

}  // namespace

void add_run(CLI::App& root, CommonOptions& common, RunOptions& o, std::string& host,
             std::function<int()>& chosen) {
  CLI::App* run = add_verb(root, "run", "Run an agent to its end",
                           "yoke run agents/analyst.lua \"Which month was the wettest?\"", chosen,
                           [&] { return run_agent(common, o); });
  run->add_option("agent", o.agent,
                  "A .lua or .json file, a zip, a folder, or a name; with -p the task");
  run->add_option("task", o.task, "What to do; piped standard input is added to it");
  run->add_flag("-p,--prompt", o.plain, "No agent file: a plain agent with all tools");
  run->add_option("--input", o.input, "k=v, may be repeated")
      ->type_name("K=V")
      ->allow_extra_args(false);
  run->add_option("--input-json", o.input_json, "The input as a JSON file; - is standard input")
      ->type_name("FILE");
  run->add_option("--image", o.images, "A file or address, shown with the task; repeatable")
      ->type_name("FILE|URL")
      ->allow_extra_args(false);
  run->add_option("--plan", o.plan,
                  "Carry out a saved plan ('yoke runs show RUN --plan --json') with this input")
      ->type_name("FILE");
  run->add_flag("--detach", o.detach, "Hand it to the process that holds the store");
  add_run_options(*run, o);
  CLI::App* talk = add_verb(root, "repl", "Talk to an agent", "yoke repl agents/analyst.lua",
                            chosen, [&] { return repl_with(common, o, host); });
  talk->add_option("--host", host, "Talk to a yoke elsewhere; its key is in YOKE_KEY")
      ->type_name("URL");
  talk->add_option("agent", o.agent, "A .lua or .json file, a zip, a folder, or a name");
  add_run_options(*talk, o);
}

}  // namespace yoke

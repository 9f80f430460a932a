#include <CLI/CLI.hpp>

#include "hosts/cli/commands.h"
#include "hosts/cli/verbs.h"

namespace yoke {
namespace {

void add_runs_signal(CLI::App& signal, RunsOptions& o) {
  signal.add_option("name", o.signal, "The signal's name, as w.signal has it")->required();
  signal.add_option("--data", o.data, "What the workflow is given")->type_name("JSON");
  signal.add_option("--key", o.key, "Your own: what is sent again under it is one signal")
      ->type_name("TEXT");
}

}  // namespace

void add_runs(CLI::App& root, CommonOptions& common, RunsOptions& o, std::function<int()>& chosen) {
  CLI::App* runs = root.add_subcommand("runs", "Look at runs and act on them");
  runs->require_subcommand(1);
  const auto with_id = [&](const char* name, const char* about, const char* example,
                           int (*action)(const CommonOptions&, const RunsOptions&)) {
    CLI::App* app =
        add_verb(*runs, name, about, example, chosen, [&, action] { return action(common, o); });
    app->add_option("id", o.id, "A run's id, a unique beginning of it, or @last")->required();
    return app;
  };
  CLI::App* list =
      add_verb(*runs, "list", "List runs, newest first", "yoke runs list --status waiting", chosen,
               [&] { return runs_list(common, o); });
  list->add_option("--status", o.status,
                   "running, waiting, completed, failed, cancelled, quarantined");
  list->add_option("--session", o.session, "Of this conversation");
  list->add_option("--agent", o.agent, "Of this agent");
  list->add_flag("--all", o.all, "Those too that other runs called: their subagents");
  list->add_option("--limit", o.limit, "How many")->check(CLI::Range(1, 1000));
  CLI::App* show = with_id("show", "Show a run: what happened and what it came to",
                           "yoke runs show @last --why", runs_show);
  show->add_flag("--why", o.why, "What was thought, who answered, what was decided and done");
  show->add_flag("--plan", o.plan, "Its plan with marks; with --json the plan, for run --plan");
  with_id("events", "Print a run's journal", "yoke runs events @last --json", runs_events)
      ->add_flag("--follow,-f", o.follow, "Go on as it grows");
  with_id("images", "List the images of a run and what else is no text, or save them",
          "yoke runs images @last --to pictures", runs_images)
      ->add_option("--to", o.folder, "Save them into this folder")
      ->type_name("DIR");
  add_asking(*with_id("resume", "Go on with a run that was stopped or waits",
                      "yoke runs resume @last", runs_resume),
             o.when_asked);
  CLI::App* answer = with_id("answer", "Answer a question that a run has asked",
                             "yoke runs answer @last a.c4.0 yes", runs_answer);
  answer->add_option("question", o.question, "The question's id")->required();
  answer->add_option("value", o.value, "yes, no, one of its choices, or words")->required();
  add_runs_signal(*with_id("signal", "Send a workflow the signal that it waits for",
                           "yoke runs signal @last paid --data '{\"amount\":12}'", runs_signal),
                  o);
  with_id("cancel", "Stop a run for good", "yoke runs cancel 01JD", runs_cancel);
  with_id("erase", "Erase for good what was said in a run that has ended", "yoke runs erase 01JD",
          runs_erase)
      ->add_flag_callback(
          "--yes", [&o] { o.when_asked = WhenAsked::yes; }, "Do not ask first");
  CLI::App* fork = with_id("fork", "Go on from an earlier point as a new run",
                           "yoke runs fork @last --at 9 --model openai/gpt-5-mini", runs_fork);
  fork->add_option("--at", o.at, "The last event it shares with the run")->required();
  fork->add_option("--model", o.model, "Go on with this route or backend/model")
      ->type_name("ROUTE");
  fork->add_option("--result", o.result, "--at is a tool.returned: the value it gets instead")
      ->type_name("JSON");
  fork->add_flag("!--no-run", o.drive, "Only make it; resume it later");
  add_asking(*fork, o.when_asked);
  with_id("replay", "Decide a run again offline and compare", "yoke runs replay @last",
          runs_replay);
  with_id("diff", "Compare two runs", "yoke runs diff 01JD 01JE", runs_diff)
      ->add_option("other", o.other, "The other run")
      ->required();
}

void add_policy(CLI::App& root, CommonOptions& common, PolicyOptions& o,
                std::function<int()>& chosen) {
  CLI::App* policy = root.add_subcommand("policy", "See what policy said of a run's calls");
  policy->require_subcommand(1);
  CLI::App* explain =
      add_verb(*policy, "explain", "Tell which rule decided about a call, and why",
               "yoke policy explain @last 7", chosen, [&] { return policy_explain(common, o); });
  explain->add_option("run", o.run, "The run, or @last")->required();
  explain->add_option("seq", o.seq, "An event of the call")->required();
}

}  // namespace yoke

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>

#include "hosts/app/command.h"
#include "hosts/app/version.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/completions.h"
#include "hosts/cli/eval.h"
#include "hosts/cli/mcp.h"
#include "hosts/cli/mcp_serve.h"
#include "hosts/cli/memory.h"
#include "hosts/cli/plugins.h"
#include "hosts/cli/repl_screen.h"
#include "hosts/cli/runs_export.h"
#include "hosts/cli/secrets.h"
#include "hosts/cli/sign_in.h"
#include "hosts/cli/skills.h"
#include "hosts/cli/verbs.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// Everything the parser fills in; the verb that was named is run when parsing is done.
struct CommandLine {
  CommonOptions common;
  RunOptions run;
  std::string host;  // repl
  RunsOptions runs;
  ToolsOptions tools;
  AgentsOptions agents;
  std::string skill;
  ModelsOptions models;
  KeysOptions keys;
  SchedulesOptions schedules;
  PolicyOptions policy;
  MemoryVerb memory;
  SecretsVerb secrets;
  RecordVerbs record;
  SignInVerb sign_in;
  McpVerb mcp;
  PluginsVerb plugins;
  EvalVerb eval;
  InitOptions init;
  ServeOptions serve;
  std::string made_for;
  std::function<int()> verb;
};

CLI::App* verb(CLI::App& parent, const std::string& name, const std::string& about,
               const std::string& example, CommandLine& line, std::function<int()> action) {
  CLI::App* app = parent.add_subcommand(name, about);
  app->footer("Example:\n  " + example);
  app->callback([&line, action = std::move(action)] { line.verb = action; });
  return app;
}

void add_common(CLI::App& app, CommonOptions& common) {
  app.add_option("--config", common.config, "The yoke.toml to use")->type_name("FILE");
  app.add_option("--store", common.store, "sqlite:PATH or memory:")->type_name("URL");
  app.add_flag("--json", common.json, "Machine-readable output; for a run, one event a line");
  app.add_flag("--quiet,-q", common.quiet, "Only the answer and errors");
  app.add_flag("--verbose,-v", common.verbose, "More detail, tools' logs included");
  const std::map<std::string, ColorChoice> colors = {{"auto", ColorChoice::automatic},
                                                     {"always", ColorChoice::always},
                                                     {"never", ColorChoice::never}};
  app.add_option("--color", common.color, "auto, always or never")
      ->transform(CLI::CheckedTransformer(colors))
      ->type_name("WHEN");
}

void add_asking(CLI::App& app, WhenAsked& when_asked) {
  CLI::Option* yes = app.add_flag_callback(
      "--yes", [&] { when_asked = WhenAsked::yes; },
      "Approve what is asked (grants no permissions)");
  app.add_flag_callback(
         "--deny", [&] { when_asked = WhenAsked::deny; }, "Decline what is asked")
      ->excludes(yes);
}

void add_run_options(CLI::App& app, RunOptions& run) {
  app.add_option("--session", run.session, "Talk on in this conversation")->type_name("NAME");
  app.add_flag("-c,--continue", run.go_on, "Go on with the last session");
  app.add_option("--model", run.model, "A route or backend/model")->type_name("ROUTE");
  app.add_option("--limit", run.limits, "steps=20,tokens=100000,usd=0.5,seconds=120")
      ->type_name("LIMITS");
  add_asking(app, run.when_asked);
}

void add_run(CLI::App& root, CommandLine& line) {
  CLI::App* run = verb(root, "run", "Run an agent to its end",
                       "yoke run agents/analyst.lua \"Which month was the wettest?\"", line,
                       [&line] { return run_agent(line.common, line.run); });
  run->add_option("agent", line.run.agent,
                  "A .lua or .json file, a zip, a folder, or a name; with -p the task");
  run->add_option("task", line.run.task, "What to do; piped standard input is added to it");
  run->add_flag("-p,--prompt", line.run.plain, "No agent file: a plain agent with all tools");
  run->add_option("--input", line.run.input, "k=v, may be repeated")
      ->type_name("K=V")
      ->allow_extra_args(false);
  run->add_option("--input-json", line.run.input_json,
                  "The input as a JSON file; - is standard input")
      ->type_name("FILE");
  run->add_option("--image", line.run.images, "A file or address, shown with the task; repeatable")
      ->type_name("FILE|URL")
      ->allow_extra_args(false);
  run->add_option("--plan", line.run.plan,
                  "Carry out a saved plan ('yoke runs show RUN --plan --json') with this input")
      ->type_name("FILE");
  run->add_flag("--detach", line.run.detach, "Hand it to the process that holds the store");
  add_run_options(*run, line.run);
  CLI::App* talk = verb(root, "repl", "Talk to an agent", "yoke repl agents/analyst.lua", line,
                        [&line] { return repl_with(line.common, line.run, line.host); });
  talk->add_option("--host", line.host, "Talk to a yoke elsewhere; its key is in YOKE_KEY")
      ->type_name("URL");
  talk->add_option("agent", line.run.agent, "A .lua or .json file, a zip, a folder, or a name");
  add_run_options(*talk, line.run);
}

void add_runs_signal(CLI::App& signal, RunsOptions& o) {
  signal.add_option("name", o.signal, "The signal's name, as w.signal has it")->required();
  signal.add_option("--data", o.data, "What the workflow is given")->type_name("JSON");
  signal.add_option("--key", o.key, "Your own: what is sent again under it is one signal")
      ->type_name("TEXT");
}

void add_runs(CLI::App& root, CommandLine& line) {
  CLI::App* runs = root.add_subcommand("runs", "Look at runs and act on them");
  runs->require_subcommand(1);
  RunsOptions& o = line.runs;
  const auto with_id = [&](const char* name, const char* about, const char* example,
                           int (*action)(const CommonOptions&, const RunsOptions&)) {
    CLI::App* app = verb(*runs, name, about, example, line,
                         [&line, action] { return action(line.common, line.runs); });
    app->add_option("id", o.id, "A run's id, a unique beginning of it, or @last")->required();
    return app;
  };
  CLI::App* list = verb(*runs, "list", "List runs, newest first", "yoke runs list --status waiting",
                        line, [&line] { return runs_list(line.common, line.runs); });
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
  with_id("images", "List the images of a run, or save them",
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

void add_tools(CLI::App& root, CommandLine& line) {
  CLI::App* tools = root.add_subcommand("tools", "Look at tools and try them");
  tools->require_subcommand(1);
  ToolsOptions& o = line.tools;
  verb(*tools, "list", "List the project's tools", "yoke tools list", line,
       [&line] { return tools_list(line.common, line.tools); });
  verb(*tools, "show", "Show a tool: what it takes, does and may touch",
       "yoke tools show csv.stats", line, [&line] { return tools_show(line.common, line.tools); })
      ->add_option("name", o.name, "The tool")
      ->required();
  CLI::App* call = verb(*tools, "call", "Call a tool as an agent would",
                        "yoke tools call csv.describe '{\"file\":\"sales.csv\"}'", line,
                        [&line] { return tools_call(line.common, line.tools); });
  call->add_option("name", o.name, "The tool")->required();
  call->add_option("arguments", o.json, "Its arguments as a JSON object");
  add_asking(*call, o.when_asked);
  verb(*tools, "check", "Check tool files", "yoke tools check tools/csv.lua", line, [&line] {
    return tools_check(line.common, line.tools);
  })->add_option("files", o.files, "Lua files; the project's when left out");
  CLI::App* grant =
      verb(*tools, "grant", "Grant a tool what it asks for", "yoke tools grant mail.send", line,
           [&line] { return tools_grant(line.common, line.tools); });
  grant->add_option("name", o.name, "The tool");
  grant->add_flag("--all", o.all, "Every tool that waits for a grant");
  CLI::App* add =
      verb(*tools, "add", "Add scripts that somebody else wrote", "yoke tools add ~/weather.lua",
           line, [&line] { return tools_add(line.common, line.tools); });
  add->add_option("path", o.path, "A Lua file, or a folder of them with its lib/")->required();
  add->add_flag("--force", o.force, "Replace what is there");
  CLI::App* test = verb(*tools, "test", "Run *_test.lua files", "yoke tools test tools", line,
                        [&line] { return tools_test(line.common, line.tools); });
  test->add_option("paths", o.files, "Files or folders; the project's tools when left out");
  test->add_option("--filter", o.filter, "Only tests whose name holds this")->type_name("TEXT");
  verb(*tools, "types", "Write what scripts may see, for editors", "yoke tools types", line,
       [&line] { return tools_types(line.common, line.tools); })
      ->add_option("folder", o.path, ".yoke/types of the project when left out");
  CLI::App* explain = verb(*tools, "explain", "Say which rule decides about a call",
                           "yoke tools explain mail.send '{\"to\":\"a@example.com\"}'", line,
                           [&line] { return tools_explain(line.common, line.tools); });
  explain->add_option("name", o.name, "The tool")->required();
  explain->add_option("arguments", o.json, "Its arguments as a JSON object");
}

void add_skills(CLI::App& root, CommandLine& line) {
  CLI::App* skills = root.add_subcommand("skills", "Look at skills")->require_subcommand(1);
  verb(*skills, "list", "List the project's skills", "yoke skills list", line,
       [&line] { return skills_list(line.common); });
  verb(*skills, "show", "Show a skill as a model may load it", "yoke skills show pdf-forms", line,
       [&line] { return skills_show(line.common, line.skill); })
      ->add_option("name", line.skill, "The skill")
      ->required();
}

void add_policy(CLI::App& root, CommandLine& line) {
  CLI::App* policy = root.add_subcommand("policy", "See what policy said of a run's calls");
  policy->require_subcommand(1);
  CLI::App* explain = verb(*policy, "explain", "Tell which rule decided about a call, and why",
                           "yoke policy explain @last 7", line,
                           [&line] { return policy_explain(line.common, line.policy); });
  explain->add_option("run", line.policy.run, "The run, or @last")->required();
  explain->add_option("seq", line.policy.seq, "An event of the call")->required();
}

void add_models(CLI::App& root, CommandLine& line) {
  CLI::App* models = root.add_subcommand("models", "Ask models and look at them");
  models->require_subcommand(1);
  ModelsOptions& o = line.models;
  CLI::App* list = verb(*models, "list", "List the backends that can be used, and their models",
                        "yoke models list openai", line,
                        [&line] { return models_list(line.common, line.models); });
  list->add_option("backends", o.routes, "Only these, with all of their models");
  list->add_flag("--presets", o.presets, "What is known of vendors and servers beforehand");
  CLI::App* check = verb(*models, "check", "Ask models in every way, and say what works",
                         "yoke models check openai/gpt-5-mini --limit usd=0.05", line,
                         [&line] { return models_check(line.common, line.models); });
  check->add_option("targets", o.routes, "Routes or backend/model; all routes when left out");
  check->add_option("--limit", o.limits, "usd=0.05: what it may cost; $0.10 when left out")
      ->type_name("LIMITS");
  CLI::App* ask = verb(*models, "ask", "Ask a model once and print its answer",
                       "yoke models ask default \"Why is the sky blue?\"", line,
                       [&line] { return models_ask(line.common, line.models); });
  ask->add_option("route", o.route, "A route or backend/model")->required();
  ask->add_option("text", o.text, "What to ask; piped standard input is added to it");
  ask->add_option("--system", o.system, "Instructions before it")->type_name("TEXT");
  ask->add_option("--image", o.images, "A file, an address or a data: address; may be repeated")
      ->type_name("FILE|URL")
      ->allow_extra_args(false);
  ask->add_option("--schema", o.schema, "A JSON Schema that the answer is to fit")
      ->type_name("FILE");
  ask->add_option("--temperature", o.temperature, "From 0 to 2")->check(CLI::Range(0.0, 2.0));
  ask->add_option("--max-tokens", o.max_tokens, "The most the answer may have")
      ->check(CLI::Range(1, 1'000'000));
  ask->add_option("--limit", o.limits, "usd=0.01,seconds=30")->type_name("LIMITS");
  CLI::App* compare =
      verb(*models, "compare", "Ask several routes the same and compare what comes back",
           "yoke models compare default openai/gpt-5-mini --prompts prompts.jsonl", line,
           [&line] { return models_compare(line.common, line.models); });
  compare->add_option("routes", o.routes, "Routes or backend/model; the first is compared with");
  compare->add_option("--prompts", o.prompts, "JSON lines, or a prompt a line")->type_name("FILE");
  compare->add_option("--runs", o.runs, "The model calls of these runs")->type_name("ID");
  compare->add_option("--shadows", o.shadows, "What this route and its shadows answered")
      ->type_name("ROUTE");
  compare->add_option("--since", o.since, "Of shadows: 7d, 12h, or a time")->type_name("TIME");
  compare->add_option("--checks", o.checks, "What the answers are held to")->type_name("FILE");
  compare->add_option("--repeat", o.repeat, "How often each is asked")->check(CLI::Range(1, 100));
  compare->add_option("--seed", o.seed, "Draws the order of asking");
  compare->add_option("--at-once", o.at_once, "Askings in flight")->check(CLI::Range(1, 64));
  compare->add_flag("--again", o.again, "Hold the answers of last time to the checks; ask nobody");
  compare->add_option("--html", o.html, "Write a page with the answers side by side")
      ->type_name("FILE");
  compare->add_option("--limit", o.limits, "usd=0.50, of all together")->type_name("LIMITS");
}

void add_models_embed(CLI::App& models, CommandLine& line) {
  ModelsOptions& o = line.models;
  CLI::App* embed = verb(models, "embed", "Make texts into vectors, to try a model that does",
                         "yoke models embed ollama/nomic-embed-text \"a cat\" \"a dog\"", line,
                         [&line] { return models_embed(line.common, line.models); });
  embed->add_option("target", o.route, "backend/model, or a route over one model")->required();
  embed->add_option("texts", o.texts, "What to embed; one a line when piped in");
  embed->add_flag("--query", o.query, "As what is looked for, not what is to be found");
  embed->add_option("--dimensions", o.dimensions, "Fewer than the model's own, where it can")
      ->check(CLI::Range(1, 16'384));
}

void add_money(CLI::App& root, CommandLine& line) {
  CLI::App& models = *root.get_subcommand("models");
  ModelsOptions& o = line.models;
  CLI::App* spend = verb(models, "spend", "Say what models cost, and how the budgets stand",
                         "yoke models spend --by day --since 2026-11", line,
                         [&line] { return models_spend(line.common, line.models); });
  spend->add_option("--by", o.by,
                    "model, agent, day, month, session, tenant, run, route, role or caller");
  spend->add_option("--since", o.since, "From this day, month or time on (UTC)")->type_name("DATE");
  spend->add_option("--until", o.until, "Up to the end of this day or month, or to this time")
      ->type_name("DATE");
  verb(models, "budgets", "Say how the budgets stand", "yoke models budgets", line,
       [&line] { return models_budgets(line.common); });
}

void add_serve(CLI::App& root, CommandLine& line) {
  verb(root, "serve", "Serve agents over HTTP", "yoke serve --listen 127.0.0.1:8177", line,
       [&line] { return serve_hook(line.common, line.serve); })
      ->add_option("--listen", line.serve.listen,
                   "HOST:PORT or unix:PATH, instead of [serve] listen; may be repeated")
      ->type_name("PLACE")
      ->allow_extra_args(false);
}

void add_keys(CLI::App& root, CommandLine& line) {
  CLI::App* keys = root.add_subcommand("keys", "Keys of those who ask over HTTP");
  keys->require_subcommand(1);
  keys->footer("Example:\n  yoke keys create ci --scopes run,read --expires 90d");
  KeysOptions& o = line.keys;
  CLI::App* create = verb(*keys, "create", "Make a key, which is shown this once",
                          "yoke keys create ci --scopes run,read --expires 90d", line,
                          [&line] { return keys_create(line.common, line.keys); });
  create->add_option("name", o.name, "What records call who asks with it")->required();
  create->add_option("--tenant", o.tenant, "Whose runs, files and secrets; 'local' unless said");
  create->add_option("--scopes", o.scopes, "read, run, answer, models, manage, metrics or all")
      ->delimiter(',');
  create->add_option("--expires", o.expires, "After that long: 90d, 12h")->type_name("TIME");
  create->add_option("--rate", o.rate, "Requests let in: 60/m, 10/s")->type_name("N/m");
  create
      ->add_option("--budget", o.budget, "5usd/day, 20usd/month, 200000tokens/day; several by ','")
      ->type_name("AMOUNT");
  create->add_option("--groups", o.groups, "For the rules of answering")->delimiter(',');
  create->add_option("--agents", o.agents, "The agents it may start; all unless said")
      ->type_name("GLOBS")
      ->delimiter(',');
  create->add_option("--models", o.models, "Routes and models it may call; all unless said")
      ->type_name("GLOBS")
      ->delimiter(',');
  CLI::App* list = verb(*keys, "list", "List the keys, without their secrets", "yoke keys list",
                        line, [&line] { return keys_list(line.common, line.keys); });
  list->add_option("--tenant", o.tenant, "Of this tenant alone");
  list->add_flag("--all", o.all, "Revoked ones too");
  verb(*keys, "revoke", "Let nobody in with a key any more, at once", "yoke keys revoke ci", line,
       [&line] { return keys_revoke(line.common, line.keys); })
      ->add_option("name", o.name, "A key's name or id");
}

void add_schedules(CLI::App& root, CommandLine& line) {
  CLI::App* schedules = root.add_subcommand("schedules", "What is started by the clock");
  schedules->require_subcommand(1);
  schedules->footer("Example:\n  yoke schedules run nightly");
  SchedulesOptions& o = line.schedules;
  verb(*schedules, "list", "List schedules: their next times, their last start",
       "yoke schedules list", line, [&line] { return schedules_list(line.common, line.schedules); })
      ->add_option("--tenant", o.tenant, "Of this tenant; 'local' unless said");
  const auto named = [&](const char* name, const char* about, const char* example,
                         std::function<int()> action) {
    verb(*schedules, name, about, example, line, std::move(action))
        ->add_option("name", o.name, "A schedule's name");
  };
  named("run", "Start a schedule's run now, out of turn", "yoke schedules run nightly",
        [&line] { return schedules_run(line.common, line.schedules); });
  named("pause", "Keep a schedule and start nothing", "yoke schedules pause nightly",
        [&line] { return schedules_pause(line.common, line.schedules, true); });
  named("resume", "Go on with a schedule that was paused", "yoke schedules resume nightly",
        [&line] { return schedules_pause(line.common, line.schedules, false); });
}

void add_mcp_serve(CLI::App& mcp, CommandLine& line) {
  verb(mcp, "serve", "Be an MCP server on standard input and output", "yoke mcp serve", line,
       [&line] { return mcp_serve(line.common); });
}

void add_others(CLI::App& root, CommandLine& line) {
  CLI::App* agents = root.add_subcommand("agents", "Look at agents");
  agents->require_subcommand(1);
  verb(*agents, "list", "List the project's agents", "yoke agents list", line,
       [&line] { return agents_list(line.common, line.agents); });
  verb(*agents, "check", "Check agent files", "yoke agents check agents/analyst.lua", line,
       [&line] { return agents_check(line.common, line.agents); })
      ->add_option("files", line.agents.files, "Agents' files; the project's when left out");
  verb(root, "init", "Make a project that runs as it stands", "yoke init my-agents", line, [&line] {
    return init_project(line.common, line.init);
  })->add_option("dir", line.init.dir, "The folder; made when missing");
  verb(root, "doctor", "Say what works here and what does not", "yoke doctor", line,
       [&line] { return doctor(line.common); });
  verb(root, "version", "Print the version", "yoke version", line,
       [&line] { return version(line.common); });
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// "yoke: no verb 'list' (did you mean 'yoke runs list'?)" for a word that is no verb.
std::string unknown_word(int argc, char** argv, const std::string& fallback) {
  std::string words;
  for (int i = 1; i < argc && i <= 2; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-")) break;
    words += (words.empty() ? "" : " ") + word;
  }
  if (words.empty()) return fallback;
  const std::string first = split(words, ' ').front();
  std::vector<std::string> below;
  for (const std::string& known : kVerbs) {
    if (known == words || known == first) return fallback;
    if (known.starts_with(first + " ")) below.push_back("'yoke " + known + "'");
  }
  if (words == first && !below.empty()) return "which one? " + join(below, ", ");
  for (const std::string& known : kVerbs) {
    if (known.ends_with(" " + first))
      return "no verb '" + first + "' (did you mean 'yoke " + known + "'?)";
  }
  const std::string near_words = nearest(words, kVerbs);
  const std::string near = near_words.empty() ? nearest(first, kVerbs) : near_words;
  return "no verb '" + words + "'" +
         (near.empty() ? "; see 'yoke --help'" : " (did you mean 'yoke " + near + "'?)");
}

int usage_error(const std::string& what) {
  Terminal terminal(ColorChoice::automatic);
  terminal.line("yoke: " + printable(what));
  return kExitUsage;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error to tell, as a full disk is
  CommandLine line;
  CLI::App root("Yoke runs agents: durable, sandboxed, on any vendor's model.", "yoke");
  root.footer("Example:\n  yoke run agents/analyst.lua \"Which month was the wettest?\"");
  root.fallthrough();
  // One verb a line: a task or an agent may be called as a verb is.
  root.require_subcommand(0, 1);
  root.set_version_flag("--version", YOKE_VERSION, "Print the version");
  root.set_help_all_flag("--help-all", "Help of every verb");
  add_common(root, line.common);
  add_run(root, line);
  add_runs(root, line);
  add_record(root, line.common, line.record, line.verb);
  add_policy(root, line);
  add_tools(root, line);
  add_plugins(root, line.common, line.plugins, line.verb);
  add_skills(root, line);
  add_models(root, line);
  add_models_embed(*root.get_subcommand("models"), line);
  add_money(root, line);
  add_eval(root, line.common, line.eval, line.verb);
  add_serve(root, line);
  add_keys(root, line);
  add_schedules(root, line);
  add_memory(root, line.common, line.memory, line.verb);
  add_secrets(root, line.common, line.secrets, line.verb);
  CLI::App* mcp = add_mcp(root, line.common, line.mcp, line.verb);
  add_mcp_serve(*mcp, line);
  add_sign_in(root, line.common, line.sign_in, line.verb);
  add_others(root, line);
  add_made_of_verbs(root, line.common, line.made_for, line.verb);
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return root.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return root.exit(help);
  } catch (const CLI::ParseError& error) {
    return usage_error(unknown_word(argc, argv, first_line(error.what())));
  }
  if (line.verb) return line.verb();
  if (argc == 1 && ::isatty(STDIN_FILENO) == 1) return repl_with(line.common, line.run, line.host);
  return usage_error("nothing to do; see 'yoke --help'");
}

}  // namespace yoke

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>

#include "hosts/app/command.h"
#include "hosts/app/version.h"
#include "hosts/cli/command_tree.h"
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

void add_mcp_serve(CLI::App& mcp, CommandLine& line) {
  add_verb(mcp, "serve", "Be an MCP server on standard input and output", "yoke mcp serve",
           line.verb, [&line] { return mcp_serve(line.common); });
}

// Those that concern the whole of a project, or the program itself.
void add_whole(CLI::App& root, CommandLine& line) {
  add_verb(root, "init", "Make a project that runs as it stands", "yoke init my-agents", line.verb,
           [&line] { return init_project(line.common, line.init); })
      ->add_option("dir", line.init.dir, "The folder; made when missing");
  add_verb(root, "doctor", "Say what works here and what does not", "yoke doctor", line.verb,
           [&line] { return doctor(line.common); });
  add_verb(root, "version", "Print the version", "yoke version", line.verb,
           [&line] { return version(line.common); });
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Every verb as it is typed: "runs list".
void collect_verbs(const CommandNode& node, std::vector<std::string>& out) {
  if (node.below.empty()) out.push_back(join(node.path, " "));
  for (const CommandNode& below : node.below) collect_verbs(below, out);
}

// "yoke: no verb 'list' (did you mean 'yoke runs list'?)" for a word that is no verb.
std::string unknown_word(int argc, char** argv, const CLI::App& root, const std::string& fallback) {
  std::string words;
  for (int i = 1; i < argc && i <= 2; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-")) break;
    words += (words.empty() ? "" : " ") + word;
  }
  if (words.empty()) return fallback;
  std::vector<std::string> verbs;
  collect_verbs(command_tree(root), verbs);
  const std::string first = split(words, ' ').front();
  std::vector<std::string> below;
  for (const std::string& known : verbs) {
    if (known == words || known == first) return fallback;
    if (known.starts_with(first + " ")) below.push_back("'yoke " + known + "'");
  }
  if (words == first && !below.empty()) return "which one? " + join(below, ", ");
  for (const std::string& known : verbs) {
    if (known.ends_with(" " + first))
      return "no verb '" + first + "' (did you mean 'yoke " + known + "'?)";
  }
  const std::string near_words = nearest(words, verbs);
  const std::string near = near_words.empty() ? nearest(first, verbs) : near_words;
  return "no verb '" + words + "'" +
         (near.empty() ? "; see 'yoke --help'" : " (did you mean 'yoke " + near + "'?)");
}

int usage_error(const std::string& what) {
  Terminal terminal(ColorChoice::automatic);
  terminal.line("yoke: " + printable(what));
  return kExitUsage;
}

}  // namespace

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& about,
                   const std::string& example, std::function<int()>& chosen,
                   std::function<int()> action) {
  CLI::App* app = parent.add_subcommand(name, about);
  app->footer("Example:\n  " + example);
  app->callback([&chosen, action = std::move(action)] { chosen = action; });
  return app;
}

void add_asking(CLI::App& app, WhenAsked& when_asked) {
  CLI::Option* yes = app.add_flag_callback(
      "--yes", [&] { when_asked = WhenAsked::yes; },
      "Approve what is asked (grants no permissions)");
  app.add_flag_callback(
         "--deny", [&] { when_asked = WhenAsked::deny; }, "Decline what is asked")
      ->excludes(yes);
}

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
  add_run(root, line.common, line.run, line.host, line.verb);
  add_runs(root, line.common, line.runs, line.verb);
  add_record(root, line.common, line.record, line.verb);
  add_policy(root, line.common, line.policy, line.verb);
  add_tools(root, line.common, line.tools, line.verb);
  add_plugins(root, line.common, line.plugins, line.verb);
  add_skills(root, line.common, line.skill, line.verb);
  add_models(root, line.common, line.models, line.verb);
  add_eval(root, line.common, line.eval, line.verb);
  add_serve(root, line.common, line.serve, line.verb);
  add_keys(root, line.common, line.keys, line.verb);
  add_schedules(root, line.common, line.schedules, line.verb);
  add_memory(root, line.common, line.memory, line.verb);
  add_secrets(root, line.common, line.secrets, line.verb);
  add_mcp_serve(*add_mcp(root, line.common, line.mcp, line.verb), line);
  add_sign_in(root, line.common, line.sign_in, line.verb);
  add_agents(root, line.common, line.agents, line.verb);
  add_whole(root, line);
  add_made_of_verbs(root, line.common, line.made_for, line.verb);
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return root.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return root.exit(help);
  } catch (const CLI::ParseError& error) {
    return usage_error(unknown_word(argc, argv, root, first_line(error.what())));
  }
  if (line.verb) return line.verb();
  if (argc == 1 && ::isatty(STDIN_FILENO) == 1) return repl_with(line.common, line.run, line.host);
  return usage_error("nothing to do; see 'yoke --help'");
}

}  // namespace yoke

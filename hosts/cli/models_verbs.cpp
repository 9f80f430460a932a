#include <CLI/CLI.hpp>

#include "hosts/cli/commands.h"
#include "hosts/cli/verbs.h"

namespace yoke {
namespace {

void add_embed(CLI::App& models, CommonOptions& common, ModelsOptions& o,
               std::function<int()>& chosen) {
  CLI::App* embed = add_verb(models, "embed", "Make texts into vectors, to try a model that does",
                             "yoke models embed ollama/nomic-embed-text \"a cat\" \"a dog\"",
                             chosen, [&] { return models_embed(common, o); });
  embed->add_option("target", o.route, "backend/model, or a route over one model")->required();
  embed->add_option("texts", o.texts, "What to embed; one a line when piped in");
  embed->add_flag("--query", o.query, "As what is looked for, not what is to be found");
  embed->add_option("--dimensions", o.dimensions, "Fewer than the model's own, where it can")
      ->check(CLI::Range(1, 16'384));
}

void add_spend(CLI::App& models, CommonOptions& common, ModelsOptions& o,
               std::function<int()>& chosen) {
  CLI::App* spend = add_verb(models, "spend", "Say what models cost, and how the budgets stand",
                             "yoke models spend --by day --since 2026-11", chosen,
                             [&] { return models_spend(common, o); });
  spend->add_option("--by", o.by,
                    "model, agent, day, month, session, tenant, run, route, role or caller");
  spend->add_option("--since", o.since, "From this day, month or time on (UTC)")->type_name("DATE");
  spend->add_option("--until", o.until, "Up to the end of this day or month, or to this time")
      ->type_name("DATE");
  add_verb(models, "budgets", "Say how the budgets stand", "yoke models budgets", chosen,
           [&] { return models_budgets(common); });
}

}  // namespace

void add_models(CLI::App& root, CommonOptions& common, ModelsOptions& o,
                std::function<int()>& chosen) {
  CLI::App* models = root.add_subcommand("models", "Ask models and look at them");
  models->require_subcommand(1);
  CLI::App* list =
      add_verb(*models, "list", "List the backends that can be used, and their models",
               "yoke models list openai", chosen, [&] { return models_list(common, o); });
  list->add_option("backends", o.routes, "Only these, with all of their models");
  list->add_flag("--presets", o.presets, "What is known of vendors and servers beforehand");
  CLI::App* check = add_verb(*models, "check", "Ask models in every way, and say what works",
                             "yoke models check openai/gpt-5-mini --limit usd=0.05", chosen,
                             [&] { return models_check(common, o); });
  check->add_option("targets", o.routes, "Routes or backend/model; all routes when left out");
  check->add_option("--limit", o.limits, "usd=0.05: what it may cost; $0.10 when left out")
      ->type_name("LIMITS");
  CLI::App* ask = add_verb(*models, "ask", "Ask a model once and print its answer",
                           "yoke models ask default \"Why is the sky blue?\"", chosen,
                           [&] { return models_ask(common, o); });
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
      add_verb(*models, "compare", "Ask several routes the same and compare what comes back",
               "yoke models compare default openai/gpt-5-mini --prompts prompts.jsonl", chosen,
               [&] { return models_compare(common, o); });
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
  add_embed(*models, common, o, chosen);
  add_spend(*models, common, o, chosen);
}

}  // namespace yoke

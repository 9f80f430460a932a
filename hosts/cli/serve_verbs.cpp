#include <CLI/CLI.hpp>

#include "hosts/cli/commands.h"
#include "hosts/cli/verbs.h"

namespace yoke {

void add_serve(CLI::App& root, CommonOptions& common, ServeOptions& o,
               std::function<int()>& chosen) {
  add_verb(root, "serve", "Serve agents over HTTP", "yoke serve --listen 127.0.0.1:8177", chosen,
           [&] { return serve_hook(common, o); })
      ->add_option("--listen", o.listen,
                   "HOST:PORT or unix:PATH, instead of [serve] listen; may be repeated")
      ->type_name("PLACE")
      ->allow_extra_args(false);
}

void add_keys(CLI::App& root, CommonOptions& common, KeysOptions& o, std::function<int()>& chosen) {
  CLI::App* keys = root.add_subcommand("keys", "Keys of those who ask over HTTP");
  keys->require_subcommand(1);
  keys->footer("Example:\n  yoke keys create ci --scopes run,read --expires 90d");
  CLI::App* create = add_verb(*keys, "create", "Make a key, which is shown this once",
                              "yoke keys create ci --scopes run,read --expires 90d", chosen,
                              [&] { return keys_create(common, o); });
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
  CLI::App* list = add_verb(*keys, "list", "List the keys, without their secrets", "yoke keys list",
                            chosen, [&] { return keys_list(common, o); });
  list->add_option("--tenant", o.tenant, "Of this tenant alone");
  list->add_flag("--all", o.all, "Revoked ones too");
  add_verb(*keys, "revoke", "Let nobody in with a key any more, at once", "yoke keys revoke ci",
           chosen, [&] { return keys_revoke(common, o); })
      ->add_option("name", o.name, "A key's name or id");
}

void add_schedules(CLI::App& root, CommonOptions& common, SchedulesOptions& o,
                   std::function<int()>& chosen) {
  CLI::App* schedules = root.add_subcommand("schedules", "What is started by the clock");
  schedules->require_subcommand(1);
  schedules->footer("Example:\n  yoke schedules run nightly");
  add_verb(*schedules, "list", "List schedules: their next times, their last start",
           "yoke schedules list", chosen, [&] { return schedules_list(common, o); })
      ->add_option("--tenant", o.tenant, "Of this tenant; 'local' unless said");
  const auto named = [&](const char* name, const char* about, const char* example,
                         std::function<int()> action) {
    add_verb(*schedules, name, about, example, chosen, std::move(action))
        ->add_option("name", o.name, "A schedule's name");
  };
  named("run", "Start a schedule's run now, out of turn", "yoke schedules run nightly",
        [&] { return schedules_run(common, o); });
  named("pause", "Keep a schedule and start nothing", "yoke schedules pause nightly",
        [&] { return schedules_pause(common, o, true); });
  named("resume", "Go on with a schedule that was paused", "yoke schedules resume nightly",
        [&] { return schedules_pause(common, o, false); });
}

}  // namespace yoke

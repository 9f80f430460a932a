#include "hosts/cli/plugins.h"

namespace yoke {
namespace {

using PluginsCommand = int (*)(const CommonOptions&, const PluginsVerb&);

void add_words(CLI::App& app, PluginsVerb& verb) {
  app.add_option("--language", verb.language, "Of its [[key]] texts, such as fr-fr")
      ->type_name("TAG");
  app.add_option("--env", verb.env, "What ${{NAME}} stands for; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
}

void add_export_options(CLI::App& app, PluginsVerb& verb) {
  app.add_option("--agent", verb.agent, "The agent, as 'yoke agents list' names it")
      ->required()
      ->type_name("NAME");
  app.add_option("--url", verb.url, "Where 'yoke serve' is reached from outside")
      ->required()
      ->type_name("URL");
  app.add_option("--target", verb.target, "m365")->check(CLI::IsMember({"m365"}));
  app.add_option("-o,--output", verb.output, "The zip to write; NAME.zip unless said")
      ->type_name("FILE");
  app.add_option("--api", verb.api, "How it is asked: openapi or mcp")
      ->check(CLI::IsMember({"openapi", "mcp"}));
  app.add_option("--starter", verb.starters, "A conversation starter; may be repeated")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  app.add_option("--developer", verb.developer, "Who publishes it")->type_name("NAME");
  app.add_option("--website", verb.website, "The publisher's page")->type_name("URL");
  app.add_option("--privacy", verb.privacy, "The page on privacy")->type_name("URL");
  app.add_option("--terms", verb.terms, "The terms of use")->type_name("URL");
  app.add_option("--key-id", verb.key_id, "The key's registration id in Microsoft's vault")
      ->type_name("ID");
  app.add_option("--app-version", verb.app_version, "Of the package, such as 1.0.0")
      ->type_name("VERSION");
}

}  // namespace

CLI::App* add_plugins(CLI::App& root, CommonOptions& common, PluginsVerb& verb,
                      std::function<int()>& chosen) {
  CLI::App* plugins = root.add_subcommand("plugins", "Plugins and packages that others made");
  plugins->require_subcommand(1);
  plugins->footer("Example:\n  yoke plugins check appPackage.zip");
  const auto add = [&](const char* name, const char* about, const char* example,
                       PluginsCommand action) {
    CLI::App* app = plugins->add_subcommand(name, about);
    app->footer(std::string("Example:\n  ") + example);
    app->callback([&, action] { chosen = [&, action] { return action(common, verb); }; });
    return app;
  };
  CLI::App* check = add("check", "Say what of a package is honoured here, and what is not",
                        "yoke plugins check appPackage.zip --strict", plugins_check);
  check->add_option("path", verb.path, "A zip, a folder, a manifest or an OpenAPI document")
      ->required();
  check->add_flag("--strict", verb.strict, "Fail on what the formats' schemas forbid");
  add_words(*check, verb);
  CLI::App* take = add("add", "Make a plugin's functions the project's tools",
                       "yoke plugins add ristorante.zip --name menu", plugins_add);
  take->add_option("path", verb.path, "What check takes, or its address")->required();
  take->add_option("--name", verb.name, "What it is to be called")->type_name("NAME");
  take->add_flag("--force", verb.force, "Replace what is there");
  take->add_flag("--yes", verb.yes, "Do not ask first");
  take->add_flag("--grant-keys", verb.grant_keys,
                 "It may show the keys of [auth.NAME] that it names to its servers");
  add_words(*take, verb);
  add("list", "List the project's plugins", "yoke plugins list", plugins_list);
  add("show", "Show a plugin: its functions, what they do, and how it signs in",
      "yoke plugins show menu", plugins_show)
      ->add_option("name", verb.name, "The plugin")
      ->required();
  CLI::App* remove =
      add("remove", "Take a plugin out of the project", "yoke plugins remove menu", plugins_remove);
  remove->add_option("name", verb.name, "The plugin")->required();
  remove->add_flag("--yes", verb.yes, "Do not ask first");
  add("grant", "Take the plugins of an agent's package, or the keys that a plugin names, for good",
      "yoke plugins grant declarativeAgent.json", plugins_grant)
      ->add_option("path", verb.path, "The agent, as 'yoke run' takes it, or a plugin's name")
      ->required();
  add_export_options(
      *add("export", "Write an agent as an app package for Microsoft 365 Copilot",
           "yoke plugins export --agent analyst --url https://agents.example.com", plugins_export),
      verb);
  return plugins;
}

}  // namespace yoke

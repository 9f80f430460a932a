#include "hosts/cli/memory.h"

namespace yoke {
namespace {

using MemoryCommand = int (*)(const CommonOptions&, const MemoryVerb&);

void add_place(CLI::App& app, MemoryVerb& verb) {
  app.add_option("--scope", verb.scope, "run, session, user, agent, shared, or one's: user:ann")
      ->type_name("SCOPE[:OWNER]");
  app.add_option("--tenant", verb.tenant, "Of this tenant; 'local' unless said");
}

}  // namespace

void add_memory(CLI::App& root, CommonOptions& common, MemoryVerb& verb,
                std::function<int()>& chosen) {
  CLI::App* memory = root.add_subcommand("memory", "Look at what agents remember, and forget it");
  memory->require_subcommand(1);
  memory->footer("Example:\n  yoke memory search \"how does Ann like her tea?\"");
  const auto add = [&](const char* name, const char* about, const char* example,
                       MemoryCommand action) {
    CLI::App* app = memory->add_subcommand(name, about);
    app->footer(std::string("Example:\n  ") + example);
    app->callback([&, action] { chosen = [&, action] { return action(common, verb); }; });
    add_place(*app, verb);
    return app;
  };
  CLI::App* search = add("search", "Find what is nearest to a question",
                         "yoke memory search \"tea\" --scope user:ann", memory_search);
  search->add_option("text", verb.text, "What to look for");
  search->add_option("--limit", verb.limit, "How many at most; 10 unless said");
  add("list", "List what is remembered, newest first", "yoke memory list --scope shared",
      memory_list)
      ->add_option("--limit", verb.limit, "How many at most; 50 unless said");
  add("show", "Show an entry whole", "yoke memory show tea", memory_show)
      ->add_option("key", verb.text, "Its key or id");
  CLI::App* forget = add("forget", "Erase an entry for good",
                         "yoke memory forget tea --scope user:ann", memory_forget);
  forget->add_option("key", verb.text, "Its key or id");
  forget->add_flag("--all", verb.all, "In every place that has the key; without one, everything");
  forget->add_flag("--yes", verb.yes, "Do not ask before everything is forgotten");
  add("embed", "Make the vectors that are missing", "yoke memory embed", memory_embed)
      ->add_option("--limit", verb.limit, "How many at most; 10000 unless said");
}

}  // namespace yoke

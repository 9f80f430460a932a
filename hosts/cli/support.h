#pragma once

#include <functional>

#include "hosts/app/app.h"
#include "hosts/app/command.h"
#include "hosts/control/hosted.h"

// What the verbs share.
namespace yoke {

// Tells what of the rules and narrowings in yoke.toml cannot be meant so; the exit status, which is
// kExitCompleted when all is well. Nothing is run otherwise.
int refuse_settings(Terminal& terminal, const App& app);

// Opens the store beside whoever writes it and runs `work` over it.
using StoreWork = std::function<awaitable<int>(OpenStore&, Terminal&)>;
int with_store(const CommonOptions& common, bool read_only, const StoreWork& work);

// Opens everything and runs `work` over it; with the control socket where runs may be driven.
// `agent`: what the person named, as of App::open().
using AppWork = std::function<awaitable<int>(App&, Terminal&)>;
int with_app(const CommonOptions& common, const std::string& agent, StoreUse use,
             const AppWork& work, Control control = Control::here);

// What with_app() does once everything is open, on a loop of the caller's. All that is given
// outlives it.
awaitable<int> run_app(App& app, Terminal& terminal, const CommonOptions& common, StoreUse use,
                       AppWork work, Control control);

// The same for verbs that look at the project and not at runs: the store stays free for whoever
// holds it.
int with_project(const CommonOptions& common, const std::string& agent, const AppWork& work);

}  // namespace yoke

#pragma once

#include <functional>

#include "hosts/app/open_store.h"
#include "hosts/cli/options.h"

// What the verbs share.
namespace yoke {

class App;

// "yoke: MESSAGE" on standard error.
int fail(Terminal& terminal, const Error& error);

// The exit status that an error means: 2 for wrong usage or configuration, else 1.
int exit_of(const Error& error);
// The exit status of a run that ended so.
int exit_of(RunStatus status, const std::string& reason);

// One line for each rule of the policy that can never decide: a typo in a deny rule denies nothing.
void warn_of_policy(Terminal& terminal, const App& app);

// Runs the coroutine on the loop to its end; a fault becomes one line and exit status 1.
int run_to_end(asio::io_context& io, Terminal& terminal, awaitable<int> work);

// Opens the store beside whoever writes it and runs `work` over it.
using StoreWork = std::function<awaitable<int>(OpenStore&, Terminal&)>;
int with_store(const CommonOptions& common, bool read_only, const StoreWork& work);

std::string user_name();  // who answers and cancels, for the record

}  // namespace yoke

#include "hosts/cli/support.h"

#include "hosts/app/load_lines.h"
#include "runtime/base/text.h"

namespace yoke {

int refuse_settings(Terminal& terminal, const App& app) {
  int status = kExitCompleted;
  for (const Error& problem : app.setting_problems()) {
    status = fail(terminal, Error{Errc::invalid, problem.detail, problem.place});
  }
  return status;
}

int with_store(const CommonOptions& common, bool read_only, const StoreWork& work) {
  Terminal terminal(common.color);
  asio::io_context io{1};
  const Result<std::unique_ptr<OpenStore>> open =
      open_store_of(common, io.get_executor(), read_only);
  if (!open) return fail(terminal, open.error());
  return run_to_end(io, terminal, work(**open, terminal));
}

awaitable<int> run_app(App& app, Terminal& terminal, const CommonOptions& common, StoreUse use,
                       AppWork work, Control control) {
  if (app.config().sandbox.strangers_without_seccomp) {
    terminal.line(
        "yoke: WARNING: [sandbox] strangers_without_seccomp is on: a stranger's script runs even "
        "where the kernel does not keep it from making system calls");
  }
  LoadLines lines(terminal);
  LocalServers::Hooks hooks;
  if (!common.quiet) hooks.load = [&lines](const LoadNote& note) { lines.show(note); };
  app.local().set_hooks(std::move(hooks));
  awaitable<int> task = work(app, terminal);
  if (use == StoreUse::write) task = hosted(app, terminal, std::move(task), control);
  const int status = co_await std::move(task);
  app.local().set_hooks({});
  co_return status;
}

int with_app(const CommonOptions& common, const std::string& agent, StoreUse use,
             const AppWork& work, Control control) {
  Terminal terminal(common.color);
  asio::io_context io{1};
  const Result<std::unique_ptr<App>> app = App::open(io, common, agent, use);
  if (!app) return fail(terminal, app.error());
  return run_to_end(io, terminal, run_app(**app, terminal, common, use, work, control));
}

int with_project(const CommonOptions& common, const std::string& agent, const AppWork& work) {
  CommonOptions apart = common;
  if (apart.store.empty()) apart.store = "memory:";
  return with_app(apart, agent, StoreUse::write, work);
}

}  // namespace yoke

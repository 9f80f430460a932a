#include <iostream>

#include "hosts/app/command.h"
#include "hosts/app/memory_settings.h"
#include "hosts/app/memory_view.h"
#include "hosts/app/open_store.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/control/client.h"
#include "runtime/base/text.h"

// `yoke runs erase`: what was said in a run goes for good; where another process holds the store,
// it is asked to do it.
namespace yoke {
namespace {

constexpr std::size_t kTitleMax = 60;

// Which run is meant, by its whole id, and that the person wants it gone.
awaitable<int> look(OpenStore& open, Terminal& terminal, RunsOptions options, std::string& id) {
  const Result<std::string> found = co_await find_run(*open.store, options.id);
  if (!found) co_return fail(terminal, found.error());
  const Result<RunRow> row = co_await open.store->get(*found);
  if (!row) co_return fail(terminal, row.error());
  id = row->run_id;
  if (options.when_asked == WhenAsked::yes) co_return kExitCompleted;
  if (!terminal.in_is_terminal() || !terminal.err_is_terminal()) {
    co_return fail(terminal, Error{Errc::invalid,
                                   "erasing is for good, and nobody is here to be asked: add --yes "
                                   "if run " +
                                       id + " is meant"});
  }
  const std::string title = shorten(printable(string_at(row->summary, "title")), kTitleMax);
  terminal.err("erase for good what was said in run " + id +
               (title.empty() ? std::string() : " (" + title + ")") + "? yes/no: ");
  std::string line;
  std::getline(std::cin, line);
  if (trim(line) == "yes" || trim(line) == "y") co_return kExitCompleted;
  terminal.line("nothing is erased");
  id.clear();
  co_return kExitFailed;
}

int tell_erased(Terminal& terminal, const CommonOptions& common, const std::string& id) {
  if (common.json) terminal.out(to_text(Json{{"run", id}, {"erased", true}}) + "\n");
  terminal.line("erased " + id);
  return kExitCompleted;
}

awaitable<int> erase_here(OpenStore& open, Terminal& terminal, CommonOptions common,
                          std::string id) {
  std::string by = user_name();
  const Result<MemoryOptions> options = memory_options_of(open.config);
  if (!options) co_return fail(terminal, options.error());
  SystemRandom random;
  SqliteMemory memory({open.wall, random}, *options);
  auto erasing = erase_run(*open.store, memory, id, std::move(by));
  const Result<void> erased = co_await std::move(erasing);
  if (!erased) co_return fail(terminal, erased.error());
  co_return tell_erased(terminal, common, id);
}

}  // namespace

int runs_erase(const CommonOptions& common, const RunsOptions& options) {
  std::string id;
  const int looked = with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return look(open, terminal, options, id);
  });
  if (looked != kExitCompleted) return looked;
  Terminal terminal(common.color);
  const std::optional<Result<Json>> done = erase_over_socket(common, id);
  if (done && !*done) return fail(terminal, done->error());
  if (done) return tell_erased(terminal, common, id);
  return with_store(common, false, [&](OpenStore& open, Terminal& out) {
    return erase_here(open, out, common, id);
  });
}

}  // namespace yoke

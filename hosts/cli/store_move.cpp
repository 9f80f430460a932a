#include <fstream>

#include "hosts/app/command.h"
#include "hosts/app/record_care.h"
#include "hosts/cli/runs_export.h"
#include "hosts/cli/store.h"
#include "hosts/cli/support.h"
#include "hosts/control/client.h"
#include "runtime/base/counted.h"
#include "runtime/base/text.h"
#include "runtime/record/file_check.h"
#include "runtime/record/record_move.h"
#include "runtime/store/backup.h"

// `yoke store backup|gc|export|import`: the record kept, thinned and moved.
namespace yoke {
namespace {

awaitable<int> write_store(OpenStore& open, Terminal& terminal, std::string file) {
  const Result<StoreKeeper*> keeper = keeper_of(*open.store);
  if (!keeper) co_return fail(terminal, keeper.error());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) {
    co_return fail(terminal,
                   Error{Errc::unavailable, "cannot be written; is the folder there?", file});
  }
  FileOrigin origin;
  origin.store = co_await (*keeper)->store_id();
  origin.at = open.wall.now();
  origin.whole = true;
  RecordFileWriter writer(
      [&out](std::string_view line) {
        out.write(line.data(), static_cast<std::streamsize>(line.size()));
      },
      origin);
  auto exporting = export_store(*open.store, **keeper, writer);
  const Result<FiledCounts> counts = co_await std::move(exporting);
  if (!counts) co_return fail(terminal, counts.error());
  out.close();
  if (!out) co_return fail(terminal, Error{Errc::unavailable, "cannot be written whole", file});
  terminal.line("exported " + counted(counts->runs, "run") + " with " +
                counted(counts->events, "event") + " and " + counted(counts->roots, "root") +
                " to " + file);
  co_return kExitCompleted;
}

// Nothing is taken in of a file that is not as it was written.
Result<void> is_whole(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{Errc::not_found, "cannot be read", file};
  const auto next_line = [&in](std::string& line) {
    return static_cast<bool>(std::getline(in, line));
  };
  const FileReport report = check_record_file(next_line, {}, {});
  if (report.findings.empty()) return {};
  const FileFinding& first = report.findings.front();
  const std::string run = first.run_id.empty() ? "" : "run " + first.run_id + ": ";
  return Error{Errc::conflict, run + first.what + "; yoke runs verify --file tells all", file};
}

void tell_imported(Terminal& terminal, const Imported& imported, bool json) {
  if (json) {
    return terminal.out(to_text(Json{{"runs", imported.runs},
                                     {"same", imported.same},
                                     {"events", imported.events},
                                     {"roots", imported.roots},
                                     {"values", imported.values},
                                     {"values_left_out", imported.values_left_out},
                                     {"roots_left_out", imported.roots_left_out}}) +
                        "\n");
  }
  std::string text = "imported " + counted(imported.runs, "run") + " with " +
                     counted(imported.events, "event") + ", every chain verified";
  if (imported.same > 0) text += "; " + counted(imported.same, "run") + " of it here already";
  if (imported.roots > 0) text += "; " + counted(imported.roots, "root");
  if (imported.roots_left_out) {
    text +=
        "; this store had runs of its own, so roots of the other are left out: make new ones "
        "with yoke store seal";
  }
  if (imported.values_left_out > 0) {
    text +=
        "; left out " + counted(imported.values_left_out, "small value") +
        " (keys, schedules, what tools keep): only a store that takes the other's place has them";
  }
  terminal.line(text);
}

awaitable<int> read_store(OpenStore& open, Terminal& terminal, std::string file, bool json) {
  const Result<StoreKeeper*> keeper = keeper_of(*open.store);
  if (!keeper) co_return fail(terminal, keeper.error());
  std::ifstream in(file, std::ios::binary);
  if (!in) co_return fail(terminal, Error{Errc::not_found, "cannot be read", file});
  std::function<bool(std::string&)> next_line = [&in](std::string& line) {
    return static_cast<bool>(std::getline(in, line));
  };
  auto importing = import_store(*open.store, **keeper, std::move(next_line));
  const Result<Imported> imported = co_await std::move(importing);
  if (!imported) {
    const Error& error = imported.error();
    const std::string place = error.place.empty() ? file : file + ", " + error.place;
    co_return fail(terminal, Error{error.code, error.detail, place});
  }
  tell_imported(terminal, *imported, json);
  co_return kExitCompleted;
}

// `done`: as to_json(ClearedRecord) has it.
int tell_cleared(Terminal& terminal, const Result<Json>& done, bool json) {
  if (!done) return fail(terminal, done.error());
  if (json) {
    terminal.out(to_text(*done) + "\n");
    return kExitCompleted;
  }
  const std::int64_t erased = integer_at(*done, "erased");
  const std::int64_t kept = integer_at(*done, "kept");
  std::string text =
      "erased " + counted(erased, "run") + (erased == 1 ? " past its time" : " past their time");
  if (kept > 0) {
    text += " (" + counted(kept, "more is", "more are") + " still needed by others)";
  }
  terminal.line(text + "; forgot " + counted(integer_at(*done, "outbox"), "webhook") +
                " settled more than 30 days ago; removed " +
                counted(integer_at(*done, "files"), "file") + " that nothing names (" +
                counted(integer_at(*done, "bytes"), "byte") + ")");
  return kExitCompleted;
}

awaitable<int> clear_here(OpenStore& open, Terminal& terminal, bool json) {
  auto clearing = clear_as_configured(open.config, *open.store, open.wall);
  const Result<ClearedRecord> cleared = co_await std::move(clearing);
  if (!cleared) co_return fail(terminal, cleared.error());
  co_return tell_cleared(terminal, to_json(*cleared), json);
}

}  // namespace

int store_export(const CommonOptions& common, const StoreVerb& verb) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return write_store(open, terminal, verb.file);
  });
}

int store_import(const CommonOptions& common, const StoreVerb& verb) {
  Terminal terminal(common.color);
  const Result<void> whole = is_whole(verb.file);
  if (!whole) return fail(terminal, whole.error());
  if (ask_over_socket(common, Order{"GET", "/healthz"})) {
    return fail(terminal,
                Error{Errc::conflict,
                      "the store is in use: an import takes it for itself, so stop 'yoke serve', "
                      "or whatever else runs on it, first"});
  }
  return with_store(common, false, [&](OpenStore& open, Terminal& terminal) {
    return read_store(open, terminal, verb.file, common.json);
  });
}

int store_backup(const CommonOptions& common, const StoreVerb& verb) {
  Terminal terminal(common.color);
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  const Result<StoreBackup> made = backup_store(config->store_url, verb.file);
  if (!made) return fail(terminal, made.error());
  if (common.json) {
    terminal.out(to_text(Json{{"file", verb.file},
                              {"runs", made->runs},
                              {"events", made->events},
                              {"bytes", made->bytes}}) +
                 "\n");
    return kExitCompleted;
  }
  terminal.line("backed up " + counted(made->runs, "run") + " with " +
                counted(made->events, "event") + " (" + std::to_string(made->bytes) +
                " bytes) to " + verb.file +
                "; check it with: yoke runs verify --store sqlite:" + verb.file);
  return kExitCompleted;
}

int store_gc(const CommonOptions& common) {
  const Order order{"POST", "/v1/record/clear", Json::object(), "", kRecordPatience};
  const std::optional<Result<Json>> there = ask_over_socket(common, order);
  if (there) {
    Terminal terminal(common.color);
    return tell_cleared(terminal, *there, common.json);
  }
  return with_store(common, false, [&](OpenStore& open, Terminal& terminal) {
    return clear_here(open, terminal, common.json);
  });
}

void add_store_move(CLI::App& store, CommonOptions& common, StoreVerb& verb,
                    std::function<int()>& chosen) {
  const auto add = [&](const char* name, const char* about, const char* example,
                       std::function<int()> action) {
    CLI::App* app = store.add_subcommand(name, about);
    app->footer("Example:\n  " + std::string(example));
    app->callback([&chosen, action = std::move(action)] { chosen = action; });
    return app;
  };
  add("backup", "Copy the store into a file while runs go on", "yoke store backup yoke-backup.db",
      [&common, &verb] { return store_backup(common, verb); })
      ->add_option("file", verb.file, "A file that is not there yet")
      ->required();
  add("gc", "Erase what [retention] says is past its time, and clear up", "yoke store gc",
      [&common] { return store_gc(common); });
  add("export", "Write all runs, roots and small values into one file",
      "yoke store export all.jsonl", [&common, &verb] { return store_export(common, verb); })
      ->add_option("file", verb.file, "Where to; it is replaced")
      ->required();
  add("import", "Take in such a file, or one run's, every chain verified",
      "yoke store import all.jsonl --store sqlite:new.db",
      [&common, &verb] { return store_import(common, verb); })
      ->add_option("file", verb.file, "What store export or runs export wrote")
      ->required();
}

}  // namespace yoke

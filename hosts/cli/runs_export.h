#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "guards/rule.h"
#include "hosts/cli/options.h"
#include "hosts/cli/run_tree.h"
#include "hosts/cli/store.h"

// `yoke runs export`: a run outside of its store, in several forms.
namespace yoke {

struct ExportVerb {
  std::vector<std::string> ids = {};
  std::string as = "journal";
  std::string to = {};   // a file, of otlp an address too; empty: standard output
  bool redact = false;   // what the guards know by its shape is cut out
  bool content = false;  // otlp: texts too
  // Of sft and dpo: which runs.
  std::string agent = {};
  std::string session = {};
  std::string status = "completed";
  std::string checks = {};  // a file: runs whose answers pass, or pairs by what they say
  double usd_most = 0;      // 0: whatever they cost
  int limit = 1000;
  std::string form = "trl";
};

// `--as sft|dpo`.
int export_training(const CommonOptions& common, const ExportVerb& verb);
int runs_export(const CommonOptions& common, const ExportVerb& verb);
void add_export(CLI::App& runs, CommonOptions& common, ExportVerb& verb,
                std::function<int()>& chosen);

// All verbs of the record, below `runs`, which is there, and `store`.
struct RecordVerbs {
  StoreVerb store;
  VerifyVerb verify;
  ExportVerb exporting;
};
void add_record(CLI::App& root, CommonOptions& common, RecordVerbs& verbs,
                std::function<int()>& chosen);

// Cuts personal data and secrets out of what was said. Pure.
class ExportRedaction {
 public:
  ExportRedaction();
  Json cut(Json value) const { return guard_.check(std::move(value)).value; }
  // Of the fields that hold what people, models and tools said; figures stay.
  void cut(std::vector<Event>& events) const;
  // The tree with all below it, its states made anew.
  Result<void> cut(RunTree& tree) const;

 private:
  guards::PatternGuard guard_;
};

// Writes it whole to the file, or to standard output when there is none. Errors: unavailable.
Result<void> put_out(Terminal& terminal, const std::string& file, const std::string& text);

}  // namespace yoke

#pragma once

#include <optional>
#include <string>

#include "hosts/app/app.h"
#include "hosts/app/trial_runner.h"
#include "hosts/terminal/terminal.h"

// What comparisons of models and evaluations share.
namespace yoke {

// "usd=0.50" as money; 0 of an empty text. Errors: invalid.
Result<NanoUsd> trial_limit(const std::string& text);

// What checks name besides themselves, as seen from the file that they stand in.
CheckFiles check_files_beside(App& app, const std::string& file);
// That every judge is there. Errors: invalid, with the check's place.
Result<void> require_judges(App& app, const std::vector<Check>& checks);

// The cells of a trial: every route once a case and repetition, in an order drawn from its seed, so
// that what changes while the trial lasts falls on all of them alike.
void lay_out(Trial& trial);

struct TrialName {
  Trial& trial;      // its id is set
  std::string hash;  // of what makes two of them one
  bool again = false;
  const char* called = "trial";  // in words for people, and what `again` has nothing of
  const char* never = "these routes were never compared on these prompts";
};
// The id under which the trial was begun and not finished, else a new one. `again`: that of a
// finished one too. Errors: not_found, `again` where there is none.
awaitable<Result<void>> name_trial(App& app, Terminal& terminal, TrialName name);
// The next of the same is begun anew.
awaitable<Result<void>> mark_whole(App& app, std::string id, std::string hash);

// What running a trial came to, for whoever waits beside it.
struct RanTrial {
  std::optional<Result<TrialEnd>> end;
  std::exception_ptr failure;
  bool interrupted = false;
  Signal done;
};
// Runs it until its end or until a signal ends it, which leaves it to be gone on with.
awaitable<void> run_heeding_signals(TrialRunner& runner, TrialRunner::Progress progress,
                                    RanTrial& ran);

Result<void> write_text_file(const std::string& file, const std::string& text);
// "2026-11-22 14:05 UTC"
std::string made_now();

}  // namespace yoke

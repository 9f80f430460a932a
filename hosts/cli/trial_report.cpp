#include "hosts/cli/trial_report.h"

#include "hosts/cli/trial_support.h"
#include "runtime/base/text.h"
#include "trials/html_report.h"
#include "trials/table.h"

namespace yoke {
int report_trial(Terminal& terminal, const Trial& trial, const ModelsOptions& options,
                 const CommonOptions& common) {
  const Comparison comparison = compare(trial);
  if (common.json) {
    terminal.out(to_text(comparison_json(trial, comparison)) + "\n");
  } else {
    terminal.out(table_text(trial, comparison));
  }
  if (options.html.empty()) return kExitCompleted;
  const std::string page = html_report(trial, comparison, made_now());
  const Result<void> written = write_text_file(options.html, page);
  if (!written) return fail(terminal, written.error());
  if (!common.quiet) terminal.line("side by side: " + printable(options.html));
  return kExitCompleted;
}

}  // namespace yoke

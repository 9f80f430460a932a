#include "hosts/cli/trial_report.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "runtime/base/text.h"
#include "runtime/loop/clock.h"
#include "trials/html_report.h"
#include "trials/table.h"

namespace yoke {
namespace {

Result<void> write_page(const std::string& file, const std::string& html) {
  errno = 0;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << html;
  out.close();
  if (out) return {};
  return Error{Errc::unavailable, "cannot write " + file + ": " +
                                      std::generic_category().message(errno == 0 ? EIO : errno)};
}

}  // namespace

int report_trial(Terminal& terminal, const Trial& trial, const ModelsOptions& options,
                 const CommonOptions& common) {
  const Comparison comparison = compare(trial);
  if (common.json) {
    terminal.out(to_text(comparison_json(trial, comparison)) + "\n");
  } else {
    terminal.out(table_text(trial, comparison));
  }
  if (options.html.empty()) return kExitCompleted;
  const std::string made = to_iso8601(SystemWallClock().now()).substr(0, 16) + " UTC";
  const Result<void> written = write_page(options.html, html_report(trial, comparison, made));
  if (!written) return fail(terminal, written.error());
  if (!common.quiet) terminal.line("side by side: " + printable(options.html));
  return kExitCompleted;
}

}  // namespace yoke

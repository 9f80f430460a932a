#include "tools/lint/linter.h"

#include <algorithm>
#include <tuple>

#include "tools/lint/rules.h"

namespace yoke::lint {

std::string_view name_of(Finding::Level level) {
  switch (level) {
    case Finding::Level::error:
      return "error";
    case Finding::Level::warning:
      return "warning";
    case Finding::Level::note:
      return "note";
  }
  return "error";
}

std::string to_line(const Finding& finding) {
  const std::string line = finding.line > 0 ? ":" + std::to_string(finding.line) : "";
  return finding.file + line + ": " + std::string(name_of(finding.level)) + ": " + finding.message;
}

Json to_json(const Finding& finding) {
  return Json{{"file", finding.file},
              {"line", finding.line},
              {"level", name_of(finding.level)},
              {"rule", finding.rule},
              {"message", finding.message}};
}

Finding finding_at(Finding::Level level, const File& file, int line, std::string rule,
                   std::string message) {
  return Finding{level, file.name, line, std::move(rule), std::move(message)};
}

std::vector<Finding> lint(const ScriptSource& source) {
  std::vector<Finding> findings;
  const Facts facts = gather(source, findings);
  // Where one file is no Lua, what the others use of it is not known.
  if (findings.empty()) {
    check_names(facts, findings);
    check_calls(facts, findings);
    check_requires(facts, source, findings);
    check_permissions(facts, findings);
    check_tools(facts, findings);
  }
  const auto place = [](const Finding& finding) {
    return std::tie(finding.file, finding.line, finding.level, finding.message);
  };
  std::sort(findings.begin(), findings.end(),
            [&](const Finding& left, const Finding& right) { return place(left) < place(right); });
  const auto same = [&](const Finding& left, const Finding& right) {
    return place(left) == place(right);
  };
  findings.erase(std::unique(findings.begin(), findings.end(), same), findings.end());
  return findings;
}

}  // namespace yoke::lint

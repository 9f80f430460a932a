#include <fstream>

#include "hosts/app/app.h"
#include "hosts/app/package_means.h"
#include "hosts/app/project.h"
#include "hosts/cli/plugins.h"
#include "hosts/cli/support.h"
#include "hosts/packages/conformance.h"
#include "hosts/packages/export_package.h"
#include "runtime/base/text.h"
#include "tools/plugins/package.h"

// `yoke plugins check` and `yoke plugins export`.
namespace yoke {
namespace {

Json report_json(const ConformanceReport& report, bool passed) {
  Json findings = Json::array();
  for (const PluginFinding& each : report.findings) findings.push_back(to_json(each));
  return Json{{"path", report.path},
              {"kind", name_of(report.kind)},
              {"contents", report.contents},
              {"findings", std::move(findings)},
              {"ok", passed}};
}

const char* mark_of(PluginFinding::Verdict verdict) {
  switch (verdict) {
    case PluginFinding::Verdict::honoured:
      return "honoured";
    case PluginFinding::Verdict::differently:
      return "differently";
    case PluginFinding::Verdict::not_honoured:
      return "not";
    case PluginFinding::Verdict::error:
      return "ERROR";
  }
  return "";
}

std::string finding_line(const PluginFinding& finding) {
  std::string line = mark_of(finding.verdict);
  line.append(13 - line.size(), ' ');
  line += finding.pointer.empty() ? "(the file)" : finding.pointer;
  line += ": " + finding.text;
  if (finding.forbidden) line += "  [forbidden]";
  return printable(line) + "\n";
}

void print_conformance(Terminal& terminal, const ConformanceReport& report) {
  for (const std::string& line : report.contents) terminal.out(printable(line) + "\n");
  std::map<std::string, std::string> by_file;
  std::map<PluginFinding::Verdict, int> counts;
  int forbidden = 0;
  for (const PluginFinding& each : report.findings) {
    by_file[each.file] += finding_line(each);
    ++counts[each.verdict];
    if (each.forbidden) ++forbidden;
  }
  for (const auto& [file, lines] : by_file) terminal.out("\n" + printable(file) + "\n" + lines);
  terminal.out("\n" + std::to_string(counts[PluginFinding::Verdict::honoured]) + " honoured, " +
               std::to_string(counts[PluginFinding::Verdict::differently]) + " differently, " +
               std::to_string(counts[PluginFinding::Verdict::not_honoured]) + " not, " +
               std::to_string(counts[PluginFinding::Verdict::error]) + " errors; " +
               std::to_string(forbidden) + " forbidden by the schemas\n");
}

Result<ManifestWords> env_words(const PluginsVerb& verb) {
  ManifestWords words;
  for (const std::string& pair : verb.env) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Error{Errc::invalid, "--env takes NAME=VALUE, not '" + printable(pair) + "'"};
    }
    words.environment[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return words;
}

awaitable<int> check_plugin(App& app, Terminal& terminal, PluginsVerb verb, bool json) {
  Result<ManifestWords> words = env_words(verb);
  if (!words) co_return fail(terminal, words.error());
  Result<ConformanceReport> report =
      check_package(verb.path, std::move(*words), verb.language, package_means_of(app.config()));
  if (!report) co_return fail(terminal, report.error());
  const bool passed =
      !has_errors(report->findings) && !(verb.strict && breaks_schema(report->findings));
  if (json) {
    terminal.out(to_pretty_text(report_json(*report, passed)) + "\n");
  } else {
    print_conformance(terminal, *report);
  }
  co_return passed ? kExitCompleted : kExitFailed;
}

ExportedAgent exported_of(const PluginsVerb& verb, const AgentSpec& spec) {
  ExportedAgent agent;
  agent.name = verb.agent;
  agent.description = spec.description;
  agent.starters = verb.starters;
  agent.url = verb.url;
  agent.way = verb.api == "mcp" ? ExportedAgent::Way::mcp : ExportedAgent::Way::openapi;
  agent.version = verb.app_version;
  if (!verb.developer.empty()) agent.developer = verb.developer;
  agent.website = verb.website;
  agent.privacy = verb.privacy;
  agent.terms = verb.terms;
  agent.key_id = verb.key_id;
  return agent;
}

Result<void> put_file(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (file) return {};
  return Error{Errc::unavailable, "cannot be written", path};
}

awaitable<int> export_agent(App& app, Terminal& terminal, PluginsVerb verb) {
  const Result<Program> program = app.project().program(verb.agent);
  if (!program) co_return fail(terminal, program.error());
  const std::string name = verb.agent;
  if (name.find('/') != std::string::npos || name.find('.') != std::string::npos) {
    co_return fail(terminal, Error{Errc::invalid,
                                   "--agent takes the name that 'yoke agents list' "
                                   "shows: 'yoke serve' knows no paths"});
  }
  const auto files = exported_package(exported_of(verb, program->agent->spec()));
  if (!files) co_return fail(terminal, files.error());
  const Result<std::string> zip = write_zip(*files);
  if (!zip) co_return fail(terminal, zip.error());
  const std::string output = verb.output.empty() ? name + ".zip" : verb.output;
  const Result<void> written = put_file(output, *zip);
  if (!written) co_return fail(terminal, written.error());
  terminal.line("wrote " + output + " (" + std::to_string(files->size()) + " files)");
  if (verb.key_id.empty()) {
    terminal.line(
        "before it is installed: make a key with 'yoke keys create', register it in the Teams "
        "developer portal, and write the registration's id for ${{YOKE_KEY_REGISTRATION_ID}} in "
        "ai-plugin.json (or give --key-id)");
  }
  co_return kExitCompleted;
}

}  // namespace

int plugins_check(const CommonOptions& common, const PluginsVerb& verb) {
  return with_project(common, "", [&](App& app, Terminal& out) {
    return check_plugin(app, out, verb, common.json);
  });
}

int plugins_export(const CommonOptions& common, const PluginsVerb& verb) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return export_agent(app, out, verb); });
}

}  // namespace yoke

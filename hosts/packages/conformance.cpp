#include "hosts/packages/conformance.h"

#include <set>

#include "agents/declarative/declarative_program.h"
#include "hosts/packages/package_skills.h"
#include "runtime/base/counted.h"
#include "runtime/base/text.h"
#include "tools/plugins/plugin.h"

namespace yoke {
namespace {

using Verdict = PluginFinding::Verdict;

class Conformance {
 public:
  Conformance(ReadPackage read, const PackageMeans& means) : read_(std::move(read)) {
    report_.path = read_.path;
    report_.kind = read_.kind;
    report_.findings = std::move(read_.findings);
    if (read_.app) {
      report_.contents.push_back(read_.app->file + ": app manifest " + read_.app->version + ", \"" +
                                 read_.app->name + "\"");
    }
    for (const PackagedAgent& agent : read_.agents) {
      report_.contents.push_back(agent.file + ": declarative agent " + agent.agent.version +
                                 ", \"" + agent.agent.name + "\"");
      plan_capabilities(agent.agent, agent.file, *read_.files, means, report_.findings);
      skills_of_package(read_, agent, report_.findings);
      for (const PackagedPlugin& plugin : agent.plugins) add_plugin(plugin);
      for (const std::string& worker : agent.agent.worker_files) check_worker(agent, worker);
    }
    for (const PackagedPlugin& plugin : read_.plugins) add_plugin(plugin);
  }

  Result<ConformanceReport> report() {
    if (failure_) return *failure_;
    tell_once();
    return std::move(report_);
  }

 private:
  // A manifest may be read for what it is and again for what it holds.
  void tell_once() {
    std::set<std::string> told;
    std::erase_if(report_.findings,
                  [&](const PluginFinding& each) { return !told.insert(to_line(each)).second; });
  }

  void add_plugin(const PackagedPlugin& plugin) {
    PluginSource source;
    const std::string& name = plugin.name_space.empty() ? plugin.id : plugin.name_space;
    source.name = plain_agent_name(name).substr(0, 24);
    source.package = read_.files;
    source.file = plugin.file;
    source.words = read_.words;
    source.inlined = plugin.inlined;
    source.only_told = true;
    const Result<std::vector<std::string>> remote = remote_documents(source);
    if (remote) {
      for (const std::string& url : *remote) {
        report_.findings.push_back(PluginFinding{
            Verdict::differently, plugin.file, plugin.pointer,
            "the document at " + url + " is fetched by 'yoke plugins add', and not here", false});
      }
    }
    Result<Plugin> loaded = load_plugin(source);
    if (!loaded) {
      // What was named to be checked, and cannot even be read.
      const bool alone = read_.agents.empty() && !read_.app;
      if (alone && (!remote || remote->empty())) failure_ = loaded.error();
      report_.findings.push_back(PluginFinding{Verdict::error, plugin.file, plugin.pointer,
                                               loaded.error().message(), true});
      return;
    }
    const PluginManifest& manifest = loaded->manifest;
    const std::string what =
        manifest.version.empty() ? "OpenAPI document" : "plugin " + manifest.version;
    report_.contents.push_back(plugin.file + plugin.pointer + ": " + what + ", \"" +
                               manifest.name_for_human + "\", " +
                               counted(std::ssize(loaded->functions), "function"));
    for (PluginFinding& each : loaded->findings) report_.findings.push_back(std::move(each));
  }

  void check_worker(const PackagedAgent& agent, const std::string& worker) {
    const Result<std::string> path = package_path(agent.file, worker);
    const Result<std::string> text =
        path ? read_.files->read(*path) : Result<std::string>(path.error());
    const bool there = text.has_value();
    report_.findings.push_back(PluginFinding{
        there ? Verdict::honoured : Verdict::error, agent.file, "/worker_agents",
        there ? worker + " is an agent that it may hand tasks to" : text.error().message(), false});
  }

  ReadPackage read_;
  ConformanceReport report_;
  std::optional<Error> failure_;
};

}  // namespace

Result<ConformanceReport> check_package(const std::string& path, ManifestWords words,
                                        const std::string& language, const PackageMeans& means) {
  Result<ReadPackage> read = read_package(path, std::move(words), language, true);
  if (!read) return read.error();
  return Conformance(std::move(*read), means).report();
}

}  // namespace yoke

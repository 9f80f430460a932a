#include "hosts/packages/capabilities.h"

#include <algorithm>

#include "hosts/packages/graph_capabilities.h"
#include "runtime/base/text.h"
#include "tools/knowledge/office_text.h"

namespace yoke {
namespace {

using Verdict = PluginFinding::Verdict;

constexpr std::size_t kKnowledgeBytesMax = 16u << 20;

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Planner {
 public:
  Planner(const DeclarativeAgent& agent, const std::string& file, Package& files,
          const PackageMeans& means, PluginFindings& findings)
      : agent_(agent), file_(file), files_(files), means_(means), findings_(findings) {}

  CapabilityPlan plan() {
    for (const DeclarativeCapability& each : agent_.capabilities) map(each);
    return std::move(plan_);
  }

 private:
  void put(const DeclarativeCapability& of, Verdict verdict, std::string text,
           const std::string& below = {}) {
    findings_.push_back(
        PluginFinding{verdict, file_, of.pointer + below, of.name + ": " + std::move(text), false});
  }

  void map(const DeclarativeCapability& each) {
    if (each.name == "WebSearch") {
      map_web(each);
    } else if (each.name == "CodeInterpreter") {
      map_code(each);
    } else if (each.name == "EmbeddedKnowledge") {
      map_knowledge(each);
    } else if (is_one_of(graph_capabilities(), each.name)) {
      map_graph(each);
    } else {
      put(each, Verdict::not_honoured, "is not available here");
    }
  }

  void map_web(const DeclarativeCapability& each) {
    for (const Json& site : member_at(each.fields, "sites")) {
      const std::string url = string_at(site, "url");
      if (url.starts_with("https://") || url.starts_with("http://")) plan_.sites.push_back(url);
    }
    if (!means_.web_search && plan_.sites.empty()) {
      put(each, Verdict::not_honoured,
          "is not available: a section [bundled.web] names a search service");
      return;
    }
    plan_.searches_web = true;
    const std::string where = plan_.sites.empty() ? "" : ", on the sites that it names alone";
    if (means_.web_search) {
      put(each, Verdict::differently, "web.search asks the service of [bundled.web]" + where);
    } else {
      put(each, Verdict::differently,
          "web.read reads the sites that it names; nothing searches them without [bundled.web]");
      plan_.notes.push_back("web.read reads pages of: " + join(plan_.sites, ", "));
    }
  }

  void map_code(const DeclarativeCapability& each) {
    if (!means_.code) {
      put(each, Verdict::not_honoured, "is not available: scripts do not run here");
      return;
    }
    plan_.writes_code = true;
    put(each, Verdict::differently, "the model writes Lua, which runs in the sandbox, not Python");
  }

  void map_knowledge(const DeclarativeCapability& each) {
    if (each.fields.contains("embedded_resource_snapshot_id")) {
      put(each, Verdict::not_honoured, "what Microsoft's storage keeps is not in the package",
          "/embedded_resource_snapshot_id");
    }
    const Json& files = member_at(each.fields, "files");
    std::size_t bytes = 0;
    for (std::size_t i = 0; files.is_array() && i < files.size(); ++i) {
      const std::string below = "/files/" + std::to_string(i);
      const std::string name = string_at(files[i], "file");
      Result<std::string> text = text_of(name);
      if (text && bytes + text->size() > kKnowledgeBytesMax) {
        text = Error{Errc::too_large, "with it the files are over 16 MiB of text"};
      }
      if (!text) {
        const bool unread = text.error().code == Errc::unsupported;
        put(each, unread ? Verdict::not_honoured : Verdict::error,
            name + " is not searched: " + text.error().message(), below);
        continue;
      }
      bytes += text->size();
      put(each, Verdict::honoured, name + " is searched in full text", below);
      plan_.knowledge[name] = std::move(*text);
    }
    if (!plan_.knowledge.empty()) {
      plan_.notes.emplace_back(
          "Your documents are found by knowledge.search; look there before you answer");
    }
  }

  Result<std::string> text_of(const std::string& name) {
    const Result<std::string> path = package_path(file_, name);
    if (!path) return path.error();
    const Result<std::string> bytes = files_.read(*path);
    if (!bytes) return bytes.error();
    return document_text(*path, *bytes, means_.pdf);
  }

  void map_graph(const DeclarativeCapability& each) {
    if (!is_one_of(means_.graph, each.name)) {
      put(each, Verdict::not_honoured,
          means_.asks_graph ? "is not available: it is not among the capabilities of [graph]"
                            : "is not available: a section [graph] says how Microsoft Graph is "
                              "signed in to");
      return;
    }
    const GraphMapping mapped = map_graph_capability(each, plan_.graph);
    put(each, mapped.is_here ? Verdict::differently : Verdict::not_honoured, mapped.text);
    for (const AgentFinding& one : mapped.differences) {
      put(each,
          one.verdict == AgentFinding::Verdict::differently ? Verdict::differently
                                                            : Verdict::not_honoured,
          one.text, one.pointer);
    }
  }

  const DeclarativeAgent& agent_;
  const std::string& file_;
  Package& files_;
  const PackageMeans& means_;
  PluginFindings& findings_;
  CapabilityPlan plan_;
};

}  // namespace

CapabilityPlan plan_capabilities(const DeclarativeAgent& agent, const std::string& file,
                                 Package& files, const PackageMeans& means,
                                 PluginFindings& findings) {
  return Planner(agent, file, files, means, findings).plan();
}

}  // namespace yoke

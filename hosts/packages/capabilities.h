#pragma once

#include <map>
#include <string>
#include <vector>

#include "agents/declarative/declarative_agent.h"
#include "tools/graph/graph_tools.h"
#include "tools/knowledge/pdf_text.h"
#include "tools/plugins/findings.h"
#include "tools/plugins/package.h"

namespace yoke {

// What a project has for capabilities of declarative agents.
struct PackageMeans {
  bool web_search = false;              // [bundled.web] names a search service
  bool code = true;                     // scripts run here
  bool asks_graph = false;              // there is a section [graph]
  std::vector<std::string> graph = {};  // the capabilities that it gives agents
  PdfReader pdf = {};                   // of knowledge files
};

// What an agent's capabilities become: plain data, from which tools are made.
struct CapabilityPlan {
  bool writes_code = false;
  bool searches_web = false;
  std::vector<std::string> sites;                // addresses; empty with searches_web: any
  std::map<std::string, std::string> knowledge;  // file -> its text
  GraphGrant graph;                              // of Microsoft Graph
  std::vector<std::string> notes;                // for the model
};

// Maps what can be mapped and puts down what became of each. `file` is the agent's manifest.
CapabilityPlan plan_capabilities(const DeclarativeAgent& agent, const std::string& file,
                                 Package& files, const PackageMeans& means,
                                 PluginFindings& findings);

}  // namespace yoke

#pragma once

#include <string>
#include <vector>

#include "tools/graph/graph_call.h"

// Microsoft Search's one door, POST /search/query.
namespace yoke {

struct GraphSearch {
  std::vector<std::string> kinds;         // entityTypes: "driveItem", "chatMessage" …
  std::string query;                      // in the Keyword Query Language
  std::vector<std::string> sources = {};  // contentSources, of externalItem
  int from = 0;
  int size = 25;
  bool best_first = false;  // of messages; else the newest first
  std::vector<std::string> permissions;
};

struct GraphHits {
  Json hits = Json::array();
  bool more = false;
};
GraphAsk ask_of(const GraphSearch& search);
GraphHits hits_of(const Json& reply);

}  // namespace yoke

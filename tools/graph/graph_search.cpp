#include "tools/graph/graph_search.h"

namespace yoke {

GraphAsk ask_of(const GraphSearch& search) {
  Json request{{"entityTypes", search.kinds},
               {"query", {{"queryString", search.query}}},
               {"from", search.from},
               {"size", search.size}};
  if (!search.sources.empty()) request["contentSources"] = search.sources;
  if (search.best_first) request["enableTopResults"] = true;
  GraphAsk ask;
  ask.path = "/search/query";
  ask.body = Json{{"requests", Json::array({std::move(request)})}};
  ask.permissions = search.permissions;
  return ask;
}

GraphHits hits_of(const Json& reply) {
  GraphHits found;
  for (const Json& answer : member_at(reply, "value")) {
    for (const Json& container : member_at(answer, "hitsContainers")) {
      for (const Json& hit : member_at(container, "hits")) found.hits.push_back(hit);
      found.more = found.more || bool_at(container, "moreResultsAvailable");
    }
  }
  return found;
}

}  // namespace yoke

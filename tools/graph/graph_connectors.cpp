#include <algorithm>

#include "runtime/base/text.h"
#include "tools/graph/graph_search.h"
#include "tools/graph/tool_makers.h"

// Items that connectors brought into the organisation's search: tickets, wikis, records.
namespace yoke {
namespace {

constexpr int kItemsMax = 25;
constexpr int kItemsUsual = 8;
constexpr std::size_t kItemTextMax = 1200;
constexpr std::size_t kPropertyMax = 600;
constexpr const char* kSources = "/external/connections/";

// "/external/connections/jira" or "jira", as the service has it now and then.
std::string connection_of(const Json& hit) {
  const std::string source = string_at(hit, "contentSource");
  return source.substr(source.rfind('/') + 1);
}

Json short_properties(const Json& properties) {
  Json out = Json::object();
  if (!properties.is_object()) return out;
  for (const auto& [name, value] : properties.items()) {
    if (value.is_null()) continue;
    const bool is_text = value.is_string();
    out[name] = is_text ? Json(shorten(value.get_ref<const std::string&>(), kPropertyMax)) : value;
  }
  return out;
}

Json told_item(const Json& hit) {
  const Json& resource = member_at(hit, "resource");
  Json one{{"connection", connection_of(hit)},
           {"properties", short_properties(member_at(resource, "properties"))}};
  put_unless_empty(one, "text", shorten(plain_summary(string_at(hit, "summary")), kItemTextMax));
  return one;
}

class ConnectorSearch final : public GraphTool {
 public:
  ConnectorSearch(ToolSpec spec, const GraphConnections& connections, SharedGraphServices services)
      : GraphTool(std::move(spec), std::move(services)), connections_(connections.connections) {}

 protected:
  // One search for each connection whose items have to fit something, one for all others: a search
  // has one query.
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const std::string words = search_words(string_at(args, "query"));
    if (words.empty()) co_return Error{Errc::invalid, "the query has no word to look for"};
    const auto most = static_cast<std::size_t>(integer_at(args, "limit", kItemsUsual));
    std::vector<std::pair<std::int64_t, Json>> ranked;
    for (const GraphSearch& search : searches_for(words)) {
      auto asking = call.ask(ask_of(search));
      const Result<Json> reply = co_await std::move(asking);
      if (!reply) co_return reply.error();
      for (const Json& hit : hits_of(*reply).hits) {
        const std::string source = kSources + connection_of(hit);
        const bool asked =
            search.sources[0].ends_with("/*") ||
            std::find(search.sources.begin(), search.sources.end(), source) != search.sources.end();
        if (asked) ranked.emplace_back(integer_at(hit, "rank"), told_item(hit));
      }
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Json items = Json::array();
    for (auto& [rank, item] : ranked) {
      if (items.size() < most) items.push_back(std::move(item));
    }
    Json out{{"items", std::move(items)}};
    if (out["items"].empty()) out["note"] = "nothing has all of these words: try fewer or others";
    co_return out;
  }

 private:
  std::vector<GraphSearch> searches_for(const std::string& words) const {
    GraphSearch plain;
    plain.kinds = {"externalItem"};
    plain.query = words;
    plain.permissions = graph_permissions("GraphConnectors");
    std::vector<GraphSearch> searches;
    for (const GraphConnections::Connection& each : connections_) {
      if (each.terms.empty()) {
        plain.sources.push_back(kSources + each.id);
        continue;
      }
      GraphSearch own = plain;
      own.sources = {kSources + each.id};
      own.query = "(" + words + ") AND (" + each.terms + ")";
      searches.push_back(std::move(own));
    }
    if (!plain.sources.empty()) searches.push_back(std::move(plain));
    return searches;
  }

  const std::vector<GraphConnections::Connection> connections_;
};

}  // namespace

void add_connection_tools(GraphToolList& tools, const GraphConnections& connections,
                          SharedGraphServices services) {
  std::vector<std::string> names;
  Json scope = Json::array();
  for (const auto& each : connections.connections) {
    names.push_back(each.id);
    scope.push_back({each.id, each.terms});
  }
  GraphToolWords words;
  words.name = "connectors.search";
  words.description = "Finds items of other systems that the organisation's connectors know (" +
                      shorten(join(names, ", "), 300) +
                      "): their properties, and passages. Cite their addresses.";
  words.properties = {{"query", graph_text_property("What to look for, in a few words")},
                      {"limit", graph_limit_property(kItemsMax, kItemsUsual)}};
  words.required = {"query"};
  tools.push_back(std::make_unique<ConnectorSearch>(graph_spec(std::move(words), *services, scope),
                                                    connections, services));
}

}  // namespace yoke

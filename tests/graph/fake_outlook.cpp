#include <algorithm>
#include <stdexcept>

#include "tests/graph/fake_graph.h"

// Mail, calendars and conversations of the fake service.
namespace yoke::testing {
namespace {

bool is_in_quotes(const std::string& text) {
  return text.size() > 2 && text.front() == '"' && text.back() == '"' &&
         text.find('"', 1) == text.size() - 1;
}

std::string option_of(const std::map<std::string, std::string>& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

Json picked(const Json& from, const std::string& select) {
  Json out = Json::object();
  std::string name;
  for (const char c : select + ",") {
    if (c != ',') {
      name += c;
      continue;
    }
    if (from.contains(name)) out[name] = from.at(name);
    name.clear();
  }
  return out;
}

bool prefers(const std::map<std::string, std::string>& headers, const std::string& what) {
  const auto found = headers.find("prefer");
  return found != headers.end() && found->second.find(what) != std::string::npos;
}

}  // namespace

FakeGraph::Reply FakeGraph::messages(const Asked& asked, const std::string& mailbox,
                                     std::size_t from) {
  Reply reply;
  const std::vector<std::string>& parts = asked.parts;
  const bool in_folder = parts[from] == "mailFolders";
  if (in_folder && parts.size() < from + 3) return wrong("no path of folders: " + asked.path);
  const std::string folder = in_folder ? parts[from + 1] : "";
  const std::size_t after = in_folder ? from + 3 : from + 1;
  if (parts[after - 1] != "messages") return wrong("no path of messages: " + asked.path);
  std::vector<Json> all;
  for (const auto& [place, list] : mail) {
    const bool own = place.starts_with(mailbox + "/");
    if (own && (folder.empty() || place == mailbox + "/" + folder)) {
      all.insert(all.end(), list.begin(), list.end());
    }
  }
  if (parts.size() == after + 1) {
    if (!takes(asked, {"$select", "$expand"}, reply)) return reply;
    const std::string expand = option_of(asked.query, "$expand");
    if (!expand.empty() && expand != "attachments($select=name,size,contentType)") {
      return wrong("$expand=" + expand);
    }
    for (const Json& each : all) {
      if (each.value("id", "") != parts[after]) continue;
      reply.body = picked(each, asked.query.at("$select") + ",attachments");
      if (!prefers(asked.headers, "outlook.body-content-type=\"text\"")) {
        return wrong("a body is asked for as text");
      }
      return reply;
    }
    return refused(404, "ErrorItemNotFound", "The specified object was not found in the store.");
  }
  if (!takes(asked, {"$select", "$top", "$search", "$orderby"}, reply)) return reply;
  const std::string search = option_of(asked.query, "$search");
  if (!search.empty() && asked.query.contains("$orderby")) {
    return wrong("The query parameter '$orderBy' is not supported with '$search'.");
  }
  if (!search.empty() && !is_in_quotes(search)) return wrong("$search stands in quotes: " + search);
  const auto top = static_cast<std::size_t>(std::stoi(asked.query.at("$top")));
  Json value = Json::array();
  std::sort(all.begin(), all.end(), [](const Json& a, const Json& b) {
    return a.value("receivedDateTime", "") > b.value("receivedDateTime", "");
  });
  for (const Json& each : all) {
    FakeIndexed seen;
    seen.text = to_text(each);
    seen.properties = {{"from", to_text(each.at("from"))},
                       {"received", each.value("receivedDateTime", "")}};
    bool found = true;
    try {
      found = search.empty() || kql_finds(search.substr(1, search.size() - 2), seen);
    } catch (const std::runtime_error& error) {
      return wrong("the query " + search + " has " + error.what());
    }
    if (found && value.size() < top) value.push_back(picked(each, asked.query.at("$select")));
  }
  reply.body = Json{{"value", std::move(value)}};
  return reply;
}

FakeGraph::Reply FakeGraph::conversation(const Asked& asked) {
  Reply reply;
  if (!takes(asked, {"$top"}, reply)) return reply;
  if (std::stoi(asked.query.at("$top")) > 50) return wrong("$top of messages is at most 50");
  if (!asked.path.ends_with("/messages")) return wrong("no path: " + asked.path);
  const std::string place = asked.path.substr(1, asked.path.size() - 10);
  const auto found = conversations.find(place);
  if (found == conversations.end()) return refused(404, "NotFound", "No such conversation.");
  reply.body = Json{{"value", found->second}};
  return reply;
}

FakeGraph::Reply FakeGraph::calendar(const Asked& asked) {
  Reply reply;
  if (!takes(asked, {"startDateTime", "endDateTime", "$select", "$orderby", "$top", "$skip"},
             reply)) {
    return reply;
  }
  const std::string from = option_of(asked.query, "startDateTime");
  const std::string until = option_of(asked.query, "endDateTime");
  if (from.size() != 20 || until.size() != 20) return wrong("calendarView needs both its ends");
  if (!prefers(asked.headers, "outlook.timezone=\"UTC\""))
    return wrong("the time zone is not said");
  const std::string skipped = option_of(asked.query, "$skip");
  const std::size_t skip = skipped.empty() ? 0 : std::stoul(skipped);
  constexpr std::size_t kPage = 2;
  std::vector<Json> fitting;
  for (const Json& each : events) {
    const std::string start = each.at("start").at("dateTime").get<std::string>();
    if (start >= from && start < until) fitting.push_back(each);
  }
  Json value = Json::array();
  for (std::size_t i = skip; i < fitting.size() && i < skip + kPage; ++i) {
    value.push_back(picked(fitting[i], asked.query.at("$select")));
  }
  reply.body = Json{{"value", std::move(value)}};
  if (fitting.size() > skip + kPage) {
    const std::string at = next_link_origin.empty() ? origin() : next_link_origin;
    reply.body["@odata.nextLink"] =
        at + "/v1.0/me/calendarView?startDateTime=" + from + "&endDateTime=" + until +
        "&%24select=" + asked.query.at("$select") + "&%24skip=" + std::to_string(skip + kPage);
  }
  return reply;
}

FakeGraph::Reply FakeGraph::event(const Asked& asked) {
  Reply reply;
  if (!takes(asked, {"$select"}, reply)) return reply;
  for (const Json& each : events) {
    if (each.value("id", "") != asked.parts[2]) continue;
    reply.body = picked(each, asked.query.at("$select"));
    return reply;
  }
  return refused(404, "ErrorItemNotFound", "The specified object was not found in the store.");
}

}  // namespace yoke::testing

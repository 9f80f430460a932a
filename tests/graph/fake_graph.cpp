#include "tests/graph/fake_graph.h"

#include <algorithm>
#include <stdexcept>

namespace yoke::testing {
namespace {

std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> cut(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : text) {
    if (c == at) {
      parts.push_back(part);
      part.clear();
    } else {
      part += c;
    }
  }
  parts.push_back(part);
  return parts;
}

bool is_quoted(const std::string& text) {
  return text.size() > 2 && text.front() == '"' && text.back() == '"';
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Whether a hit is of one of the connections; any where none is named.
bool is_from(const Json& sources, const Json& hit) {
  for (const Json& source : sources) {
    const auto text = source.get<std::string>();
    if (text.ends_with("/*") || text == hit.value("contentSource", "")) return true;
  }
  return sources.empty();
}

Json selected(const Json& from, const std::string& select) {
  if (select.empty()) return from;
  Json out = Json::object();
  for (const std::string& name : cut(select, ',')) {
    if (from.contains(name)) out[name] = from.at(name);
  }
  return out;
}

}  // namespace

FakeGraph::FakeGraph()
    : storage_([this](const MockRequest& request, MockConnection& connection) {
        std::string body;
        {
          const std::scoped_lock held(mutex_);
          if (request.headers.contains("authorization")) {
            problems_.push_back("a token came along to where files are kept");
          }
          for (const FakeFile& each : files) {
            if (request.target == "/kept/" + each.item) body = each.content;
          }
          ++downloads_;
        }
        return connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n" +
                               ("Content-Length: " + std::to_string(body.size())) + "\r\n\r\n" +
                               body);
      }),
      server_([this](const MockRequest& request, MockConnection& connection) {
        Reply reply;
        {
          const std::scoped_lock held(mutex_);
          reply = answer(request);
        }
        const std::string body = reply.bytes.empty() ? to_text(reply.body) : reply.bytes;
        return connection.send("HTTP/1.1 " + std::to_string(reply.status) +
                               " X\r\nContent-Type: application/json\r\n" + reply.headers +
                               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                               body);
      }) {}

std::vector<std::string> FakeGraph::problems() const {
  const std::scoped_lock held(mutex_);
  return problems_;
}
std::vector<std::string> FakeGraph::asked() const {
  const std::scoped_lock held(mutex_);
  return asked_;
}
std::vector<Json> FakeGraph::searches() const {
  const std::scoped_lock held(mutex_);
  return searches_;
}
int FakeGraph::downloads() const {
  const std::scoped_lock held(mutex_);
  return downloads_;
}

FakeGraph::Reply FakeGraph::refused(int status, const std::string& code,
                                    const std::string& message) {
  Reply reply;
  reply.status = status;
  reply.body = Json{{"error", {{"code", code}, {"message", message}}}};
  return reply;
}

FakeGraph::Reply FakeGraph::wrong(const std::string& what) {
  problems_.push_back(what);
  return refused(400, "BadRequest", what);
}

FakeGraph::Reply FakeGraph::answer(const MockRequest& request) {
  Asked asked;
  asked.method = request.method;
  asked.headers = request.headers;
  asked.body = request.body;
  const std::size_t mark = request.target.find('?');
  const std::string path = request.target.substr(0, mark);
  if (!path.starts_with("/v1.0/")) return wrong("there is no version at " + path);
  for (const std::string& part : cut(path.substr(6), '/')) {
    asked.parts.push_back(decoded(part));
    asked.path += "/" + asked.parts.back();
  }
  if (mark != std::string::npos) {
    for (const std::string& pair : cut(request.target.substr(mark + 1), '&')) {
      const std::size_t equals = pair.find('=');
      if (equals == std::string::npos) return wrong("a query option without a value: " + pair);
      asked.query[decoded(pair.substr(0, equals))] = decoded(pair.substr(equals + 1));
    }
  }
  asked_.push_back(asked.method + " " + asked.path);
  const auto bearer = request.headers.find("authorization");
  const std::string token = bearer != request.headers.end() && bearer->second.starts_with("Bearer ")
                                ? bearer->second.substr(7)
                                : "";
  const auto known = tokens.find(token);
  const bool let_in = known == tokens.end() && lets_in && lets_in(token);
  if (known == tokens.end() && !let_in) {
    Reply reply = refused(401, "InvalidAuthenticationToken", "Access token is empty or unknown.");
    reply.headers = "WWW-Authenticate: Bearer realm=\"\"\r\n";
    return reply;
  }
  const std::set<std::string> permissions = let_in ? std::set<std::string>{"all"} : known->second;
  if (permissions.contains("expired")) {
    return refused(401, "InvalidAuthenticationToken",
                   "Lifetime validation failed, the token is expired.");
  }
  if (waits > 0) {
    --waits;
    Reply reply = refused(429, "TooManyRequests", "Too many requests.");
    if (!retry_after.empty()) reply.headers = "Retry-After: " + retry_after + "\r\n";
    return reply;
  }
  return route(asked, permissions);
}

FakeGraph::Reply FakeGraph::needs(std::set<std::string> any,
                                  const std::set<std::string>& permissions, Reply reply) {
  if (permissions.contains("all")) return reply;
  for (const std::string& each : any) {
    if (permissions.contains(each)) return reply;
  }
  return refused(403, "Authorization_RequestDenied",
                 "Insufficient privileges to complete the operation.");
}

bool FakeGraph::takes(const Asked& asked, std::set<std::string> options, Reply& refusal) {
  for (const auto& [name, value] : asked.query) {
    if (options.contains(name) && !value.empty()) continue;
    refusal = wrong("Unrecognized query argument: " + name + " of " + asked.path);
    return false;
  }
  return true;
}

FakeGraph::Reply FakeGraph::route(const Asked& asked, const std::set<std::string>& permissions) {
  const std::vector<std::string>& parts = asked.parts;
  const std::string& area = parts[0];
  const std::size_t count = parts.size();
  if (asked.path == "/search/query") return search(asked, permissions);
  if (asked.method != "GET") return wrong(asked.method + " " + asked.path);
  if (area == "drives" && count >= 2) {
    return needs({"Files.Read.All", "Sites.Read.All"}, permissions, drive(asked));
  }
  if (asked.path == "/me/people") return needs({"People.Read"}, permissions, list_people(asked));
  if (asked.path == "/users") {
    return needs({"User.Read.All"}, permissions, list_users(asked));
  }
  const bool own = area == "me";
  const bool of_mail =
      (own && count > 1 && (parts[1] == "messages" || parts[1] == "mailFolders")) ||
      (area == "users" && count > 2 && (parts[2] == "messages" || parts[2] == "mailFolders"));
  if (of_mail) {
    const std::set<std::string> any =
        own ? std::set<std::string>{"Mail.Read"} : std::set<std::string>{"Mail.Read.Shared"};
    return needs(any, permissions, messages(asked, own ? "me" : parts[1], own ? 1 : 2));
  }
  if (area == "users") return needs({"User.Read.All"}, permissions, user(asked));
  if (area == "chats") return needs({"Chat.Read"}, permissions, conversation(asked));
  if (area == "teams") {
    return needs({"ChannelMessage.Read.All"}, permissions, conversation(asked));
  }
  if (asked.path == "/me/calendarView") {
    return needs({"Calendars.Read"}, permissions, calendar(asked));
  }
  if (own && count == 3 && parts[1] == "events") {
    return needs({"Calendars.Read"}, permissions, event(asked));
  }
  return wrong("Resource not found for the segment: " + asked.path);
}

FakeGraph::Reply FakeGraph::search(const Asked& asked, const std::set<std::string>& permissions) {
  static const std::map<std::string, std::set<std::string>> kinds = {
      {"driveItem", {"Files.Read.All", "Sites.Read.All"}},
      {"listItem", {"Sites.Read.All"}},
      {"chatMessage", {"Chat.Read", "ChannelMessage.Read.All"}},
      {"externalItem", {"ExternalItem.Read.All"}}};
  if (asked.method != "POST") return wrong("a search is posted");
  const auto type = asked.headers.find("content-type");
  if (type == asked.headers.end() || type->second != "application/json") {
    return wrong("a search is application/json");
  }
  const Json body = Json::parse(asked.body, nullptr, false);
  if (!body.is_object() || body.size() != 1 || !body.contains("requests") ||
      body["requests"].size() != 1) {
    return wrong("a search has one request: " + asked.body);
  }
  searches_.push_back(body);
  const Json& request = body["requests"][0];
  for (const auto& [name, value] : request.items()) {
    static const std::set<std::string> known = {"entityTypes",    "query",           "from", "size",
                                                "contentSources", "enableTopResults"};
    if (!known.contains(name)) return wrong("a search has no " + name);
  }
  const auto types = request.at("entityTypes").get<std::vector<std::string>>();
  for (const std::string& each : types) {
    if (!kinds.contains(each)) return wrong("there is no entity type " + each);
    const Reply allowed = needs(kinds.at(each), permissions, Reply{});
    if (allowed.status != 200) return allowed;
    if (request.contains("contentSources") != (each == "externalItem")) {
      return wrong("contentSources belong to externalItem");
    }
    if (each == "chatMessage" && types.size() > 1) return wrong("chatMessage stands alone");
  }
  const int from = request.value("from", 0);
  const int size = request.value("size", 25);
  if (from < 0 || size < 1 || size > 500) return wrong("from and size");
  const std::string query = request.at("query").at("queryString").get<std::string>();
  Json hits = Json::array();
  int matches = 0;
  try {
    for (const FakeHit& each : index) {
      if (std::find(types.begin(), types.end(), each.kind) == types.end()) continue;
      FakeIndexed seen = each.indexed;
      const bool found = kql_finds(query, seen);
      if (!found && !ignores_filters) continue;
      if (!is_from(request.value("contentSources", Json::array()), each.hit)) continue;
      if (matches++ < from || static_cast<int>(hits.size()) >= size) continue;
      Json hit = each.hit;
      hit["rank"] = hits.size() + 1;
      hits.push_back(std::move(hit));
    }
  } catch (const std::runtime_error& error) {
    return wrong("the query " + query + " has " + error.what());
  }
  const bool more = matches > from + static_cast<int>(hits.size());
  Json container{{"total", matches}, {"moreResultsAvailable", more}};
  if (!hits.empty()) container["hits"] = std::move(hits);
  Reply reply;
  reply.body = Json{{"value", Json::array({Json{{"searchTerms", Json::array()},
                                                {"hitsContainers", Json::array({container})}}})}};
  return reply;
}

FakeGraph::Reply FakeGraph::drive(const Asked& asked) {
  Reply reply;
  const std::vector<std::string>& parts = asked.parts;
  if (parts.size() == 2) {
    if (!takes(asked, {"$select"}, reply)) return reply;
    const auto found = drives.find(parts[1]);
    if (found == drives.end()) return refused(404, "itemNotFound", "The resource is not found.");
    reply.body = Json{{"id", parts[1]}, {"webUrl", found->second}};
    return reply;
  }
  if (parts.size() < 4 || parts[2] != "items") return wrong("no path of drives: " + asked.path);
  for (const FakeFile& each : files) {
    if (each.drive != parts[1] || each.item != parts[3]) continue;
    if (parts.size() == 4) {
      if (!takes(asked, {"$select"}, reply)) return reply;
      reply.body = selected(each.resource, asked.query.at("$select"));
      return reply;
    }
    if (parts.size() != 5 || parts[4] != "content") return wrong("no path: " + asked.path);
    if (!takes(asked, {}, reply)) return reply;
    reply.status = 302;
    reply.headers = "Location: http://127.0.0.1:" + std::to_string(storage_.port()) + "/kept/" +
                    each.item + "\r\n";
    return reply;
  }
  return refused(404, "itemNotFound", "The resource could not be found.");
}

FakeGraph::Reply FakeGraph::list_people(const Asked& asked) {
  Reply reply;
  if (!takes(asked, {"$search", "$top", "$select"}, reply)) return reply;
  if (!is_quoted(asked.query.at("$search"))) return wrong("$search of people stands in quotes");
  const std::string words =
      lower_case(asked.query.at("$search").substr(1, asked.query.at("$search").size() - 2));
  Json value = Json::array();
  for (const Json& each : people) {
    if (lower_case(to_text(each)).find(words) != std::string::npos) value.push_back(each);
  }
  reply.body = Json{{"value", std::move(value)}};
  return reply;
}

FakeGraph::Reply FakeGraph::list_users(const Asked& asked) {
  Reply reply;
  if (!takes(asked, {"$search", "$select", "$top", "$count"}, reply)) return reply;
  const auto level = asked.headers.find("consistencylevel");
  if (level == asked.headers.end() || level->second != "eventual") {
    return wrong("$search of users needs ConsistencyLevel: eventual");
  }
  Json value = Json::array();
  for (const Json& each : users) {
    std::string rest = asked.query.at("$search");
    bool found = false;
    while (!rest.empty()) {
      const std::size_t end = rest.find('"', 1);
      if (rest.front() != '"' || end == std::string::npos) return wrong("a clause of $search");
      const std::string clause = rest.substr(1, end - 1);
      const std::size_t colon = clause.find(':');
      if (colon == std::string::npos) return wrong("a clause is \"property:value\": " + clause);
      const std::string own = lower_case(each.value(clause.substr(0, colon), ""));
      found = found || own.find(lower_case(clause.substr(colon + 1))) != std::string::npos;
      rest = rest.substr(end + 1);
      if (rest.starts_with(" OR ")) rest = rest.substr(4);
    }
    if (found) value.push_back(selected(each, asked.query.at("$select")));
  }
  reply.body = Json{{"value", std::move(value)}};
  return reply;
}

FakeGraph::Reply FakeGraph::user(const Asked& asked) {
  Reply reply;
  if (!takes(asked, {"$select"}, reply)) return reply;
  const std::string select = asked.query.count("$select") != 0 ? asked.query.at("$select") : "";
  const std::string what = asked.parts.size() == 3 ? asked.parts[2] : "";
  const auto find = [&](const std::string& name) -> const Json* {
    for (const Json& each : users) {
      if (each.value("userPrincipalName", "") == name) return &each;
    }
    return nullptr;
  };
  const Json* own = find(asked.parts[1]);
  if (own == nullptr) return refused(404, "Request_ResourceNotFound", "Resource does not exist.");
  if (what.empty()) {
    reply.body = selected(*own, select);
    return reply;
  }
  const auto manager = managers.find(asked.parts[1]);
  if (what == "manager") {
    if (manager == managers.end()) {
      return refused(404, "Request_ResourceNotFound", "Resource 'manager' does not exist.");
    }
    reply.body = selected(*find(manager->second), select);
    return reply;
  }
  if (what != "directReports") return wrong("no path of users: " + asked.path);
  Json value = Json::array();
  for (const auto& [name, above] : managers) {
    if (above == asked.parts[1]) value.push_back(selected(*find(name), select));
  }
  reply.body = Json{{"value", std::move(value)}};
  return reply;
}

}  // namespace yoke::testing

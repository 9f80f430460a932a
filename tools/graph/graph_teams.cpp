#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/graph/graph_search.h"
#include "tools/graph/tool_makers.h"

// Messages of Teams: chats, channels, chats of meetings.
namespace yoke {
namespace {

constexpr int kMessagesMax = 25;
constexpr int kMessagesUsual = 10;
constexpr std::size_t kMessageTextMax = 4000;
constexpr std::size_t kFoundTextMax = 700;

std::vector<std::string> teams_permissions() { return graph_permissions("TeamsMessages"); }

// Where a message lies, of what the service says of it.
struct TeamsSpot {
  std::string chat;
  std::string team;
  std::string channel;
};

TeamsSpot spot_of(const Json& message) {
  TeamsSpot spot;
  spot.chat = string_at(message, "chatId");
  const Json& channel = member_at(message, "channelIdentity");
  spot.team = string_at(channel, "teamId");
  spot.channel = string_at(channel, "channelId");
  // A search tells the chat's id as that of a channel too.
  if (spot.channel == spot.chat) spot.channel.clear();
  return spot;
}

bool may_read(const GraphTeams& teams, const TeamsSpot& spot) {
  if (!teams.is_limited()) return true;
  for (const std::string& chat : teams.chats) {
    if (!spot.chat.empty() && chat == spot.chat) return true;
  }
  for (const std::string& team : teams.teams) {
    if (!spot.team.empty() && team == spot.team) return true;
  }
  return std::any_of(teams.channels.begin(), teams.channels.end(), [&](const auto& each) {
    const bool same_team = each.team.empty() || spot.team.empty() || each.team == spot.team;
    return !spot.channel.empty() && each.channel == spot.channel && same_team;
  });
}

// What graph:teams.read takes.
std::string id_of_spot(const TeamsSpot& spot) {
  if (!spot.team.empty() && !spot.channel.empty()) return spot.team + "/" + spot.channel;
  return spot.chat;
}

TeamsSpot spot_from(const std::string& id) {
  TeamsSpot spot;
  const std::size_t slash = id.find('/');
  if (slash == std::string::npos) {
    spot.chat = id;
    return spot;
  }
  spot.team = id.substr(0, slash);
  spot.channel = id.substr(slash + 1);
  return spot;
}

std::string sender_of(const Json& message) {
  const Json& from = member_at(message, "from");
  const std::string mail = graph_person(from);
  return mail.empty() ? string_at(member_at(from, "user"), "displayName") : mail;
}

Json scope_of_teams(const GraphTeams& teams) {
  Json channels = Json::array();
  for (const auto& each : teams.channels) channels.push_back(each.team + "/" + each.channel);
  return Json{{"chats", teams.chats}, {"teams", teams.teams}, {"channels", std::move(channels)}};
}

std::string query_value(const std::string& query, const std::string& name) {
  for (const std::string& pair : split(query, '&')) {
    if (pair.starts_with(name + "=")) return unescaped(pair.substr(name.size() + 1));
  }
  return {};
}

bool is_thread(const std::string& id) {
  return id.size() > 4 && id.starts_with("19:") && id.find('@') != std::string::npos &&
         id.find('/') == std::string::npos;
}

class TeamsTool : public GraphTool {
 public:
  TeamsTool(ToolSpec spec, const GraphTeams& teams, SharedGraphServices services)
      : GraphTool(std::move(spec), std::move(services)), teams_(teams) {}

 protected:
  const GraphTeams& teams() const { return teams_; }

 private:
  const GraphTeams teams_;
};

class TeamsSearch final : public TeamsTool {
 public:
  using TeamsTool::TeamsTool;

 protected:
  // The service cannot keep a search to some chats: what lies elsewhere is sorted out here.
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const Result<std::string> question = question_of(args);
    if (!question) co_return question.error();
    const auto most = static_cast<std::size_t>(integer_at(args, "limit", kMessagesUsual));
    GraphSearch search;
    search.kinds = {"chatMessage"};
    search.query = *question;
    search.best_first = true;
    search.permissions = teams_permissions();
    Json messages = Json::array();
    for (int page = 0; page < call.services().limits.pages_max && messages.size() < most; ++page) {
      search.from = page * search.size;
      auto asking = call.ask(ask_of(search));
      const Result<Json> reply = co_await std::move(asking);
      if (!reply) co_return reply.error();
      const GraphHits found = hits_of(*reply);
      for (const Json& hit : found.hits) {
        const Json& message = member_at(hit, "resource");
        const TeamsSpot spot = spot_of(message);
        if (messages.size() >= most || !may_read(teams(), spot)) continue;
        messages.push_back(told_hit(hit, spot));
      }
      if (!found.more) break;
    }
    Json out{{"messages", std::move(messages)}};
    if (out["messages"].empty()) out["note"] = "no message is found: try fewer or other words";
    co_return out;
  }

 private:
  static Result<std::string> question_of(const Json& args) {
    std::vector<std::string> parts;
    const std::string words = search_words(string_at(args, "query"));
    if (words.empty()) return Error{Errc::invalid, "the query has no word to look for"};
    parts.push_back(words);
    for (const std::string& word : split(search_value(string_at(args, "from")), ' ')) {
      if (!word.empty()) parts.push_back("from:" + word);
    }
    const std::string day = string_at(args, "since");
    if (!day.empty()) {
      const Result<std::string> normal = search_day(day);
      if (!normal) return normal.error();
      parts.push_back("sent>=" + *normal);
    }
    return join(parts, " ");
  }

  static Json told_hit(const Json& hit, const TeamsSpot& spot) {
    const Json& message = member_at(hit, "resource");
    Json one{{"from", sender_of(message)}, {"sent", string_at(message, "createdDateTime")}};
    put_unless_empty(one, "text", shorten(plain_summary(string_at(hit, "summary")), kFoundTextMax));
    put_unless_empty(one, "subject", string_at(message, "subject"));
    put_unless_empty(one, "conversation", id_of_spot(spot));
    put_unless_empty(one, "url", string_at(message, "webLink"));
    return one;
  }
};

class TeamsRead final : public TeamsTool {
 public:
  using TeamsTool::TeamsTool;

 protected:
  awaitable<Result<Json>> answer(Json args, GraphCall& call) override {
    const TeamsSpot spot = spot_from(string_at(args, "conversation"));
    if (!may_read(teams(), spot)) {
      co_return Error{Errc::not_found,
                      "that conversation lies outside of what this agent may read"};
    }
    GraphAsk ask;
    ask.path = spot.chat.empty() ? "/teams/" + graph_escaped(spot.team) + "/channels/" +
                                       graph_escaped(spot.channel) + "/messages"
                                 : "/chats/" + graph_escaped(spot.chat) + "/messages";
    ask.query = {{"$top", std::to_string(integer_at(args, "limit", kMessagesUsual))}};
    ask.permissions = {spot.chat.empty() ? "ChannelMessage.Read.All" : "Chat.Read"};
    auto asking = call.ask(std::move(ask));
    const Result<Json> reply = co_await std::move(asking);
    if (!reply) co_return reply.error();
    Json messages = Json::array();
    for (const Json& message : member_at(*reply, "value")) {
      if (string_at(message, "messageType", "message") != "message")
        continue;  // "renamed the chat"
      Json one{{"from", sender_of(message)}, {"sent", string_at(message, "createdDateTime")}};
      const std::string text = graph_body_text(member_at(message, "body"), call.services());
      one["text"] = shorten(text, kMessageTextMax);
      put_unless_empty(one, "subject", string_at(message, "subject"));
      put_unless_empty(one, "url", string_at(message, "webUrl"));
      messages.push_back(std::move(one));
    }
    co_return Json{{"messages", std::move(messages)}};
  }
};

}  // namespace

Result<void> add_teams_place(GraphTeams& teams, const std::string& url) {
  const Error none{Errc::unsupported, shown_url(url) + " leads to no chat, channel or team"};
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return parsed.error();
  const std::size_t mark = parsed->target.find('?');
  const std::string query = mark == std::string::npos ? "" : parsed->target.substr(mark + 1);
  const std::vector<std::string> parts = split(parsed->target.substr(0, mark), '/');
  if (parts.size() < 4 || parts[1] != "l") return none;
  const std::string& kind = parts[2];
  const std::string thread = unescaped(parts[3]);
  const std::string group = query_value(query, "groupId");
  if (!is_thread(thread)) return none;
  if (kind == "team") {
    if (group.empty()) return none;
    teams.teams.push_back(group);
  } else if (kind == "channel" || (kind == "message" && !group.empty())) {
    teams.channels.push_back({group, thread});
  } else if (kind == "chat" || kind == "message" || kind == "meetup-join") {
    teams.chats.push_back(thread);
  } else {
    return none;
  }
  return {};
}

void add_teams_tools(GraphToolList& tools, const GraphTeams& teams, SharedGraphServices services) {
  const Json scope = scope_of_teams(teams);
  const std::string where = teams.is_limited() ? " in the conversations that this agent was given: "
                                               : " in channels, chats and meetings: ";
  std::vector<std::string> given = teams.chats;
  for (const auto& each : teams.channels) {
    if (!each.team.empty()) given.push_back(each.team + "/" + each.channel);
  }
  GraphToolWords search;
  search.name = "teams.search";
  search.description = "Finds Teams messages" + where +
                       "who wrote what, when. graph:teams.read reads on in a conversation.";
  search.properties = {{"query", graph_text_property("Words of the message")},
                       {"from", graph_text_property("Who wrote it")},
                       {"since", graph_text_property("A day, as 2026-11-22")},
                       {"limit", graph_limit_property(kMessagesMax, kMessagesUsual)}};
  search.required = {"query"};
  tools.push_back(std::make_unique<TeamsSearch>(graph_spec(std::move(search), *services, scope),
                                                teams, services));
  GraphToolWords read;
  read.name = "teams.read";
  read.description = "Reads the newest messages of a Teams conversation.";
  if (!given.empty()) {
    read.description += " This agent was given: " + shorten(join(given, ", "), 800);
  }
  read.properties = {
      {"conversation",
       {{"type", "string"},
        {"pattern", "^([0-9a-fA-F-]{36}/)?19:[A-Za-z0-9@._-]{1,200}$"},
        {"description", "As graph:teams.search gives it: a chat, or a team and its channel"}}},
      {"limit", graph_limit_property(50, 20)}};
  read.required = {"conversation"};
  tools.push_back(
      std::make_unique<TeamsRead>(graph_spec(std::move(read), *services, scope), teams, services));
}

}  // namespace yoke

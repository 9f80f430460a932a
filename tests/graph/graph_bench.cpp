#include "tests/graph/graph_bench.h"

#include <catch2/catch.hpp>

#include "runtime/base/time.h"
#include "tools/broker/permit_address.h"
#include "tools/knowledge/office_text.h"

namespace yoke::testing {

void GraphBench::grant(const GraphGrant& given) {
  auto services = std::make_shared<GraphServices>(GraphServices{client, credentials});
  services->base_url = graph.base_url();
  services->permit_address = &permit_inside;
  services->text_of = [](const std::string& name, const std::string& bytes) {
    return document_text(name, bytes);
  };
  services->now = [] { return *micros_from_iso8601("2026-11-22T10:00:00Z"); };
  services->limits = limits;
  tools_ = make_graph_tools(given, std::move(services));
}

Tool& GraphBench::tool(const std::string& name) {
  for (const std::unique_ptr<Tool>& each : tools_) {
    if (each->spec().name == name) return *each;
  }
  FAIL("no tool " + name);
  return *tools_.front();
}

ToolOutcome GraphBench::call(const std::string& name, const Json& args) {
  Tool& asked = tool(name);
  const Result<Json> checked = asked.check(args);
  if (!checked) FAIL(checked.error().message());
  ToolRequest request;
  request.tool = name;
  request.args = *checked;
  request.deadline = LoopClock::now() + std::chrono::seconds(20);
  NobodyAsks context;
  auto calling = asked.call(std::move(request), context);
  return run(loop, std::move(calling));
}

std::string GraphBench::said(const std::string& name, const Json& args) {
  const ToolOutcome outcome = call(name, args);
  return outcome.outcome == Outcome::ok ? to_text(outcome.value) : outcome.message;
}

bool tells_of(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  UNSCOPED_INFO("no \"" << part << "\" in: " << text);
  return false;
}

namespace {

constexpr const char* kSite = "5863dfa5-b39d-4cd1-92a6-5cf539e04971";
constexpr const char* kWeb = "a25fab47-f3b9-4fa3-8ed9-1acb83c12a4f";
constexpr const char* kLibrary = "12fde922-4fab-4238-8227-521829cd1099";

struct Kept {
  std::string item;
  std::string folder;  // below the library
  std::string name;
  std::string content;
  std::string unique;
};

void add_file(FakeGraph& graph, const Kept& file) {
  const std::string library = "https://contoso.sharepoint.com/sites/hr/Shared%20Documents";
  const std::string url = library + file.folder + "/" + file.name;
  const Json ids{
      {"siteId", kSite}, {"webId", kWeb}, {"listId", kLibrary}, {"listItemUniqueId", file.unique}};
  const Json parent{{"driveId", "b!hr"},
                    {"path", "/drives/b!hr/root:" + file.folder},
                    {"siteId", std::string("contoso.sharepoint.com,") + kSite + "," + kWeb},
                    {"sharepointIds", ids}};
  Json resource{{"@odata.type", "#microsoft.graph.driveItem"},
                {"id", file.item},
                {"name", file.name},
                {"webUrl", url},
                {"lastModifiedDateTime", "2026-11-20T08:00:00Z"},
                {"lastModifiedBy", {{"user", {{"displayName", "Megan Bowen"}}}}},
                {"parentReference", parent}};
  FakeHit hit;
  hit.kind = "driveItem";
  hit.indexed.text = file.name + " " + file.content;
  hit.indexed.properties = {{"path", url},
                            {"siteid", kSite},
                            {"webid", kWeb},
                            {"listid", kLibrary},
                            {"uniqueid", "{" + file.unique + "}"}};
  hit.hit = Json{{"hitId", file.item},
                 {"summary", "<c0>" + file.content.substr(0, 60) + "</c0><ddd/>"},
                 {"resource", resource}};
  graph.index.push_back(hit);
  resource["size"] = file.content.size();
  resource["file"] = Json::object();
  resource["sharepointIds"] = ids;
  // Office's files are shown by a page.
  if (file.name.ends_with("x")) {
    resource["webUrl"] =
        "https://contoso.sharepoint.com/sites/hr/_layouts/15/Doc.aspx?sourcedoc=" + file.unique +
        "&file=" + file.name;
  }
  graph.files.push_back(FakeFile{"b!hr", file.item, resource, file.content});
}

Json person_at(const std::string& name, const std::string& address) {
  return Json{{"emailAddress", {{"name", name}, {"address", address}}}};
}

Json mail_of(const std::string& id, const std::string& day, const std::string& from,
             const std::string& subject, const std::string& text) {
  return Json{{"id", id},
              {"subject", subject},
              {"from", person_at(from, from + "@contoso.com")},
              {"toRecipients", Json::array({person_at("Ada", "ada@contoso.com")})},
              {"receivedDateTime", day + "T09:00:00Z"},
              {"bodyPreview", text.substr(0, 80)},
              {"hasAttachments", false},
              {"webLink", "https://outlook.office365.com/owa/?ItemID=" + id},
              {"body", {{"contentType", "html"}, {"content", "<p>" + text + "</p>"}}}};
}

void add_chat_message(FakeGraph& graph, const std::string& chat, const Json& channel,
                      const std::string& from, const std::string& text) {
  FakeHit hit;
  hit.kind = "chatMessage";
  hit.indexed.text = text;
  hit.indexed.properties = {{"from", from}, {"sent", "2026-11-20T08:00:00Z"}};
  Json resource{{"@odata.type", "microsoft.graph.chatMessage"},
                {"createdDateTime", "2026-11-20T08:00:00Z"},
                {"webLink", "https://teams.microsoft.com/l/message/1"},
                {"from", person_at(from, from + "@contoso.com")},
                {"channelIdentity", channel}};
  if (!chat.empty()) resource["chatId"] = chat;
  hit.hit = Json{{"hitId", "AAM"}, {"summary", text}, {"resource", resource}};
  graph.index.push_back(hit);
}

Json event_of(const std::string& id, const std::string& day, const std::string& subject,
              const std::string& ical) {
  return Json{
      {"id", id},
      {"iCalUId", ical},
      {"seriesMasterId", nullptr},
      {"subject", subject},
      {"start", {{"dateTime", day + "T09:00:00.0000000"}, {"timeZone", "UTC"}}},
      {"end", {{"dateTime", day + "T10:00:00.0000000"}, {"timeZone", "UTC"}}},
      {"location", {{"displayName", "Room 4"}}},
      {"organizer", person_at("Megan", "megan@contoso.com")},
      {"attendees", Json::array({Json{{"emailAddress", {{"name", "Ada"}, {"address", "ada@c"}}},
                                      {"status", {{"response", "accepted"}}}}})},
      {"bodyPreview", "About " + subject},
      {"isCancelled", false},
      {"webLink", "https://outlook.office365.com/calendar/" + id},
      {"body", {{"contentType", "html"}, {"content", "<b>Bring</b> the list."}}}};
}

void add_ticket(FakeGraph& graph, const std::string& connection, const std::string& title,
                const std::string& status) {
  FakeHit hit;
  hit.kind = "externalItem";
  hit.indexed.text = title;
  hit.indexed.properties = {{"status", status}};
  hit.hit =
      Json{{"hitId", title},
           {"summary", title + "<ddd/>"},
           {"contentSource", "/external/connections/" + connection},
           {"resource",
            {{"@odata.type", "#microsoft.graph.externalConnectors.externalItem"},
             {"properties",
              {{"title", title}, {"url", "https://tickets.example/1"}, {"status", status}}}}}};
  graph.index.push_back(hit);
}

void add_conversations(FakeGraph& graph) {
  const std::string chat = "19:lunch@thread.v2";
  add_chat_message(graph, chat, Json{{"channelId", chat}}, "alex", "the release slips to Friday");
  const std::string team = "2670cf94-acf5-48f4-96d4-c58dd8937afc";
  add_chat_message(graph, "", Json{{"teamId", team}, {"channelId", "19:eng@thread.tacv2"}}, "megan",
                   "the release notes are ready");
  graph.conversations["teams/" + team + "/channels/19:eng@thread.tacv2"] = {
      Json{{"messageType", "message"},
           {"createdDateTime", "2026-11-20T08:00:00Z"},
           {"webUrl", "https://teams.microsoft.com/l/message/1"},
           {"from", {{"user", {{"displayName", "Megan Bowen"}}}}},
           {"body", {{"contentType", "html"}, {"content", "<p>the <b>release</b> notes</p>"}}}},
      Json{{"messageType", "unknownFutureValue"}, {"from", nullptr}}};
  graph.conversations["chats/" + chat] = {
      Json{{"messageType", "message"},
           {"createdDateTime", "2026-11-20T08:00:00Z"},
           {"from", {{"user", {{"displayName", "Alex"}}}}},
           {"body", {{"contentType", "text"}, {"content", "it slips"}}}}};
}

}  // namespace

void fill_organisation(FakeGraph& graph) {
  graph.drives["b!hr"] = "https://contoso.sharepoint.com/sites/hr/Shared%20Documents";
  add_file(graph, {"01HOLIDAY", "/Policies", "holiday.md",
                   "# Holiday\nEveryone has 30 days of holiday a year.",
                   "301b3af9-e49d-4296-893d-0f924db1f48e"});
  add_file(graph, {"01SALARY", "/Secret", "salary.md", "The holiday pay of the board is 9.",
                   "401b3af9-e49d-4296-893d-0f924db1f48e"});
  add_file(graph, {"01POLICIES2", "/Policies2", "other.md", "Another holiday.",
                   "501b3af9-e49d-4296-893d-0f924db1f48e"});
  graph.people = Json::array(
      {Json{{"displayName", "Megan Bowen"},
            {"jobTitle", "Marketing Manager"},
            {"userPrincipalName", "megan@contoso.com"},
            {"scoredEmailAddresses", Json::array({Json{{"address", "megan@contoso.com"}}})},
            {"phones", Json::array({Json{{"number", "+1 412 555 0109"}}})}}});
  const auto user = [](const char* name, const char* mail, const char* title) {
    return Json{{"id", mail},
                {"displayName", name},
                {"mail", mail},
                {"userPrincipalName", mail},
                {"jobTitle", title}};
  };
  graph.users = Json::array({user("Megan Bowen", "megan@contoso.com", "Marketing Manager"),
                             user("Megan Oak", "oak@contoso.com", "Engineer"),
                             user("Miriam Graham", "miriam@contoso.com", "Director")});
  graph.managers["megan@contoso.com"] = "miriam@contoso.com";
  graph.mail["me/inbox"] = {
      mail_of("AAa1", "2026-11-20", "alex", "Launch", "The launch is on 4 December."),
      mail_of("AAa2", "2026-11-18", "megan", "Lunch", "Shall we have lunch?")};
  graph.mail["me/AAfolder"] = {
      mail_of("AAb1", "2026-11-19", "alex", "Launch budget", "The launch costs 12,000.")};
  graph.mail["help@contoso.com/inbox"] = {
      mail_of("AAc1", "2026-11-21", "guest", "Printer", "The launch printer is broken.")};
  add_conversations(graph);
  graph.events = {event_of("AAe1", "2026-11-23", "Launch review", "0400AA"),
                  event_of("AAe2", "2026-11-24", "Dentist", "0400BB"),
                  event_of("AAe3", "2026-11-25", "Launch party", "0400CC")};
  add_ticket(graph, "jira", "VPN fails at login", "open");
  add_ticket(graph, "jira", "VPN is slow", "closed");
  add_ticket(graph, "payroll", "VPN of payroll", "open");
}

}  // namespace yoke::testing

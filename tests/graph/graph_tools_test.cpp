#include <catch2/catch.hpp>

#include "tests/graph/graph_bench.h"

// Each area: what is asked, what is told, and what it is kept to.
namespace yoke::testing {
namespace {

constexpr const char* kPolicies =
    "https://contoso.sharepoint.com/sites/hr/Shared Documents/Policies";

GraphGrant files_in(GraphFiles files) {
  GraphGrant grant;
  grant.files = std::move(files);
  return grant;
}

bool has_no(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) return true;
  UNSCOPED_INFO("\"" << part << "\" in: " << text);
  return false;
}

class AreaBench : public GraphBench {
 public:
  AreaBench() { fill_organisation(graph); }
  ~AreaBench() { CHECK(graph.problems() == std::vector<std::string>{}); }
  AreaBench(const AreaBench&) = delete;
  AreaBench& operator=(const AreaBench&) = delete;
};

}  // namespace

TEST_CASE("files are found with passages and addresses, and read from where they are kept") {
  AreaBench bench;
  bench.grant(files_in({}));
  const std::string found = bench.said("graph:files.search", {{"query", "holiday days"}});
  CHECK(tells_of(found, "\"name\":\"holiday.md\""));
  CHECK(tells_of(found, "Shared%20Documents/Policies/holiday.md"));
  CHECK(tells_of(found, "\"id\":\"b!hr/01HOLIDAY\""));
  const std::string read = bench.said("graph:files.read", {{"id", "b!hr/01HOLIDAY"}});
  CHECK(tells_of(read, "30 days of holiday"));
  CHECK(bench.graph.downloads() == 1);
  const ToolOutcome piece =
      bench.call("graph:files.read", {{"id", "b!hr/01HOLIDAY"}, {"offset", 2}, {"bytes", 7}});
  CHECK(string_at(piece.value, "text") == "Holiday");
  CHECK(integer_at(piece.value, "next_offset") == 9);
}

TEST_CASE("an agent that was given a folder finds and reads nothing beside it") {
  AreaBench bench;
  bench.graph.ignores_filters = GENERATE(false, true);
  bench.grant(files_in({{kPolicies}, {}}));
  const std::string found = bench.said("graph:files.search", {{"query", "holiday"}});
  CHECK(tells_of(found, "holiday.md"));
  CHECK(has_no(found, "salary.md"));
  CHECK(has_no(found, "other.md"));
  CHECK(tells_of(bench.said("graph:files.read", {{"id", "b!hr/01HOLIDAY"}}), "30 days"));
  const ToolOutcome outside = bench.call("graph:files.read", {{"id", "b!hr/01SALARY"}});
  CHECK(outside.outcome == Outcome::error);
  CHECK(tells_of(outside.message, "lies outside of what this agent may read"));
  CHECK(tells_of(bench.said("graph:files.read", {{"id", "b!hr/01POLICIES2"}}), "lies outside"));
  CHECK(bench.graph.downloads() == 1);
}

TEST_CASE("a folder's Office files are known by their library, for their address shows a page") {
  AreaBench bench;
  FakeFile sheet = bench.graph.files[0];
  sheet.item = "01DOCX";
  sheet.resource["id"] = "01DOCX";
  sheet.resource["name"] = "plan.docx";
  sheet.resource["webUrl"] = "https://contoso.sharepoint.com/sites/hr/_layouts/15/Doc.aspx?s=1";
  sheet.content = "no Word file";
  bench.graph.files.push_back(sheet);
  sheet.item = "01DOCX2";
  sheet.resource["id"] = "01DOCX2";
  sheet.resource["parentReference"]["path"] = "/drives/b!hr/root:/Secret";
  bench.graph.files.push_back(sheet);
  bench.grant(files_in({{kPolicies}, {}}));
  CHECK(tells_of(bench.said("graph:files.read", {{"id", "b!hr/01DOCX"}}),
                 "'plan.docx' cannot be read as text"));
  CHECK(tells_of(bench.said("graph:files.read", {{"id", "b!hr/01DOCX2"}}), "lies outside"));
}

TEST_CASE("a library and a single file that are named by their ids are kept to as well") {
  AreaBench bench;
  bench.graph.ignores_filters = GENERATE(false, true);
  GraphFiles files;
  GraphFiles::Ids file;
  file.site = "5863dfa5-b39d-4cd1-92a6-5cf539e04971";
  file.unique = "301b3af9-e49d-4296-893d-0f924db1f48e";
  files.ids = {file};
  bench.grant(files_in(files));
  const std::string found = bench.said("graph:files.search", {{"query", "holiday"}});
  CHECK(tells_of(found, "holiday.md"));
  CHECK(has_no(found, "salary.md"));
  CHECK(tells_of(bench.said("graph:files.read", {{"id", "b!hr/01SALARY"}}), "lies outside"));
  files.ids[0].unique.clear();
  files.ids[0].list = "12fde922-4fab-4238-8227-521829cd1099";
  bench.grant(files_in(files));
  CHECK(tells_of(bench.said("graph:files.search", {{"query", "holiday"}}), "salary.md"));
  files.ids[0].list = "99fde922-4fab-4238-8227-521829cd1099";
  bench.grant(files_in(files));
  CHECK(has_no(bench.said("graph:files.search", {{"query", "holiday"}}), "salary.md"));
  CHECK(tells_of(bench.said("graph:files.read", {{"id", "b!hr/01SALARY"}}), "lies outside"));
}

TEST_CASE("an id that would climb to another path is no id") {
  AreaBench bench;
  bench.grant(files_in({}));
  for (const char* id : {"../..", "b!hr/..", "b!hr", "b!hr/a/b", "b!hr/a?b", ""}) {
    INFO(id);
    CHECK_FALSE(bench.tool("graph:files.read").check({{"id", id}}).has_value());
  }
}

TEST_CASE("people are found among those near and in the directory, each once") {
  AreaBench bench;
  GraphGrant grant;
  grant.people = true;
  bench.grant(grant);
  const ToolOutcome found = bench.call("graph:people.search", {{"query", "Megan"}});
  REQUIRE(found.outcome == Outcome::ok);
  const Json& people = member_at(found.value, "people");
  REQUIRE(people.size() == 2);
  CHECK(string_at(people[0], "email") == "megan@contoso.com");
  CHECK(member_at(people[0], "phones") == Json::array({"+1 412 555 0109"}));
  CHECK(string_at(people[1], "name") == "Megan Oak");
  const std::string read = bench.said("graph:people.read", {{"id", "megan@contoso.com"}});
  CHECK(tells_of(read, R"("manager":{"email":"miriam@contoso.com")"));
  const std::string above = bench.said("graph:people.read", {{"id", "miriam@contoso.com"}});
  CHECK(tells_of(above, R"("reports":[{"email":"megan@contoso.com")"));
}

TEST_CASE("without the directory's permission those near are told, and what is lacking") {
  AreaBench bench;
  bench.graph.tokens["token-of-ada"] = {"People.Read"};
  GraphGrant grant;
  grant.people = true;
  bench.grant(grant);
  const std::string found = bench.said("graph:people.search", {{"query", "Megan"}});
  CHECK(tells_of(found, "Marketing Manager"));
  CHECK(tells_of(found, "the directory was not asked"));
  CHECK(tells_of(found, "User.Read.All"));
}

TEST_CASE("email is found by words, sender and day, the newest first, and read as text") {
  AreaBench bench;
  GraphGrant grant;
  grant.mail = GraphMail{};
  bench.grant(grant);
  const ToolOutcome found = bench.call("graph:email.search", {{"query", "launch"}});
  REQUIRE(found.outcome == Outcome::ok);
  const Json& messages = member_at(found.value, "messages");
  REQUIRE(messages.size() == 2);
  CHECK(string_at(messages[0], "subject") == "Launch");
  CHECK(string_at(messages[0], "from") == "alex <alex@contoso.com>");
  CHECK(string_at(messages[0], "url") == "https://outlook.office365.com/owa/?ItemID=AAa1");
  const Json by_sender = {{"from", "megan"}, {"since", "2026-11-01"}, {"until", "2026-11-19"}};
  CHECK(tells_of(bench.said("graph:email.search", by_sender), "Lunch"));
  CHECK(tells_of(bench.said("graph:email.search", {{"from", "megan"}, {"since", "2026-11-19"}}),
                 "no message is found"));
  CHECK(tells_of(bench.said("graph:email.search", Json::object()), "Lunch"));
  const std::string read = bench.said("graph:email.read", {{"id", messages[0]["id"]}});
  CHECK(tells_of(read, R"("text":"The launch is on 4 December.")"));
}

TEST_CASE("an agent that was given a folder reads no message of another one") {
  AreaBench bench;
  GraphGrant grant;
  grant.mail = GraphMail{{}, {"inbox"}};
  bench.grant(grant);
  const std::string found = bench.said("graph:email.search", {{"query", "launch"}});
  CHECK(tells_of(found, "\"subject\":\"Launch\""));
  CHECK(has_no(found, "budget"));
  CHECK(bench.call("graph:email.read", {{"id", "0:AAb1"}}).outcome == Outcome::error);
  CHECK(bench.call("graph:email.read", {{"id", "7:AAa1"}}).outcome == Outcome::error);
}

TEST_CASE("a shared mailbox is read instead of the own one") {
  AreaBench bench;
  GraphGrant grant;
  grant.mail = GraphMail{{"help@contoso.com"}, {}};
  bench.grant(grant);
  const std::string found = bench.said("graph:email.search", {{"query", "launch"}});
  CHECK(tells_of(found, "Printer"));
  CHECK(tells_of(found, "\"mailbox\":\"help@contoso.com\""));
  CHECK(has_no(found, "December"));
  CHECK(bench.call("graph:email.read", {{"id", "0:AAa1"}}).outcome == Outcome::error);
}

TEST_CASE("Teams messages are found and read on in, with their HTML as text") {
  AreaBench bench;
  GraphGrant grant;
  grant.teams = GraphTeams{};
  bench.grant(grant);
  const std::string found = bench.said("graph:teams.search", {{"query", "release"}});
  CHECK(tells_of(found, "slips to Friday"));
  CHECK(tells_of(found, "\"conversation\":\"19:lunch@thread.v2\""));
  const std::string channel = "2670cf94-acf5-48f4-96d4-c58dd8937afc/19:eng@thread.tacv2";
  CHECK(tells_of(found, "\"conversation\":\"" + channel + "\""));
  const std::string read = bench.said("graph:teams.read", {{"conversation", channel}});
  CHECK(tells_of(read, "the release notes"));
  CHECK(tells_of(read, "Megan Bowen"));
  CHECK(has_no(read, "<b>"));
}

TEST_CASE("an agent that was given a channel hears nothing of other conversations") {
  AreaBench bench;
  GraphGrant grant;
  grant.teams = GraphTeams{};
  grant.teams->channels = {{"2670cf94-acf5-48f4-96d4-c58dd8937afc", "19:eng@thread.tacv2"}};
  bench.grant(grant);
  const std::string found = bench.said("graph:teams.search", {{"query", "release"}});
  CHECK(tells_of(found, "notes are ready"));
  CHECK(has_no(found, "slips"));
  CHECK(tells_of(bench.said("graph:teams.read", {{"conversation", "19:lunch@thread.v2"}}),
                 "lies outside"));
  CHECK(tells_of(bench.tool("graph:teams.read").spec().description, "19:eng@thread.tacv2"));
}

TEST_CASE("meetings are listed between two days and told with who takes part") {
  AreaBench bench;
  GraphGrant grant;
  grant.meetings = GraphMeetings{};
  bench.grant(grant);
  const std::string week = bench.said("graph:meetings.search", {{"query", "launch review"}});
  CHECK(tells_of(week, "\"start\":\"2026-11-23T09:00:00.0000000\""));
  CHECK(has_no(week, "Dentist"));
  const std::string day =
      bench.said("graph:meetings.search", {{"from", "2026-11-24"}, {"until", "2026-11-24"}});
  CHECK(tells_of(day, "Dentist"));
  CHECK(has_no(day, "Launch"));
  const std::string read = bench.said("graph:meetings.read", {{"id", "AAe1"}});
  CHECK(tells_of(read, "Bring the list."));
  CHECK(tells_of(read, R"({"answer":"accepted","who":"Ada <ada@c>"})"));
  CHECK(tells_of(
      bench.said("graph:meetings.search", {{"from", "2026-11-24"}, {"until", "2026-11-01"}}),
      "the days go from one to a later one"));
}

TEST_CASE("an agent that was given meetings sees those alone, all times of a series") {
  AreaBench bench;
  const std::string series = "040000008200E00074C5B7101A82E008000000001234";
  const std::string instance = "040000008200E00074C5B7101A82E00807EA0B191234";
  bench.graph.events[2]["iCalUId"] = instance;
  GraphGrant grant;
  grant.meetings = GraphMeetings{{{"AAe1", false}, {series, true}}};
  bench.grant(grant);
  const std::string found = bench.said("graph:meetings.search", Json::object());
  CHECK(tells_of(found, "Launch review"));
  CHECK(tells_of(found, "Launch party"));
  CHECK(has_no(found, "Dentist"));
  CHECK(tells_of(bench.said("graph:meetings.read", {{"id", "AAe2"}}), "lies outside"));
  grant.meetings->meetings[1].is_series = false;
  bench.grant(grant);
  CHECK(has_no(bench.said("graph:meetings.search", Json::object()), "Launch party"));
}

TEST_CASE("items of connectors are found in the connections that were given, and their terms") {
  AreaBench bench;
  bench.graph.ignores_filters = false;
  GraphGrant grant;
  grant.connections = GraphConnections{{{"jira", "Status:open"}}};
  bench.grant(grant);
  const std::string found = bench.said("graph:connectors.search", {{"query", "VPN"}});
  CHECK(tells_of(found, "VPN fails at login"));
  CHECK(tells_of(found, "https://tickets.example/1"));
  CHECK(has_no(found, "VPN is slow"));
  CHECK(has_no(found, "payroll"));
  const Json request = bench.graph.searches().back()["requests"][0];
  CHECK(request["contentSources"] == Json::array({"/external/connections/jira"}));
  grant.connections->connections = {{"*", ""}};
  bench.grant(grant);
  CHECK(tells_of(bench.said("graph:connectors.search", {{"query", "VPN"}}), "payroll"));
}

}  // namespace yoke::testing

#include <catch2/catch.hpp>

#include "tests/graph/graph_bench.h"
#include "tools/graph/graph_call.h"

// Signing in, waiting, pages, places: what all areas have in common.
namespace yoke::testing {
namespace {

GraphGrant people_alone() {
  GraphGrant grant;
  grant.people = true;
  return grant;
}

GraphGrant meetings_alone() {
  GraphGrant grant;
  grant.meetings = GraphMeetings{};
  return grant;
}

}  // namespace

TEST_CASE("a sign-in that has expired says how to sign in anew, and nothing of the token") {
  GraphBench bench;
  bench.graph.tokens["token-of-ada"] = {"expired"};
  bench.grant(people_alone());
  const ToolOutcome outcome = bench.call("graph:people.read", {{"id", "megan@contoso.com"}});
  CHECK(outcome.outcome == Outcome::denied);
  CHECK(tells_of(outcome.message, "the token is expired"));
  CHECK(tells_of(outcome.message, "`yoke graph login` signs in anew"));
  CHECK(outcome.message.find("token-of-ada") == std::string::npos);
}

TEST_CASE("a sign-in without a permission says which one it lacks") {
  GraphBench bench;
  fill_organisation(bench.graph);
  bench.graph.tokens["token-of-ada"] = {"Mail.Read"};
  GraphGrant all;
  all.files = GraphFiles{};
  all.mail = GraphMail{{"help@contoso.com"}, {}};
  all.teams = GraphTeams{};
  all.meetings = GraphMeetings{};
  all.connections = GraphConnections{{{"jira", ""}}};
  bench.grant(all);
  const auto lacks = [&](const char* tool, const Json& args, const std::string& permission) {
    const ToolOutcome outcome = bench.call(tool, args);
    CHECK(outcome.outcome == Outcome::denied);
    CHECK(tells_of(outcome.message, "needs the permission " + permission + "; `yoke graph login`"));
  };
  lacks("graph:files.search", {{"query", "holiday"}}, "Files.Read.All or Sites.Read.All");
  lacks("graph:email.search", Json::object(), "Mail.Read.Shared");
  lacks("graph:teams.search", {{"query", "release"}}, "Chat.Read or ChannelMessage.Read.All");
  lacks("graph:meetings.search", Json::object(), "Calendars.Read");
  lacks("graph:connectors.search", {{"query", "VPN"}}, "ExternalItem.Read.All");
}

TEST_CASE("a service that asks to wait is asked again after that, and not without end") {
  GraphBench bench;
  fill_organisation(bench.graph);
  bench.grant(meetings_alone());
  bench.graph.waits = 2;
  CHECK(tells_of(bench.said("graph:meetings.search", Json::object()), "Launch review"));
  bench.graph.waits = 3;
  const ToolOutcome busy = bench.call("graph:meetings.search", Json::object());
  CHECK(busy.outcome == Outcome::error);
  CHECK(tells_of(busy.message, "asked too much (429)"));
  CHECK(bench.graph.waits == 0);
  bench.graph.waits = 1;
  bench.graph.retry_after = "3600";
  CHECK(tells_of(bench.said("graph:meetings.search", Json::object()), "ask again in 3600 seconds"));
  bench.graph.waits = 1;
  bench.graph.retry_after = "";
  CHECK(tells_of(bench.said("graph:meetings.search", Json::object()), "ask again in a while"));
}

TEST_CASE("a list's next pages are read, unless they are said to lie elsewhere") {
  GraphBench bench;
  fill_organisation(bench.graph);
  bench.grant(meetings_alone());
  const Json args = {{"query", "launch"}};
  const std::string all = bench.said("graph:meetings.search", args);
  CHECK(tells_of(all, "Launch review"));
  CHECK(tells_of(all, "Launch party"));
  CHECK(bench.graph.asked().size() == 2);
  FakeGraph other;
  other.tokens["token-of-ada"] = {"all"};
  bench.graph.next_link_origin = other.origin();
  const ToolOutcome led_away = bench.call("graph:meetings.search", args);
  CHECK(led_away.outcome == Outcome::denied);
  CHECK(tells_of(led_away.message, "it is not fetched"));
  CHECK(other.asked().empty());
  CHECK(bench.graph.problems() == std::vector<std::string>{});
}

TEST_CASE(
    "files are fetched from Microsoft's places and the file's own, without encryption never") {
  const std::string base = "https://graph.microsoft.com/v1.0";
  const std::string own = "https://contoso.example/sites/hr/a.docx";
  CHECK(
      is_download_place("https://contoso.sharepoint.com/_layouts/15/download.aspx?t=1", base, ""));
  CHECK(is_download_place("https://b0mpua.files.1drv.com/y23", base, ""));
  CHECK(is_download_place("https://contoso.example/download", base, own));
  CHECK_FALSE(is_download_place("http://contoso.sharepoint.com/x", base, ""));
  CHECK_FALSE(is_download_place("https://evil.example/x", base, own));
  CHECK_FALSE(is_download_place("https://evilsharepoint.com/x", base, own));
  CHECK_FALSE(is_download_place("https://sharepoint.com.evil.example/x", base, own));
}

TEST_CASE("results are untrusted and private, and every request stands in the record") {
  GraphBench bench;
  fill_organisation(bench.graph);
  bench.grant(people_alone());
  const ToolOutcome outcome = bench.call("graph:people.search", {{"query", "Megan"}});
  REQUIRE(outcome.outcome == Outcome::ok);
  CHECK(to_text(outcome.label) == "untrusted,private");
  REQUIRE(outcome.audit.size() == 2);
  CHECK(string_at(outcome.audit[0], "path") == "/v1.0/me/people");
  CHECK(to_text(outcome.audit).find("token") == std::string::npos);
}

TEST_CASE("a token that comes back in an answer is cut out of it") {
  GraphBench bench;
  fill_organisation(bench.graph);
  bench.graph.people[0]["jobTitle"] = "has token-of-ada";
  bench.grant(people_alone());
  const std::string said = bench.said("graph:people.search", {{"query", "Megan"}});
  CHECK(tells_of(said, "Megan Bowen"));
  CHECK(said.find("token-of-ada") == std::string::npos);
}

TEST_CASE("a result that is too large says so instead of filling the model's window") {
  GraphBench bench;
  fill_organisation(bench.graph);
  bench.limits.value_bytes_max = 200;
  bench.grant(meetings_alone());
  const ToolOutcome outcome = bench.call("graph:meetings.search", Json::object());
  CHECK(outcome.outcome == Outcome::error);
  CHECK(tells_of(outcome.message, "ask for less"));
}

TEST_CASE("tools are told apart by what they are kept to") {
  GraphBench bench;
  GraphGrant grant;
  grant.files = GraphFiles{};
  bench.grant(grant);
  const std::string open = bench.tool("graph:files.search").spec().source_hash;
  grant.files->places = {"https://contoso.sharepoint.com/sites/hr"};
  bench.grant(grant);
  CHECK(bench.tool("graph:files.search").spec().source_hash != open);
  CHECK(bench.tool("graph:files.search").spec().effect == Effect::read);
}

}  // namespace yoke::testing

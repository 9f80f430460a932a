#include <catch2/catch.hpp>

#include "tests/graph/fake_kql.h"
#include "tools/graph/graph_tools.h"
#include "tools/graph/graph_words.h"

namespace yoke {

TEST_CASE("a question keeps its words and loses whatever the query language would make of it") {
  CHECK(search_words("holiday policy") == "holiday policy");
  CHECK(search_words("what's the VPN-error 809?") == "what s the VPN error 809");
  CHECK(search_words("x) OR (path:\"https://contoso.example/secret\"") ==
        "x or path https contoso.example secret");
  CHECK(search_words("NOT a* NEAR(3) b") == "not a near 3 b");
  CHECK(search_words("Größe über 3.5") == "Größe über 3.5");
  CHECK(search_words("mail ada@contoso.com now.") == "mail ada@contoso.com now");
  CHECK(search_words("\"()*: \x01\xff").empty());
  const std::string many(2000, 'a');
  CHECK(search_words(many).size() == 600);
}

TEST_CASE("whatever a model asks, the restriction beside its words holds") {
  const testing::FakeIndexed inside{"holiday", {{"path", "https://c.example/a/x"}}};
  const testing::FakeIndexed outside{"holiday secret", {{"path", "https://c.example/b/x"}}};
  for (const std::string question :
       {"holiday", "holiday) OR (secret", "holiday OR secret", "NOT nothing) OR (holiday",
        "holiday\" OR \"secret", "holiday OR path:\"https://c.example/b\""}) {
    INFO(question);
    const std::string query = "(" + search_words(question) + ") AND (path:\"https://c.example/a\")";
    CHECK_FALSE(testing::kql_finds(query, outside));
  }
  CHECK(testing::kql_finds("(holiday) AND (path:\"https://c.example/a\")", inside));
}

TEST_CASE("values behind a property are one word each, without marks") {
  CHECK(search_value("ada@contoso.com") == "ada@contoso.com");
  CHECK(search_value("Megan \"OR\" (Bowen)") == "Megan OR Bowen");
  CHECK(search_day("2026-11-22").value() == "2026-11-22");
  CHECK(search_day("2026-11-22T10:00:00Z").value() == "2026-11-22");
  CHECK_FALSE(search_day("yesterday").has_value());
  CHECK_FALSE(search_day("2026-13-40").has_value());
}

TEST_CASE("a SharePoint address is the place where a file lies, or says why it is none") {
  const std::string site = "https://contoso.sharepoint.com/sites/hr";
  CHECK(file_place(site + "/Shared%20Documents/Policies/").value() ==
        site + "/Shared Documents/Policies");
  CHECK(file_place("https://Contoso.SharePoint.com/sites/HR?web=1#x").value() ==
        "https://contoso.sharepoint.com/sites/HR");
  CHECK(file_place(site + "/Shared Documents/Forms/AllItems.aspx?id=%2Fx").value() ==
        site + "/Shared Documents");
  CHECK(file_place("https://contoso.sharepoint.com/:w:/s/hr/EaB")
            .error()
            .detail.find("sharing link") != std::string::npos);
  CHECK(file_place(site + "/_layouts/15/Doc.aspx?sourcedoc=1").error().code == Errc::unsupported);
  CHECK_FALSE(file_place(site + "/a/%2e%2e/b").has_value());
  CHECK_FALSE(file_place(site + "/a%22) OR (b").has_value());
  CHECK_FALSE(file_place("contoso.sharepoint.com/sites/hr").has_value());
  CHECK_FALSE(file_place("https://user@contoso.sharepoint.com/sites/hr").has_value());
}

TEST_CASE("what only begins like a place does not lie in it") {
  const std::string place = file_place("https://c.example/sites/hr/Policies").value();
  CHECK(lies_at("https://c.example/sites/HR/Policies/a.docx", place));
  CHECK(lies_at("https://c.example/sites/hr/Policies", place));
  CHECK_FALSE(lies_at("https://c.example/sites/hr/Policies2/a.docx", place));
  CHECK_FALSE(lies_at("https://c.example/sites/hr/Policies/../Secret/a.docx", place));
  CHECK_FALSE(lies_at("https://other.example/sites/hr/Policies/a.docx", place));
}

TEST_CASE("GUIDs are known in braces and capitals, and nothing else is one") {
  CHECK(normal_guid("{301B3AF9-E49D-4296-893D-0F924DB1F48E}") ==
        "301b3af9-e49d-4296-893d-0f924db1f48e");
  CHECK(normal_guid("301b3af9-e49d-4296-893d-0f924db1f48") == "");
  CHECK(normal_guid("301b3af9-e49d-4296-893d-0f924db1\" OR") == "");
}

TEST_CASE("a Teams address is the chat, channel or team that it leads to") {
  GraphTeams teams;
  const std::string base = "https://teams.microsoft.com/l/";
  CHECK(add_teams_place(teams, base + "channel/19%3Aeng%40thread.tacv2/General?groupId=2670cf94-"
                                      "acf5-48f4-96d4-c58dd8937afc&tenantId=x")
            .has_value());
  CHECK(add_teams_place(teams, base + "chat/19:lunch@thread.v2/0?context=1").has_value());
  CHECK(add_teams_place(teams, base + "meetup-join/19%3ameeting_x%40thread.v2/0?context=1")
            .has_value());
  CHECK(add_teams_place(teams, base + "team/19%3at%40thread.tacv2/conversations?groupId=g-1")
            .has_value());
  REQUIRE(teams.channels.size() == 1);
  CHECK(teams.channels[0].team == "2670cf94-acf5-48f4-96d4-c58dd8937afc");
  CHECK(teams.channels[0].channel == "19:eng@thread.tacv2");
  CHECK(teams.chats == std::vector<std::string>{"19:lunch@thread.v2", "19:meeting_x@thread.v2"});
  CHECK(teams.teams == std::vector<std::string>{"g-1"});
  CHECK_FALSE(add_teams_place(teams, "https://teams.microsoft.com/v2/").has_value());
  CHECK_FALSE(add_teams_place(teams, base + "entity/19:x@y/z").has_value());
}

TEST_CASE("a summary is told without the marks of its search") {
  CHECK(plain_summary("<c0>Contoso</c0> Detailed <ddd/>") == "Contoso Detailed …");
  CHECK(plain_summary("a < b") == "a < b");
}

}  // namespace yoke

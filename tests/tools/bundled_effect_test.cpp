#include <catch2/catch.hpp>

#include "tests/tools/bundled_fixture.h"
#include "tests/tools/mail_peer.h"
#include "tests/tools/web_peer.h"

// The bundled tools that touch files, the network and what was kept.
using yoke::BundledFixture;
using yoke::holds;
using yoke::Json;
using yoke::MailPeer;
using yoke::PeerReply;
using yoke::PeerRequest;
using yoke::to_text;
using yoke::WebPeer;

namespace {

constexpr const char* kPage =
    "<html><head><title>On  tea</title></head><body><h1>Tea</h1><p>It is <a href='/m'>milky</a>.";

Json letter() { return {{"to", {"anna@example.net"}}, {"subject", "Hi"}, {"text", "Hello"}}; }

}  // namespace

TEST_CASE("the files tools list, read in parts, search and write within their folders") {
  BundledFixture fixture;
  fixture.project.write("data/a.txt", std::string(300, 'x') + "\nneedle one\n");
  fixture.project.write("data/deep/b.md", "Needle two\n");
  fixture.project.write("data/deep/c.bin", "\xff\xfe");
  fixture.project.write("other/d.txt", "needle");
  fixture.use("files", Json{{"read", {"data"}}, {"write", {"out"}}});
  CHECK(fixture.value("files.list", {{"depth", 2}})["entries"].size() == 4);
  const Json first = fixture.value("files.list", {{"depth", 2}, {"limit", 2}});
  CHECK(first["next_after"] == "data/deep");
  CHECK(fixture.value("files.list", {{"depth", 2}, {"after", "data/deep"}})["entries"].size() == 2);
  const Json part = fixture.value("files.read", {{"path", "data/a.txt"}, {"bytes", 200}});
  CHECK(part["next_offset"] == 200);
  CHECK(fixture.value("files.read", {{"path", "data/a.txt"}, {"offset", 200}})["text"] ==
        std::string(100, 'x') + "\nneedle one\n");
  const Json found = fixture.value("files.search", {{"pattern", "(?i)needle"}});
  CHECK(found["matches"].size() == 2);
  CHECK(found["skipped"] == Json::array({"data/deep/c.bin"}));
  CHECK(fixture.value("files.search", {{"pattern", "(?i)needle"}, {"name", "*.md"}})["matches"] ==
        Json::parse(R"([{"path":"data/deep/b.md","line":1,"text":"Needle two"}])"));
  CHECK(holds(fixture.error("files.read", {{"path", "other/d.txt"}}), "is not granted"));
  CHECK(holds(fixture.error("files.read", {{"path", "data/deep/c.bin"}}), "is no text file"));
  CHECK(holds(fixture.error("files.read", {{"path", "data/none"}}), "there is no file"));
  CHECK(
      holds(fixture.error("files.write", {{"path", "data/n.txt"}, {"text", "x"}}), "not granted"));
}

TEST_CASE("files.write replaces only when told to, and repeats without harm") {
  BundledFixture fixture;
  fixture.use("files", Json{{"write", {"out"}}});
  const Json note = {{"path", "out/x/n.txt"}, {"text", "one"}};
  CHECK(fixture.value("files.write", note)["changed"] == true);
  CHECK(fixture.value("files.write", note)["changed"] == false);
  Json other = note;
  other["text"] = "two";
  CHECK(holds(fixture.error("files.write", other), "set replace = true"));
  other["replace"] = true;
  CHECK(fixture.value("files.write", other)["replaced"] == true);
  CHECK(fixture.project.read("out/x/n.txt") == "two");
}

TEST_CASE("a page is fetched as text, in parts, from granted hosts alone") {
  const WebPeer peer([](const PeerRequest& request) {
    if (request.target == "/none") return PeerReply{404, "text/html", "<p>gone"};
    if (request.target == "/raw") return PeerReply{200, "image/png", "\x89PNG\xff"};
    return PeerReply{200, "text/html; charset=utf-8", kPage};
  });
  BundledFixture fixture;
  fixture.use("http", Json{{"net", {"127.0.0.1:" + std::to_string(peer.port())}}});
  const Json page = fixture.value("http.fetch", {{"url", peer.origin() + "/"}});
  CHECK(page["title"] == "On tea");
  CHECK(page["text"] == "# Tea\n\nIt is milky (/m).");
  CHECK(page["status"] == 200);
  CHECK(fixture.value("http.fetch", {{"url", peer.origin() + "/"}, {"raw", true}})["text"] ==
        kPage);
  CHECK(fixture.value("http.fetch", {{"url", peer.origin() + "/none"}})["status"] == 404);
  CHECK(holds(fixture.error("http.fetch", {{"url", peer.origin() + "/raw"}}), "is no text"));
  CHECK(holds(fixture.error("http.fetch", {{"url", "http://127.0.0.1:1/"}}), "is not granted"));
  CHECK_FALSE(fixture.error("http.fetch", {{"url", "file:///etc/passwd"}}).empty());
}

TEST_CASE("notes are kept, found and forgotten") {
  BundledFixture fixture;
  fixture.use("notes");
  CHECK(fixture.value("notes.save", {{"key", "people/anna"}, {"text", "Prefers green tea."}})
            .at("replaced") == false);
  fixture.value("notes.save", {{"key", "b"}, {"text", "milk"}});
  CHECK(fixture.value("notes.read", {{"key", "people/anna"}})["text"] == "Prefers green tea.");
  CHECK(fixture.value("notes.list", {{"prefix", "people/"}})["keys"] ==
        Json::array({"people/anna"}));
  const Json found = fixture.value("notes.search", {{"query", "TEA anna"}});
  REQUIRE(found["notes"].size() == 1);
  CHECK(found["notes"][0]["key"] == "people/anna");
  CHECK(fixture.value("notes.delete", {{"key", "b"}})["existed"] == true);
  CHECK(holds(fixture.error("notes.read", {{"key", "b"}}), "there is no note 'b'"));
}

TEST_CASE("what an agent is told to remember is found by what it says, and forgotten") {
  BundledFixture fixture;
  fixture.use("memory");
  Json tea = {{"text", "Anna prefers green tea."}, {"key", "people/anna"}, {"scope", "shared"}};
  CHECK(fixture.value("memory.save", tea)["replaced"] == false);
  tea["text"] = "Anna prefers black tea now.";
  CHECK(fixture.value("memory.save", tea)["replaced"] == true);
  const Json found = fixture.value("memory.search", {{"query", "what does Anna drink? tea"}});
  REQUIRE(found["entries"].size() == 1);
  CHECK(found["entries"][0]["text"] == "Anna prefers black tea now.");
  CHECK(found["entries"][0]["age_days"] == 0);
  CHECK(fixture.value("memory.search", {{"query", "tea"}, {"scope", "agent"}})["entries"].empty());
  CHECK(fixture.value("memory.forget", {{"key", "people/anna"}})["existed"] == true);
  CHECK(fixture.value("memory.search", {{"query", "tea"}})["entries"].empty());
}

TEST_CASE("a mail is composed, sent once, and a probe knows of it") {
  const MailPeer peer;
  BundledFixture fixture;
  fixture.use(
      "mail",
      Json{{"smtp", peer.server()}, {"from", "bot@example.org"}, {"to", {"*@example.net"}}});
  CHECK(holds(fixture.value("mail.compose", letter())["message"].get<std::string>(),
              "From: bot@example.org\nTo: anna@example.net\nSubject: Hi\n\nHello"));
  const auto probe = [&] {
    yoke::ToolRequest request = yoke::request_of();
    request.args = letter();
    return yoke::run(fixture.loop,
                     fixture.tool("mail.send").probe(std::move(request), fixture.context));
  };
  CHECK(probe().answer == yoke::ProbeOutcome::Answer::did_not_happen);
  CHECK(fixture.value("mail.send", letter())["accepted"] == true);
  CHECK(probe().answer == yoke::ProbeOutcome::Answer::happened);
  CHECK(peer.problems().empty());
  REQUIRE(peer.mails().size() == 1);
  Json other = letter();
  other["to"] = {"anna@example.net", "eve@evil-example.net"};
  CHECK(holds(fixture.error("mail.send", other), "mail to 'eve@evil-example.net' is not allowed"));
  CHECK(peer.mails().size() == 1);
}

TEST_CASE("a webhook gets a mail with the key that the script never holds") {
  std::vector<std::string> seen;
  const WebPeer peer([&](const PeerRequest& request) {
    seen = {request.method, request.header("authorization"), request.header("idempotency-key"),
            request.body};
    return PeerReply{202, "text/plain", "ok"};
  });
  BundledFixture fixture;
  fixture.secrets.values["HOOK"] = "hook-key-1";
  fixture.use(
      "mail",
      Json{{"webhook", peer.origin() + "/mail"}, {"key", "HOOK"}, {"from", "bot@example.org"}});
  CHECK(fixture.value("mail.send", letter())["status"] == 202);
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == "POST");
  CHECK(seen[1] == "Bearer hook-key-1");
  CHECK(seen[2] == "r1/c1");
  CHECK(Json::parse(seen[3])["subject"] == "Hi");
}

TEST_CASE("each search service is asked in its own way and answers with citations") {
  std::string target;
  std::string key;
  std::string body;
  const WebPeer peer([&](const PeerRequest& request) {
    target = request.target;
    key = request.header("x-subscription-token") + request.header("x-key");
    body = request.body;
    const Json item = {{{"title", "<b>Tea</b>"},
                        {"url", "https://tea.example/a"},
                        {"content", "green"},
                        {"description", "green"}},
                       {{"title", "twice"}, {"url", "https://tea.example/a"}},
                       {{"title", "odd"}, {"url", "ftp://x"}}};
    const Json answer = {{"results", item}, {"web", {{"results", item}}}};
    return PeerReply{200, "application/json", to_text(answer)};
  });
  BundledFixture fixture;
  fixture.secrets.values["K"] = "key-12345";
  const auto first = [&] {
    const Json found = fixture.value("web.search", {{"query", "green tea"}, {"count", 5}});
    REQUIRE(found["results"].size() == 1);
    return to_text(found["results"][0]);
  };
  const std::string wanted =
      R"({"cite":"[1]","snippet":"green","title":"Tea","url":"https://tea.example/a"})";
  fixture.use("web", Json{{"provider", "searxng"}, {"url", peer.origin()}});
  CHECK(first() == wanted);
  CHECK(target.starts_with("/search?"));
  CHECK(holds(target, "format=json"));
  fixture.use("web", Json{{"provider", "brave"}, {"url", peer.origin()}, {"key", "K"}});
  CHECK(first() == wanted);
  CHECK(key == "key-12345");
  CHECK(holds(target, "count=5"));
  fixture.use("web", Json{{"provider", "custom"},
                          {"url", peer.origin()},
                          {"target", "/find"},
                          {"body", {{"text", "{query}"}, {"n", "{count}"}}},
                          {"results", "web.results"},
                          {"title", "title"},
                          {"link", "url"},
                          {"snippet", "description"},
                          {"key", "K"},
                          {"key_header", "X-Key"}});
  CHECK(first() == wanted);
  CHECK(body == R"({"n":5,"text":"green tea"})");
  CHECK(key == "key-12345");
}

TEST_CASE("web.read is there where hosts are named, and reads pages as text") {
  const WebPeer peer([](const PeerRequest& request) {
    return PeerReply{request.target == "/none" ? 404 : 200, "text/html", kPage};
  });
  BundledFixture fixture;
  Json settings = {{"provider", "searxng"}, {"url", "https://search.example"}};
  fixture.use("web", settings);
  CHECK(fixture.tools.size() == 1);
  settings["net"] = {"127.0.0.1"};
  fixture.use("web", settings);
  CHECK(fixture.value("web.read", {{"url", peer.origin() + "/"}})["title"] == "On tea");
  CHECK(holds(fixture.error("web.read", {{"url", peer.origin() + "/none"}}), "answered 404"));
}

#include "tools/broker/mail_module.h"

#include <catch2/catch.hpp>

#include "tests/tools/bundled_fixture.h"
#include "tests/tools/fixture.h"
#include "tests/tools/mail_peer.h"

using yoke::Errc;
using yoke::holds;
using yoke::Json;
using yoke::MailPeer;
using yoke::MailPeerOptions;
using yoke::Result;
using yoke::ScopeFixture;

namespace {

Json letter(const std::string& server) {
  return {{"server", server},        {"from", "bot@example.org"},      {"to", {"anna@example.net"}},
          {"subject", "The report"}, {"text", "Hello.\n.hidden\nBye"}, {"id", "abc123"}};
}

struct MailFixture {
  explicit MailFixture(const Json& permissions, yoke::MailOptions options = {})
      : script(permissions), module(secrets, wall, std::move(options)) {}

  Result<Json> send(const Json& mail) {
    return yoke::run(loop, module.call("send", Json::array({mail}), script.scope));
  }
  std::string error(const Json& mail, Errc code) {
    const Result<Json> sent = send(mail);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == code);
    return sent.error().detail;
  }

  boost::asio::io_context loop{1};
  yoke::FixedSecrets secrets;
  yoke::FixedWallClock wall;
  ScopeFixture script;
  yoke::MailModule module;
};

Json granted(const MailPeer& peer) { return {{"smtp", {peer.server()}}}; }

}  // namespace

TEST_CASE("a mail reaches a granted server as a strict one wants it") {
  const MailPeer peer;
  MailFixture fixture(granted(peer));
  Json mail = letter(peer.server());
  mail["cc"] = {"carl@example.net"};
  mail["bcc"] = {"boss@example.net", "anna@example.net"};
  mail["reply_to"] = "desk@example.org";
  const Result<Json> sent = fixture.send(mail);
  REQUIRE(sent);
  CHECK(*sent == Json({{"accepted", true}, {"id", "abc123"}}));
  CHECK(peer.problems().empty());
  REQUIRE(peer.mails().size() == 1);
  const yoke::PeerMail taken = peer.mails()[0];
  CHECK(taken.greeted_as == "example.org");
  CHECK(taken.from == "bot@example.org");
  CHECK(taken.recipients ==
        std::vector<std::string>{"anna@example.net", "carl@example.net", "boss@example.net"});
  CHECK(taken.data ==
        "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nFrom: bot@example.org\r\n"
        "To: anna@example.net\r\nCc: carl@example.net\r\nReply-To: desk@example.org\r\n"
        "Subject: The report\r\nMessage-ID: <abc123@example.org>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        "Hello.\r\n.hidden\r\nBye\r\n");
  CHECK(fixture.script.scope.audit()[0]["args"]["to"] ==
        "anna@example.net, carl@example.net, boss@example.net");
  CHECK(fixture.script.scope.label() == yoke::Label{});
}

TEST_CASE("letters beyond ASCII and long lines survive the way") {
  const MailPeer peer;
  MailFixture fixture(granted(peer));
  Json mail = letter(peer.server());
  std::string subject = "Übersicht über die Größe der Räume in Århus, Malmö und Łódź";
  mail["subject"] = subject;
  mail["text"] = "naïve\n" + std::string(5'000, 'x');
  REQUIRE(fixture.send(mail));
  CHECK(peer.problems().empty());
  const std::string data = peer.mails()[0].data;
  CHECK(holds(data, "Subject: =?UTF-8?B?w5xiZXJzaWNodC"));
  CHECK(holds(data, "?=\r\n =?UTF-8?B?"));
  CHECK(holds(data, "Content-Transfer-Encoding: base64\r\n\r\nbmHDr3ZlDQp4eHh4"));
}

TEST_CASE("the host logs in with secrets that the script never holds") {
  MailPeerOptions options;
  options.password = "s3cret-pass";
  const MailPeer peer(options);
  const Json log_in = {{"smtp", {{{"server", peer.server()}, {"user", "U"}, {"password", "P"}}}}};
  MailFixture fixture(log_in);
  fixture.secrets.values = {{"U", "bot"}, {"P", "s3cret-pass"}};
  REQUIRE(fixture.send(letter(peer.server())));
  CHECK(peer.mails()[0].user == "bot");
  CHECK(fixture.script.scope.secrets().cut("x s3cret-pass y").find("s3cret") == std::string::npos);
  fixture.secrets.values["P"] = "wrong-one";
  const std::string refused = fixture.error(letter(peer.server()), Errc::denied);
  CHECK(refused.find("wrong-one") == std::string::npos);
  fixture.secrets.values.erase("U");
  CHECK(holds(fixture.error(letter(peer.server()), Errc::not_found), "the secret U is not set"));
  CHECK(peer.mails().size() == 1);
}

TEST_CASE("no field of a mail can smuggle in another") {
  const MailPeer peer;
  MailFixture fixture(granted(peer));
  for (const char* address :
       {"a@b.example\r\nBcc: x@y.example", "a@b.example, c@d.example", "<a@b.example>",
        "a b@c.example", "a@", "@b.example", "a@b..example", "\"a\"@b.example", "a@[127.0.0.1]",
        "-o@b.example", "a", "a@b.example> SIZE=1", "\xff@b.example", ""}) {
    INFO(address);
    Json mail = letter(peer.server());
    mail["to"] = {address};
    fixture.error(mail, Errc::invalid);
    mail = letter(peer.server());
    mail["from"] = address;
    fixture.error(mail, Errc::invalid);
    mail = letter(peer.server());
    mail["reply_to"] = address;
    fixture.error(mail, Errc::invalid);
  }
  for (const char* field : {"subject", "id"}) {
    Json mail = letter(peer.server());
    mail[field] = "x\r\nBcc: y@z.example";
    fixture.error(mail, Errc::invalid);
    mail[field] = "x\ny";
    fixture.error(mail, Errc::invalid);
  }
  Json mail = letter(peer.server());
  mail["text"] = "one\r\n.\r\nMAIL FROM:<evil@example.org>\rtwo";
  REQUIRE(fixture.send(mail));
  CHECK(peer.problems().empty());
  REQUIRE(peer.mails().size() == 1);
  CHECK(holds(peer.mails()[0].data, "one\r\n.\r\nMAIL FROM:<evil@example.org>\r\ntwo\r\n"));
}

TEST_CASE("a mail with missing or unknown fields is refused with the mend") {
  const MailPeer peer;
  MailFixture fixture(granted(peer));
  Json mail = letter(peer.server());
  mail["too"] = Json::array();
  CHECK(holds(fixture.error(mail, Errc::invalid), "no field 'too' (did you mean 'to'?)"));
  mail = letter(peer.server());
  mail["to"] = Json::array();
  CHECK(holds(fixture.error(mail, Errc::invalid), "nobody gets it"));
  mail.erase("text");
  mail["to"] = {"a@b.example"};
  CHECK(holds(fixture.error(mail, Errc::invalid), "text: expected a text"));
  mail = letter(peer.server());
  for (int i = 0; i < 60; ++i) mail["to"].push_back("p" + std::to_string(i) + "@b.example");
  CHECK(holds(fixture.error(mail, Errc::invalid), "more than 50 recipients"));
  CHECK(peer.sessions() == 0);
}

TEST_CASE("a server that was not granted is not spoken to") {
  const MailPeer peer;
  MailFixture other(Json{{"smtp", {"127.0.0.1:1"}}});
  CHECK(holds(other.error(letter(peer.server()), Errc::denied), "permissions.smtp does not list"));
  CHECK(other.script.scope.audit()[0]["verdict"] == "deny");
  other.error(letter("localhost:" + std::to_string(peer.port())), Errc::denied);
  other.error(letter(""), Errc::denied);
  MailFixture ruled(granted(peer));
  ruled.script.policy.verdicts["mail.send"] = yoke::Verdict::deny;
  CHECK(holds(ruled.error(letter(peer.server()), Errc::denied), "rule of mail.send"));
  CHECK(peer.sessions() == 0);
}

TEST_CASE("a granted name that leads to a private address is refused unless granted so") {
  const MailPeer peer;
  const std::string port = std::to_string(peer.port());
  yoke::MailOptions options;
  options.look_up = [](const std::string&) {
    return std::vector{boost::asio::ip::make_address("127.0.0.1")};
  };
  MailFixture outside(Json{{"smtp", {"mail.example:" + port}}}, options);
  CHECK(holds(outside.error(letter("mail.example:" + port), Errc::denied),
              "which is no public address"));
  options.look_up = [](const std::string&) {
    return std::vector{boost::asio::ip::make_address("93.184.215.14"),
                       boost::asio::ip::make_address("10.0.0.1")};
  };
  MailFixture both(Json{{"smtp", {"mail.example:" + port}}}, options);
  CHECK(holds(both.error(letter("mail.example:" + port), Errc::denied), "10.0.0.1"));
  CHECK(peer.sessions() == 0);
}

TEST_CASE("a server elsewhere that speaks no TLS gets nothing") {
  const MailPeer peer;
  const std::string port = std::to_string(peer.port());
  yoke::MailOptions options;
  options.look_up = [](const std::string&) {
    return std::vector{boost::asio::ip::make_address("127.0.0.1")};
  };
  const Json inside = {
      {"smtp", {{{"server", "private:mail.corp:" + port}, {"user", "U"}, {"password", "P"}}}}};
  MailFixture fixture(inside, options);
  fixture.secrets.values = {{"U", "bot"}, {"P", "s3cret-pass"}};
  fixture.error(letter("mail.corp:" + port), Errc::denied);
  CHECK(peer.sessions() == 1);
  CHECK(peer.mails().empty());
}

TEST_CASE("what a server refuses is told, and what it may have taken too") {
  MailPeerOptions options;
  options.refused_recipient = "anna@example.net";
  const MailPeer strict(options);
  MailFixture refused(granted(strict));
  CHECK(holds(refused.error(letter(strict.server()), Errc::invalid), "550"));
  options = {};
  options.breaks_off_after_data = true;
  const MailPeer broken(options);
  MailFixture unsure(granted(broken));
  CHECK(holds(unsure.error(letter(broken.server()), Errc::unavailable),
              "may have taken the message all the same"));
  MailFixture nobody(Json{{"smtp", {"127.0.0.1:1"}}});
  const std::string absent = nobody.error(letter("127.0.0.1:1"), Errc::unavailable);
  CHECK(absent.find("may have taken") == std::string::npos);
}

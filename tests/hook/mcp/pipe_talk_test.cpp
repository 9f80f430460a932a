#include "hosts/hook/mcp/pipe_talk.h"

#include <catch2/catch.hpp>

namespace yoke::mcp_hook {
namespace {

using mcp::RpcMessage;

RpcMessage asked(int id, const std::string& method, Json params = Json::object()) {
  return mcp::request_message(id, method, std::move(params));
}

RpcMessage listening(int id) {
  const Json meta{{"io.modelcontextprotocol/subscriptionId", id}};
  return mcp::notification_message("notifications/subscriptions/acknowledged",
                                   Json{{"_meta", meta}});
}

std::vector<std::string> methods(const std::vector<RpcMessage>& messages) {
  std::vector<std::string> all;
  for (const RpcMessage& each : messages) all.push_back(each.method);
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE(
    "a call that nobody answers any more is an error, once, and what only looks is asked again") {
  PipeTalk talk;
  talk.said(asked(1, "tools/list"));
  talk.said(asked(2, "tools/call", Json{{"name", "book"}}));
  talk.said(asked(3, "tools/call"));
  CHECK(talk.told(mcp::result_message(3)));
  const std::vector<RpcMessage> lost = talk.lose();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].kind == RpcMessage::Kind::error);
  CHECK(lost[0].id == 2);
  CHECK(talk.lose().empty());
  const std::vector<RpcMessage> again = talk.resume();
  CHECK(methods(again) == Names{"tools/list"});
  CHECK(again[0].id == 1);
  CHECK(talk.is_open());
  CHECK(talk.told(mcp::result_message(1)));
  CHECK_FALSE(talk.is_open());
}

TEST_CASE("a call that was surely not seen is made again, with its arguments") {
  PipeTalk talk;
  const RpcMessage call = asked(2, "tools/call", Json{{"name", "book"}});
  talk.said(call);
  CHECK(talk.lose({call}).empty());
  const std::vector<RpcMessage> again = talk.resume();
  REQUIRE(again.size() == 1);
  CHECK(again[0].params["name"] == "book");
}

TEST_CASE("the handshake, the level and what is followed are said to the next one, unseen") {
  PipeTalk talk;
  talk.said(asked(1, "initialize", Json{{"protocolVersion", "2025-11-25"}}));
  talk.told(mcp::result_message(1));
  talk.said(mcp::notification_message("notifications/initialized"));
  for (const char* level : {"debug", "error"}) {
    talk.said(asked(2, "logging/setLevel", Json{{"level", level}}));
    talk.told(mcp::result_message(2));
  }
  for (const char* uri : {"run://a", "run://b"}) {
    talk.said(asked(3, "resources/subscribe", Json{{"uri", uri}}));
    talk.told(mcp::result_message(3));
  }
  talk.said(asked(4, "resources/unsubscribe", Json{{"uri", "run://a"}}));
  talk.told(mcp::result_message(4));
  CHECK(talk.lose().empty());
  const std::vector<RpcMessage> again = talk.resume();
  CHECK(methods(again) == Names{"initialize", "notifications/initialized", "logging/setLevel",
                                "resources/subscribe"});
  CHECK(again[0].params["protocolVersion"] == "2025-11-25");
  CHECK(again[2].params["level"] == "error");
  CHECK(again[3].params["uri"] == "run://b");
  for (const RpcMessage& each : again) {
    if (each.kind == RpcMessage::Kind::request)
      CHECK_FALSE(talk.told(mcp::result_message(each.id)));
  }
  CHECK(methods(talk.resume()) == methods(again));
}

TEST_CASE("a handshake that was not answered is asked again as the client's own") {
  PipeTalk talk;
  talk.said(asked(1, "initialize"));
  CHECK(talk.lose().empty());
  const std::vector<RpcMessage> again = talk.resume();
  REQUIRE(again.size() == 1);
  CHECK(again[0].id == 1);
  CHECK(talk.told(mcp::result_message(1)));
}

TEST_CASE("who listens goes on listening, and is not told twice that they do") {
  PipeTalk talk;
  talk.said(asked(5, "subscriptions/listen"));
  CHECK(talk.told(listening(5)));
  CHECK(talk.lose().empty());
  CHECK(methods(talk.resume()) == Names{"subscriptions/listen"});
  CHECK_FALSE(talk.told(listening(5)));
}

TEST_CASE("a question of one that has ended is taken back, and a late answer to it goes nowhere") {
  PipeTalk talk;
  CHECK(talk.told(mcp::request_message("yoke-1", "elicitation/create")));
  const std::vector<RpcMessage> lost = talk.lose();
  REQUIRE(methods(lost) == Names{"notifications/cancelled"});
  CHECK(lost[0].params["requestId"] == "yoke-1");
  CHECK_FALSE(talk.said(mcp::result_message("yoke-1")));
}

TEST_CASE("a call that the client took back is no longer waited for") {
  PipeTalk talk;
  talk.said(asked(1, "tools/call"));
  talk.said(mcp::notification_message("notifications/cancelled", Json{{"requestId", 1}}));
  CHECK_FALSE(talk.is_open());
  CHECK(talk.lose().empty());
}

TEST_CASE("where nobody will answer, each open request is told why") {
  PipeTalk talk;
  talk.said(asked(1, "tools/list"));
  const std::vector<RpcMessage> told = talk.give_up("the store is gone");
  REQUIRE(told.size() == 1);
  CHECK(told[0].error.message == "the store is gone");
  CHECK_FALSE(talk.is_open());
}

}  // namespace yoke::mcp_hook

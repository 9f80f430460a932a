#include "runtime/http/sse.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

using Events = std::vector<SseEvent>;

SseEvent message(std::string data, std::string event = "message", std::string id = "") {
  SseEvent one;
  one.event = std::move(event);
  one.data = std::move(data);
  one.id = std::move(id);
  return one;
}

Events read_whole(std::string_view text) {
  SseParser parser;
  Events events;
  REQUIRE(parser.feed(text, events).has_value());
  return events;
}

// A corpus of streams with the events they hold.
struct Case {
  std::string text;
  Events events;
};

std::vector<Case> corpus() {
  const std::string mark = "\xEF\xBB\xBF";
  return {
      {"data: one\n\ndata: two\n\n", {message("one"), message("two")}},
      {"data: one\r\n\r\ndata: two\r\n\r\n", {message("one"), message("two")}},
      {"data: one\r\rdata: two\r\r", {message("one"), message("two")}},
      {"data: a\ndata: b\r\ndata: c\rdata\n\n", {message("a\nb\nc\n")}},
      {mark + "data: marked\n\n", {message("marked")}},
      {mark + mark + "data: x\n\n", {}},
      {"\xEF\xBB: x\ndata: y\n\n", {message("y")}},
      {": comment\n\n: OPENROUTER PROCESSING\n\ndata:tight\n\n", {message("tight")}},
      {"event: delta\nid: 7\ndata: {\"a\": 1}\n\ndata: next\n\n",
       {message("{\"a\": 1}", "delta", "7"), message("next", "message", "7")}},
      {"event: lonely\n\ndata: after\n\n", {message("after")}},
      {"data\n\ndata:\n\ndata:  two spaces\n\n",
       {message(""), message(""), message(" two spaces")}},
      {"unknown: x\nid: a\nid\ndata: no id\n\n", {message("no id")}},
      {"\n\n\ndata: [DONE]\n\n", {message("[DONE]")}},
      {"data: caf\xC3\xA9 \xF0\x9F\x98\x80\n\n", {message("caf\xC3\xA9 \xF0\x9F\x98\x80")}},
      {"data: cut off", {}},
  };
}

TEST_CASE("a stream of server-sent events gives what the standard says") {
  for (const Case& one : corpus()) {
    INFO(one.text);
    CHECK(read_whole(one.text) == one.events);
  }
}

TEST_CASE("a stream cut in two at any byte gives the same events") {
  for (const Case& one : corpus()) {
    for (std::size_t cut = 0; cut <= one.text.size(); ++cut) {
      SseParser parser;
      Events events;
      REQUIRE(parser.feed(std::string_view(one.text).substr(0, cut), events).has_value());
      REQUIRE(parser.feed(std::string_view(one.text).substr(cut), events).has_value());
      INFO(one.text << " cut at " << cut);
      REQUIRE(events == one.events);
    }
  }
}

TEST_CASE("a stream that comes in pieces of any one size gives the same events") {
  for (const Case& one : corpus()) {
    for (std::size_t size = 1; size <= 5; ++size) {
      SseParser parser;
      Events events;
      for (std::size_t at = 0; at < one.text.size(); at += size) {
        REQUIRE(parser.feed(std::string_view(one.text).substr(at, size), events).has_value());
      }
      INFO(one.text << " in pieces of " << size);
      REQUIRE(events == one.events);
    }
  }
}

TEST_CASE("an event that the stream's end cuts off shows as a partial one") {
  SseParser parser;
  Events events;
  REQUIRE(parser.feed("data: a\n\ndata: b\n", events).has_value());
  CHECK(events.size() == 1);
  CHECK(parser.has_partial());
  REQUIRE(parser.feed("\n", events).has_value());
  CHECK_FALSE(parser.has_partial());
}

TEST_CASE("an event over the limit ends the stream, in one line or in many") {
  SECTION("one endless line") {
    SseParser parser(100);
    Events events;
    Result<void> fed;
    for (int i = 0; i < 20 && fed; ++i) fed = parser.feed("data: 0123456789", events);
    REQUIRE_FALSE(fed.has_value());
    CHECK(fed.error().code == Errc::too_large);
    CHECK_FALSE(parser.feed("\n\n", events).has_value());
    CHECK(events.empty());
  }
  SECTION("many short lines") {
    SseParser parser(100);
    Events events;
    Result<void> fed;
    for (int i = 0; i < 20 && fed; ++i) fed = parser.feed("data: 0123456789\n", events);
    REQUIRE_FALSE(fed.has_value());
    CHECK(fed.error().code == Errc::too_large);
  }
}

TEST_CASE("an id over a kibibyte is not handed on with each later event") {
  SseParser parser;
  Events events;
  const std::string text = "id: 1\nid: " + std::string(1025, 'i') + "\ndata: a\n\ndata: b\n\n";
  REQUIRE(parser.feed(text, events).has_value());
  CHECK(events == Events{message("a", "message", "1"), message("b", "message", "1")});
}

TEST_CASE("a retry time is taken when it is a number of milliseconds within a day") {
  SseParser parser;
  Events events;
  REQUIRE(parser.feed("retry: soon\nretry: 99999999999999999999\nretry: -1\n", events).has_value());
  CHECK_FALSE(parser.retry());
  REQUIRE(parser.feed("retry: 2500\n\n", events).has_value());
  REQUIRE(parser.retry());
  CHECK(parser.retry()->count() == 2500);
  CHECK(events.empty());
}

}  // namespace
}  // namespace yoke

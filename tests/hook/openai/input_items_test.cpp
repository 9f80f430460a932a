#include "hosts/hook/openai/input_items.h"

#include <catch2/catch.hpp>

// What a response was asked, as a list of items.
namespace yoke::openai {
namespace {

const std::string kRun = "01JD0000000000000000000000";

Message saying(Role role, std::string text) { return {role, {TextPart{std::move(text)}}}; }

std::vector<Message> talk() {
  Message asked = saying(Role::user, "What is this?");
  asked.parts.emplace_back(ImagePart{"image/png", "data:image/png;base64,AA=="});
  ReasoningPart thought;
  thought.text = "I look.";
  Message called{Role::assistant, {thought, TextPart{"One moment."}}};
  called.parts.emplace_back(ToolCallPart{"toolu_1", "look", Json{{"at", 1}}});
  ToolResultPart result;
  result.id = "toolu_1";
  result.content = "a cat";
  return {saying(Role::system, "Be brief."), asked, called, Message{Role::tool, {result}}};
}

std::vector<std::string> ids_of(const Json& list) {
  std::vector<std::string> ids;
  for (const Json& item : list["data"]) ids.push_back(string_at(item, "id"));
  return ids;
}

}  // namespace

TEST_CASE("what was asked is listed as items, calls by the ids that the client knows") {
  const Json items = items_of(talk(), "resp_" + kRun, {"call_a", "call_a"});
  REQUIRE(items.size() == 6);
  CHECK(items[0]["role"] == "system");
  CHECK(items[0]["content"][0]["type"] == "input_text");
  CHECK(items[1]["content"][1]["image_url"] == "data:image/png;base64,AA==");
  CHECK(items[2]["summary"][0]["text"] == "I look.");
  CHECK(items[3]["content"][0]["type"] == "output_text");
  CHECK(items[4]["call_id"] == "call_a");
  CHECK(items[4]["arguments"] == "{\"at\":1}");
  CHECK(items[5]["type"] == "function_call_output");
  CHECK(items[5]["call_id"] == "call_a");
  CHECK(items[5]["output"] == "a cat");
}

TEST_CASE("calls whose ids were not noted have those that they are on record with") {
  CHECK(items_of(talk(), "resp_" + kRun, {})[4]["call_id"] == "toolu_1");
}

TEST_CASE("a list of items is read page by page, in either order, each item once") {
  const Json items = items_of(talk(), "resp_" + kRun, {});
  for (const bool newest_first : {true, false}) {
    ItemPage page;
    page.newest_first = newest_first;
    page.limit = 4;
    const Json first = *page_of(items, page);
    CHECK(first["has_more"] == true);
    CHECK(first["first_id"] == items[newest_first ? 5 : 0]["id"]);
    page.after = string_at(first, "last_id");
    const Json second = *page_of(items, page);
    CHECK(second["has_more"] == false);
    REQUIRE(second["data"].size() == 2);
    CHECK(ids_of(second).back() == string_at(items[newest_first ? 0 : 5], "id"));
  }
}

TEST_CASE("a list is not read on from an item that it does not have") {
  ItemPage page;
  page.after = "msg_nobody";
  const Checked<Json> list = page_of(items_of(talk(), "resp_" + kRun, {}), page);
  REQUIRE_FALSE(list.has_value());
  CHECK(list.error().param == "after");
}

}  // namespace yoke::openai

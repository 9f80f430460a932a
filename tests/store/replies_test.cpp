#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

void keep(StoreBed& bed, const std::string& key, const std::string& text, Micros at,
          ReplyBounds bounds = {}, const std::string& space = "s") {
  REQUIRE(bed(bed.store().keep_reply(space, key, CachedReply{text, at}, bounds)));
}

std::string found(StoreBed& bed, const std::string& key, Micros since = 0,
                  const std::string& space = "s") {
  const Result<CachedReply> reply = bed(bed.store().cached_reply(space, key, since));
  return reply ? reply->text : std::string(name_of(reply.error().code));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a kept reply is found in its space and by no other", "[store]",
                        AllStores) {
  TestType bed;
  keep(bed, "a", "one", 10);
  keep(bed, "a", "other", 10, {}, "t");
  bed.reopen();
  CHECK(found(bed, "a") == "one");
  CHECK(found(bed, "a", 0, "t") == "other");
  CHECK(found(bed, "b") == "not_found");
  CHECK(found(bed, "a", 0, "u") == "not_found");
  CHECK(bed(bed.store().cached_reply("s", "a", 0))->kept_at == 10);
  keep(bed, "a", "two", 20);
  CHECK(found(bed, "a") == "two");
}

TEMPLATE_LIST_TEST_CASE("a kept reply is as good as gone when it is too old", "[store]",
                        AllStores) {
  TestType bed;
  keep(bed, "a", "one", 10);
  CHECK(found(bed, "a", 10) == "one");
  CHECK(found(bed, "a", 11) == "not_found");
  ReplyBounds bounds;
  bounds.kept_since = 15;
  keep(bed, "b", "two", 20, bounds);
  CHECK(found(bed, "a") == "not_found");
  CHECK(found(bed, "b") == "two");
}

TEMPLATE_LIST_TEST_CASE("the oldest replies of a space go when there are too many", "[store]",
                        AllStores) {
  TestType bed;
  ReplyBounds bounds;
  bounds.replies_max = 2;
  keep(bed, "a", "one", 10, bounds);
  keep(bed, "b", "two", 20, bounds);
  keep(bed, "x", "kept", 1, bounds, "t");
  keep(bed, "a", "again", 30, bounds);
  keep(bed, "c", "three", 30, bounds);
  CHECK(found(bed, "b") == "not_found");
  CHECK(found(bed, "a") == "again");
  CHECK(found(bed, "c") == "three");
  CHECK(found(bed, "x", 0, "t") == "kept");
}

TEMPLATE_LIST_TEST_CASE("the replies of a space never hold more bytes than they may", "[store]",
                        AllStores) {
  TestType bed;
  ReplyBounds bounds;
  bounds.bytes_max = 10;
  keep(bed, "a", "12345", 10, bounds);
  keep(bed, "b", "12345", 20, bounds);
  CHECK(found(bed, "a") == "12345");
  keep(bed, "c", "123456", 30, bounds);
  CHECK(found(bed, "a") == "not_found");
  CHECK(found(bed, "b") == "not_found");
  CHECK(found(bed, "c") == "123456");
  keep(bed, "d", "12345678901", 40, bounds);  // larger than the space: nothing is left
  CHECK(found(bed, "d") == "not_found");
  CHECK(found(bed, "c") == "not_found");
  keep(bed, "e", "1234567890", 50, bounds);
  CHECK(found(bed, "e") == "1234567890");
}

TEMPLATE_LIST_TEST_CASE("the replies of one space are dropped, or all of them", "[store]",
                        AllStores) {
  TestType bed;
  keep(bed, "a", "one", 10);
  keep(bed, "b", "two", 10);
  keep(bed, "a", "other", 10, {}, "t");
  CHECK(*bed(bed.store().drop_replies("s")) == 2);
  CHECK(found(bed, "a") == "not_found");
  CHECK(found(bed, "a", 0, "t") == "other");
  keep(bed, "c", "three", 10);
  CHECK(*bed(bed.store().drop_replies("")) == 2);
  CHECK(found(bed, "a", 0, "t") == "not_found");
}

}  // namespace yoke

#include "hosts/hook/api/page.h"

#include <catch2/catch.hpp>

namespace yoke {

TEST_CASE("a cursor gives back what it was made of and stands in a query as it is") {
  for (const char* last : {"01KAJ3Q0X0ABCDEFGHJKMNPQRS", "", "a:b/ü?&=+", "ÿþ~~~"}) {
    const std::string cursor = to_cursor("run", last);
    CHECK(cursor.find_first_of("+/=&?% ") == std::string::npos);
    const Result<std::string> read = from_cursor("run", cursor);
    REQUIRE(read.has_value());
    CHECK(*read == last);
  }
}

TEST_CASE("a cursor of another list, or one that was meddled with, is refused") {
  CHECK_FALSE(from_cursor("session", to_cursor("run", "x")).has_value());
  for (const char* bad : {"", "x", "!!!!", "\xff", "cnVuOv8"}) {
    const Result<std::string> read = from_cursor("run", bad);
    INFO(bad);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Errc::invalid);
  }
  CHECK_FALSE(from_cursor("run", to_cursor("run", std::string(2000, 'x'))).has_value());
}

}  // namespace yoke

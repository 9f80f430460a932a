#include "hosts/hook/keys/exposure.h"

#include <catch2/catch.hpp>

namespace yoke::testing {

TEST_CASE("without keys the hook serves loopback and the socket file") {
  CHECK(may_serve({{"127.0.0.1", "::1", ""}, {}, false, false}).has_value());
  CHECK(may_serve({{}, {"localhost"}, false, false}).has_value());
}

TEST_CASE("without keys the hook does not open itself to others, and says what to do") {
  for (const char* address : {"0.0.0.0", "::", "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7"}) {
    INFO(address);
    const Result<void> served = may_serve({{"127.0.0.1", address}, {}, false, false});
    REQUIRE_FALSE(served.has_value());
    CHECK(served.error().message().find(address) != std::string::npos);
    CHECK(served.error().message().find("yoke keys create") != std::string::npos);
  }
}

TEST_CASE("a name by which a proxy brings others needs keys, even on loopback") {
  const Result<void> served = may_serve({{"127.0.0.1"}, {"yoke.example"}, false, false});
  REQUIRE_FALSE(served.has_value());
  CHECK(served.error().message().find("yoke.example") != std::string::npos);
}

TEST_CASE("with keys or tokens the hook may listen anywhere") {
  CHECK(may_serve({{"0.0.0.0"}, {"yoke.example"}, true, false}).has_value());
  CHECK(may_serve({{"0.0.0.0"}, {"yoke.example"}, false, true}).has_value());
}

}  // namespace yoke::testing

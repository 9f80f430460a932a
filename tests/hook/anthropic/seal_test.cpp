#include "hosts/hook/anthropic/seal.h"

#include <catch2/catch.hpp>

#include "runtime/base/hash.h"

namespace yoke::anthropic {
namespace {

const Seal kSeal("a key of this store alone, 32 long", "acme");

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

TEST_CASE("HMAC-SHA256 is that of RFC 4231") {
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const std::string long_key(131, '\xaa');
  CHECK(hex(hmac_sha256(long_key, "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("what was sealed opens again as it was") {
  const Json value{{"v", {1, "two", nullptr}}};
  const std::string sealed = kSeal.close(value);
  CHECK(sealed.starts_with("yoke1."));
  CHECK(Seal::is_sealed(sealed));
  REQUIRE(kSeal.open(sealed));
  CHECK(*kSeal.open(sealed) == value);
}

TEST_CASE("a seal of another tenant, of another store, or altered does not open") {
  const std::string sealed = kSeal.close(Json{{"v", 1}});
  CHECK_FALSE(Seal("a key of this store alone, 32 long", "other").open(sealed));
  CHECK_FALSE(Seal("another key", "acme").open(sealed));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string altered = sealed;
    altered[at] = altered[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(kSeal.open(altered));
  }
  CHECK_FALSE(kSeal.open(""));
  CHECK_FALSE(kSeal.open("yoke1."));
  CHECK_FALSE(kSeal.open("yoke1.."));
}

TEST_CASE("what is too large to be carried by a client is not sealed") {
  CHECK(kSeal.close(Json(std::string(kSealedBytesMax, 'x'))).empty());
}

}  // namespace
}  // namespace yoke::anthropic

#include <catch2/catch.hpp>
#include <set>

#include "runtime/base/hash.h"
#include "runtime/base/id.h"
#include "runtime/base/label.h"
#include "runtime/base/result.h"

namespace yoke {
namespace {

TEST_CASE("SHA-256 gives the published values") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Hasher().bytes("a").bytes("bc").finish() == sha256("abc"));
}

TEST_CASE("different lists of fields never hash alike") {
  const auto of = [](std::initializer_list<std::string_view> fields) {
    Hasher hasher;
    for (const std::string_view field : fields) hasher.field(field);
    return hasher.finish();
  };
  CHECK(of({"ab", "c"}) != of({"a", "bc"}));
  CHECK(of({"abc"}) != of({"abc", ""}));
  CHECK(of({"abc"}) != sha256("abc"));
}

TEST_CASE("a field is its length in eight little-endian bytes, then its bytes") {
  const std::string by_hand = std::string("\x03\0\0\0\0\0\0\0", 8) + "abc";
  CHECK(Hasher().field("abc").finish() == sha256(by_hand));
  const std::string number =
      std::string("\x08\0\0\0\0\0\0\0", 8) + std::string("\x01\x02\0\0\0\0\0\0", 8);
  CHECK(Hasher().field(std::int64_t{0x0201}).finish() == sha256(number));
  const Hash inner = sha256("x");
  CHECK(Hasher().field(inner).finish() == Hasher().field(as_view(inner)).finish());
}

TEST_CASE("a hash is read back from its hexadecimal form") {
  const Hash hash = sha256("abc");
  CHECK(*hash_from_hex(to_hex(hash)) == hash);
  CHECK(hash_from_hex("abc").has_error());
  CHECK(hash_from_hex(std::string(64, 'g')).has_error());
  CHECK(hash_from_hex(to_hex(hash) + "00").has_error());
}

TEST_CASE("identifiers sort by the time they were made") {
  SeededRandom random(1);
  const std::string early = make_ulid(1'700'000'000'000'000, random);
  const std::string late = make_ulid(1'700'000'000'001'000, random);
  CHECK(early < late);
  CHECK(is_ulid(early));
  CHECK(make_ulid(1'469'918'176'385'000, random).substr(0, 10) == "01ARYZ6S41");
  CHECK(is_ulid(make_ulid(-5, random)));
}

TEST_CASE("identifiers of one instant differ") {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(make_ulid(1'700'000'000'000'000, random));
  CHECK(seen.size() == 1000);
}

TEST_CASE("what only looks like an identifier is none") {
  CHECK_FALSE(is_ulid(""));
  CHECK_FALSE(is_ulid("01ARYZ6S41TSV4RRFFQ69G5FA"));
  CHECK_FALSE(is_ulid("81ARYZ6S41TSV4RRFFQ69G5FAV"));
  CHECK_FALSE(is_ulid("01ARYZ6S41TSV4RRFFQ69G5FAU"));
  CHECK_FALSE(is_ulid("01aryz6s41tsv4rrffq69g5fav"));
}

TEST_CASE("a seeded generator repeats itself and gives splitmix64's values") {
  SeededRandom one(1234567);
  SeededRandom two(1234567);
  CHECK(one.next() == 6457827717110365317u);
  CHECK(one.next() == 3203168211198807973u);
  CHECK(two.next() == 6457827717110365317u);
}

TEST_CASE("joining two labels keeps the worse of each") {
  const Label trusted_public = kTrustedPublic;
  const Label untrusted_public{Label::Integrity::untrusted, Label::Secrecy::open};
  CHECK(join(trusted_public, kTrustedPrivate) == kTrustedPrivate);
  CHECK(join(untrusted_public, kTrustedPrivate) == Label{});
  CHECK(join(trusted_public, trusted_public) == trusted_public);
  CHECK(join(untrusted_public, trusted_public) == untrusted_public);
}

TEST_CASE("a label that is not understood is untrusted and private") {
  for (const Label& label : {Label{}, kTrustedPublic, kTrustedPrivate,
                             Label{Label::Integrity::untrusted, Label::Secrecy::open}}) {
    CHECK(label_from_text(to_text(label)) == label);
  }
  CHECK(to_text(Label{}) == "untrusted,private");
  CHECK(to_text(kTrustedPublic) == "trusted,public");
  for (const char* text : {"", "trusted", "trusted,", "TRUSTED,PUBLIC", "trusted,public,x"}) {
    CHECK(label_from_text(text) == Label{});
  }
}

TEST_CASE("an error says its place first") {
  CHECK(Error{Errc::invalid, "no such key", "yoke.toml:3"}.message() == "yoke.toml:3: no such key");
  CHECK(Error{Errc::invalid, "no such key"}.message() == "no such key");
  CHECK(name_of(Errc::too_large) == "too_large");
}

TEST_CASE("taking the value of an error throws a fault with its message") {
  const Result<int> missing = Error{Errc::not_found, "no run 7"};
  CHECK_THROWS_AS(missing.value(), Fault);
  CHECK_THROWS_WITH(missing.value(), "no run 7");
}

}  // namespace
}  // namespace yoke

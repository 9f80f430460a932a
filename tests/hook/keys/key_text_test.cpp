#include "hosts/keys/key_text.h"

#include <catch2/catch.hpp>
#include <set>

namespace yoke::testing {

TEST_CASE("a key is read as the one that was made") {
  SystemRandom random;
  const NewKey key = make_key(random);
  const Result<ReadKey> read = read_key(key.text.reveal());
  REQUIRE(read.has_value());
  CHECK(read->id == key.id);
  CHECK(same_hash(read->hash, key.hash));
  CHECK(key.text.reveal().size() == 73);
  CHECK(key.text.reveal().starts_with("yk_" + key.id + "_"));
}

TEST_CASE("a slip of any one character of a key is told") {
  SystemRandom random;
  const std::string text = make_key(random).text.reveal();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string slipped = text;
    slipped[i] = slipped[i] == '7' ? '8' : '7';
    CHECK_FALSE(read_key(slipped).has_value());
  }
}

TEST_CASE("a key that is cut short or runs on is no key") {
  SystemRandom random;
  const std::string text = make_key(random).text.reveal();
  for (std::size_t i = 0; i < text.size(); ++i)
    CHECK_FALSE(read_key(text.substr(0, i)).has_value());
  CHECK_FALSE(read_key(text + "0").has_value());
  CHECK_FALSE(read_key(text + "\n").has_value());
}

TEST_CASE("what is wrong with a key is told without telling the key") {
  SystemRandom random;
  const std::string text = make_key(random).text.reveal();
  const Result<ReadKey> cut = read_key(text.substr(0, 70));
  REQUIRE_FALSE(cut.has_value());
  CHECK(cut.error().detail.find(text.substr(14, 20)) == std::string::npos);
}

TEST_CASE("a thousand keys are a thousand different ones, in every part") {
  SystemRandom random;
  std::set<std::string> ids;
  std::set<std::string> secrets;
  for (int i = 0; i < 1000; ++i) {
    const NewKey key = make_key(random);
    ids.insert(key.id);
    secrets.insert(key.text.reveal().substr(14, 52));
  }
  CHECK(ids.size() == 1000);
  CHECK(secrets.size() == 1000);
}

TEST_CASE("a key is found wherever it stands in a text, and nothing else is") {
  SystemRandom random;
  const std::string text = make_key(random).text.reveal();
  CHECK(holds_key("/v1/runs?api_key=" + text + "&x=1"));
  CHECK(holds_key("yk_yk_" + text));
  CHECK_FALSE(holds_key("/v1/runs?name=yk_short"));
  CHECK_FALSE(holds_key(""));
}

}  // namespace yoke::testing

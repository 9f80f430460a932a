#include "tools/broker/secrets.h"

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"

using yoke::Json;
using yoke::SecretCutter;

namespace {

constexpr auto kValue = "s3cret/Value+1?";

SecretCutter cutter() {
  SecretCutter cutter;
  cutter.add("KEY", kValue);
  return cutter;
}

}  // namespace

TEST_CASE("a secret is cut out of text in each form it may come back in") {
  const SecretCutter cut = cutter();
  CHECK(cut.cut("key=s3cret/Value+1?.") == "key=[secret KEY].");
  CHECK(cut.cut("key=s3cret%2FValue%2B1%3F") == "key=[secret KEY]");
  CHECK(cut.cut("key=s3cret%2fValue%2b1%3f") == "key=[secret KEY]");
  CHECK(cut.cut("7333637265742f56616c75652b313f") == "[secret KEY]");
}

TEST_CASE("a secret is cut out of base64 wherever it stands in the encoded text") {
  const SecretCutter cut = cutter();
  for (const std::string before : {"", "u", "us", "use", "user:"}) {
    for (const std::string after : {"", "x", "xy"}) {
      const std::string text = yoke::base64_of(before + kValue + after);
      INFO(text);
      CHECK(cut.cut(text).find("[secret KEY]") != std::string::npos);
    }
  }
}

TEST_CASE("base64 follows its standard") {
  CHECK(yoke::base64_of("") == "");
  CHECK(yoke::base64_of("f") == "Zg==");
  CHECK(yoke::base64_of("fo") == "Zm8=");
  CHECK(yoke::base64_of("foo") == "Zm9v");
  CHECK(yoke::base64_of("foobar") == "Zm9vYmFy");
}

TEST_CASE("a secret is cut out of every key and text of a JSON value") {
  const Json value = {{"s3cret/Value+1?", Json::array({1, "x s3cret/Value+1? y"})}};
  CHECK(cutter().cut_json(value) == Json{{"[secret KEY]", {1, "x [secret KEY] y"}}});
}

TEST_CASE("text without a secret stays as it is") {
  CHECK(cutter().cut("nothing here, not even s3cret") == "nothing here, not even s3cret");
  CHECK(SecretCutter().cut("any") == "any");
}

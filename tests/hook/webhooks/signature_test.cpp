#include "hosts/hook/webhooks/signature.h"

#include <catch2/catch.hpp>
#include <string>

namespace yoke::testing {
namespace {

using std::chrono::seconds;

constexpr Micros kSignatureSecond = 1'000'000;
constexpr seconds kTolerance{300};
// From the specification's own example.
constexpr const char* kStandardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kStandardId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr const char* kStandardBody = R"({"test": 2432232314})";
constexpr const char* kStandardMac = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr std::int64_t kStandardTime = 1614265330;
// Made by Node's crypto from the key 1, 2 … 32.
constexpr const char* kEdSeed = "whsk_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
constexpr const char* kEdPair =
    "whsk_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyB5tVYuj+"
    "ZU+UB4sRLoqYunkB+FOuaVvtfg45ELrQSWZA==";
constexpr const char* kEdPublic = "whpk_ebVWLo/mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ=";
constexpr const char* kEdSignature =
    "v1a,OVJuLC0iOuaBuQulpz9A/zDgvqV8z8miLUJk2j15ZMONwDNhOvPJ3rO4owAHFyjFq80+pUUjrNfTHAZs1RQnDw==";
// Slack's documented slash command.
constexpr const char* kSlackSecret = "8f742231b10e8888abcd99yyyzzz85a5";
constexpr const char* kSlackBody =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmib"
    "IGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

HookKey key(HookScheme scheme, const char* text) {
  Result<HookKey> read = hook_key(scheme, Secret(text));
  REQUIRE(read.has_value());
  return std::move(*read);
}

HttpHeaders standard_headers(const std::string& signature) {
  return {{"webhook-id", kStandardId},
          {"webhook-timestamp", std::to_string(kStandardTime)},
          {"webhook-signature", signature}};
}

Result<HookProof> verify_standard(const HttpHeaders& headers, std::vector<HookKey> keys,
                                  std::int64_t now = kStandardTime,
                                  const char* body = kStandardBody) {
  return verify_hook(HookScheme::standard, keys, headers, body, now * kSignatureSecond, kTolerance);
}

HttpHeaders slack_headers(const char* mac, const char* at = "1531420618") {
  return {{"X-Slack-Signature", mac}, {"X-Slack-Request-Timestamp", at}};
}
constexpr const char* kSlackMac =
    "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

}  // namespace

TEST_CASE("the example of Standard Webhooks verifies, and is what we sign") {
  const auto proof =
      verify_standard(standard_headers(kStandardMac), {key(HookScheme::standard, kStandardSecret)});
  REQUIRE(proof.has_value());
  CHECK(proof->id == kStandardId);
  CHECK(standard_signatures({key(HookScheme::standard, kStandardSecret)}, kStandardId,
                            kStandardTime, kStandardBody) == kStandardMac);
}

TEST_CASE("an ed25519 signature verifies with the public key alone") {
  const HttpHeaders headers = standard_headers(kEdSignature);
  CHECK(verify_standard(headers, {key(HookScheme::standard, kEdPublic)}).has_value());
  CHECK_FALSE(verify_standard(headers, {key(HookScheme::standard, kStandardSecret)}).has_value());
  CHECK_FALSE(verify_standard(headers, {key(HookScheme::standard, kEdPublic)}, kStandardTime,
                              R"({"test": 2432232315})")
                  .has_value());
}

TEST_CASE("an ed25519 key signs the same from its seed and from its pair") {
  for (const char* text : {kEdSeed, kEdPair}) {
    CHECK(standard_signatures({key(HookScheme::standard, text)}, kStandardId, kStandardTime,
                              kStandardBody) == kEdSignature);
  }
}

TEST_CASE("while secrets are exchanged, either is taken and both sign") {
  const HookKey old_key = key(HookScheme::standard, kStandardSecret);
  const HookKey new_key = key(HookScheme::standard, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
  CHECK(verify_standard(standard_headers(kStandardMac), {new_key, old_key}).has_value());
  const std::string both =
      standard_signatures({new_key, old_key}, kStandardId, kStandardTime, kStandardBody);
  CHECK(verify_standard(standard_headers(both), {old_key}).has_value());
  CHECK(verify_standard(standard_headers(both), {new_key}).has_value());
  CHECK(verify_standard(standard_headers("v2,x v1,!! v1 " + std::string(kStandardMac)), {old_key})
            .has_value());
}

TEST_CASE("a delivery is refused whose time is not within the window, at either end") {
  const HttpHeaders headers = standard_headers(kStandardMac);
  const std::vector<HookKey> keys{key(HookScheme::standard, kStandardSecret)};
  CHECK(verify_standard(headers, keys, kStandardTime + 300).has_value());
  CHECK_FALSE(verify_standard(headers, keys, kStandardTime + 301).has_value());
  CHECK(verify_standard(headers, keys, kStandardTime - 300).has_value());
  CHECK_FALSE(verify_standard(headers, keys, kStandardTime - 301).has_value());
}

TEST_CASE("a delivery is refused when anything that was signed has changed or is missing") {
  const std::vector<HookKey> keys{key(HookScheme::standard, kStandardSecret)};
  for (const char* name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
    INFO(name);
    HttpHeaders without = standard_headers(kStandardMac);
    without.remove(name);
    CHECK_FALSE(verify_standard(without, keys).has_value());
    HttpHeaders changed = standard_headers(kStandardMac);
    changed.set(name, std::string(changed.get(name)) + "1");
    CHECK_FALSE(verify_standard(changed, keys).has_value());
  }
  CHECK_FALSE(
      verify_standard(standard_headers(kStandardMac), keys, kStandardTime, "{}").has_value());
  CHECK_FALSE(verify_standard(standard_headers(""), keys).has_value());
  CHECK_FALSE(verify_standard(standard_headers(kStandardMac), {}).has_value());
}

TEST_CASE("an id with a full stop is refused: what is signed could be cut in another way") {
  HttpHeaders headers = standard_headers(kStandardMac);
  headers.set("webhook-id", "msg.1");
  CHECK_FALSE(verify_standard(headers, {key(HookScheme::standard, kStandardSecret)}).has_value());
}

TEST_CASE("timestamps that are no plain number of seconds are refused") {
  const std::vector<HookKey> keys{key(HookScheme::standard, kStandardSecret)};
  for (const char* at : {"", "-1614265330", "+1614265330", " 1614265330", "1614265330.0", "0x60",
                         "99999999999999999999"}) {
    INFO(at);
    HttpHeaders headers = standard_headers(kStandardMac);
    headers.set("webhook-timestamp", at);
    CHECK_FALSE(verify_standard(headers, keys).has_value());
  }
}

TEST_CASE("GitHub's documented example verifies, and its delivery is named by its header") {
  const std::vector<HookKey> keys{key(HookScheme::github, "It's a Secret to Everybody")};
  const HttpHeaders headers{
      {"X-Hub-Signature-256",
       "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
      {"X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"}};
  const auto proof = verify_hook(HookScheme::github, keys, headers, "Hello, World!", 0, kTolerance);
  REQUIRE(proof.has_value());
  CHECK(proof->id == "72d3162e-cc78-11e3-81ab-4c9367dc0958");
  CHECK_FALSE(
      verify_hook(HookScheme::github, keys, headers, "Hello, World", 0, kTolerance).has_value());
  CHECK_FALSE(verify_hook(HookScheme::github, keys, {{"X-Hub-Signature", "sha1=00"}},
                          "Hello, World!", 0, kTolerance)
                  .has_value());
}

TEST_CASE("Slack's documented example verifies within its five minutes") {
  const std::vector<HookKey> keys{key(HookScheme::slack, kSlackSecret)};
  const Micros at = 1531420618 * kSignatureSecond;
  const HttpHeaders headers = slack_headers(kSlackMac);
  CHECK(verify_hook(HookScheme::slack, keys, headers, kSlackBody, at, kTolerance).has_value());
  CHECK_FALSE(verify_hook(HookScheme::slack, keys, headers, kSlackBody, at + 301 * kSignatureSecond,
                          kTolerance)
                  .has_value());
  CHECK_FALSE(verify_hook(HookScheme::slack, keys, slack_headers(kSlackMac, "1531420619"),
                          kSlackBody, at, kTolerance)
                  .has_value());
}

TEST_CASE("Teams signs with the decoded secret, in the Authorization header") {
  const std::vector<HookKey> keys{key(HookScheme::teams, "dGVhbXMgc2VjcmV0IG9mIHRoZSB0ZXN0")};
  const std::string body = R"({"type":"message","text":"hi"})";
  const HttpHeaders headers{{"Authorization", "HMAC Oi7eNyD9GNbR0/FWd3rGoZiOKvfZjY0/SkPkrGBn+nk="}};
  CHECK(verify_hook(HookScheme::teams, keys, headers, body, 0, kTolerance).has_value());
  CHECK_FALSE(verify_hook(HookScheme::teams, keys, headers, body + " ", 0, kTolerance).has_value());
  CHECK_FALSE(
      verify_hook(HookScheme::teams, keys, {{"Authorization", "Bearer x"}}, body, 0, kTolerance)
          .has_value());
}

TEST_CASE("what cannot be a secret of its scheme is refused, and not repeated") {
  const auto refused = [](HookScheme scheme, const std::string& text) {
    const Result<HookKey> read = hook_key(scheme, Secret(text));
    return !read && (text.empty() || read.error().detail.find(text) == std::string::npos);
  };
  CHECK(refused(HookScheme::standard, ""));
  CHECK(refused(HookScheme::standard, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  CHECK(refused(HookScheme::standard, "whsec_c2hvcnQ="));
  CHECK(refused(HookScheme::standard, "whsec_not base64"));
  CHECK(refused(HookScheme::standard, "whpk_c2hvcnQ="));
  CHECK(refused(HookScheme::github, "short"));
  CHECK(refused(HookScheme::slack, ""));
  CHECK(refused(HookScheme::teams, "no base64 at all"));
}

TEST_CASE("every scheme of webhooks is found by its name, others by what comes near") {
  for (const std::string& name : hook_scheme_names()) {
    const Result<HookScheme> scheme = hook_scheme_from_name(name);
    REQUIRE(scheme.has_value());
    CHECK(name_of(*scheme) == name);
  }
  CHECK_THAT(hook_scheme_from_name("gihub").error().detail,
             Catch::Contains("did you mean 'github'?"));
}

}  // namespace yoke::testing

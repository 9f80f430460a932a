#include "hosts/hook/keys/credential.h"

#include <catch2/catch.hpp>

#include "hosts/keys/key_text.h"

namespace yoke::testing {
namespace {

const char* kKey = "yk_one";
const char* kToken = "eyJh.eyJz.c2ln";

bool is_key(const HttpHeaders& headers) {
  return std::holds_alternative<KeyCredential>(credential_of(headers));
}

}  // namespace

TEST_CASE("a key is taken from each of the headers that clients send it in") {
  CHECK(is_key({{"Authorization", std::string("Bearer ") + kKey}}));
  CHECK(is_key({{"authorization", std::string("bearer   ") + kKey + " "}}));
  CHECK(is_key({{"x-api-key", kKey}}));
  CHECK(is_key({{"api-key", kKey}}));
  CHECK(is_key({{"x-api-key", kKey}, {"Authorization", std::string("Bearer ") + kKey}}));
}

TEST_CASE("a token is told from a key and from anything else") {
  const HttpHeaders token{{"Authorization", std::string("Bearer ") + kToken}};
  CHECK(std::holds_alternative<TokenCredential>(credential_of(token)));
  CHECK(std::holds_alternative<ForeignCredential>(credential_of({{"x-api-key", "sk-unused"}})));
  CHECK(std::holds_alternative<ForeignCredential>(
      credential_of({{"Authorization", "Basic eWtfb25lOg=="}})));
  CHECK(std::holds_alternative<NoCredential>(credential_of({})));
  CHECK(std::holds_alternative<NoCredential>(credential_of({{"x-api-key", ""}})));
}

TEST_CASE("our key counts beside somebody else's, but two of ours do not") {
  CHECK(is_key({{"x-api-key", "sk-unused"}, {"Authorization", std::string("Bearer ") + kKey}}));
  const Credential two = credential_of({{"x-api-key", "yk_two"}, {"api-key", kKey}});
  REQUIRE(std::holds_alternative<Refusal>(two));
  CHECK(std::get<Refusal>(two).status == 400);
  CHECK(std::get<Refusal>(two).detail.find("yk_") == std::string::npos);
}

TEST_CASE("what a log may see of a request holds no credential") {
  SystemRandom random;
  const std::string key = make_key(random).text.reveal();
  HttpRequest request;
  request.url = "/v1/runs?api_key=" + key;
  request.headers = {{"AUTHORIZATION", "Bearer " + key},
                     {"X-Api-Key", key},
                     {"Api-Key", key},
                     {"Cookie", key},
                     {"Accept", "*/*"}};
  forget_credentials(request);
  CHECK(request.url == "/v1/runs?api_key=");
  REQUIRE(request.headers.size() == 1);
  CHECK(request.headers.has("Accept"));
}

}  // namespace yoke::testing

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>

#include "runtime/base/base64.h"
#include "tools/oauth/challenge.h"
#include "tools/oauth/client_proof.h"
#include "tools/oauth/next_step.h"

namespace yoke {
namespace {

// RFC 7636, appendix B.
constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr const char* kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

HttpHeaders challenged(const std::string& text) { return HttpHeaders{{"WWW-Authenticate", text}}; }

std::string decoded_part(const std::string& token, int part) {
  std::size_t begin = 0;
  for (int i = 0; i < part; ++i) begin = token.find('.', begin) + 1;
  std::string text = token.substr(begin, token.find('.', begin) - begin);
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  return from_base64(text).value_or("");
}

std::string new_key(int kind) {
  EVP_PKEY* key = kind == EVP_PKEY_EC ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(out);
  EVP_PKEY_free(key);
  return pem;
}

bool verifies_rs256(const std::string& pem, const std::string& token) {
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const std::string content = token.substr(0, token.rfind('.'));
  const std::string signature = decoded_part(token, 2);
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(content.data()),
                       content.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(in);
  return good;
}

HttpResponse replied(int status, const std::string& body) {
  HttpResponse response;
  response.status = status;
  response.url = "https://as.example/token?x=secret";
  response.body = body;
  return response;
}

}  // namespace

TEST_CASE("challenges are read however they are written") {
  const auto bearer = bearer_challenge(challenged(
      R"(Negotiate abc==, Basic realm="a, b", Bearer  error = "insufficient_scope" ,scope="a b a",)"
      R"( resource_metadata=https://h/x, x="q\"uo")"));
  REQUIRE(bearer.has_value());
  CHECK(bearer->error == "insufficient_scope");
  CHECK(bearer->scopes == std::vector<std::string>{"a", "b"});
  CHECK(bearer->resource_metadata == "https://h/x");
  CHECK(bearer_challenge(challenged("bearer")).has_value());
  CHECK_FALSE(bearer_challenge(challenged("Basic realm=\"Bearer\"")).has_value());
  CHECK_FALSE(bearer_challenge(challenged("=,=\"")).has_value());
  CHECK(auth_challenges(challenged("A x=\"unended")).size() == 1);
}

TEST_CASE("metadata is looked for where the specifications say") {
  CHECK(resource_metadata_urls("https://h:8/a/b?x", "") ==
        std::vector<std::string>{"https://h:8/.well-known/oauth-protected-resource/a/b",
                                 "https://h:8/.well-known/oauth-protected-resource"});
  CHECK(server_metadata_urls("https://h/t1/") ==
        std::vector<std::string>{"https://h/.well-known/oauth-authorization-server/t1",
                                 "https://h/.well-known/openid-configuration/t1",
                                 "https://h/t1/.well-known/openid-configuration"});
  CHECK(server_metadata_urls("https://h").size() == 2);
}

TEST_CASE("a resource covers the addresses below it, and no others") {
  const auto covers_service = [](const char* resource, const char* service) {
    return static_cast<bool>(protected_resource_of(Json{{"resource", resource}}, service));
  };
  CHECK(covers_service("https://h/mcp", "https://h/mcp"));
  CHECK(covers_service("https://h", "https://h/mcp"));
  CHECK(covers_service("https://H:443/", "https://h/mcp?x=1"));
  CHECK_FALSE(covers_service("https://h/mc", "https://h/mcp"));
  CHECK_FALSE(covers_service("https://h/mcp/x", "https://h/mcp"));
  CHECK_FALSE(covers_service("http://h/mcp", "https://h/mcp"));
  CHECK_FALSE(covers_service("https://h/mcp#x", "https://h/mcp"));
  CHECK_FALSE(covers_service("", "https://h/mcp"));
}

TEST_CASE("metadata with an address in plain text is refused") {
  Json document{{"issuer", "https://as.example"}, {"token_endpoint", "https://as.example/token"}};
  CHECK(authorization_server_of(document, "https://as.example").has_value());
  CHECK_FALSE(authorization_server_of(document, "https://as.example/").has_value());
  document["authorization_endpoint"] = "http://as.example/authorize";
  CHECK_FALSE(authorization_server_of(document, "https://as.example").has_value());
}

TEST_CASE("the challenge of a verifier is the one of RFC 7636") {
  CHECK(s256_challenge(kVerifier) == kChallenge);
}

TEST_CASE("a person is sent to an address with all that binds the answer to the question") {
  AuthorizationServer server;
  server.authorization_url = "https://as.example/authorize?tenant=7#x";
  ConsentRequest request;
  request.client_id = "me & you";
  request.redirect_uri = "http://127.0.0.1:9/callback";
  request.scopes = {"a", "b:c"};
  request.resource = "https://h/mcp";
  request.more = {{"prompt", "consent"}};
  SignInSecrets secrets{"the-state", kVerifier};
  CHECK(consent_url(server, request, secrets) ==
        std::string("https://as.example/authorize?tenant=7&response_type=code&client_id=me%20%26%20"
                    "you&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback&state=the-state&"
                    "code_challenge=") +
            kChallenge +
            "&code_challenge_method=S256&scope=a%20b%3Ac&resource=https%3A%2F%2Fh%2Fmcp&"
            "prompt=consent");
}

TEST_CASE("only the answer to this very question gives a code") {
  const std::string uri = "http://127.0.0.1:9/callback";
  const SignInSecrets secrets{"s1", kVerifier};
  AuthorizationServer server;
  server.issuer = "https://as.example";
  const auto said = [&](const std::string& url) {
    const Result<Secret> code = code_from_redirect(url, uri, server, secrets);
    return code ? code->reveal() : code.error().detail;
  };
  CHECK(said(uri + "?code=c%2B1&state=s1") == "c+1");
  CHECK(said(uri + "?code=c&state=s2").find("another sign-in") != std::string::npos);
  CHECK(said(uri + "?code=c").find("another sign-in") != std::string::npos);
  CHECK(said(uri + "?code=c&code=d&state=s1").find("twice") != std::string::npos);
  CHECK(said(uri + "x?code=c&state=s1").find("not the one") != std::string::npos);
  CHECK(said("http://127.0.0.1:10/callback?code=c&state=s1").find("not the one") !=
        std::string::npos);
  CHECK(said(uri + "?state=s1&error=access_denied&error_description=no%0Athanks")
            .find("access_denied (no thanks)") != std::string::npos);
  CHECK(said(uri + "?state=s1") == "the sign-in was not completed: there is no code in the answer");
  CHECK(said(uri + "?code=c&state=s1&iss=https%3A%2F%2Fas.example") == "c");
}

TEST_CASE("what a token endpoint answers is taken for what it is") {
  const auto code_of = [](int status, const char* body) {
    const Result<TokenReply> reply = token_reply_of(replied(status, body));
    return reply ? std::string("taken") : std::string(name_of(reply.error().code));
  };
  CHECK(code_of(200, R"({"access_token":"a","token_type":"bearer"})") == "taken");
  CHECK(code_of(200, R"({"access_token":"a"})") == "taken");
  CHECK(code_of(200, R"({"access_token":"a","token_type":"DPoP"})") == name_of(Errc::unsupported));
  CHECK(code_of(200, R"({"access_token":""})") == name_of(Errc::invalid));
  CHECK(code_of(200, "{\"access_token\":\"a\\nb\"}") == name_of(Errc::invalid));
  CHECK(code_of(200, R"({"error":"invalid_grant"})") == name_of(Errc::denied));
  CHECK(code_of(400, R"({"error":"invalid_grant"})") == name_of(Errc::denied));
  CHECK(code_of(401, R"({"error":"invalid_client"})") == name_of(Errc::not_found));
  CHECK(code_of(400, R"({"error":"invalid_scope"})") == name_of(Errc::invalid));
  CHECK(code_of(503, "<html>") == name_of(Errc::unavailable));
  CHECK(code_of(200, "<html>") == name_of(Errc::invalid));
  const Result<TokenReply> refused = token_reply_of(replied(400, R"({"error":"invalid_scope"})"));
  CHECK(refused.error().detail.find("secret") == std::string::npos);
  const Result<TokenReply> long_lived =
      token_reply_of(replied(200, R"({"access_token":"a","expires_in":1e30})"));
  REQUIRE(long_lived.has_value());
  CHECK(long_lived->lives_seconds > 0);
}

TEST_CASE("a refresh token that was not replaced stays") {
  OAuthRecord record;
  record.refresh_token = Secret("r1");
  record.asked = {"a"};
  TokenReply reply;
  reply.access_token = Secret("a1");
  reply.lives_seconds = 60;
  take_tokens(record, std::move(reply), 1'000'000);
  CHECK(record.refresh_token.reveal() == "r1");
  CHECK(record.expires_at == 61'000'000);
  CHECK(record.granted == std::vector<std::string>{"a"});
}

TEST_CASE("what is kept of a sign-in comes back as it was") {
  OAuthRecord record;
  record.server.issuer = "https://as.example";
  record.server.names_issuer = true;
  record.client.id = "c";
  record.client.secret = Secret("s");
  record.client.source = OAuthClient::Source::registered;
  record.client.proof = ClientProof::post;
  record.access_token = Secret("a");
  record.refresh_token = Secret("r");
  record.wanted = {"w"};
  const Result<OAuthRecord> again = record_of_text(text_of_record(record));
  REQUIRE(again.has_value());
  CHECK(text_of_record(*again).reveal() == text_of_record(record).reveal());
  CHECK(again->client.proof == ClientProof::post);
  CHECK_FALSE(record_of_text(Secret("{\"version\":2}")).has_value());
  CHECK_FALSE(record_of_text(Secret("no JSON")).has_value());
}

TEST_CASE("a client signs who it is with the key that it has") {
  OAuthClient client;
  client.id = "robot";
  client.proof = ClientProof::private_key;
  ClientKey key;
  key.pem = Secret(new_key(EVP_PKEY_RSA));
  key.id = "k1";
  const ProofInput input{client, key, "https://as.example", 1'800'000'000LL * 1'000'000,
                         "0123456789abcdef"};
  const Result<std::string> signed_by_rsa = client_assertion(input);
  REQUIRE(signed_by_rsa.has_value());
  CHECK(verifies_rs256(key.pem.reveal(), *signed_by_rsa));
  const Json header = Json::parse(decoded_part(*signed_by_rsa, 0));
  CHECK(header == Json{{"alg", "RS256"}, {"kid", "k1"}, {"typ", "JWT"}});
  const Json claims = Json::parse(decoded_part(*signed_by_rsa, 1));
  CHECK(claims.at("iss") == "robot");
  CHECK(claims.at("sub") == "robot");
  CHECK(claims.at("aud") == "https://as.example");
  CHECK(claims.at("exp").get<int>() - claims.at("iat").get<int>() == 300);

  key.pem = Secret(new_key(EVP_PKEY_EC));
  key.algorithm = "ES256";
  const Result<std::string> signed_by_curve = client_assertion(input);
  REQUIRE(signed_by_curve.has_value());
  CHECK(decoded_part(*signed_by_curve, 2).size() == 64);
  key.algorithm = "RS256";
  CHECK_FALSE(client_assertion(input).has_value());
  key.pem = Secret("no key");
  const Result<std::string> none = client_assertion(input);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().detail.find("no key") == std::string::npos);
}

TEST_CASE("what is done before a request follows from what is kept") {
  OAuthSituation now;
  now.now = 1'000'000'000;
  CHECK(step_before(now) == BeforeStep::nobody);
  now.service_says = true;
  CHECK(step_before(now) == BeforeStep::send_plain);
  OAuthRecord record;
  record.access_token = Secret("a");
  now.record = &record;
  CHECK(step_before(now) == BeforeStep::use);
  record.expires_at = now.now + 29'000'000;
  CHECK(step_before(now) == BeforeStep::send_plain);
  record.refresh_token = Secret("r");
  CHECK(step_before(now) == BeforeStep::renew);
  record.expires_at = now.now + 31'000'000;
  CHECK(step_before(now) == BeforeStep::use);
  now.record = nullptr;
  now.grant = OAuthSettings::Grant::client_credentials;
  CHECK(step_before(now) == BeforeStep::send_plain);
  now.server_is_known = true;
  CHECK(step_before(now) == BeforeStep::fetch);
}

TEST_CASE("what is done after a refusal follows from what was said") {
  OAuthRecord record;
  record.access_token = Secret("a");
  record.asked = {"read"};
  OAuthSituation now;
  now.record = &record;
  OAuthRefused refused;
  refused.status = 401;
  CHECK(step_after(now, refused) == AfterStep::start_over);
  record.refresh_token = Secret("r");
  CHECK(step_after(now, refused) == AfterStep::renew);
  refused.just_replaced = true;
  CHECK(step_after(now, refused) == AfterStep::start_over);
  refused.same_token = false;
  CHECK(step_after(now, refused) == AfterStep::again);
  refused.same_token = true;
  refused.status = 403;
  CHECK(step_after(now, refused) == AfterStep::give_up);
  refused.challenge = BearerChallenge{"", {"read"}, "insufficient_scope"};
  CHECK(step_after(now, refused) == AfterStep::give_up);
  refused.challenge->scopes = {"read", "write"};
  CHECK(step_after(now, refused) == AfterStep::widen);
  refused.step_ups = kStepUpsMax;
  CHECK(step_after(now, refused) == AfterStep::give_up);
  refused.status = 500;
  refused.challenge.reset();
  CHECK(step_after(now, refused) == AfterStep::give_up);
}

}  // namespace yoke

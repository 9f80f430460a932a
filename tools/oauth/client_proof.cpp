#include "tools/oauth/client_proof.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "runtime/base/base64.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/oauth/challenge.h"
#include "tools/oauth/origins.h"

namespace yoke {
namespace {

constexpr Micros kAssertionLife = 5LL * 60 * 1'000'000;

struct FreeClientKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* text) const { BIO_free(text); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
using ClientPkey = std::unique_ptr<EVP_PKEY, FreeClientKey>;

struct SignAlgorithm {
  std::string_view name;
  int key_type;
  const EVP_MD* (*digest)();
  int part_bytes;  // of each half of an elliptic signature; 0: RSA
};
constexpr SignAlgorithm kSignAlgorithms[] = {
    {"ES256", EVP_PKEY_EC, EVP_sha256, 32}, {"ES384", EVP_PKEY_EC, EVP_sha384, 48},
    {"RS256", EVP_PKEY_RSA, EVP_sha256, 0}, {"RS384", EVP_PKEY_RSA, EVP_sha384, 0},
    {"RS512", EVP_PKEY_RSA, EVP_sha512, 0},
};

const SignAlgorithm* algorithm_for(EVP_PKEY* key, const std::string& wanted) {
  for (const SignAlgorithm& each : kSignAlgorithms) {
    if (EVP_PKEY_base_id(key) != each.key_type) continue;
    if (each.part_bytes != 0 && EVP_PKEY_bits(key) != each.part_bytes * 8) continue;
    if (wanted.empty() || wanted == each.name) return &each;
  }
  return nullptr;
}

// OpenSSL's signature of an elliptic key as JWS has it: both numbers, one behind the other.
std::string joined_signature(const std::string& der, int part_bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, FreeClientKey> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) return {};
  std::string out(static_cast<std::size_t>(2 * part_bytes), '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes, part_bytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes + part_bytes, part_bytes);
  return out;
}

std::string signed_text(EVP_PKEY* key, const SignAlgorithm& algorithm, const std::string& text) {
  const std::unique_ptr<EVP_MD_CTX, FreeClientKey> context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  const bool begun =
      EVP_DigestSignInit(context.get(), nullptr, algorithm.digest(), nullptr, key) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1;
  if (!begun) return {};
  std::string out(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, data,
                     text.size()) != 1) {
    return {};
  }
  out.resize(size);
  return algorithm.part_bytes == 0 ? out : joined_signature(out, algorithm.part_bytes);
}

Error bad_client_key(const std::string& why) {
  return Error{Errc::invalid, "the client's private key cannot be used: " + why};
}

HttpRequest form_post(const std::string& url, const FormPairs& form) {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.headers.set("Accept", "application/json");
  request.body = form_text(form);
  return request;
}

}  // namespace

Result<ClientProof> choose_proof(const AuthorizationServer& server, bool has_secret, bool has_key) {
  const std::vector<std::string>& offered = server.token_methods;
  const auto takes = [&](ClientProof proof) {
    return offered.empty() || holds(offered, name_of(proof));
  };
  if (has_key && takes(ClientProof::private_key)) return ClientProof::private_key;
  if (has_secret && takes(ClientProof::basic)) return ClientProof::basic;
  if (has_secret && takes(ClientProof::post)) return ClientProof::post;
  if (!has_secret && !has_key && takes(ClientProof::none)) return ClientProof::none;
  if (!has_secret && !has_key) {
    return Error{Errc::unsupported, "the authorization server " + printable(server.issuer) +
                                        " lets in no client without a secret: it offers " +
                                        shorten(printable(join(offered, ", ")), 200)};
  }
  // A public client's secret is of no use there, and does no harm.
  if (holds(offered, "none") && !has_key) return ClientProof::none;
  return Error{Errc::unsupported, "the authorization server " + printable(server.issuer) +
                                      " takes no proof that this client has: it offers " +
                                      shorten(printable(join(offered, ", ")), 200)};
}

Result<std::string> client_assertion(const ProofInput& input) {
  const std::string& pem = input.key.pem.reveal();
  const std::unique_ptr<BIO, FreeClientKey> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  const ClientPkey key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (!key) return bad_client_key("it is no private key in PEM without a passphrase");
  const SignAlgorithm* algorithm = algorithm_for(key.get(), input.key.algorithm);
  if (algorithm == nullptr) {
    return bad_client_key(input.key.algorithm.empty()
                              ? "its kind is not known here: RSA, or an elliptic curve of 256 or "
                                "384 bits"
                              : "it does not sign with " + printable(input.key.algorithm));
  }
  Json header{{"alg", algorithm->name}, {"typ", "JWT"}};
  if (!input.key.id.empty()) header["kid"] = input.key.id;
  const Micros issued = input.now / 1'000'000;
  const Json claims{{"iss", input.client.id},
                    {"sub", input.client.id},
                    {"aud", input.audience},
                    {"iat", issued},
                    {"exp", issued + kAssertionLife / 1'000'000},
                    {"jti", base64url(input.random_bytes)}};
  const std::string content = base64url(to_text(header)) + "." + base64url(to_text(claims));
  const std::string signature = signed_text(key.get(), *algorithm, content);
  if (signature.empty()) return bad_client_key("signing failed");
  return content + "." + base64url(signature);
}

Result<HttpRequest> proven_request(const std::string& url, FormPairs form,
                                   const ProofInput& input) {
  switch (input.client.proof) {
    case ClientProof::none:
      form.emplace_back("client_id", input.client.id);
      break;
    case ClientProof::post:
      form.emplace_back("client_id", input.client.id);
      form.emplace_back("client_secret", input.client.secret.reveal());
      break;
    case ClientProof::private_key: {
      Result<std::string> assertion = client_assertion(input);
      if (!assertion) return assertion.error();
      form.emplace_back("client_id", input.client.id);
      form.emplace_back("client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      form.emplace_back("client_assertion", std::move(*assertion));
      break;
    }
    case ClientProof::basic: {
      // RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
      HttpRequest request = form_post(url, form);
      const std::string pair =
          url_component(input.client.id) + ":" + url_component(input.client.secret.reveal());
      request.headers.set("Authorization", "Basic " + to_base64(pair));
      return request;
    }
  }
  return form_post(url, form);
}

HttpRequest registration_request(const AuthorizationServer& server, const std::string& redirect_uri,
                                 const std::vector<std::string>& scopes) {
  // A public client, unless the server lets none in.
  const std::vector<std::string>& offered = server.token_methods;
  std::string_view method = name_of(ClientProof::none);
  if (!offered.empty() && !holds(offered, method)) {
    const bool post =
        !holds(offered, "client_secret_basic") && holds(offered, "client_secret_post");
    method = name_of(post ? ClientProof::post : ClientProof::basic);
  }
  Json body{
      {"client_name", "Yoke"},           {"application_type", "native"},
      {"redirect_uris", {redirect_uri}}, {"grant_types", {"authorization_code", "refresh_token"}},
      {"response_types", {"code"}},      {"token_endpoint_auth_method", method}};
  if (!scopes.empty()) body["scope"] = join(scopes, " ");
  HttpRequest request;
  request.method = "POST";
  request.url = server.registration_url;
  request.headers.set("Content-Type", "application/json");
  request.headers.set("Accept", "application/json");
  request.body = to_text(body);
  return request;
}

Result<OAuthClient> registered_client_of(const HttpResponse& response,
                                         const AuthorizationServer& server,
                                         const std::string& redirect_uri) {
  const Result<Json> json = parse_json(response.body);
  const bool done = response.status == 200 || response.status == 201;
  const std::string id = json ? string_at(*json, "client_id") : std::string();
  if (!done || id.empty()) {
    std::string why = json ? string_at(*json, "error") : std::string();
    const std::string words = json ? string_at(*json, "error_description") : std::string();
    if (!words.empty()) why += why.empty() ? words : " (" + words + ")";
    if (why.empty()) why = "status " + std::to_string(response.status);
    return Error{Errc::invalid,
                 shown_url(response.url) + " registers no client: " + shorten(printable(why), 300)};
  }
  OAuthClient client;
  client.source = OAuthClient::Source::registered;
  client.id = id;
  client.secret = Secret(string_at(*json, "client_secret"));
  client.redirect_uri = redirect_uri;
  client.expires_at = integer_at(*json, "client_secret_expires_at") * 1'000'000;
  const std::string method = string_at(*json, "token_endpoint_auth_method");
  const Result<ClientProof> proof = method.empty()
                                        ? choose_proof(server, !client.secret.empty(), false)
                                        : client_proof_from_name(method);
  if (!proof) return proof.error();
  client.proof = *proof;
  const bool needs_secret = *proof == ClientProof::basic || *proof == ClientProof::post;
  if (needs_secret && client.secret.empty()) {
    return Error{Errc::invalid, shown_url(response.url) + " registers a client with " +
                                    std::string(name_of(*proof)) + ", and gives no secret for it"};
  }
  return client;
}

}  // namespace yoke

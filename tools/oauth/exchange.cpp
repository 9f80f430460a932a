#include "tools/oauth/exchange.h"

#include <algorithm>

#include "runtime/base/base64.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/oauth/challenge.h"
#include "tools/oauth/origins.h"

namespace yoke {
namespace {

constexpr std::int64_t kLifeSecondsMax = 10LL * 365 * 24 * 3600;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string form_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool whole = text[at] == '%' && at + 2 < text.size();
    const int high = whole ? hex_digit(text[at + 1]) : -1;
    const int low = whole ? hex_digit(text[at + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += text[at] == '+' ? ' ' : text[at];
    }
  }
  return out;
}

std::string value_of(const std::map<std::string, std::string>& pairs, const std::string& name) {
  const auto found = pairs.find(name);
  return found == pairs.end() ? std::string() : found->second;
}

Error refused_sign_in(const std::string& why) {
  return Error{Errc::denied, "the sign-in was not completed: " + why};
}

std::string said(const std::string& code, const std::string& words) {
  std::string text = shorten(printable(code), 80);
  if (!words.empty()) text += " (" + shorten(printable(words), 300) + ")";
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Error token_error(const HttpResponse& response) {
  const Result<Json> json = parse_json(response.body);
  const std::string code = json ? string_at(*json, "error") : std::string();
  const std::string words = json ? string_at(*json, "error_description") : std::string();
  const std::string from = shown_url(response.url);
  if (code == "invalid_grant") {
    return Error{Errc::denied, from + " does not accept the sign-in: " + said(code, words)};
  }
  if (code == "invalid_client" || code == "unauthorized_client") {
    return Error{Errc::not_found, from + " does not let this client in: " + said(code, words)};
  }
  if (!code.empty()) {
    const bool passing = code == "temporarily_unavailable" || code == "server_error";
    return Error{passing ? Errc::unavailable : Errc::invalid,
                 from + " gives no token: " + said(code, words)};
  }
  const bool passing = response.status >= 500 || response.status == 429;
  return Error{passing ? Errc::unavailable : Errc::invalid,
               from + " gives no token: it answers with status " + std::to_string(response.status)};
}

}  // namespace

std::string form_text(const FormPairs& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!text.empty()) text += '&';
    text += url_component(name) + "=" + url_component(value);
  }
  return text;
}

Result<std::map<std::string, std::string>> pairs_of(std::string_view query) {
  std::map<std::string, std::string> pairs;
  for (const std::string& each : split(query, '&')) {
    if (each.empty()) continue;
    const std::size_t equals = std::min(each.find('='), each.size());
    std::string name = form_decoded(std::string_view(each).substr(0, equals));
    std::string value;
    if (equals < each.size()) value = form_decoded(std::string_view(each).substr(equals + 1));
    if (!pairs.emplace(name, std::move(value)).second) {
      return Error{Errc::invalid, "'" + shorten(printable(name), 60) + "' stands there twice"};
    }
  }
  return pairs;
}

std::string base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  text.resize(std::min(text.find('='), text.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

SignInSecrets sign_in_secrets(std::string_view random_bytes) {
  return {base64url(random_bytes.substr(0, 32)), base64url(random_bytes.substr(32, 32))};
}

std::string s256_challenge(std::string_view verifier) {
  return base64url(as_view(sha256(verifier)));
}

std::string consent_url(const AuthorizationServer& server, const ConsentRequest& request,
                        const SignInSecrets& secrets) {
  FormPairs pairs = {{"response_type", "code"},
                     {"client_id", request.client_id},
                     {"redirect_uri", request.redirect_uri},
                     {"state", secrets.state},
                     {"code_challenge", s256_challenge(secrets.verifier)},
                     {"code_challenge_method", "S256"}};
  if (!request.scopes.empty()) pairs.emplace_back("scope", join(request.scopes, " "));
  if (!request.resource.empty()) pairs.emplace_back("resource", request.resource);
  pairs.insert(pairs.end(), request.more.begin(), request.more.end());
  const std::string bare = server.authorization_url.substr(0, server.authorization_url.find('#'));
  return bare + (bare.find('?') == bare.npos ? "?" : "&") + form_text(pairs);
}

Result<Secret> code_from_redirect(const std::string& url, const std::string& redirect_uri,
                                  const AuthorizationServer& server, const SignInSecrets& secrets) {
  const std::string bare = url.substr(0, url.find('#'));
  const std::size_t mark = bare.find('?');
  if (mark == bare.npos || bare.substr(0, mark) != redirect_uri) {
    return refused_sign_in("the address is not the one that the browser is sent back to, " +
                           redirect_uri + "?code=…");
  }
  const Result<std::map<std::string, std::string>> pairs =
      pairs_of(std::string_view(bare).substr(mark + 1));
  if (!pairs) return refused_sign_in(pairs.error().detail);
  if (value_of(*pairs, "state") != secrets.state) {
    return refused_sign_in(
        "the answer belongs to another sign-in (its state is not ours); start "
        "again");
  }
  const bool has_issuer = pairs->contains("iss");
  const bool known = !server.issuer.empty();
  if (has_issuer && known && value_of(*pairs, "iss") != server.issuer) {
    return refused_sign_in("the answer comes from '" +
                           shorten(printable(value_of(*pairs, "iss")), 200) + "', not from " +
                           server.issuer);
  }
  if (server.names_issuer && !has_issuer) {
    return refused_sign_in("the answer does not say that it comes from " + server.issuer +
                           ", although that server always says so");
  }
  const std::string error = value_of(*pairs, "error");
  if (!error.empty()) {
    return refused_sign_in("the server says " + said(error, value_of(*pairs, "error_description")));
  }
  const std::string code = value_of(*pairs, "code");
  if (code.empty()) return refused_sign_in("there is no code in the answer");
  return Secret(code);
}

FormPairs code_form(const Secret& code, const ConsentRequest& request,
                    const SignInSecrets& secrets) {
  FormPairs pairs = {{"grant_type", "authorization_code"},
                     {"code", code.reveal()},
                     {"redirect_uri", request.redirect_uri},
                     {"code_verifier", secrets.verifier}};
  if (!request.resource.empty()) pairs.emplace_back("resource", request.resource);
  return pairs;
}

FormPairs refresh_form(const OAuthRecord& record) {
  FormPairs pairs = {{"grant_type", "refresh_token"},
                     {"refresh_token", record.refresh_token.reveal()}};
  if (!record.resource.empty()) pairs.emplace_back("resource", record.resource);
  return pairs;
}

FormPairs client_credentials_form(const std::vector<std::string>& scopes,
                                  const std::string& resource, const FormPairs& more) {
  FormPairs pairs = {{"grant_type", "client_credentials"}};
  if (!scopes.empty()) pairs.emplace_back("scope", join(scopes, " "));
  if (!resource.empty()) pairs.emplace_back("resource", resource);
  pairs.insert(pairs.end(), more.begin(), more.end());
  return pairs;
}

Result<TokenReply> token_reply_of(const HttpResponse& response) {
  if (response.status != 200 && response.status != 201) return token_error(response);
  const Result<Json> json = parse_json(response.body);
  const std::string from = shown_url(response.url);
  // Some answer 200 with an error in it.
  if (json && !string_at(*json, "error").empty()) return token_error(response);
  const std::string token = json ? string_at(*json, "access_token") : std::string();
  if (token.empty() || !is_http_field_value(token)) {
    return Error{Errc::invalid, from + " answers with no token that can be used"};
  }
  const std::string type = string_at(*json, "token_type", "Bearer");
  if (!equal_ignoring_case(type, "bearer")) {
    return Error{Errc::unsupported, from + " gives a token of the type '" +
                                        shorten(printable(type), 40) +
                                        "'; only bearer tokens are used here"};
  }
  TokenReply reply;
  reply.access_token = Secret(token);
  reply.refresh_token = Secret(string_at(*json, "refresh_token"));
  const Json& life = member_at(*json, "expires_in");
  double seconds = life.is_number() ? life.get<double>() : 0;
  if (life.is_string()) seconds = static_cast<double>(std::atoll(life.get<std::string>().c_str()));
  if (seconds > 0) {
    reply.lives_seconds =
        static_cast<std::int64_t>(std::min(seconds, static_cast<double>(kLifeSecondsMax)));
  }
  reply.says_scopes = member_at(*json, "scope").is_string();
  reply.scopes = scopes_of(string_at(*json, "scope"));
  return reply;
}

void take_tokens(OAuthRecord& record, TokenReply reply, Micros now) {
  record.access_token = std::move(reply.access_token);
  if (!reply.refresh_token.empty()) record.refresh_token = std::move(reply.refresh_token);
  record.expires_at = reply.lives_seconds == 0 ? 0 : now + reply.lives_seconds * 1'000'000;
  record.obtained_at = now;
  record.granted = reply.says_scopes ? std::move(reply.scopes) : record.asked;
}

}  // namespace yoke

#include "tools/oauth/oauth_record.h"

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr int kRecordVersion = 1;

std::string_view name_of_source(OAuthClient::Source source) {
  if (source == OAuthClient::Source::registered) return "registered";
  return source == OAuthClient::Source::document ? "document" : "given";
}

Json json_of_client(const OAuthClient& client) {
  return Json{{"source", name_of_source(client.source)}, {"id", client.id},
              {"secret", client.secret.reveal()},        {"proof", name_of(client.proof)},
              {"redirect_uri", client.redirect_uri},     {"expires_at", client.expires_at}};
}

Result<OAuthClient> client_from_json(const Json& json) {
  OAuthClient client;
  const std::string source = string_at(json, "source");
  if (source == "registered") client.source = OAuthClient::Source::registered;
  if (source == "document") client.source = OAuthClient::Source::document;
  client.id = string_at(json, "id");
  client.secret = Secret(string_at(json, "secret"));
  const Result<ClientProof> proof = client_proof_from_name(string_at(json, "proof"));
  if (!proof) return proof.error();
  client.proof = *proof;
  client.redirect_uri = string_at(json, "redirect_uri");
  client.expires_at = integer_at(json, "expires_at");
  return client;
}

}  // namespace

std::string_view name_of(ClientProof proof) {
  switch (proof) {
    case ClientProof::none:
      return "none";
    case ClientProof::basic:
      return "client_secret_basic";
    case ClientProof::post:
      return "client_secret_post";
    case ClientProof::private_key:
      return "private_key_jwt";
  }
  return "none";
}

Result<ClientProof> client_proof_from_name(std::string_view name) {
  for (const ClientProof proof :
       {ClientProof::none, ClientProof::basic, ClientProof::post, ClientProof::private_key}) {
    if (name_of(proof) == name) return proof;
  }
  return Error{Errc::invalid, "'" + shorten(printable(name), 60) +
                                  "' is no way for a client to prove itself: none, "
                                  "client_secret_basic, client_secret_post or private_key_jwt"};
}

Secret text_of_record(const OAuthRecord& record) {
  return Secret(to_text(Json{{"version", kRecordVersion},
                             {"server", json_of(record.server)},
                             {"client", json_of_client(record.client)},
                             {"resource", record.resource},
                             {"asked", record.asked},
                             {"wanted", record.wanted},
                             {"access_token", record.access_token.reveal()},
                             {"refresh_token", record.refresh_token.reveal()},
                             {"expires_at", record.expires_at},
                             {"obtained_at", record.obtained_at},
                             {"granted", record.granted}}));
}

Result<OAuthRecord> record_of_text(const Secret& text) {
  const Result<Json> json = parse_json(text.reveal());
  if (!json || integer_at(*json, "version") != kRecordVersion) {
    return Error{Errc::invalid,
                 "what is kept of the sign-in is of another version of this program"};
  }
  OAuthRecord record;
  record.server = server_from_json(member_at(*json, "server"));
  Result<OAuthClient> client = client_from_json(member_at(*json, "client"));
  if (!client) return client.error();
  record.client = std::move(*client);
  record.resource = string_at(*json, "resource");
  record.asked = texts_at(*json, "asked");
  record.wanted = texts_at(*json, "wanted");
  record.access_token = Secret(string_at(*json, "access_token"));
  record.refresh_token = Secret(string_at(*json, "refresh_token"));
  record.expires_at = integer_at(*json, "expires_at");
  record.obtained_at = integer_at(*json, "obtained_at");
  record.granted = texts_at(*json, "granted");
  return record;
}

}  // namespace yoke

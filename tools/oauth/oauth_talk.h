#pragma once

#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "tools/oauth/challenge.h"
#include "tools/oauth/oauth_settings.h"

namespace yoke {

// What a service, and its authorization server, say when they are asked for one service's tokens.
//
// Ownership: borrows both.
// Threads:   loop thread only.
// Limits:    1 MiB an answer, no redirects. Addresses that the service names itself are on the
//            public Internet, unless it is on this machine too.
class OAuthTalk {
 public:
  OAuthTalk(const OAuthSettings& settings, const OAuthServices& services)
      : settings_(settings), services_(services) {}

  struct Found {
    AuthorizationServer server = {};
    std::string resource = {};
    std::vector<std::string> scopes = {};  // that the service lists
  };
  // `said`: where the service's metadata is, as its refusal says it; may be empty.
  awaitable<Result<Found>> find_server(std::string said, Deadline deadline) const;

  // Asks the service for nothing in particular, to hear what it wants; nothing is a failure but
  // that it cannot be reached. An MCP server's endpoint is asked as its clients do.
  awaitable<Result<BearerChallenge>> ask_service(Deadline deadline) const;

  // Makes this program known. unsupported, naming the section to write, where it cannot be.
  awaitable<Result<OAuthClient>> register_client(AuthorizationServer server,
                                                 std::string redirect_uri,
                                                 std::vector<std::string> scopes,
                                                 Deadline deadline) const;
  // What given_client() and the requests below need of the operator's secrets, off the loop.
  awaitable<Result<void>> fetch_secrets(std::string tenant, Deadline deadline) const;
  // The client that the operator names, with its secret.
  Result<OAuthClient> given_client(const AuthorizationServer& server,
                                   const std::string& tenant) const;
  awaitable<Result<TokenReply>> ask_for_tokens(const OAuthRecord& record, std::string tenant,
                                               FormPairs form, Deadline deadline) const;
  awaitable<Result<void>> revoke(const OAuthRecord& record, std::string tenant, bool refresh,
                                 Deadline deadline) const;

  std::string random_bytes(std::size_t count) const;

 private:
  awaitable<Result<ProtectedResource>> find_resource(std::string said, Deadline deadline) const;
  awaitable<Result<AuthorizationServer>> find_metadata(std::string issuer, bool found,
                                                       Deadline deadline) const;
  awaitable<Result<HttpResponse>> send(HttpRequest request, bool found, Deadline deadline) const;
  awaitable<Result<HttpResponse>> post_proven(const OAuthRecord& record, std::string tenant,
                                              std::string url, FormPairs form,
                                              Deadline deadline) const;
  Result<ClientKey> key_for(const std::string& tenant) const;
  Result<Secret> secret(const std::string& name, const std::string& tenant) const;

  const OAuthSettings& settings_;
  const OAuthServices& services_;
};

}  // namespace yoke

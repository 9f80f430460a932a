#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/http/server.h"

namespace yoke::testing {

// What a StrictServer does, and does wrong.
struct StrictSettings {
  std::vector<std::string> token_methods = {"none"};
  std::vector<std::string> scopes_listed = {};     // by the service
  std::vector<std::string> scopes_supported = {};  // by the authorization server
  std::string challenge_scope = {};
  std::string issuer_path = {};      // "/tenant1"
  std::string metadata_issuer = {};  // instead of its own
  std::string resource = {};         // instead of the service's address
  std::string iss = "right";         // "right", "wrong", "none", "slash"
  bool says_iss = true;
  bool says_pkce = true;
  bool registers = true;
  bool takes_documents = false;
  bool openid = false;        // its metadata is where OpenID's is
  bool says_metadata = true;  // in WWW-Authenticate
  bool rotates = true;        // a refresh token serves once; used twice, all of it ends
  bool refresh_tokens = true;
  std::string withheld_scope = {};  // is given to nobody
  std::string needs_scope = {};     // for anything at the service
  int life_seconds = 3600;
  std::map<std::string, std::string> clients = {};  // registered by hand: id -> secret
};

// A service and its authorization server on one loopback port, which hold a client to the letter of
// the specifications: whatever is not as it must be stands in `problems`.
class StrictServer {
 public:
  StrictServer(asio::any_io_executor executor, StrictSettings settings = {});

  StrictSettings settings;
  std::vector<std::string> problems;
  std::vector<std::string> log;  // "register", "authorize scope=a b", "token refresh_token" …
  std::set<std::string> live;    // access tokens
  int served = 0;                // requests that were let in
  bool down = false;             // the token endpoint answers with 503
  bool forgets_clients = false;
  bool kills_tokens = false;  // none that is given is let in

  std::string base() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string service() const { return base() + "/mcp"; }
  std::string issuer() const { return base() + settings.issuer_path; }
  int count(const std::string& entry) const;  // of the log that begin so

 private:
  struct Grant {
    std::string client;
    std::string challenge;
    std::string redirect_uri;
    std::string resource;
    std::string scope;
  };

  awaitable<HttpReply> answer(HttpRequest request);
  HttpReply serve(const HttpRequest& request);
  HttpReply metadata() const;
  HttpReply register_client(const HttpRequest& request);
  HttpReply authorize(const std::string& query);
  HttpReply token(const HttpRequest& request);
  HttpReply code_grant(const std::map<std::string, std::string>& form, const std::string& client);
  HttpReply refresh_grant(const std::map<std::string, std::string>& form,
                          const std::string& client);
  HttpReply revoke(const HttpRequest& request);
  // The client, proven; empty: it is none.
  std::string proven_client(const HttpRequest& request,
                            const std::map<std::string, std::string>& form);
  HttpReply tokens(const Grant& grant);
  void demand(bool holds, const std::string& what);

  std::map<std::string, std::string> clients_;  // id -> secret
  std::map<std::string, std::string> redirects_;
  std::map<std::string, Grant> codes_;
  std::set<std::string> used_codes_;
  std::map<std::string, Grant> refresh_;
  std::set<std::string> used_refresh_;
  std::map<std::string, std::string> token_scopes_;
  int number_ = 0;
  std::uint16_t port_ = 0;
  HttpServer server_;
};

}  // namespace yoke::testing

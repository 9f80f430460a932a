#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

// [plugins.NAME.auth], [mcp.NAME.auth], [graph.auth] or [auth.REFERENCE_ID]: how a service is
// signed in to.
struct AuthConfig {
  enum class Kind : std::uint8_t { unsaid, none, api_key, bearer, oauth, client_credentials };
  Kind kind = Kind::unsaid;
  std::string section = {};  // "plugins.contacts.auth"
  int line = 0;

  std::string secret = {};  // of api_key and bearer: a name under [secrets], or a reference
  std::string in = {};      // "header", "query", "cookie"; empty: as the service's document says
  std::string name = {};    // of the header, parameter or cookie; likewise
  std::optional<std::string> prefix = {};  // before the value

  std::string issuer = {};
  std::string authorization_url = {};
  std::string token_url = {};
  std::string revocation_url = {};
  std::string client_id = {};
  std::string client_secret = {};  // a name under [secrets], or a reference
  std::string client_document = {};
  std::string token_auth = {};   // "client_secret_basic" …; empty: as the server offers
  std::string private_key = {};  // as client_secret
  std::string algorithm = {};
  std::string key_id = {};
  std::vector<std::string> scopes = {};
  std::string resource = {};
  std::map<std::string, std::string> params = {};  // more, for the server
  std::int64_t redirect_port = 0;
  std::vector<std::string> origins = {};  // beside those of the service's document
};

// By section. What is wrong is left with the reader.
std::map<std::string, AuthConfig> read_auth_config(TomlReader& reader, const toml::table& root);

// From the file that `config` was read from. Errors: invalid, with file:line.
Result<std::map<std::string, AuthConfig>> auth_config_of(const Config& config);

// `url` of [mcp.NAME]; empty where there is none.
std::map<std::string, std::string> read_mcp_urls(TomlReader& reader, const toml::table& root);

}  // namespace yoke

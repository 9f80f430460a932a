#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/ports/script_host.h"
#include "tools/broker/host_pattern.h"

namespace yoke {

// Where a secret goes: one host, one header or query parameter of the request. The host fills it
// in; the script never holds it.
struct SecretUse {
  enum class Place : std::uint8_t { header, query };
  std::string name;  // as yoke.toml's [secrets] knows it
  HostPattern host;  // never a wildcard
  Place place = Place::header;
  std::string field;   // the header's name in lower case, or the parameter's
  std::string prefix;  // put before the value: "Bearer "
};

// A mail server that mail may be handed to, and the secrets to log in there with. The host fills
// them in; the script never holds them.
struct MailServer {
  HostPattern host;  // with a port, never a wildcard
  std::string user;  // names of secrets, as yoke.toml's [secrets] knows them; empty: no log-in
  std::string password;
};

enum class Access : std::uint8_t { none, read, write };  // write includes read

// What a script may touch, parsed from the `permissions` of its definition. Nothing listed means
// pure computation.
struct Permissions {
  std::vector<HostPattern> net;
  std::vector<std::string> read;  // normal paths below the project folder, or "."
  std::vector<std::string> write;
  std::vector<SecretUse> secrets;
  std::vector<std::string> sqlite;  // databases that may be queried, or folders of them
  std::vector<MailServer> smtp;
  Access kv = Access::none;
  Access memory = Access::none;
  std::vector<std::string> model;  // routes
  std::vector<std::string> tools;  // names, or globs over them
  bool drives_tools = false;       // a test, which has the module `test`: never parsed
  bool is_stranger = false;        // who asks: set for a call, never parsed
  std::vector<Withheld> withheld;  // declared, and taken away by the operator: never parsed

  bool only_reads() const;                   // computes, and reads the project's files or memory
  std::vector<std::string> modules() const;  // the host modules it needs, sorted
};

// Errors: invalid, naming the key, what stands there and the mend.
Result<Permissions> parse_permissions(const Json& value);

// One thing a script may do. Two permissions allow the same when their tokens are the same.
struct Power {
  std::string token;  // "net api.example"
  std::string words;  // "connect to api.example"
};
std::vector<Power> powers_of(const Permissions& permissions);

}  // namespace yoke

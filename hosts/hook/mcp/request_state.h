#pragma once

#include <map>
#include <optional>
#include <string>

#include "hosts/hook/mcp/protocol.h"

namespace yoke::mcp_hook {

// Where a call that asks its client stands: what the client brings back with its answers.
struct CallPlace {
  std::string run_id;
  std::map<std::string, std::string> questions = {};  // key -> question of the run
  std::int64_t expires_ms = 0;                        // since 1970
};

// As text that the client carries and cannot write: good for the same caller, tenant, method, name
// and arguments, and until it expires.
//
// `key` is secret and of this store alone.
std::string seal_place(const std::string& key, const Request& request, const CallPlace& place);
// None: altered, of another call or caller, of another store, or too old.
std::optional<CallPlace> open_place(const std::string& key, const Request& request,
                                    std::string_view text, std::int64_t now_ms);

}  // namespace yoke::mcp_hook

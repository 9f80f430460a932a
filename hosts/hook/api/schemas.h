#pragma once

#include "runtime/base/json.h"

namespace yoke {

enum class ApiPlace : std::uint8_t {
  network,  // for whoever has a key
  socket,   // for the commands of the user whose process this is: they may also name agents by a
            // path, shorten ids, say who acts, make and revoke keys of any tenant, and care for
            // the record
};

// "components" of the API's description: the schemas of all bodies and answers, the responses that
// operations fail with, and how one says who one is.
Json api_components(ApiPlace place);

}  // namespace yoke

#pragma once

#include <string>

#include "hosts/keys/api_keys.h"

// What is asked of the keys of a store, by this process or over its control socket.
namespace yoke {

// `order` as record_of_order() has it. Gives the key as shown_json() shows it, and its text as
// "key": the only time that it is told. Errors: those of ApiKeys.
awaitable<Result<Json>> make_key_as_ordered(ApiKeys& keys, WallClock& wall, Json order);

// Gives the key as shown_json() shows it. Errors: those of ApiKeys.
awaitable<Result<Json>> revoke_key(ApiKeys& keys, WallClock& wall, std::string named,
                                   std::string by);

}  // namespace yoke

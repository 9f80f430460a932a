#pragma once

#include <memory>
#include <string>

#include "models/config.h"
#include "models/presets.h"
#include "models/wire/wire.h"

namespace yoke {

// Which protocol a backend's settings mean: the preset's own, or what `api` or the address asks
// for. Errors name the setting under `place`, the backend's: "backends.lab".
Result<Preset::Wire> wire_of(const Preset& preset, const BackendSettings& settings,
                             const std::string& place);

// The protocol itself; `wire` is none of those in Lua.
std::unique_ptr<Wire> make_wire(const Preset& preset, Preset::Wire wire);

// The address that requests go below: what is configured, completed where the preset knows how to.
// Empty when there is none.
std::string address_of(const Preset& preset, Preset::Wire wire, const BackendSettings& settings);

// Fields of the operator's own that the protocol's requests set themselves are refused.
Result<void> check_extra_body(const Json& body, const Wire& wire, const std::string& place);

}  // namespace yoke

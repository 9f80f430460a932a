#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/config/record_config.h"
#include "runtime/record/signing_key.h"

namespace yoke {

// The key that [record] names for signing; none where it names none. Errors: those of the
// reference, and invalid where it holds no such key; they name [record] key and never its value.
Result<std::optional<SigningKey>> signing_key_of(const Config& config, const RecordConfig& record);

// The public keys that roots are to be signed with: those of [record], that of its own key, and
// `more` ("ed25519:…", or a file that holds such a line or a PEM). Empty: none is known.
Result<std::vector<std::string>> known_keys(const Config& config,
                                            const std::vector<std::string>& more);

}  // namespace yoke

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yoke {

// RFC 4648, section 4: with padding.
std::string to_base64(std::string_view bytes);
// None when the text is no such encoding, to the last bit.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace yoke

#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/ports/message.h"

namespace yoke {

inline constexpr std::size_t kImageBytesMax = 5u << 20;   // of a file
inline constexpr std::size_t kImagesBytesMax = 8u << 20;  // of all that one message carries

// Images by the names a person gives them: a file (PNG, JPEG, GIF or WebP, told by its first
// bytes), an address ("https://…", which the vendor fetches itself), or a "data:" address with
// base64. Errors: invalid, naming which and why.
Result<std::vector<ImagePart>> load_images(const std::vector<std::string>& names);

// The bytes of an image that holds them itself; none when it is an address. Errors: invalid.
Result<std::string> bytes_of(const ImagePart& image);
}  // namespace yoke

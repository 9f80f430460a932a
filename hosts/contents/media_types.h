#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yoke {

// "image/png" and the like, by what files of the type begin with; empty: nothing that is known.
std::string_view media_type_of_bytes(std::string_view bytes);

// ".png" and the like; ".bin" for what no name is known of.
std::string_view extension_of_type(std::string_view media_type);

// "12 bytes", "12.3 KB", "4.0 MB": of a thousand each.
std::string size_words(std::size_t bytes);

}  // namespace yoke
